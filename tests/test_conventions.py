"""Every row of the table of conventions, executed: against the library itself, its recorded values, or the formula as written.

Each check takes the number that the library is given, and fails unless that number decays as LAM does in this book; so a
wrong factor in the table fails, which the tests make sure of.
"""

import ast
import json
import warnings
from pathlib import Path

import numpy as np
import pytest
import sklearn.linear_model
import sklearn.neural_network
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st

from tools import EPS, derandomized
from utils import conventions, linear, logistic, network, optimizers

LAM, M, BATCH, LR, MOMENTUM = 0.1, 40, 8, 0.05, 0.9
RNG = np.random.default_rng(0)
X = RNG.standard_normal((M, 3))
TARGETS = X @ [1.0, -2.0, 0.5] + 3.0 + RNG.standard_normal(M)
LABELS = (RNG.random(M) < logistic.sigmoid(X @ [1.0, -1.0, 0.0])).astype(float)
RIDGE, LOGISTIC = linear.ridge(X, TARGETS, LAM), logistic.fit(X, LABELS, LAM)
RECORDED = {
    library: json.loads((Path(__file__).parent / "recorded" / f"{library}_conventions.json").read_text("utf-8"))
    for library in ("torch", "keras", "optax")
}
RECORDED["glmnet"] = json.loads((Path(__file__).parent / "recorded" / "glmnet.json").read_text("utf-8"))


def same_fit(fitted, expected, tolerance=1e-8):
    (w, b), (w_expected, b_expected) = fitted, expected
    np.testing.assert_allclose([*np.ravel(w), *np.ravel(b)], [*w_expected, b_expected], rtol=0, atol=tolerance)


def at_rest(gradient):
    """The objective as it is written has its minimum at our ridge fit."""
    w, b = RIDGE
    np.testing.assert_allclose(gradient(w, X.T @ (X @ w + b - TARGETS)), 0, rtol=0, atol=1e-10 * M)


def of_estimator(estimator, y, expected, tolerance=1e-8):
    estimator.fit(X, y)
    same_fit((estimator.coef_, estimator.intercept_), expected, tolerance)


def sgd_classifier(alpha):
    """One step on one example: from w to (1 - lr * lam) w - lr * gradient."""
    model = sklearn.linear_model.SGDClassifier(
        loss="log_loss", alpha=alpha, learning_rate="constant", eta0=LR, max_iter=1, tol=None, shuffle=False
    )
    # The intercept's rate is that of the weights for dense inputs.
    w, b, row = np.array([1.0, -2.0, 0.5]), 0.3, np.array([0.2, 0.1, -0.4])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", sklearn.exceptions.ConvergenceWarning)
        model.partial_fit(row[None], [1], classes=[0, 1])
        model.coef_[:], model.intercept_[:] = w, b
        model.t_ = 1.0
        model.partial_fit(row[None], [1])
    dw, db = logistic.gradient(w, b, row[None], [1], LAM)
    same_fit((model.coef_, model.intercept_), (w - LR * dw, b - LR * db), 1e-12)


