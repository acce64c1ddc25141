"""The package as a whole: light to import, imports in one direction, documented, colours that differ."""

import ast
import importlib
import inspect
import itertools
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib import style
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import utils
from utils import plotting

NAMES = sorted(module.name for module in pkgutil.iter_modules(utils.__path__))
# These draw; all others compute.
DRAWING = {"plotting", "explorers"}
NUMERICAL = [name for name in NAMES if name not in DRAWING]
MODULES = {"utils": utils} | {name: importlib.import_module(f"utils.{name}") for name in NAMES}
SOURCES = {name: Path(module.__file__).read_text("utf-8") for name, module in MODULES.items()}


def loaded_after(statement):
    """Top-level names of all modules that a fresh interpreter holds after the statement."""
    code = f"{statement}\nimport sys\nprint(*sys.modules)"
    names = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    return {name.split(".")[0] for name in names.split()}


def test_the_modules_of_the_design_are_there():
    assert {
        "datasets", "features", "linear", "logistic", "network", "optimizers", "training", "bias_variance", "validation",
        "conventions", "plotting", "explorers",
    } <= set(NAMES)  # fmt: skip


def test_numerical_modules_need_numpy_alone():
    loaded = loaded_after(f"import utils, {', '.join(f'utils.{name}' for name in NUMERICAL)}")
    assert not loaded & {"matplotlib", "ipywidgets", "IPython", "sklearn", "scipy", "pandas"}


def test_ipywidgets_come_only_when_an_explorer_is_shown():
    assert not loaded_after("import utils.explorers") & {"ipywidgets", "IPython", "sklearn"}
    built = "from utils import explorers\ne = explorers.explore(lambda ax, k: 'A sentence.', k=[1, 2])\ne.html"
    assert "ipywidgets" not in loaded_after(built)
    assert "ipywidgets" in loaded_after(f"{built}\ne.live()")


def test_imports_point_one_way():
    """The contracts are in pyproject.toml."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(utils.__file__).parent.parent)
    assert done.returncode == 0, done.stdout


def public(kind, namespace, module):
    """Name and value of what a module or class defines itself, without a leading underscore."""
    found = {name: value for name, value in vars(namespace).items() if kind(value) and not name.startswith("_")}
    return {name: value for name, value in found.items() if value.__module__ == module.__name__}


FUNCTIONS, CLASSES = {}, {}
for module_name, module in MODULES.items():
    for name, function in public(inspect.isfunction, module, module).items():
        FUNCTIONS[f"{module_name}.{name}"] = function
    for name, cls in public(inspect.isclass, module, module).items():
        CLASSES[f"{module_name}.{name}"] = cls
        for method, function in public(inspect.isfunction, cls, module).items():
            FUNCTIONS[f"{module_name}.{name}.{method}"] = function
# What a reader may call: _checks is for the other modules.
FOR_READERS = [name for name in FUNCTIONS if not name.startswith("_")]
on_functions = pytest.mark.parametrize("name", FOR_READERS)


def sections(docstring):
    """The numpydoc sections of a docstring: title and text."""
    parts = re.split(r"^(\w+)\n-{3,}\n", inspect.cleandoc(docstring), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def entries(text):
    """Names that stand before a colon, or alone, at the margin of a section."""
    lines = [line.split(" : ")[0] for line in text.splitlines() if line and not line.startswith(" ")]
    return [name.strip().lstrip("*") for line in lines for name in line.split(",")]


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_it_is_for(name):
    assert len(MODULES[name].__doc__.split()) >= 5


@pytest.mark.parametrize("name", FUNCTIONS | CLASSES)
def test_every_public_function_and_class_has_a_summary_of_one_sentence(name):
    summary = inspect.getdoc((FUNCTIONS | CLASSES)[name]).split("\n\n")[0]
    assert len(summary.split()) >= 4 and summary.endswith(".")


@pytest.mark.parametrize("name", CLASSES)
def test_every_public_attribute_of_a_class_is_documented(name):
    cls = CLASSES[name]
    documented = entries(sections(cls.__doc__)["Attributes"])
    assert set(getattr(cls, "__dataclass_fields__", ())) <= set(documented)
    for attribute, value in vars(cls).items():
        if isinstance(value, property):
            assert value.__doc__, f"{name}.{attribute} has no docstring"


@on_functions
def test_every_parameter_is_documented_in_the_order_of_the_signature(name):
    parameters = [parameter for parameter in inspect.signature(FUNCTIONS[name]).parameters if parameter != "self"]
    assert entries(sections(FUNCTIONS[name].__doc__).get("Parameters", "")) == parameters


def own_nodes(function):
    """Syntax nodes of a function without those of the functions inside it."""
    (definition,) = ast.parse(inspect.cleandoc("\n" + inspect.getsource(function))).body
    waiting = list(definition.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.Lambda):
            waiting.extend(ast.iter_child_nodes(node))


@on_functions
def test_what_is_returned_is_documented(name):
    returns = any(isinstance(node, ast.Return) and node.value is not None for node in own_nodes(FUNCTIONS[name]))
    assert returns == ("Returns" in sections(FUNCTIONS[name].__doc__))


def may_raise(function, seen=()):
    """Whether a function raises, checks an argument, or calls a function of its module that does."""
    module = inspect.getmodule(function)
    for node in own_nodes(function):
        if isinstance(node, ast.Raise) or (isinstance(node, ast.Name) and node.id == "_checks"):
            return True
        called = vars(module).get(node.id) if isinstance(node, ast.Name) else None
        if inspect.isfunction(called) and called not in seen and inspect.getmodule(called) is module:
            if may_raise(called, (*seen, function)):
                return True
    return False


@on_functions
def test_what_is_raised_is_documented(name):
    assert may_raise(FUNCTIONS[name]) == ("Raises" in sections(FUNCTIONS[name].__doc__))


ROLES = ["TRUTH", "DATA", "FIT", "AVERAGE", "BIAS", "VARIANCE", "NOISE", "TEST"]


def colour(role):
    with style.context("utils.book"):
        return np.array(to_rgb(getattr(plotting, role)))


def luminance(rgb):
    """Relative luminance, WCAG 2.2."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


