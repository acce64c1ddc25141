"""The published trainings: each has its source, and what is computed of it follows from closed forms."""

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from utils import calculator, conventions, optimizers, recipes

ROOT = Path(__file__).parent.parent
RECIPES = {recipe.name: recipe for recipe in recipes.load()}
on_recipes = pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
MINE = recipes.Recipe("mine", "adamw", 0.01, "constant", 0.1, "torch AdamW", batch=50, steps=4000, examples=500)


def test_a_name_is_taken_once():
    entries = json.loads((ROOT / "utils" / "recipes.json").read_text("utf-8"))
    assert len(RECIPES) == len(entries) >= 20


@on_recipes
def test_a_recipe_has_a_source_that_is_listed_and_a_place_in_it(recipe):
    listed = re.findall(r"^@\w+\{(\w+),", (ROOT / "references.bib").read_text("utf-8"), re.MULTILINE)
    assert recipe.where
    if recipe.name.startswith("default: "):
        assert recipe.source is None and re.search(r"version \d", recipe.where)
    else:
        assert recipe.source in listed


@on_recipes
def test_the_numbers_of_a_recipe_fit_each_other(recipe):
    assert recipe.optimizer in ("sgd", "momentum", "adam", "adamw", "lion", "muon")
    assert recipe.unit in ("examples", "tokens")
    coupled = recipe.optimizer in ("sgd", "momentum", "adam")
    assert conventions.CONVENTIONS[recipe.convention].decoupled is not coupled
    assert (recipe.momentum > 0) == (recipe.optimizer == "momentum")
    for earlier, later in (("warmup", "hold"), ("warmup", "steps"), ("hold", "steps"), ("hold", "until")):
        first, second = getattr(recipe, earlier), getattr(recipe, later)
        assert first is None or second is None or first <= second
    assert all(milestone < recipe.steps for milestone in recipe.milestones)
    shares = recipes.rates(recipe)
    if shares is not None:
        assert len(shares) == recipe.steps and shares.max() == pytest.approx(1, abs=1e-3) and shares.min() >= 0
        # The last step is one away from the end.
        if recipe.until is None or recipe.until <= recipe.steps:
            assert shares[-1] == pytest.approx(recipe.final, abs=2 / recipe.steps)


@on_recipes
def test_what_is_not_stated_is_not_computed(recipe):
    found = recipes.effect(recipe)
    stated = recipe.lr is not None and recipe.weight_decay is not None
    assert (found.memory is not None) == (found.product is not None) == stated
    assert (found.passes is not None) == (stated and recipe.batch is not None and recipe.examples is not None)
    assert (found.left is not None) == (stated and recipes.rates(recipe) is not None)
    assert (found.size is not None) == (stated and recipe.optimizer == "adamw")


@pytest.mark.parametrize(
    "name, steps, passes",
    [
        ("ResNet-50, batch 256", 10_000, 10_000 * 256 / 1_281_167),
        ("ResNet-50, batch 8192", 312.5, 312.5 * 8192 / 1_281_167),
        ("DeiT-B", 20_000, 20_000 * 1024 / 1_281_167),
        ("LLaMA 7B", 100_000 / 3, 0.4 / 3),
        ("nanoGPT, GPT-2 124M", 50_000 / 3, 491_520 * 50_000 / 3 / 9_035_582_198),
        ("BERT-base", 1_000_000, 128 / 3.3),
    ],
)
def test_memories_that_were_computed_by_hand(name, steps, passes):
    found = recipes.effect(RECIPES[name])
    assert found.memory == pytest.approx(steps, rel=1e-12)
    assert found.passes == pytest.approx(passes, rel=1e-12)


def test_a_batch_and_a_rate_of_the_same_factor_keep_the_memory_in_passes():
    small, large = (recipes.effect(RECIPES[f"ResNet-50, batch {batch}"]) for batch in (256, 8192))
    assert small.passes == pytest.approx(large.passes, rel=1e-12)


