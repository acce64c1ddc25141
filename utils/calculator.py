"""From a training to the number that one types: the calculator of the
appendix "λ in every library". Explained in chapter 13.

`answer` computes in Python what calculator.js computes on the page; the tests hold the
two against each other. `Calculator` is the form.
"""

import html
import json
import math
from importlib import resources
from typing import NamedTuple
from urllib.parse import urlencode

import numpy as np

from utils import _checks, conventions, optimizers

# How each decays: inside the gradient, divided by Adam as well, beside the step.
OPTIMIZERS = {
    "sgd": "SGD",
    "adam": "Adam with L2",
    "adamw": "AdamW, Lion, Muon",
    "solver": "none: a solver",
}
GOALS = {
    "strength": "a number in the convention of",
    "passes": "the memory, in passes through the data",
    "steps": "the memory, in steps",
    "share": "the memory, as a share of the training",
}
LOSSES = {
    "mean": "a mean, with squares halved",
    "sum": "a sum, with squares halved",
    "outputs": "MSELoss, not halved: a mean over k outputs too",
}
# The fields of the form and its first training, for which no source is needed.
DEFAULTS = {
    "optimizer": "adamw",
    "momentum": 0.9,
    "lr": 0.001,
    "batch": 512,
    "examples": 1_000_000,
    "unit": "examples",
    "steps": 20_000,
    "schedule": "cosine",
    "warmup": 1000,
    "final": 0.0,
    "hold": None,
    "until": None,
    "milestones": (),
    "factor": 0.1,
    "goal": "share",
    "value": 0.2,
    "source": "torch AdamW",
    "target": "torch AdamW",
    "loss": "mean",
    "outputs": 1,
}
# If one thing changes: what lam, batch, learning rate and data are multiplied by.
CHANGES = {
    "you double the batch and halve the steps": (2.0, 2, 1, 1),
    "you double the batch and η, and halve the steps": (1.0, 2, 2, 1),
    "you train ten times longer, and keep the memory in passes": (1.0, 1, 1, 1),
    "you train ten times longer, and keep the memory's share of it": (0.1, 1, 1, 1),
    "you train on ten times the data, as many passes": (0.1, 1, 1, 10),
}
# Conditions of these sentences are in `answer`.
NOTES = {
    "none": "Without decay a weight leaves its start only as far as the data move it.",
    "kept": "Decay alone leaves {left} of the start in the weights. In fine-tuning,"
    " except with LoRA, that start is what was learnt before. The nearer this is to all"
    " of it, the less the decay does.",
    "recent": "Half of what the training writes into the weights is from its last"
    " {newest}.",
    "short": "At the peak rate the memory is shorter than one pass: while the rate"
    " stays there, the earlier of two examples counts less, even within a pass.",
    "strong": "So much of a weight goes in one step, or in those that a momentum"
    " remembers, that these figures are rough. Is the number one of another"
    " convention?",
    "adam": "Adam divides this decay by the size of the gradients, for each weight by"
    " itself. So it has no memory that these numbers could tell; AdamW has one.",
    "solver": "What a solver finds does not depend on its steps: there is a strength,"
    " and no memory.",
    "beside": "Keras decays beside the momentum, so that its number is 1/(1 − μ) times"
    " that of PyTorch.",
    "sum": "A sum over the batch has gradients as many times as long as the batch has"
    " examples. SGD takes the rate divided by the batch, by a doubled one too, and a"
    " larger number; AdamW does not see the scale of a loss.",
}
POINTS = 100


class Answer(NamedTuple):
    """What the calculator shows; None where there is no memory.

    Attributes
    ----------
    lam : float
        The strength in the convention of PyTorch, for a mean loss.
    number, lr : float, float
        What to type in the target, for the loss that is minimized there.
    memory, passes, share, half_life : float
        The memory at the peak rate in steps, in passes, as a share of the training, and
        the steps in which half of a weight is left. Infinite without decay.
    forgotten : (101,) array
        The exponents of `conventions.forgetting` after each hundredth of the training.
    newest : float
        The share of the training, at its end, that half of what it writes is from.
    size : float
        Root mean square to which AdamW, not Lion or Muon, brings a weight that only
        noise drives, if the peak rate lasts for several memories.
    notes : tuple of str
        Those of NOTES that apply.
    changes : tuple of floats
        What to type after each of CHANGES.
    """

    lam: float
    number: float
    lr: float
    memory: float | None
    passes: float | None
    share: float | None
    half_life: float | None
    forgotten: np.ndarray | None
    newest: float | None
    size: float | None
    notes: tuple
    changes: tuple