@pytest.mark.parametrize("role", ROLES)
def test_each_colour_stands_out_from_white(role):
    # 3:1 is what WCAG 2.2 asks of graphics in success criterion 1.4.11.
    assert 1.05 / (luminance(colour(role)) + 0.05) >= 3


@pytest.mark.parametrize("one, other", list(itertools.combinations(ROLES, 2)))
def test_no_two_roles_share_a_colour(one, other):
    # A twentieth of the cube's edge is still seen side by side.
    assert abs(colour(one) - colour(other)).max() > 0.05


def test_the_training_error_wears_the_colour_of_the_data():
    assert plotting.TRAIN == plotting.DATA


X = np.linspace(0, 1, 5)
DRAWINGS = {
    "axes": {},
    "data": {"x": X, "y": X},
    "truth": {"x": X, "f": X},
    "fit": {"x": X, "prediction": X},
    "fits": {"x": X, "predictions": np.ones((3, 5))},
    "average": {"x": X, "prediction": X},
    "gap": {"x": X, "prediction": X, "f": -X},
    "band": {"x": X, "center": X, "half_width": 1 + X},
    "errors": {"x": X, "train": X, "test": 2 * X},
    "stack": {"x": X, "noise": 0.1, "bias_sq": X, "variance": X},
    "mark": {"x": 0.5, "y": 0.5, "text": "here"},
}


def test_every_drawing_function_is_tried():
    functions = public(inspect.isfunction, plotting, plotting)
    assert set(DRAWINGS) == set(functions) - {"use_book_style"}


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_function_draws_on_the_ax_it_is_given_and_returns_it(name):
    with style.context("utils.book"):
        figure = Figure()
        left, right = figure.subplots(1, 2)
        assert getattr(plotting, name)(left, **DRAWINGS[name]) is left
        figure.canvas.draw()
    artists = [*left.lines, *left.collections, *left.texts]
    assert bool(artists) == (name != "axes")
    assert not [*right.lines, *right.collections, *right.texts] and plt.get_fignums() == []


@pytest.mark.parametrize("name", [name for name in DRAWINGS if name not in ("axes", "mark")])
def test_what_is_drawn_has_one_entry_in_the_legend_for_each_kind(name):
    ax = Figure().subplots()
    getattr(plotting, name)(ax, **DRAWINGS[name])
    _, labels = ax.get_legend_handles_labels()
    assert len(labels) == {"errors": 2, "stack": 3}.get(name, 1)


def test_a_line_style_or_width_repeats_what_the_colour_says():
    looks = set()
    for name in ("data", "truth", "fit", "fits", "average"):
        line = getattr(plotting, name)(Figure().subplots(), **DRAWINGS[name]).lines[0]
        looks.add((line.get_linestyle(), line.get_marker(), line.get_linewidth()))
    assert len(looks) == 5


def test_the_stack_ends_at_the_expected_test_error():
    ax = Figure().subplots()
    noise, bias_sq, variance = 0.1, X**2, 1 - X
    plotting.stack(ax, X, noise, bias_sq, variance)
    top = ax.collections[-1].get_paths()[0].vertices
    assert all(np.isclose(top, [x, y]).all(axis=1).any() for x, y in zip(X, noise + bias_sq + variance, strict=True))


def test_the_book_style_has_a_colour_for_each_role_and_is_set_for_the_figures_that_follow():
    with style.context("default"):
        plotting.use_book_style()
        assert len(plt.rcParams["axes.prop_cycle"]) == len(ROLES)
        assert [to_rgb(getattr(plotting, role)) for role in ROLES] == [tuple(colour(role)) for role in ROLES]
