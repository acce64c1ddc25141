"""Published trainings, and what their numbers do to the weights. Explained in chapter
13.

The numbers are in recipes.json, each with its source; None is what the source does not
state.
"""

import json
import math
from importlib import resources
from typing import NamedTuple

import numpy as np

from utils import _checks, conventions, optimizers


class Recipe(NamedTuple):
    """What somebody typed to train a model, or what a library does unless told.

    Attributes
    ----------
    name, year : str, int
        The model or the library, and when it was published.
    optimizer : str
        "sgd", "momentum", "adam", "adamw", "lion" or "muon".
    lr : float
        Learning rate at its peak.
    schedule : str
        One of optimizers.SCHEDULES: how the rate falls after its warm-up.
    weight_decay, convention : float, str
        The number for the decay, and in which of conventions.NAMES it is meant.
    batch, unit : int, str
        Size of a batch in "examples" or "tokens".
    steps, examples : int, int
        Length of the training, and size of the data in the unit of the batch; for a
        text that is read about once, the tokens that are read.
    excluded : str
        What does not decay.
    source, where, note : str
        Key of the source in references.bib, the place in it, and what a reader should
        know.
    warmup, final : int, float
        Steps in which the rate rises from zero, and its share of the peak at the end.
    hold, until : int, int
        Steps at which the fall begins, if not after the warm-up, and at which it ends,
        if not with the training.
    milestones, factor : list of int, float
        For "step": where the rate is multiplied by the factor.
    momentum : float
        Share of the velocity that survives a step; the decay passes through it.
    decay_end : float
        Where the decay is at the end, if it goes there from weight_decay, along half a
        cosine over all steps.
    """

    name: str
    optimizer: str
    lr: float | None
    schedule: str | None
    weight_decay: float | None
    convention: str
    batch: int | None = None
    unit: str = "examples"
    steps: int | None = None
    examples: int | None = None
    excluded: str | None = None
    year: int | None = None
    source: str | None = None
    where: str | None = None
    note: str | None = None
    warmup: int | None = 0
    final: float | None = None
    hold: int | None = None
    until: int | None = None
    milestones: tuple = ()
    factor: float | None = None
    momentum: float = 0.0
    decay_end: float | None = None


class Effect(NamedTuple):
    """What the numbers of a recipe do to a weight; None where they are not all stated.

    Attributes
    ----------
    product : float
        The learning rate at its peak times the decay, in the convention of PyTorch. Of
        a decay that moves, here and in memory and size, it is the first.
    memory : float
        Steps, at the peak rate, in which a weight that the data never push falls to 1/e
        of itself; infinite without decay.
    passes, share : float, float
        The memory in passes through the data, and as a share of the training.
    left : float
        Share of the start that is left at the end, under the schedule of the rate and
        that of the decay.
    size : float
        Root mean square of a weight that AdamW moves by noise alone, at the peak rate;
        infinite without decay.
    """

    product: float | None
    memory: float | None
    passes: float | None
    share: float | None
    left: float | None
    size: float | None


def load():
    """The recipes of recipes.json, in the order of their years, the defaults of
    libraries last.

    Returns
    -------
    recipes : list of Recipe

    Examples
    --------
    >>> [recipe.weight_decay for recipe in load() if recipe.name == "LLaMA 7B"]
    [0.1]
    """
    text = (resources.files("utils") / "recipes.json").read_text("utf-8")
    return [Recipe(**entry) for entry in json.loads(text)]


