"""The recorded values of other libraries are whole and agree with themselves, and with what chapter 13 prints of them."""

import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest

from utils import linear, logistic

FOLDER = Path(__file__).parent / "recorded"
FILES = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(FOLDER.glob("*.json"))}
CONVENTIONS = ["torch_conventions", "optax_conventions", "keras_conventions"]
SCRIPTS = "".join((FOLDER / name).read_text("utf-8") for name in ("generate.py", "glmnet.R"))
PINNED = dict(re.findall(r"(\w+)==([\d.]+)", SCRIPTS))

NETWORKS = FILES["torch_networks"]["cases"]
TRAINING = FILES["torch_optimizers"]
FITS = [(name, fit) for name in CONVENTIONS if "ridge" in FILES[name] for fit in FILES[name]["ridge"]["fits"]]


def layers_of(params, sizes):
    """Arrays of a recorded network, whose shapes are what its sizes say."""
    layers = [(np.array(W), np.array(b)) for W, b in params]
    assert [W.shape for W, _ in layers] == list(zip(sizes[:-1], sizes[1:], strict=True))
    assert [b.shape for _, b in layers] == [(size,) for size in sizes[1:]]
    return layers


def forward(layers, X, activation):
    """Output, and what goes into each hidden unit."""
    hidden = {"tanh": np.tanh, "relu": lambda z: np.maximum(z, 0)}[activation]
    inputs, activity = [], np.array(X)
    for W, b in layers[:-1]:
        inputs.append(activity @ W + b)
        activity = hidden(inputs[-1])
    W, b = layers[-1]
    return activity @ W + b, inputs


def mean_loss(output, y, loss):
    y = np.array(y)
    if loss == "squared":
        return (((output - y) ** 2).sum(axis=1) / 2).mean()
    if loss == "softmax":
        return (np.logaddexp.reduce(output, axis=1) - output[np.arange(len(y)), y]).mean()
    return (np.logaddexp(0, output[:, 0]) - y * output[:, 0]).mean()


def test_there_is_a_file_for_each_subject():
    assert set(FILES) == {"torch_optimizers", "torch_networks", "parameter_groups", "glmnet", *CONVENTIONS}


@pytest.mark.parametrize("name", FILES)
def test_a_file_begins_with_the_versions_that_the_script_asks_for(name):
    content = FILES[name]
    assert list(content)[:2] == ["versions", "seed"]
    versions = {library: number.split("+")[0] for library, number in content["versions"].items()}
    del versions["python"]
    assert name.split("_")[0] in (*versions, "parameter")
    assert versions.items() <= PINNED.items()


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_small(name):
    assert (FOLDER / f"{name}.json").stat().st_size < 60_000


@pytest.mark.parametrize("run", TRAINING["runs"].values(), ids=TRAINING["runs"])
def test_losses_of_training_are_those_of_the_parameters(run):
    times = [0, *TRAINING["steps"]]
    assert len(run["losses"]) == times[-1] + 1
    for t, params in zip(times, [TRAINING["start"], *run["params"]], strict=True):
        output, _ = forward(layers_of(params, TRAINING["sizes"]), TRAINING["X"], TRAINING["activation"])
        assert run["losses"][t] == pytest.approx(mean_loss(output, TRAINING["y"], "squared"), rel=1e-13)
    assert run["losses"][-1] < run["losses"][0]


@pytest.mark.parametrize("case", NETWORKS, ids=lambda case: case["name"])
def test_value_of_a_network_is_its_loss_and_penalty(case):
    layers = layers_of(case["params"], case["sizes"])
    output, inputs = forward(layers, case["X"], case["activation"])
    penalty = case["lam"] / 2 * sum((W**2).sum() for W, _ in layers)
    # A logit of 1e4 is rounded by 1e-12, and a loss may be a difference of two such.
    expected = pytest.approx(
        mean_loss(output, case["y"], case["loss"]) + penalty, rel=1e-13, abs=1e-15 * abs(output).max()
    )
    assert case["value"] == expected
    assert all((abs(z) > 1e-3).all() for z in inputs), "at a kink of the ReLU a gradient is a matter of taste"
    layers_of(case["grads"], case["sizes"])


def test_there_are_logits_that_overflow_an_exponential():
    outputs = [
        forward(layers_of(c["params"], c["sizes"]), c["X"], c["activation"])[0] for c in NETWORKS if c["lam"] == 0
    ]
    assert len(outputs) == 3
    for output in outputs:
        assert 5e3 < abs(output).max() < 1e5


@pytest.mark.parametrize("name", CONVENTIONS)
def test_paths_begin_at_the_start(name):
    for entry in FILES[name]["decay"].values():
        for path in np.array(entry["zero"]), np.array(entry["quadratic"]):
            assert path.shape == (6, 2)
            assert path[0].tolist() == FILES[name]["w0"]


@pytest.mark.parametrize("name", CONVENTIONS)
def test_the_first_step_of_gradient_descent_is_the_book_s(name):
    content, settings = FILES[name], FILES[name]["decay"]["SGD"]["settings"]
    w, lr, lam = np.array(content["w0"]), settings["lr"], settings["weight_decay"]
    gradient = np.array(content["curvature"]) * (w - content["target"])
    np.testing.assert_allclose(content["decay"]["SGD"]["quadratic"][1], (1 - lr * lam) * w - lr * gradient, rtol=1e-14)