@pytest.mark.parametrize(
    "change, total",
    [
        ({}, 4000),
        ({"schedule": "linear", "final": 0.0}, 4001 / 2),
        ({"schedule": "linear", "final": 0.1}, 0.1 * 4000 + 0.9 * 4001 / 2),
        # A cosine and a straight line are alike about the middle of the fall, but for the first step.
        ({"schedule": "cosine", "final": 0.1}, 0.1 * 4000 + 0.9 * 4001 / 2),
        # The rise has the steps 1 to 1000 of 1001.
        ({"schedule": "linear", "final": 0.0, "warmup": 1000}, 1000 / 2 + 3001 / 2),
        ({"schedule": "cosine", "final": 0.0, "warmup": 1000, "hold": 2000}, 1000 / 2 + 1000 + 2001 / 2),
        ({"schedule": "cosine", "final": 0.0, "until": 3000}, 3001 / 2),
        ({"schedule": "linear", "final": 0.0, "until": 8000}, 4000 - 4000 * 3999 / 2 / 8000),
        ({"schedule": "step", "milestones": [1000, 3000], "factor": 0.1}, 1000 + 200 + 10),
    ],
)
def test_the_rates_add_up_to_closed_forms(change, total):
    shares = recipes.rates(MINE._replace(**change))
    assert shares.sum() == pytest.approx(total, rel=1e-12)
    # A step of the share s keeps 1 - s, whose logarithm is -s to within s / 2 of itself, or a little more.
    exponent = -math.log(recipes.effect(MINE._replace(**change)).left)
    assert 0.001 * total < exponent < 0.001 * total * 1.0006


def test_a_training_of_one_step_is_at_its_peak():
    assert recipes.rates(MINE._replace(steps=1)).tolist() == [1.0]


@dataclass
class Case:
    """A training of a weight that is never pushed, by the book's own optimizer."""

    recipe: recipes.Recipe
    optimizer: callable