def answer(**setting):
    """The number to type, and what it does to the weights.

    Parameters
    ----------
    **setting
        Any of DEFAULTS, which stand for what is not given: the optimizer, one of
        OPTIMIZERS; momentum, lr, and a schedule as for `optimizers.schedule`, whose
        n_steps is until, or else steps; batch and examples, in the same unit, where
        for AdamW examples may be None, and passes are not computed then; steps of the
        training; what is known, one of GOALS, its value, and for a strength the source,
        one of conventions.NAMES; the target, another; the loss, one of LOSSES, and for
        the last of them the outputs.

    Returns
    -------
    Answer

    Raises
    ------
    ValueError
        If a name is unknown, a number out of its range, or a memory is asked of an
        optimizer that has none.

    Examples
    --------
    >>> found = answer(lr=0.001, steps=50_000, goal="share", value=0.2)
    >>> round(found.number, 6), round(found.memory)
    (0.1, 10000)
    """
    for name in setting:
        _checks.one_of("setting", name, tuple(DEFAULTS))
    given = DEFAULTS | setting
    for name, allowed in (
        ("optimizer", OPTIMIZERS),
        ("goal", GOALS),
        ("loss", LOSSES),
        ("source", conventions.NAMES),
        ("target", conventions.NAMES),
    ):
        _checks.one_of(name, given[name], tuple(allowed))
    optimizer, m, batch = given["optimizer"], given["examples"], given["batch"]
    counted = m is not None
    if not counted:
        if optimizer != "adamw" or given["goal"] == "passes":
            raise ValueError(
                "examples must be given where the optimizer is not AdamW, and for a"
                " memory in passes; got None"
            )
        m = batch  # No decoupled convention depends on it.
    lr = _checks.finite_number("lr", given["lr"], above=0)
    steps = _checks.whole_number("steps", given["steps"], low=1)
    outputs = _checks.whole_number("outputs", given["outputs"], low=1)
    momentum = given["momentum"] if optimizer == "sgd" else 0.0
    loss = {"mean": 1.0, "sum": float(batch), "outputs": 2 / outputs}[given["loss"]]
    plain = "torch AdamW" if optimizer == "adamw" else "book"
    scales = {"m": m, "batch_size": batch, "lr": lr, "momentum": momentum}
    lam = _strength(given, plain, scales, steps)
    number = conventions.convert(lam, plain, given["target"], **scales, loss=loss)
    scaled = conventions.CONVENTIONS[given["target"]].loss == 1
    typed = lr / loss if optimizer == "sgd" and scaled else lr
    notes = {
        optimizer: optimizer in ("adam", "solver"),
        "sum": given["loss"] == "sum" and (scaled or optimizer == "adamw"),
        "beside": given["target"] == "keras SGD" and momentum > 0,
    }
    if optimizer in ("adam", "solver"):
        return Answer(lam, number, typed, *[None] * 7, _those(notes), ())

    changes = []
    for change, larger, faster, more in CHANGES.values():
        after = {"m": more * m, "lr": faster * lr, "momentum": momentum}
        after["batch_size"] = min(larger * batch, more * m)
        new = larger * loss if given["loss"] == "sum" else loss
        changes.append(
            conventions.convert(change * lam, plain, given["target"], **after, loss=new)
        )

    share_of_rate = optimizers.schedule(
        given["schedule"],
        given["until"] or steps,
        warmup=given["warmup"],
        hold=given["hold"],
        final=given["final"],
        milestones=given["milestones"],
        factor=given["factor"],
    )
    rates = lr * share_of_rate(np.arange(steps))
    exponents = conventions.forgetting(lam, rates, momentum=momentum)
    ends = np.arange(POINTS + 1) * steps // POINTS
    forgotten = np.append(0.0, exponents)[ends]
    memory = conventions.memory(lr, lam, momentum=momentum) if lam else math.inf
    passes = memory * batch / m if counted else None
    taken = lam * lr / (1 - momentum)
    newest = _newest(forgotten) if lam else 1.0
    notes |= {
        "none": lam == 0,
        "kept": lam > 0 and forgotten[-1] <= math.log(2),
        "recent": newest < 0.1,
        "short": counted and passes < 1 and steps * batch >= 2 * m,
        "strong": taken / (1 - momentum) >= 0.1,
    }
    return Answer(
        lam,
        number,
        typed,
        memory,
        passes,
        memory / steps,
        math.log(2) * memory,
        forgotten,
        newest,
        conventions.size(lr, lam) if optimizer == "adamw" and lam else None,
        _those(notes),
        tuple(changes),
    )