@pytest.mark.parametrize("name", CONVENTIONS)
def test_an_offset_decays_unless_it_is_excluded(name):
    offset = FILES[name]["offset"]
    W, b = np.array(offset["W"]), np.array(offset["b"])
    factor = 1 - offset["settings"]["lr"] * offset["settings"]["weight_decay"]
    for key, expected in {"everything": factor * b, "weights_only": b}.items():
        np.testing.assert_allclose(offset[key][0], factor * W, rtol=1e-14)
        np.testing.assert_allclose(offset[key][1], expected, rtol=1e-14)


@pytest.mark.parametrize(
    ("name", "fit"), FITS, ids=lambda value: value if isinstance(value, str) else str(value["settings"])
)
def test_fits_are_at_their_fixed_points(name, fit):
    """At rest the gradient is -lam w; -(1 - mu) lam w where momentum does not see the decay, which is so in Keras."""
    ridge, momentum = FILES[name]["ridge"], fit["settings"].get("momentum", 0) if name == "keras_conventions" else 0
    X, w = np.array(ridge["X"]), np.array(fit["w"])
    residuals = X @ w + fit["b"] - ridge["y"]
    assert abs(residuals.mean()) < 1e-14
    # Residuals and weights are below 10, so that rounding is some 1e-15, which momentum takes ten times.
    np.testing.assert_allclose(residuals @ X / len(X), -(1 - momentum) * ridge["lam"] * w, rtol=0, atol=1e-13)


def test_the_regularizer_of_keras_has_no_half():
    ridge, l2 = (FILES["keras_conventions"][key] for key in ("ridge", "l2"))
    w, X = np.array(l2["w0"]), np.array(ridge["X"])
    residuals = X @ w + l2["b0"] - ridge["y"]
    assert l2["penalty"] == pytest.approx(l2["c"] * (w**2).sum(), rel=1e-14)
    assert l2["loss"] == pytest.approx((residuals**2).mean() / 2 + l2["penalty"], rel=1e-14)
    step = l2["lr"] * (residuals @ X / len(X) + 2 * l2["c"] * w)
    np.testing.assert_allclose(l2["w"], w - step, rtol=1e-14)
    assert l2["b"] == pytest.approx(l2["b0"] - l2["lr"] * residuals.mean(), rel=1e-14)


GROUPS = {key: value for key, value in FILES["parameter_groups"].items() if key not in ("versions", "seed")}
CHAPTER = json.loads((FOLDER.parent.parent / "chapters" / "13_setting_lambda.ipynb").read_text("utf-8"))
[LINES] = ["".join(cell["source"]) for cell in CHAPTER["cells"] if cell["id"] == "lib"]


@pytest.mark.parametrize("library", GROUPS)
def test_the_lines_of_chapter_13_are_those_that_were_run(library):
    recorded = GROUPS[library]
    assert f"```python\n{recorded['code']}```\n\n```text\n{recorded['printed']}```" in LINES


@pytest.mark.parametrize("library", GROUPS)
def test_matrices_decay_and_they_alone(library):
    """All blocks have an embedding or matrix at each place where the name says so, a rate of 0.001 and a decay of 0.1."""
    matrices = {"torch": "[013].weight", "keras": ".*(embeddings|kernel)", "optax": r".*'(words|W)'\]"}[library]
    moved = GROUPS[library]["moved"]
    decayed = [name for name in moved if re.fullmatch(matrices, name)]
    assert 2 <= len(decayed) < len(moved)
    for name, values in moved.items():
        # Single precision.
        assert values == [pytest.approx(1 - 0.001 * 0.1, abs=1e-7)] if name in decayed else values == [1.0]


@pytest.mark.parametrize("library", GROUPS)
def test_what_is_printed_is_what_happens(library):
    for name, values in GROUPS[library]["moved"].items():
        [line] = [line for line in GROUPS[library]["printed"].splitlines() if name in line.split()]
        assert line.startswith("decays" if values != [1.0] else "stays")


def test_the_lines_for_scikit_learn_print_what_stands_below_them(capsys):
    [(code, printed)] = re.findall(
        r"^```python\n((?:(?!^```).)*sklearn.*?)^```\n\n```text\n(.*?)^```", LINES, re.DOTALL | re.MULTILINE
    )
    names = {}
    with warnings.catch_warnings():
        # The network is not trained to its end.
        warnings.simplefilter("ignore")
        exec(code, names)
    assert capsys.readouterr().out == printed
    m, lam = names["m"], names["lam"]
    assert names["network"].alpha == names["batch"] * lam
    w, b = logistic.fit(names["X"], names["y"] > 0, lam)
    np.testing.assert_allclose(names["logistic"].coef_[0], w, atol=1e-3)
    w, _ = linear.ridge(names["X"], names["y"], lam)
    np.testing.assert_allclose(names["ridge"].coef_, w, atol=1e-10)
    assert m == len(names["y"])