CASES = {
    "sgd": Case(
        MINE._replace(optimizer="sgd", convention="torch SGD"),
        lambda lr: optimizers.sgd(lr, weight_decay=0.1),
    ),
    "momentum": Case(
        MINE._replace(optimizer="momentum", convention="torch SGD", momentum=0.9),
        lambda lr: optimizers.sgd(lr, momentum=0.9, weight_decay=0.1),
    ),
    "adamw": Case(MINE, lambda lr: optimizers.adamw(lr, weight_decay=0.1)),
    "adamw, falling": Case(
        MINE._replace(schedule="cosine", final=0.1, warmup=100), lambda lr: optimizers.adamw(lr, weight_decay=0.1)
    ),
    # The paper's number is the share that a step takes at the peak.
    "adamw, as in the paper": Case(
        MINE._replace(weight_decay=0.001, convention="AdamW paper"), lambda lr: optimizers.adamw(lr, weight_decay=0.1)
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_weight_that_is_never_pushed_decays_as_computed(case):
    steps = 1000
    recipe = case.recipe._replace(steps=steps)
    shares = recipes.rates(recipe)
    optimizer = case.optimizer(lambda t: 0.01 * float(shares[t]))
    params = [(1.0, 0.0)]
    state = optimizer.init(params)
    for _ in range(steps):
        params, state = optimizer.step(params, [(0.0, 0.0)], state)
    found = recipes.effect(recipe)
    # A velocity lags 1 / (1 - mu) steps behind a weight that falls, at the
    # start and all the way.
    share, lag = found.product / (1 - recipe.momentum), 1 / (1 - recipe.momentum)
    slack = lag * steps * share**2 + 2 * lag * share
    assert math.log(params[0][0]) == pytest.approx(math.log(found.left), abs=slack)


def test_a_decay_that_moves_forgets_by_its_mean():
    """At a constant rate the exponent is the sum of the decays, and half a cosine has the mean of its ends for a mean."""
    still, moving = MINE._replace(weight_decay=0.03), MINE._replace(weight_decay=0.01, decay_end=0.05)
    slack = 4000 * (0.01 * 0.05) ** 2
    assert math.log(recipes.effect(moving).left) == pytest.approx(math.log(recipes.effect(still).left), abs=slack)
    assert recipes.effect(moving).memory == recipes.effect(MINE._replace(weight_decay=0.01)).memory
    # Where the rate falls while the decay rises, less is forgotten than by the mean.
    falls = {"schedule": "linear", "final": 0.0}
    assert recipes.effect(moving._replace(**falls)).left > recipes.effect(still._replace(**falls)).left


def test_adamw_moves_by_noise_to_the_size():
    rng = np.random.default_rng(0)
    optimizer = optimizers.adamw(0.01, weight_decay=1.0)
    params = [(np.zeros(2000), 0.0)]
    state = optimizer.init(params)
    for _ in range(600):
        params, state = optimizer.step(params, [(rng.standard_normal(2000), 0.0)], state)
    found = recipes.effect(MINE._replace(weight_decay=1.0)).size
    # Six memories have passed; the root mean square of 2000 weights has a standard error of 1.6 per cent.
    assert np.sqrt(np.mean(params[0][0] ** 2)) == pytest.approx(found, rel=0.07)


def test_without_decay_nothing_is_forgotten():
    found = recipes.effect(MINE._replace(weight_decay=0.0))
    assert found == recipes.Effect(0.0, math.inf, math.inf, math.inf, 1.0, math.inf)


SGD = MINE._replace(optimizer="momentum", momentum=0.9)


@pytest.mark.parametrize(
    ("change", "memory"),
    [
        ({"convention": "torch SGD"}, (1 - 0.9) / 0.001),
        ({"convention": "keras SGD"}, 1 / 0.001),
        ({"convention": "sklearn Ridge", "examples": 50}, (1 - 0.9) / 0.001 * 50),
        ({"convention": "sklearn MLPClassifier", "batch": 20}, (1 - 0.9) / 0.001 * 20),
        ({"convention": "sklearn MLPClassifier", "batch": 20, "examples": 50}, (1 - 0.9) / 0.001 * 20),
        # What scales the number is not stated.
        ({"convention": "sklearn Ridge", "batch": 20}, None),
        ({"convention": "sklearn MLPClassifier", "examples": 50}, None),
    ],
)
def test_a_number_is_read_in_its_convention(change, memory):
    found = recipes.effect(SGD._replace(**{"batch": None, "examples": None} | change))
    assert found.memory == (memory and pytest.approx(memory, rel=1e-12))
    assert memory or found == recipes.Effect(*[None] * 6)


def test_adam_with_l2_has_no_memory_of_its_own():
    assert recipes.effect(MINE._replace(optimizer="adam", convention="torch Adam")) == recipes.Effect(*[None] * 6)


@on_recipes
def test_the_calculator_says_the_same(recipe):
    found, setting = recipes.effect(recipe), calculator.setting_of(recipe)
    if None in (found.memory, found.left, recipe.batch):
        return
    answer = calculator.answer(**setting)
    assert (answer.memory, answer.passes, answer.share) == (found.memory, found.passes, found.share)
    # The form has one decay from the start to the end.
    found = recipes.effect(recipe._replace(decay_end=None))
    assert math.exp(-answer.forgotten[-1]) == pytest.approx(found.left, rel=1e-12)


@pytest.mark.parametrize(
    "change, message",
    [
        ({"schedule": "sine"}, "kind must be one of"),
        ({"convention": "mine"}, "convention must be one of"),
        ({"lr": 0.0}, "lr must be"),
        ({"weight_decay": -1.0}, "value must be"),
        ({"momentum": 1.0}, "momentum must be less than 1; got 1"),
        ({"steps": 1.5}, "steps must be"),
        ({"batch": 64, "examples": 50}, "batch must be at most 50; got 64"),
        ({"warmup": -1}, "warmup must be"),
        ({"schedule": "linear", "final": -0.1}, "final must be"),
        ({"warmup": 10, "hold": 5}, "hold must be"),
        ({"hold": 10, "until": 5}, "hold must be"),
        ({"schedule": "step", "factor": math.nan}, "factor must be"),
    ],
)
def test_a_number_out_of_range_is_named(change, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        recipes.effect(MINE._replace(**change))
