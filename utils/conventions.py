"""One strength of decay in the conventions of other libraries and texts. Explained in
the appendix "λ in every library".

Every convention here is a monomial in what it depends on: the strength, the number of
examples, the batch size, the learning rate. So one row of exponents says all, and the
book's page computes with the same rows.
"""

import html
import json
import math
import sys
from importlib import resources
from typing import NamedTuple

from utils import _checks


class Convention(NamedTuple):
    """How one library or text writes the strength of decay.

    Attributes
    ----------
    objective : str
        What is minimized, or how a step decays, in the library's own symbols.
    coefficient, m, batch_size, lr : float, int, int, int
        The library's number is coefficient * m**m * batch_size**batch_size * lr**lr *
        strength**strength; the last four are the exponents named so.
    strength : int
        1, or -1 where a larger number means less decay.
    decoupled : bool
        Whether the strength is that of a decoupled decay (lr * strength of the weights
        a step, beside an adaptive step) and not that of a penalty.
    """

    objective: str
    coefficient: float = 1.0
    m: int = 0
    batch_size: int = 0
    lr: int = 0
    strength: int = 1
    decoupled: bool = False


CONVENTIONS = {
    "book": Convention("mean loss + (λ/2) ‖w‖²"),
    "lambda/(2m)": Convention("mean loss + λ/(2m) ‖w‖²", m=1),
    "lambda, no half": Convention("mean loss + λ ‖w‖²", coefficient=0.5),
    "ESL": Convention("sum of squared residuals + λ ‖w‖²", m=1),
    "PRML": Convention("½ sum of squared residuals + (λ/2) ‖w‖²", m=1),
    "sklearn Ridge": Convention("sum of squared residuals + alpha ‖w‖²", m=1),
    "sklearn ElasticNet": Convention(
        "½ mean squared residual + (alpha/2) ‖w‖² at l1_ratio=0"
    ),
    "sklearn SGDClassifier": Convention("mean loss + (alpha/2) ‖w‖²"),
    "sklearn LogisticRegression": Convention(
        "C · sum of losses + ½ ‖w‖²", m=-1, strength=-1
    ),
    "sklearn MLPClassifier": Convention(
        "mean loss of a batch + alpha/(2 · batch size) ‖w‖²", batch_size=1
    ),
    "statsmodels OLS": Convention(
        "½ mean squared residual + (alpha/2) ‖w‖² at L1_wt=0"
    ),
    "statsmodels GLM": Convention("− mean log-likelihood + (alpha/2) ‖w‖² at L1_wt=0"),
    "keras l2": Convention("mean loss + l2 ‖w‖²", coefficient=0.5),
    "torch SGD": Convention("gradient of the mean loss + weight_decay · w"),
    "torch Adam": Convention(
        "gradient of the mean loss + weight_decay · w, before Adam's averages"
    ),
    "torch AdamW": Convention(
        "w ← (1 − lr · weight_decay) w, beside Adam's step", decoupled=True
    ),
    "optax adamw": Convention(
        "w ← (1 − lr · weight_decay) w, beside Adam's step", decoupled=True
    ),
    "keras AdamW": Convention(
        "w ← (1 − lr · weight_decay) w, beside Adam's step", decoupled=True
    ),
    "keras Adam": Convention(
        "w ← (1 − lr · weight_decay) w, beside Adam's step", decoupled=True
    ),
    "AdamW paper": Convention(
        "w ← (1 − schedule · λ) w, beside Adam's step", lr=1, decoupled=True
    ),
}
NAMES = tuple(CONVENTIONS)