def mlp_classifier(alpha):
    """An epoch of mini-batches on a small network, step by step."""
    model = sklearn.neural_network.MLPClassifier(
        (4,), activation="tanh", solver="sgd", alpha=alpha, batch_size=BATCH, learning_rate_init=LR, momentum=0.0,
        nesterovs_momentum=False, shuffle=False, random_state=0,
    )  # fmt: skip
    model.partial_fit(X, LABELS, classes=[0, 1])
    params = [(W.copy(), b.copy()) for W, b in zip(model.coefs_, model.intercepts_, strict=True)]
    optimizer = optimizers.sgd(LR)
    state = optimizer.init(params)
    for rows in np.split(np.arange(M), M // BATCH):
        grads = network.loss_and_gradient(params, X[rows], LABELS[rows], LAM, loss="cross-entropy")[1]
        params, state = optimizer.step(params, grads, state)
    model.partial_fit(X, LABELS)
    for (W, b), W_theirs, b_theirs in zip(params, model.coefs_, model.intercepts_, strict=True):
        np.testing.assert_allclose(W_theirs, W, rtol=0, atol=1e-12)
        np.testing.assert_allclose(b_theirs, b, rtol=0, atol=1e-12)


def statsmodels_ols(alpha):
    model = sm.OLS(TARGETS, sm.add_constant(X)).fit_regularized(alpha=[0, *[alpha] * 3], L1_wt=0)
    same_fit((model.params[1:], model.params[0]), RIDGE)


def statsmodels_glm(alpha):
    model = sm.GLM(LABELS, sm.add_constant(X), family=sm.families.Binomial())
    fit = model.fit_regularized(alpha=np.array([0, *[alpha] * 3]), L1_wt=0)
    # It stops at a gradient of 1e-5, and the smallest curvature is above 0.1.
    same_fit((fit.params[1:], fit.params[0]), LOGISTIC, 1e-4)


@pytest.mark.filterwarnings("ignore:GLM ridge optimization may have failed")
def test_a_gaussian_glm_of_statsmodels_divides_the_loss_by_the_variance_that_it_estimates():
    A, y = sm.add_constant(X), TARGETS / 2
    fit = sm.GLM(y, A).fit_regularized(alpha=np.array([0, *[LAM] * 3]), L1_wt=0)
    estimated = np.sum((y - A @ fit.params) ** 2) / (M - 4)
    # The variance changes along the way, which keeps the solver from its gradient of 1e-5.
    same_fit((fit.params[1:], fit.params[0]), linear.ridge(X, y, LAM * estimated), 2e-3)
    assert np.abs(fit.params[1:] - linear.ridge(X, y, LAM)[0]).max() > 0.05


def recorded_rest(library, setting):
    """The recorded run came to rest at ridge for the strength that was typed in."""

    def check(number):
        ridge = RECORDED[library]["ridge"]
        runs = [fit for fit in ridge["fits"] if setting in fit["settings"] and fit.get("scale", 1) == 1]
        if library == "keras" and setting == "weight_decay":
            runs = [fit for fit in runs if fit["settings"].get("momentum") == MOMENTUM]
        for fit in runs:
            expected = linear.ridge(np.array(ridge["X"]), np.array(ridge["y"]), LAM * fit["settings"][setting] / number)
            same_fit((fit["w"], fit["b"]), expected)
        assert runs

    return check


def recorded_path(library, name, ours):
    """The recorded steps are those of our optimizer, for the strength that was typed in."""

    def check(number):
        content = RECORDED[library]
        run = content["decay"][name]
        optimizer = ours(
            run["settings"]["lr"], LAM * run["settings"]["weight_decay"] / number, 1e-7 if library == "keras" else 1e-8
        )
        params = [(np.array(content["w0"]), 0.0)]
        state, seen = optimizer.init(params), [content["w0"]]
        for _ in run["quadratic"][1:]:
            gradient = np.array(content["curvature"]) * (params[0][0] - content["target"])
            params, state = optimizer.step(params, [(gradient, 0.0)], state)
            seen.append(params[0][0])
        # Keras adds its eps of 1e-7 at another place.
        np.testing.assert_allclose(seen, run["quadratic"], rtol=0, atol=1e-6 if library == "keras" else 1e-12)

    return check


def recorded_decay(library, name):
    """Where the loss is constant, the recorded steps are the decay alone."""

    def check(number):
        run, w0 = RECORDED[library]["decay"][name], np.array(RECORDED[library]["w0"])
        lr, strength = run["settings"]["lr"], LAM * run["settings"]["weight_decay"] / number
        shares = (1 - lr * strength) ** np.arange(len(run["zero"]))
        np.testing.assert_allclose(run["zero"], shares[:, None] * w0, rtol=1e-12)

    return check


def coupled(lr, strength, eps):
    return optimizers.adam(lr, l2=strength, eps=eps)


def decoupled(lr, strength, eps):
    return optimizers.adamw(lr, weight_decay=strength, eps=eps)


def adamw_paper(number):
    """Algorithm 2 as it is printed, with a schedule: theta <- theta - eta_t (alpha m / (sqrt(v) + eps) + lambda theta)."""
    schedule, theta, m, v = [1.0, 0.5, 0.25], np.array([1.0, -2.0]), 0.0, 0.0
    optimizer, params = optimizers.adamw(lambda t: LR * schedule[t], weight_decay=LAM), [(theta, 0.0)]
    state = optimizer.init(params)
    for t, eta in enumerate(schedule, start=1):
        g = theta - 3.0
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        step = LR * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        theta = theta - eta * (step + number * theta)
        params, state = optimizer.step(params, [(params[0][0] - 3.0, 0.0)], state)
    np.testing.assert_allclose(params[0][0], theta, rtol=0, atol=1e-12)


CHECKS = {
    "book": lambda number: at_rest(lambda w, pull: pull / M + number * w),
    "lambda/(2m)": lambda number: at_rest(lambda w, pull: pull / M + number / M * w),
    "lambda, no half": lambda number: at_rest(lambda w, pull: pull / M + 2 * number * w),
    "ESL": lambda number: at_rest(lambda w, pull: 2 * pull + 2 * number * w),
    "PRML": lambda number: at_rest(lambda w, pull: pull + number * w),
    "sklearn Ridge": lambda number: of_estimator(sklearn.linear_model.Ridge(number, solver="cholesky"), TARGETS, RIDGE),
    "sklearn ElasticNet": lambda number: of_estimator(
        sklearn.linear_model.ElasticNet(number, l1_ratio=0, tol=1e-14, max_iter=100_000), TARGETS, RIDGE, 1e-6
    ),
    "sklearn SGDClassifier": sgd_classifier,
    "sklearn LogisticRegression": lambda number: of_estimator(
        sklearn.linear_model.LogisticRegression(C=number, solver="newton-cholesky", tol=1e-12), LABELS, LOGISTIC, 1e-6
    ),
    "sklearn MLPClassifier": mlp_classifier,
    "statsmodels OLS": statsmodels_ols,
    "statsmodels GLM": statsmodels_glm,
    "glmnet": recorded_rest("glmnet", "lambda"),
    "keras l2": recorded_rest("keras", "l2"),
    "keras SGD": recorded_rest("keras", "weight_decay"),
    "torch SGD": recorded_rest("torch", "weight_decay"),
    "torch Adam": recorded_path("torch", "Adam", coupled),
    "torch AdamW": recorded_path("torch", "AdamW", decoupled),
    "optax adamw": recorded_path("optax", "AdamW", decoupled),
    "keras AdamW": recorded_path("keras", "AdamW", decoupled),
    "keras Adam": recorded_path("keras", "Adam", decoupled),
    "torch Muon": recorded_decay("torch", "Muon"),
    "optax lion": recorded_decay("optax", "Lion"),
    "AdamW paper": adamw_paper,
    # By its documentation it does as the paper.
    "composer DecoupledAdamW": adamw_paper,
}


def number(name):
    source = "torch AdamW" if conventions.CONVENTIONS[name].decoupled else "book"
    return conventions.convert(LAM, source, name, m=M, batch_size=BATCH, lr=LR, momentum=MOMENTUM)


def test_no_row_is_left_out():
    assert set(CHECKS) == set(conventions.NAMES)


@pytest.mark.filterwarnings("ignore:.*regularization:UserWarning")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", CHECKS)
def test_row(name):
    CHECKS[name](number(name))
    for wrong in (2, 0.5, M, 1 / M, BATCH, 1 / BATCH, LR, 1 - MOMENTUM):
        with pytest.raises(AssertionError):
            CHECKS[name](wrong * number(name))


@derandomized
@given(
    st.floats(1e-8, 1e8), st.sampled_from(conventions.NAMES), st.sampled_from(conventions.NAMES), st.integers(1, 10**6),
    st.floats(1e-6, 1.0), st.floats(0.0, 1.0),
)  # fmt: skip
def test_there_and_back(value, source, target, m, lr, share):
    batch = max(1, int(share * m))
    pair = (conventions.CONVENTIONS[name].decoupled for name in (source, target))
    if len(set(pair)) == 2:
        with pytest.raises(ValueError, match="no strength of the one equals a strength of the other"):
            conventions.convert(value, source, target, m=m, lr=lr, batch_size=batch)
        return
    there = conventions.convert(value, source, target, m=m, lr=lr, batch_size=batch)
    back = conventions.convert(there, target, source, m=m, lr=lr, batch_size=batch)
    # Two factors and a quotient each way, each rounded once.
    assert abs(back / value - 1) < 16 * EPS


def test_only_what_should_matter_matters():
    for name in conventions.NAMES:
        if conventions.CONVENTIONS[name].decoupled:
            continue
        plain = conventions.convert(LAM, "book", name, m=M)
        assert plain == conventions.convert(LAM, "book", name, m=M, lr=0.3)
        assert (plain == conventions.convert(LAM, "book", name, m=M, batch_size=4)) == ("MLP" not in name)
        assert (plain == conventions.convert(LAM, "book", name, m=M, momentum=0.5)) == (name != "keras SGD")
        written = name.startswith(("torch", "keras"))
        assert conventions.convert(LAM, "book", name, m=M, loss=4.0) == (4 * plain if written else plain)
    assert conventions.convert(0.0, "book", "sklearn Ridge", m=7) == 0.0


def test_glmnet_divides_its_number_by_the_standard_deviation_of_y():
    ridge = RECORDED["glmnet"]["ridge"]
    X, y = np.array(ridge["X"]), np.array(ridge["y"])
    assert y.std() == pytest.approx(1, abs=1e-12)
    scales = set()
    for fit in ridge["fits"]:
        expected = linear.ridge(X, fit["scale"] * y, fit["settings"]["lambda"] / fit["scale"])
        same_fit((fit["w"], fit["b"]), expected)
        scales.add(fit["scale"])
    assert scales == {1, 4}


def test_who_decays_the_intercept():
    """A scalar alpha of statsmodels, and scikit-learn's liblinear, decay it as the weight of a column of ones."""
    ones = np.column_stack([np.ones(M), X])
    scalar = sm.OLS(TARGETS, ones).fit_regularized(alpha=LAM, L1_wt=0).params
    np.testing.assert_allclose(scalar, linear.ridge(ones, TARGETS, LAM, intercept=False)[0], rtol=1e-10)
    assert abs(scalar[0] - RIDGE[1]) > 0.1
    penalized = sklearn.linear_model.LogisticRegression(C=1 / (M * LAM), solver="liblinear", tol=1e-12).fit(X, LABELS)
    stacked = np.append(penalized.coef_[0], penalized.intercept_)
    gradient = logistic.gradient(stacked, 0.0, np.column_stack([X, np.ones(M)]), LABELS, LAM)[0]
    np.testing.assert_allclose(gradient, 0, atol=1e-6)


def test_defaults_in_the_appendix_are_those_of_the_libraries():
    notebook = json.loads(Path("chapters/appendix/lambda_conventions.ipynb").read_text("utf-8"))
    [cell] = [
        source for source in map("".join, (c["source"] for c in notebook["cells"])) if source.startswith("defaults = ")
    ]
    assert ast.literal_eval(ast.parse(cell).body[0].value) == {
        "torch AdamW": RECORDED["torch"]["defaults"]["AdamW"]["weight_decay"],
        "keras AdamW": RECORDED["keras"]["defaults"]["AdamW"]["weight_decay"],
        "optax adamw": RECORDED["optax"]["defaults"]["adamw"]["weight_decay"],
    }


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((1.0, "boook", "book", {}), r'source must be one of "book", .*; got \'boook\''),
        ((1.0, "book", "pytorch", {}), r"target must be one of .*; got 'pytorch'"),
        ((1.0, "book", ["book"], {}), r"target must be one of .*; got \['book'\]"),
        ((-1.0, "book", "ESL", {}), r"value must be at least 0; got -1"),
        ((np.nan, "book", "ESL", {}), r"value must be finite"),
        ((1.0, "book", "ESL", {"m": 0}), r"m must be a whole number, 1 or greater; got 0"),
        ((1.0, "book", "ESL", {"m": 2.5}), r"m must be a whole number"),
        ((1.0, "book", "ESL", {"batch_size": 11}), r"batch_size must be at most m = 10; got 11"),
        ((1.0, "book", "ESL", {"batch_size": 0}), r"batch_size must be a whole number, 1 or greater; got 0"),
        ((1.0, "book", "ESL", {"lr": 0.0}), r"lr must be greater than 0; got 0"),
        ((1.0, "torch AdamW", "AdamW paper", {}), r'lr must be given from "torch AdamW" to "AdamW paper"; got None'),
        ((1.0, "book", "keras SGD", {"momentum": 1.0}), r"momentum must be less than 1; got 1"),
        ((1.0, "book", "keras SGD", {"momentum": -0.1}), r"momentum must be at least 0; got -0.1"),
        ((1.0, "book", "torch SGD", {"loss": 0.0}), r"loss must be greater than 0; got 0"),
        ((1.0, "book", "torch AdamW", {"lr": 0.1}), r'target must be a penalty, as source "book" is; got "torch AdamW"'),
        ((1.0, "keras Adam", "torch Adam", {}), r'target must be a decoupled decay, as source "keras Adam" is'),
        ((0.0, "book", "sklearn LogisticRegression", {}), r'value must be greater than 0 from "book" to'),
        ((0.0, "sklearn LogisticRegression", "sklearn LogisticRegression", {}), r"value must be greater than 0"),
        ((1e-320, "book", "sklearn LogisticRegression", {}), r"value must have a finite counterpart in"),
        ((1e308, "book", "ESL", {}), r'value must have a finite counterpart in "ESL"; got 1e\+308'),
        ((1e-320, "sklearn Ridge", "book", {}), r'value must have a counterpart above 2e-308 in "book"; got 9.9'),
        ((1e308, "book", "sklearn LogisticRegression", {}), r"value must have a counterpart above 2e-308 in"),
        # There and back the digits would be lost on the way.
        ((3e-308, "ESL", "PRML", {"m": 10**6}), r'value must have a counterpart above 2e-308 in "PRML"; got 3e-308'),
        ((1e-300, "torch AdamW", "AdamW paper", {"lr": 1e-20}), r"value must have a counterpart above 2e-308"),
        ((True, "book", "ESL", {}), r"value must be a number; got True"),
        ((10**400, "book", "ESL", {}), r"value must hold numbers below 1.8e308"),
        ((1.0, "book", "ESL", {"m": 2**64}), r"m must be at most 9007199254740992; got 18446744073709551616"),
        ((1.0, "book", "ESL", {"m": 10**400}), r"m must be at most 9007199254740992"),
    ],
)  # fmt: skip
def test_bad_input_is_named(arguments, message):
    value, source, target, rest = arguments
    with pytest.raises(ValueError, match=message):
        conventions.convert(value, source, target, **{"m": 10, **rest})


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("name", ["torch SGD", "torch Adam", "keras l2"])
def test_another_scale_of_the_loss_needs_another_number(name, k):
    """The gradient of the loss as it is written, and of the penalty, add up to 0 at ridge: for a mean over k outputs without
    a half, and for a sum over all examples."""
    Y = np.column_stack([TARGETS * (j + 1) for j in range(k)])
    W, b = linear.ridge(X, Y, LAM)
    pull = X.T @ (X @ W + b - Y)
    for loss, gradient in ((2 / k, 2 * pull / (M * k)), (M, pull)):
        typed = conventions.convert(LAM, "book", name, m=M, loss=loss)
        decay = 2 * typed * W if name == "keras l2" else typed * W
        np.testing.assert_allclose(gradient + decay, 0, atol=1e-9)