def rates(recipe):
    """The learning rate of each step, as a share of its peak: `optimizers.schedule`
    with what the recipe states.

    Parameters
    ----------
    recipe : Recipe
        With schedule, warmup and steps; with final for "linear" and "cosine", with
        factor for "step".

    Returns
    -------
    shares : (steps,) array or None
        None if one of these is not stated.

    Raises
    ------
    ValueError
        As from `optimizers.schedule`, or if steps is not a whole number.

    Examples
    --------
    >>> mine = Recipe("mine", "sgd", 0.1, "linear", 0.0, "torch SGD", steps=5)
    >>> rates(mine._replace(final=0.0)).round(3).tolist()
    [1.0, 0.8, 0.6, 0.4, 0.2]
    """
    needed = {"linear": recipe.final, "cosine": recipe.final, "step": recipe.factor}
    shape = needed.get(recipe.schedule, 1.0)
    if None in (recipe.schedule, recipe.steps, recipe.warmup, shape):
        return None
    steps = _checks.whole_number("steps", recipe.steps, low=1)
    share = optimizers.schedule(
        recipe.schedule,
        steps if recipe.until is None else recipe.until,
        warmup=recipe.warmup,
        hold=recipe.hold,
        final=0.0 if recipe.final is None else recipe.final,
        milestones=recipe.milestones,
        factor=1.0 if recipe.factor is None else recipe.factor,
    )
    return share(np.arange(steps))


def effect(recipe):
    """What the numbers of a recipe do to a weight that the data never push.

    Decoupled from the step, or coupled to a momentum mu, the decay takes the share
    lr * weight_decay / (1 - mu) of a weight in a step. Coupled to Adam it takes no
    fixed share, and there is no memory to name; nor is there where the rate, the decay,
    or what its convention needs is not stated.

    Parameters
    ----------
    recipe : Recipe
        Any of them, your own too.

    Returns
    -------
    Effect

    Raises
    ------
    ValueError
        If a number of the recipe is out of range, or its convention is unknown.

    Source: `conventions.memory`, `conventions.forgetting` and `conventions.size`.

    Examples
    --------
    >>> mine = Recipe("mine", "adamw", 0.001, "constant", 0.1, "torch AdamW")
    >>> found = effect(mine._replace(batch=50, steps=20_000, examples=5000))
    >>> found.memory, found.passes, found.share, round(found.left, 3)
    (10000.0, 100.0, 0.5, 0.135)
    """
    _checks.one_of("convention", recipe.convention, conventions.NAMES)
    convention = conventions.CONVENTIONS[recipe.convention]
    fixed_share = convention.decoupled or recipe.optimizer in ("sgd", "momentum")
    needed = [recipe.lr, recipe.weight_decay]
    if convention.m:
        needed.append(recipe.examples)
    if convention.batch_size:
        needed.append(recipe.batch)
    if None in needed or not fixed_share:
        return Effect(*[None] * 6)
    lr, momentum = _checks.finite_number("lr", recipe.lr, above=0), recipe.momentum
    if None not in (recipe.batch, recipe.examples):
        _checks.whole_number("batch", recipe.batch, low=1, high=recipe.examples)
    lam = conventions.convert(
        recipe.weight_decay,
        recipe.convention,
        "torch AdamW" if convention.decoupled else "torch SGD",
        m=recipe.examples or recipe.batch or 1,
        lr=lr,
        batch_size=recipe.batch,
        momentum=momentum,
    )
    memory = conventions.memory(lr, lam, momentum=momentum) if lam else math.inf
    passes = share = left = size = None
    if recipe.batch and recipe.examples:
        passes = memory * recipe.batch / recipe.examples
    if recipe.steps:
        share = memory / recipe.steps
    shares = rates(recipe)
    if shares is not None:
        if recipe.decay_end is not None:
            end = recipe.decay_end / recipe.weight_decay
            fall = optimizers.schedule("cosine", len(shares))(np.arange(len(shares)))
            shares = shares * (end + (1 - end) * fall)
        exponents = conventions.forgetting(lam, lr * shares, momentum=momentum)
        left = math.exp(-exponents[-1])
    if recipe.optimizer == "adamw":
        size = conventions.size(lr, lam) if lam else math.inf
    return Effect(lr * lam, memory, passes, share, left, size)