def convert(value, source, target, *, m, lr=None, batch_size=None):
    """The number in the target's convention that decays as strongly as value does in
    the source's.

    Parameters
    ----------
    value : float
        The number in the source's convention, >= 0; for scikit-learn's C, > 0.
    source, target : str
        Two of NAMES, both penalties or both decoupled decays.
    m : int
        Number of training examples, 1 to 2**53.
    lr : float, optional
        Base learning rate, > 0; needed from or to "AdamW paper".
    batch_size : int, optional
        Examples in a mini-batch, 1 to m; all of them when not given. Only "sklearn
        MLPClassifier" depends on it.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If a name is unknown, a number is out of range, lr is missing where it is
        needed, the result is no finite number (C for no penalty at all) or too small
        for a float of full precision, or one of the two is a penalty and the other a
        decoupled decay: under an adaptive optimizer no strength of the one equals a
        strength of the other.

    Source: the documentation and code of each library; Loshchilov, Hutter (2019),
    algorithm 2, for the paper's.

    Examples
    --------
    >>> convert(0.01, "book", "sklearn Ridge", m=200)
    2.0
    >>> convert(1.0, "sklearn LogisticRegression", "book", m=200)
    0.005
    """
    given, wanted = (
        CONVENTIONS[_checks.one_of(*pair, NAMES)]
        for pair in (("source", source), ("target", target))
    )
    value = _checks.finite_number("value", value, low=0)
    m = _checks.whole_number("m", m, low=1)
    batch_size = m if batch_size is None else batch_size
    batch_size = _checks.whole_number("batch_size", batch_size, low=1)
    if batch_size > m:
        raise ValueError(f"batch_size must be at most m = {m}; got {batch_size}")
    if given.decoupled != wanted.decoupled:
        raise ValueError(
            f"target must be a {'decoupled decay' if given.decoupled else 'penalty'},"
            f' as source "{source}" is; got "{target}",'
            " and no strength of the one equals a strength of the other"
        )
    if lr is not None:
        lr = _checks.finite_number("lr", lr, above=0)
    elif given.lr != wanted.lr:
        raise ValueError('lr must be given from or to "AdamW paper"; got None')
    if value == 0 and -1 in (given.strength, wanted.strength):
        raise ValueError(
            f'value must be greater than 0 from "{source}" to "{target}"; got 0'
        )
    try:
        strength = (value / _factor(given, m, batch_size, lr)) ** given.strength
        result = _factor(wanted, m, batch_size, lr) * strength**wanted.strength
    except (OverflowError, ZeroDivisionError):
        result = math.inf
    if not math.isfinite(result):
        raise ValueError(
            f'value must have a finite counterpart in "{target}"; got {value:g}'
        )
    if value > 0 and min(strength, result) < sys.float_info.min:
        raise ValueError(
            f'value must have a counterpart above 2e-308 in "{target}"; got {value:g}'
        )
    return result


def _factor(convention, m, batch_size, lr):
    scale = 1.0 if lr is None else lr**convention.lr
    return (
        convention.coefficient
        * float(m) ** convention.m
        * float(batch_size) ** convention.batch_size
        * scale
    )


class Converter:
    """A form that takes the strength in one convention and shows the others', in
    Jupyter and on a page without a kernel.

    Parameters
    ----------
    value, source, m, lr, batch_size
        As for `convert`: what the form holds at first, and all that it shows without
        JavaScript. batch_size may be None for m.

    Attributes
    ----------
    numbers : dict of str
        What the table shows at first, by the name of the convention.

    Raises
    ------
    ValueError
        As from `convert`.

    Examples
    --------
    >>> Converter(0.01, "book", m=200, lr=0.001, batch_size=20)
    λ = 0.01 with m = 200, batch size 20 and η = 0.001, in 20 conventions
    """

    def __init__(self, value, source, *, m, lr, batch_size):
        self._source = _checks.one_of("source", source, NAMES)
        # The form computes with all four, in every convention.
        _checks.finite_number("lr", lr, above=0)
        batch_size = m if batch_size is None else batch_size
        self._inputs = {"value": value, "m": m, "batch_size": batch_size, "lr": lr}
        self.numbers = {name: self._number(name) for name in NAMES}

    def _number(self, name):
        if CONVENTIONS[name].decoupled != CONVENTIONS[self._source].decoupled:
            return "no equal"
        given = self._inputs
        number = convert(
            given["value"],
            self._source,
            name,
            m=given["m"],
            lr=given["lr"],
            batch_size=given["batch_size"],
        )
        return f"{number:.6g}"

    def __repr__(self):
        given = self._inputs
        return (
            f"λ = {given['value']} with m = {given['m']}, batch size"
            f" {given['batch_size']} and η = {given['lr']}, in {len(NAMES)} conventions"
        )

    def _repr_html_(self):
        labels = {
            "value": "strength",
            "m": "examples m",
            "batch_size": "batch size",
            "lr": "learning rate η",
        }
        value, *rest = (
            f'<label><span>{labels[name]}</span><input name="{name}" type="number"'
            f' value="{given}" min="0" step="any" disabled></label>'
            for name, given in self._inputs.items()
        )
        options = "".join(
            f"<option{' selected' * (name == self._source)}>"
            f"{html.escape(name)}</option>"
            for name in NAMES
        )
        rows = "".join(
            f'<tr><th scope="row">{html.escape(name)}'
            f"<span>{html.escape(row.objective)}</span></th>"
            f"<td>{self.numbers[name]}</td></tr>"
            for name, row in CONVENTIONS.items()
        )
        data = [row._asdict() for row in CONVENTIONS.values()]
        data = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
        files = {
            name: (resources.files("utils") / f"converter.{name}").read_text("utf-8")
            for name in ("css", "js")
        }
        return (
            '<div class="converter" role="group" aria-label="Converter of strengths">'
            f'<div class="converter-inputs">{value}<label><span>in the convention of'
            f'</span><select name="source" disabled>{options}</select></label>'
            f"{''.join(rest)}</div>"
            '<p aria-live="polite"></p>'
            '<table><thead><tr><th scope="col">convention</th>'
            '<th scope="col">number</th></tr></thead>'
            f"<tbody>{rows}</tbody></table>"
            f'<script type="application/json">{data}</script>'
            f"<style>{files['css']}</style><script>{files['js']}</script></div>"
        )