def _those(notes):
    return tuple(name for name in NOTES if notes.get(name))


def _strength(given, plain, scales, steps):
    """lam in the plain convention."""
    goal, value = given["goal"], given["value"]
    if goal == "strength":
        return conventions.convert(value, given["source"], plain, **scales)
    if given["optimizer"] in ("adam", "solver"):
        raise ValueError(
            'goal must be "strength" where the optimizer has no memory; got'
            f' "{goal}" with "{given["optimizer"]}"'
        )
    value = _checks.finite_number("value", value, above=0)
    unit = {"passes": scales["m"] / scales["batch_size"], "steps": 1, "share": steps}
    return conventions.strength(
        scales["lr"], value * unit[goal], momentum=scales["momentum"]
    )


def _newest(forgotten):
    """The share at the end from which half of what is not the start comes.

    What is written from a point on makes up 1 - exp(-d) of the end, where d is what is
    still to be forgotten from there. Between points of the curve d is a straight line.
    """
    to_come = forgotten[-1] - forgotten
    wanted = math.log(2) - math.log1p(math.exp(-forgotten[-1]))
    done = np.interp(-wanted, -to_come, np.arange(POINTS + 1))
    return float(1 - done / POINTS)


def setting_of(recipe):
    """The fields of the form for a published training; None where it states nothing.

    Parameters
    ----------
    recipe : recipes.Recipe
        Any of them.

    Returns
    -------
    setting : dict
        For `answer`, if nothing in it is None but hold, until and, for AdamW, examples.
    """
    alike = {"momentum": "sgd", "lion": "adamw", "muon": "adamw"}
    same = "lr schedule warmup hold until milestones batch examples unit steps".split()
    return DEFAULTS | {
        **{name: getattr(recipe, name) for name in same},
        "optimizer": alike.get(recipe.optimizer, recipe.optimizer),
        "momentum": recipe.momentum,
        "final": 0.0 if recipe.schedule == "step" else recipe.final,
        "factor": DEFAULTS["factor"] if recipe.factor is None else recipe.factor,
        "goal": "strength",
        "value": recipe.weight_decay,
        "source": recipe.convention,
        "target": recipe.convention,
    }