def test_beside_the_momentum_a_sum_needs_more_as_well():
    """Momentum adds the pull up to 1 / (1 - momentum) times itself, and the decay beside it undoes that at rest."""
    w, b = RIDGE
    pull = X.T @ (X @ w + b - TARGETS)
    typed = conventions.convert(LAM, "book", "keras SGD", m=M, momentum=MOMENTUM, loss=M)
    np.testing.assert_allclose(pull / (1 - MOMENTUM) + typed * w, 0, atol=1e-8)


@derandomized
@given(st.floats(1e-6, 1.0), st.floats(1e-8, 10.0), st.sampled_from([0.0, 0.5, 0.9]))
def test_a_memory_leaves_one_part_in_e_and_comes_from_its_strength(lr, lam, momentum):
    memory = conventions.memory(lr, lam, momentum=momentum)
    assert conventions.strength(lr, memory, momentum=momentum) == pytest.approx(lam, rel=8 * EPS)
    n_steps = int(memory)
    if 100 <= n_steps <= 100_000:
        exponent = conventions.forgetting(lam, np.full(n_steps, lr), momentum=momentum)
        # The logarithm is larger than its argument by half of it, and the memory is cut to whole steps.
        assert exponent[-1] == pytest.approx(1, abs=2 / n_steps)


