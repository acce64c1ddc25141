"""One strength of decay in the conventions of other libraries and texts. Explained in
the appendix "λ in every library".

Every convention here is a monomial in what it depends on: the strength, the number of
examples, the batch size, the learning rate, the momentum, the scale of the loss. So one
row of exponents says all, and the book's calculator computes with the same rows.
"""

import math
import sys
from typing import NamedTuple

import numpy as np

from utils import _checks


class Convention(NamedTuple):
    """How one library or text writes the strength of decay.

    Attributes
    ----------
    objective : str
        What is minimized, or how a step decays, in the library's own symbols.
    coefficient, m, batch_size, lr : float, int, int, int
        The library's number is coefficient * m**m * batch_size**batch_size * lr**lr *
        (1 - momentum)**momentum * loss**loss * strength**strength; the last six are the
        exponents named so.
    momentum, loss : int, int
        Where the decay stands beside the momentum, -1. Where the reader writes the
        loss, 1: a loss twice as large needs twice the number.
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
    momentum: int = 0
    loss: int = 0
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
    "statsmodels GLM": Convention(
        "− mean log-likelihood + (alpha/2) ‖w‖² at L1_wt=0, for a binomial family"
    ),
    "glmnet": Convention(
        "½ mean squared residual + (lambda/2) ‖β‖² at alpha=0, for a y of variance 1"
    ),
    "keras l2": Convention("mean loss + l2 ‖w‖²", coefficient=0.5, loss=1),
    "keras SGD": Convention(
        "w ← (1 − lr · weight_decay) w, beside the momentum", momentum=-1, loss=1
    ),
    "torch SGD": Convention("gradient of the mean loss + weight_decay · w", loss=1),
    "torch Adam": Convention(
        "gradient of the mean loss + weight_decay · w, before Adam's averages", loss=1
    ),
    "torch AdamW": Convention(
        "w ← (1 − lr · weight_decay) w, beside Adam's step", decoupled=True
    ),
    "torch Muon": Convention(
        "w ← (1 − lr · weight_decay) w, beside Muon's step", decoupled=True
    ),
    "optax adamw": Convention(
        "w ← (1 − lr · weight_decay) w, beside Adam's step", decoupled=True
    ),
    "optax lion": Convention(
        "w ← (1 − lr · weight_decay) w, beside Lion's step", decoupled=True
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
    "composer DecoupledAdamW": Convention(
        "w ← (1 − schedule · weight_decay) w, beside Adam's step", lr=1, decoupled=True
    ),
}
NAMES = tuple(CONVENTIONS)


def convert(
    value, source, target, *, m, lr=None, batch_size=None, momentum=0.0, loss=1.0
):
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
        Base learning rate, > 0; needed from or to "AdamW paper" and Composer.
    batch_size : int, optional
        Examples in a mini-batch, 1 to m; all of them when not given. Only "sklearn
        MLPClassifier" depends on it.
    momentum : float
        That of SGD, in [0, 1). Only "keras SGD" depends on it.
    loss : float
        The loss that is minimized over the mean loss of this book, > 0: batch_size for
        a sum over the batch, 2 / k for a mean of squares over k outputs. It matters
        where the reader writes the loss himself: with SGD, Adam and Keras' l2.

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
    batch_size = (
        m
        if batch_size is None
        else _checks.whole_number("batch_size", batch_size, low=1)
    )
    if batch_size > m:
        raise ValueError(f"batch_size must be at most m = {m}; got {batch_size}")
    momentum, loss = _momentum(momentum), _checks.finite_number("loss", loss, above=0)
    if given.decoupled != wanted.decoupled:
        raise ValueError(
            f"target must be a {'decoupled decay' if given.decoupled else 'penalty'},"
            f' as source "{source}" is; got "{target}",'
            " and no strength of the one equals a strength of the other"
        )
    if lr is not None:
        lr = _checks.finite_number("lr", lr, above=0)
    elif given.lr != wanted.lr:
        raise ValueError(f'lr must be given from "{source}" to "{target}"; got None')
    if value == 0 and -1 in (given.strength, wanted.strength):
        raise ValueError(
            f'value must be greater than 0 from "{source}" to "{target}"; got 0'
        )
    scales = {"m": m, "batch_size": batch_size, "lr": 1.0 if lr is None else lr}
    scales |= {"momentum": 1 - momentum, "loss": loss}
    try:
        strength = (value / _factor(given, scales)) ** given.strength
        result = _factor(wanted, scales) * strength**wanted.strength
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


def _factor(convention, scales):
    powers = (
        float(scale) ** getattr(convention, name) for name, scale in scales.items()
    )
    return convention.coefficient * math.prod(powers)


def _momentum(value):
    value = _checks.finite_number("momentum", value, low=0)
    if value >= 1:
        raise ValueError(f"momentum must be less than 1; got {value:g}")
    return value


def memory(lr, lam, *, momentum=0.0):
    """Steps in which decay alone leaves 1/e of a weight: (1 - momentum) / (lr * lam).

    Half of the weight is left after ln 2 of that.

    Parameters
    ----------
    lr : float
        Learning rate, > 0.
    lam : float
        Strength in the convention of PyTorch, > 0.
    momentum : float
        Where the decay passes through it, as in PyTorch's SGD, in [0, 1); else 0.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If a number is out of range.

    Source: Wang, Aitchison (2025), How to Set AdamW's Weight Decay as You Scale Model
    and Dataset Size, section 3. It is exact in the limit of small lr * lam, next to
    (1 - momentum)**2.

    Examples
    --------
    >>> round(memory(0.001, 0.1)), round(memory(0.1, 0.0001, momentum=0.9))
    (10000, 10000)
    """
    return _quotient(lr=lr, lam=lam, momentum=momentum)


def strength(lr, steps, *, momentum=0.0):
    """The lam whose memory is that many steps: (1 - momentum) / (lr * steps).

    A memory of p passes through m examples is p * m / batch_size steps, so that
    lam = batch_size / (lr * m * p) without momentum.

    Parameters
    ----------
    lr : float
        Learning rate, > 0.
    steps : float
        The memory, > 0.
    momentum : float
        As for `memory`.

    Returns
    -------
    float
        In the convention of PyTorch.

    Raises
    ------
    ValueError
        If a number is out of range.

    Source: as for `memory`.

    Examples
    --------
    >>> strength(0.001, 10_000)
    0.1
    """
    return _quotient(lr=lr, steps=steps, momentum=momentum)


def _quotient(momentum, **numbers):
    momentum, product = _momentum(momentum), 1.0
    for name, value in numbers.items():
        product *= _checks.finite_number(name, value, above=0)
    return (1 - momentum) / product


def forgetting(lam, rates, *, momentum=0.0):
    """The exponent of forgetting after each step: decay alone leaves exp(-exponent).

    What is left of the start is the product of 1 - lam * rate / (1 - momentum) over the
    steps; the exponent is about lam / (1 - momentum) times the sum of the rates.

    Parameters
    ----------
    lam : float
        Strength in the convention of PyTorch, >= 0.
    rates : (n_steps,) array
        Learning rate of each step, >= 0.
    momentum : float
        As for `memory`.

    Returns
    -------
    exponent : (n_steps,) array

    Raises
    ------
    ValueError
        If a number is out of range, or a step takes the whole of a weight.

    Source: chapter 11. Where the decay passes through a momentum this is the slow one
    of two modes, for small lam * rate.

    Examples
    --------
    >>> exponent = forgetting(0.1, [0.001] * 10_000)
    >>> round(float(np.exp(-exponent[-1])), 3)
    0.368
    """
    lam = _checks.finite_number("lam", lam, low=0)
    rates = _checks.finite_array("rates", rates, ndim=1)
    if rates.min() < 0:
        raise ValueError(f"rates must be at least 0; got {rates.min():g}")
    taken = lam * rates / (1 - _momentum(momentum))
    if not taken.max() < 1:
        raise ValueError(
            "lam must take less than the whole weight in a step;"
            f" got {lam:g}, which takes {taken.max():g} of it"
        )
    return -np.cumsum(np.log1p(-taken))


def size(lr, lam):
    """Root mean square of a weight that noise drives under AdamW: sqrt(lr / (2 lam)).

    Parameters
    ----------
    lr, lam
        As for `memory`; at a constant rate.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If a number is out of range.

    Source: chapter 11; Kosson, Messmer, Jaggi (2024), Rotational Equilibrium, table 1,
    for a vector of such weights.

    Examples
    --------
    >>> round(size(0.01, 0.1), 3)
    0.224
    """
    lr = _checks.finite_number("lr", lr, above=0)
    return math.sqrt(lr / _checks.finite_number("lam", lam, above=0) / 2)