def _cases():
    """Six questions, each with a setting for `answer` and the answer in words."""
    lora = DEFAULTS | {"schedule": "linear", "goal": "strength", "value": 0.01}
    lora |= {"lr": 2e-4, "warmup": 100, "batch": 16, "examples": 50_000, "steps": 9375}
    resnet = DEFAULTS | {"optimizer": "sgd", "lr": 0.1, "warmup": 0, "schedule": "step"}
    resnet |= {"batch": 256, "examples": 1_281_167, "goal": "strength", "value": 1e-4}
    resnet |= {"source": "torch SGD", "target": "torch SGD"}
    resnet |= _ninety_passes(5005)
    twice = resnet | {"batch": 512, "lr": 0.2} | _ninety_passes(2502)
    keras, summed = resnet | {"target": "keras SGD"}, resnet | {"loss": "sum"}

    idle, known = answer(**lora), answer(**resnet)
    held = answer(**lora | {"goal": "share", "value": 1.0})
    slow, fast, passes, share, _ = map(_typed, known.changes)
    total, number = answer(**summed), _typed(known.number)
    return [
        (
            "I fine-tune a 7B model with LoRA.",
            lora,
            f"At η = {lora['lr']:g} PyTorch's default of 0.01 remembers"
            f" {_digits(idle.memory)} steps. After {lora['steps']} of them"
            f" {_left(idle)} of the adapter's start is left, so the decay does next to"
            " nothing. A memory as long as this training takes"
            f" {_typed(held.number)}. In LoRA the decay pulls the product of the two"
            " matrices to zero, and so the model towards the one you start from.",
        ),
        (
            "I train ResNet-50.",
            resnet,
            f"Type {number} in PyTorch's SGD, with momentum 0.9 and η = 0.1 for batches"
            f" of 256. The memory is {_digits(known.memory)} steps or"
            f" {_digits(known.passes)} passes, and {_left(known)} of the start is left"
            " after 90.",
        ),
        (
            "I double the batch.",
            twice,
            "A pass has half as many steps, so each has to decay twice as much. If η"
            f" doubles with the batch, PyTorch's number stays, {fast} for ResNet-50. If"
            f" η stays, it doubles to {slow}.",
        ),
        (
            "I train ten times longer.",
            resnet | _ninety_passes(50_050),
            "On the same data either the memory in passes stays, and with it the"
            f" number, {passes} for ResNet-50; or its share of the training stays, with"
            f" a tenth of the number, {share}. On ten times the data both say a tenth;"
            " for language models in one pass a fitted power law says a third (chapter"
            " 13).",
        ),
        (
            "My library is Keras.",
            keras,
            "For AdamW type the number of PyTorch. Keras' Adam(weight_decay=…) is AdamW"
            " as well. For SGD with momentum 0.9 type ten times the number of PyTorch,"
            f" {_typed(answer(**keras).number)} for ResNet-50, since Keras decays"
            " beside the momentum.",
        ),
        (
            "My loss is a sum.",
            summed,
            "With SGD and a sum over batches of 256, divide the rate by 256 and"
            f" multiply the number: η = {_typed(total.lr)} and {_typed(total.number)}"
            " for ResNet-50. With AdamW both stay, since Adam does not see the scale of"
            " a loss.",
        ),
    ]


def _ninety_passes(steps):
    return {"steps": 90 * steps, "milestones": tuple(k * steps for k in (30, 60, 80))}


def _typed(number):
    """Six digits, as JavaScript writes them."""
    rounded = float(f"{number:.6g}")
    if 1e-6 <= rounded < 1e21 or rounded == 0:
        return np.format_float_positional(rounded, trim="-")
    return f"{rounded:g}".replace("e-0", "e-")


def _digits(number):
    """Three digits, and from 10 000 on in groups."""
    rounded = float(f"{number:.3g}")
    return (
        f"{rounded:,.0f}".replace(",", "\u202f") if rounded >= 1e4 else f"{rounded:g}"
    )


def _left(found):
    share = 100 * math.exp(-found.forgotten[-1])
    return f"{share:.2g}\u202f%" if share >= 0.01 else "less than 0.01\u202f%"


class Calculator:
    """The form that finds the number for a training, on a page and in Jupyter.

    Parameters
    ----------
    recipes : sequence of recipes.Recipe
        Published trainings to start from.

    Attributes
    ----------
    recipes : list of recipes.Recipe
        The same.

    Examples
    --------
    >>> Calculator([])
    The calculator, with 0 published trainings to start from
    """

    def __init__(self, recipes):
        self.recipes = list(recipes)

    def __repr__(self):
        number = len(self.recipes)
        return f"The calculator, with {number} published trainings to start from"

    def _repr_html_(self):
        data = {
            "conventions": {
                name: row._asdict() for name, row in conventions.CONVENTIONS.items()
            },
            "recipes": [
                recipe._asdict() | {"setting": setting_of(recipe)}
                for recipe in self.recipes
            ],
            "defaults": DEFAULTS,
            "changes": CHANGES,
            "notes": NOTES,
            "points": POINTS,
        }
        # Nothing in a sentence may end the script, or begin a comment in it.
        text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
        css, js = (
            (resources.files("utils") / f"calculator.{kind}").read_text("utf-8")
            for kind in ("css", "js")
        )
        return (
            '<div class="calculator" id="calculator" role="group"'
            ' aria-label="Calculator of weight decay">'
            f"<form hidden>{self._form()}</form>{_RESULT}{_table_of_cases()}"
            f"{_table_of_conventions()}"
            f'<script type="application/json">{text}</script>'
            f"<style>{css}</style><script>{js}</script></div>"
        )

    def _form(self):
        names = [recipe.name for recipe in self.recipes]
        choices = {
            "recipe": {"": "my own numbers"} | dict(zip(names, names, strict=True)),
            "optimizer": OPTIMIZERS,
            "schedule": {kind: kind for kind in optimizers.SCHEDULES},
            "unit": {"examples": "examples", "tokens": "tokens"},
            "goal": GOALS,
            "source": {name: name for name in conventions.NAMES},
            "target": {name: name for name in conventions.NAMES},
            "loss": LOSSES,
        }
        groups = ""
        for legend, fields in _FIELDS.items():
            inputs = "".join(
                f'<label><span>{label}</span><select name="{name}">'
                f"{_options(choices[name])}</select></label>"
                if name in choices
                else f"<label><span>{label}</span>"
                f'<input name="{name}" inputmode="decimal" autocomplete="off"></label>'
                for name, label in fields.items()
            )
            groups += f"<fieldset><legend>{legend}</legend>{inputs}</fieldset>"
        return groups