def test_what_is_left_is_the_product_under_the_schedule():
    share = optimizers.schedule("cosine", 200, warmup=20)
    lr, lam = 0.3, 0.2
    left = np.exp(-conventions.forgetting(lam, lr * share(np.arange(200))))
    optimizer, w = optimizers.adamw(lr, weight_decay=lam, schedule=share), [(1.0, 0.0)]
    state, seen = optimizer.init(w), []
    for _ in range(200):
        w, state = optimizer.step(w, [(0.0, 0.0)], state)
        seen.append(w[0][0])
    np.testing.assert_allclose(left, seen, rtol=400 * EPS)


def test_with_momentum_it_is_the_slow_mode():
    """The recursion of PyTorch's SGD on a constant loss; the error is of first order in lr * lam / (1 - momentum)**2."""
    lr, lam, momentum = 0.1, 1e-4, 0.9
    optimizer, w = optimizers.sgd(lr, momentum=momentum, weight_decay=lam), [(1.0, 0.0)]
    state = optimizer.init(w)
    for _ in range(20_000):
        w, state = optimizer.step(w, [(0.0, 0.0)], state)
    left = np.exp(-conventions.forgetting(lam, np.full(20_000, lr), momentum=momentum)[-1])
    assert w[0][0] == pytest.approx(left, rel=5e-3) and left == pytest.approx(np.exp(-2), rel=1e-3)