def _options(choices):
    return "".join(
        f'<option value="{html.escape(value)}">{html.escape(label)}</option>'
        for value, label in choices.items()
    )


def _table_of_cases():
    rows = "".join(
        f'<tr><th scope="row"><a href="?{_query(setting)}#calculator">{question}</a>'
        f"</th><td>{html.escape(words)}</td></tr>"
        for question, setting, words in _cases()
    )
    return (
        '<table class="calculator-cases"><caption>Six questions; each sets the form'
        ' where scripts run.</caption><thead><tr><th scope="col">question</th>'
        f'<th scope="col">answer</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _table_of_conventions():
    rows = "".join(
        f'<tr><th scope="row">{html.escape(name)}<span>{html.escape(row.objective)}'
        f"</span></th><td>{_formula(row)}</td><td></td></tr>"
        for name, row in conventions.CONVENTIONS.items()
    )
    return (
        '<table class="calculator-conventions"><caption>The same strength in every'
        " convention, for m examples, batches of B, the rate η, the momentum μ, and a"
        " loss that is c times the mean.</caption><thead><tr>"
        '<th scope="col">convention</th><th scope="col">number for λ</th>'
        f'<th scope="col">here</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _formula(row):
    """The number of a convention, for our lam."""
    names = {"loss": "c", "batch_size": "B", "m": "m", "lr": "η", "strength": "λ"}
    over = "".join(sign for name, sign in names.items() if getattr(row, name) == 1)
    under = "".join(sign for name, sign in names.items() if getattr(row, name) == -1)
    under += "2" * (row.coefficient == 0.5) + "(1 − μ)" * (row.momentum == -1)
    under = f"({under})" if under == "mλ" else under
    return f"{over or 1}/{under}" if under else over


def _query(setting):
    """The part of an address that opens the form with this setting."""
    changed = {
        name: " ".join(map(str, value)) if isinstance(value, tuple) else value
        for name, value in setting.items()
        if value != DEFAULTS[name]
    }
    return html.escape(urlencode(changed))


# What each field of the form is called, in their order.
_FIELDS = {
    "The training": {
        "recipe": "start from",
        "optimizer": "optimizer",
        "momentum": "momentum μ",
        "lr": "peak learning rate η",
        "batch": "batch",
        "examples": "size of the data",
        "unit": "both in",
        "steps": "steps",
        "schedule": "schedule",
        "warmup": "steps of warm-up",
        "final": "rate at the end, as a share of the peak",
        "hold": "first step of the fall, if not after the warm-up",
        "until": "last step of the fall, if not the end",
        "milestones": "at the steps",
        "factor": "times, at each",
    },
    "The decay": {
        "goal": "what I know",
        "value": "its value",
        "source": "convention",
    },
    "Where I type it": {
        "target": "library",
        "loss": "my loss is",
        "outputs": "outputs k",
    },
}
_RESULT = """<div class="calculator-result" hidden>
<div aria-live="polite"><p class="calculator-number"></p><ul></ul></div>
<dl></dl>
<figure><svg viewBox="0 0 320 190" role="img"></svg>
<figcaption>What decay alone leaves of the start (solid) and the learning rate as a
share of its peak (dashed), over the training.</figcaption></figure>
<p class="calculator-source"></p>
<table class="calculator-changes"><thead><tr><th scope="col">if</th>
<th scope="col">type</th></tr></thead><tbody></tbody></table>
<p><a class="calculator-link" href="#calculator">A link to this setting</a></p>
</div>"""