def test_noise_drives_a_weight_to_its_size():
    lr, lam, rng = 0.01, 0.1, np.random.default_rng(0)
    optimizer, w = optimizers.adamw(lr, weight_decay=lam), [(np.zeros(4000), 0.0)]
    state = optimizer.init(w)
    for _ in range(3000):
        w, state = optimizer.step(w, [(rng.standard_normal(4000), 0.0)], state)
    # The standard error of a root mean square over 4000 is 1.1 per cent of it.
    assert np.sqrt(np.mean(w[0][0] ** 2)) == pytest.approx(conventions.size(lr, lam), rel=0.05)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: conventions.memory(0.0, 0.1), "lr must be greater than 0; got 0"),
        (lambda: conventions.memory(0.1, 0.0), "lam must be greater than 0; got 0"),
        (lambda: conventions.memory(0.1, 0.1, momentum=1), "momentum must be less than 1; got 1"),
        (lambda: conventions.strength(0.1, 0), "steps must be greater than 0; got 0"),
        (lambda: conventions.forgetting(-0.1, [0.1]), "lam must be at least 0; got -0.1"),
        (lambda: conventions.forgetting(0.1, [-0.1]), "rates must be at least 0; got -0.1"),
        (lambda: conventions.forgetting(0.1, []), "rates must not be empty"),
        (lambda: conventions.forgetting(0.5, [2.0]), "lam must take less than the whole weight in a step; got 0.5"),
        (lambda: conventions.size(0.1, 0.0), "lam must be greater than 0; got 0"),
    ],
)
def test_what_cannot_be_remembered_is_named(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


@pytest.mark.parametrize("name", conventions.NAMES)
def test_what_is_beside_the_step_is_no_penalty(name):
    one = conventions.CONVENTIONS[name]
    assert one.decoupled == one.objective.endswith("'s step")
