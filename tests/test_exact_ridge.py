"""Bias and variance without simulation, of ridge and of nested models: the closed form, and what it proves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import EPS, WITH_AND_WITHOUT_INTERCEPT, derandomized
from utils import bias_variance, linear

LAMS = np.array([0.0, 1e-3, 0.1, 1.0, 1e2, 1e8])


def design(m=20, d=4, *, seed=0):
    """A well-conditioned design away from the origin, a truth on it that no line meets, and points to predict at."""
    rng = np.random.default_rng(seed)
    X, X_test = rng.standard_normal((m, d)) + 1, 2 * rng.standard_normal((7, d)) + 1
    return X, X[:, 0] ** 2 - X[:, -1], X_test, X_test[:, 0] ** 2 - X_test[:, -1]


def exact(X, truth, X_test, truth_test, *, sigma=0.5, lams=LAMS, intercept=True):
    return bias_variance.exact_ridge(X, truth, sigma, lams, X_test, truth_test, intercept=intercept)


def on_own_design(X, truth, **options):
    return exact(X, truth, X, truth, **options)


def hat(X, X_test, lam, intercept):
    """The hat matrix from the normal equations, in which the constant is a column like any other but for its penalty."""
    X, X_test = (np.column_stack([A, np.ones(len(A))]) if intercept else A for A in (X, X_test))
    penalty = np.full(X.shape[1], len(X) * lam)
    if intercept:
        penalty[-1] = 0
    return X_test @ np.linalg.solve(X.T @ X + np.diag(penalty), X.T)


@st.composite
def designs(draw):
    """Designs of any shape with a truth that may or may not be linear; columns may repeat."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m, d = draw(st.integers(2, 20)), draw(st.integers(1, 10))
    X = (rng.standard_normal((m, d)) + draw(st.sampled_from([0, 3]))) * 10.0 ** rng.integers(-2, 3)
    if draw(st.booleans()):
        X[:, -1] = X[:, 0]
    truth = X @ rng.standard_normal(d) if draw(st.booleans()) else rng.standard_normal(m)
    X_test = X[rng.integers(m, size=3)] + 10.0 ** rng.integers(-2, 3) * rng.standard_normal((3, d))
    lams = np.sort(10.0 ** np.array(draw(st.lists(st.floats(-6, 6), min_size=2, max_size=8))))
    return X, truth, X_test, rng.standard_normal(3), lams, draw(st.booleans())


@pytest.mark.parametrize("m, d, lams", [(20, 4, LAMS), (6, 9, LAMS[1:])])
@WITH_AND_WITHOUT_INTERCEPT
def test_bias_and_variance_are_those_of_the_hat_matrix(m, d, lams, intercept):
    X, truth, X_test, truth_test = design(m, d)
    ours = exact(X, truth, X_test, truth_test, sigma=0.5, lams=lams, intercept=intercept)
    assert ours.bias_sq.shape == ours.variance.shape == (len(lams), 7)
    for row, lam in enumerate(lams):
        H = hat(X, X_test, lam, intercept)
        # The normal equations lose the squared condition number, 1e5 at a penalty of 1e-3, more than once.
        assert ours.bias_sq[row] == pytest.approx((H @ truth - truth_test) ** 2, rel=1e-8, abs=1e-9)
        assert ours.variance[row] == pytest.approx(0.25 * np.diag(H @ H.T), rel=1e-8, abs=1e-20)


@WITH_AND_WITHOUT_INTERCEPT
def test_on_its_own_design_the_bias_is_what_smoothing_does_to_the_truth(intercept):
    X, truth, _, _ = design()
    ours = on_own_design(X, truth, intercept=intercept)
    for row, lam in enumerate(LAMS):
        H = hat(X, X, lam, intercept)
        assert ours.bias_sq[row] == pytest.approx(((H - np.eye(20)) @ truth) ** 2, rel=1e-8, abs=1e-9)
        # The mean variance is a trace, too.
        assert ours.mean_variance[row] == pytest.approx(0.25 * np.trace(H @ H.T) / 20, rel=1e-9)


@WITH_AND_WITHOUT_INTERCEPT
def test_simulation_meets_the_closed_form_at_every_penalty(intercept):
    X, truth, X_test, truth_test = design()
    ours = exact(X, truth, X_test, truth_test, intercept=intercept)
    noise = 0.5 * np.random.default_rng(1).standard_normal((20, 4000))
    W, b = linear.ridge_path(X, truth[:, None] + noise, LAMS, intercept=intercept)
    for row, predictions in enumerate(X_test @ W + b[:, None]):
        simulated = bias_variance.decompose(predictions.T, truth_test)
        # At a penalty of 1e8 without an intercept every prediction is 0, and what is left of both errors is rounding.
        rounding = 1e-12 * (truth_test**2).max()
        assert (abs(simulated.bias_sq - ours.bias_sq[row]) < 5 * simulated.bias_sq_se + rounding).all()
        assert (abs(simulated.variance - ours.variance[row]) < 5 * simulated.variance_se + rounding).all()
        assert abs(simulated.mean_bias_sq - ours.mean_bias_sq[row]) < 5 * simulated.mean_bias_sq_se + rounding
        assert abs(simulated.mean_variance - ours.mean_variance[row]) < 5 * simulated.mean_variance_se + rounding


@pytest.mark.parametrize("d", [1, 4, 9])
@WITH_AND_WITHOUT_INTERCEPT
def test_least_squares_on_a_linear_truth_has_no_bias_and_a_variance_that_counts_the_parameters(d, intercept):
    X, _, X_test, _ = design(d=d)
    w, b = np.arange(1.0, d + 1), 2.0 * intercept
    ours = exact(X, X @ w + b, X_test, X_test @ w + b, lams=[0.0], intercept=intercept)
    assert ours.bias_sq == pytest.approx(0, abs=1e-20)
    own = on_own_design(X, X @ w + b, lams=[0.0], intercept=intercept)
    assert own.mean_variance == pytest.approx([0.25 * (d + intercept) / 20])


@WITH_AND_WITHOUT_INTERCEPT
def test_an_endless_penalty_leaves_the_mean_or_nothing(intercept):
    X, truth, X_test, truth_test = design()
    ours = exact(X, truth, X_test, truth_test, lams=[1e18], intercept=intercept)
    # The slopes are at most ||X|| ||y|| / (m lam), some 1e-17.
    assert ours.bias_sq[0] == pytest.approx((intercept * truth.mean() - truth_test) ** 2, abs=1e-12)
    assert ours.variance[0] == pytest.approx(intercept * 0.25 / 20, abs=1e-12)


@derandomized
@given(designs())
def test_on_a_fixed_design_the_variance_falls_with_the_penalty_at_every_point(given_design):
    X, truth, X_test, truth_test, lams, intercept = given_design
    variance = exact(X, truth, X_test, truth_test, lams=lams, intercept=intercept).variance
    # Each filter falls; a variance is a sum of squares, and its rounding is relative to itself.
    assert (np.diff(variance, axis=0) <= 1000 * EPS * variance[:-1]).all()


@derandomized
@given(designs())
def test_on_its_own_design_the_mean_squared_bias_rises_with_the_penalty(given_design):
    X, truth, _, _, lams, intercept = given_design
    bias_sq = on_own_design(X, truth, lams=lams, intercept=intercept).mean_bias_sq
    # The predictions that are subtracted from the truth are rounded relative to it.
    size = (truth**2).mean()
    assert (np.diff(bias_sq) >= -1000 * EPS * (bias_sq[:-1] + np.sqrt(bias_sq[:-1] * size) + EPS * size)).all()


def test_at_a_single_point_the_squared_bias_may_fall_and_vanish():
    # One slope, two inputs: at input 1 the target is off the line that least squares draws, and shrinking passes it.
    ours = exact([[-1.0], [1.0]], [-2.0, 2.0], [[1.0]], [1.0], lams=[0.0, 1.0, 3.0])
    # The slope is 2 / (1 + lam).
    assert ours.bias_sq[:, 0] == pytest.approx([1, 0, 0.25], abs=1e-14)


@pytest.mark.parametrize("sigma", [0.0, 0.1, 30.0])
def test_the_noise_scales_the_variance_and_leaves_the_bias_alone(sigma):
    X, truth, X_test, truth_test = design()
    unit = exact(X, truth, X_test, truth_test, sigma=1.0)
    ours = exact(X, truth, X_test, truth_test, sigma=sigma)
    assert (ours.bias_sq == unit.bias_sq).all()
    assert ours.variance == pytest.approx(sigma**2 * unit.variance) and (sigma > 0 or (ours.variance == 0).all())


def test_means_are_over_the_points_and_nothing_exact_has_a_standard_error():
    ours = exact(*design())
    assert ours.mean_bias_sq == pytest.approx(ours.bias_sq.mean(axis=1))
    assert ours.mean_variance == pytest.approx(ours.variance.mean(axis=1))
    for name in ("bias_sq", "variance", "mean_bias_sq", "mean_variance"):
        standard_error = getattr(ours, f"{name}_se")
        assert standard_error.shape == getattr(ours, name).shape and (standard_error == 0).all()


@st.composite
def linear_truths(draw):
    """X with independent columns, slopes and sigma of many scales, and the singular values of the centred X."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = draw(st.integers(1, 6))
    X = rng.standard_normal((d + draw(st.integers(4, 20)), d)) * 10.0 ** draw(st.integers(-2, 2))
    w, sigma = rng.standard_normal(d) * 10.0 ** draw(st.integers(-2, 2)), 10.0 ** draw(st.floats(-2, 2))
    _, s, Vt = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    return X, X @ w + 1, sigma, s, Vt @ w


def mean_squared_error(X, truth, sigma, lams):
    ours = on_own_design(X, truth, sigma=sigma, lams=lams)
    return ours.mean_bias_sq + ours.mean_variance


@derandomized
@given(linear_truths())
def test_the_first_step_away_from_least_squares_always_lowers_the_error(given_truth):
    X, truth, sigma, s, a = given_truth
    # The error falls where m lam max(a)**2 < sigma**2, with a the slopes along the singular directions; and not so far
    # that a filter loses more than half.
    last = min(sigma**2 / (a**2).max(), s.max() ** 2) / len(X)
    errors = mean_squared_error(X, truth, sigma, np.linspace(0, last, 9))
    assert (np.diff(errors) < 0).all()


@derandomized
@given(linear_truths())
def test_the_error_falls_from_least_squares_at_the_rate_that_theory_gives(given_truth):
    X, truth, sigma, s, a = given_truth
    # Of the bias there is nothing to first order: the derivative at 0 is that of the variance, -2 sigma**2 sum 1/s**2. A
    # share h of the smallest s**2 changes it by 3h/2 and a**2 h s**2 / (2 sigma**2) of itself, and costs 1e-16/h of its digits.
    rate, h = -2 * sigma**2 * (1 / s**2).sum(), 1e-7
    step = h * min(s.min() ** 2, sigma**2 / (a**2).max()) / len(X)
    at_zero, after = mean_squared_error(X, truth, sigma, [0.0, step])
    # The error's own rounding, relative to what the step changes.
    rounding = 100 * EPS * at_zero / abs(step * rate)
    assert (after - at_zero) / step == pytest.approx(rate, rel=3 * h + rounding)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"X": np.ones(20)}, r"X must have 2 axes; got shape \(20,\)"),
        ({"X": np.full((20, 4), np.nan)}, "X must be finite; got 80 "),
        ({"X": np.empty((0, 4))}, r"X must not be empty; got shape \(0, 4\)"),
        ({"X": np.ones((20, 4)), "lams": [1.0, 0.0]}, "X must have full column rank at lam = 0; got rank 0"),
        ({"truth": np.ones(3)}, "truth must have a value for each of 20 inputs; got 3"),
        ({"truth": np.ones((20, 1))}, r"truth must have 1 axes; got shape \(20, 1\)"),
        ({"truth": np.full(20, np.inf)}, "truth must be finite; got 20 "),
        ({"sigma": -0.1}, "sigma must be at least 0; got -0.1"),
        ({"sigma": np.nan}, "sigma must be finite; got 1 "),
        ({"sigma": [0.1]}, r"sigma must have 0 axes; got shape \(1,\)"),
        ({"lams": 0.1}, r"lams must have 1 axes; got shape \(\)"),
        ({"lams": []}, r"lams must not be empty; got shape \(0,\)"),
        ({"lams": [-0.1]}, "lams must be at least 0; got -0.1"),
        ({"lams": [np.nan]}, "lams must be finite; got 1 "),
        (
            {"X_test": np.ones((7, 3))},
            r"X_test must have as many columns as X; got shapes \(7, 3\) and \(20, 4\)",
        ),
        ({"X_test": np.full((7, 4), np.nan)}, "X_test must be finite; got 28 "),
        ({"truth_test": np.ones(6)}, "truth_test must have a value for each of 7 inputs; got 6"),
        ({"truth_test": np.full(7, np.nan)}, "truth_test must be finite; got 7 "),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    X, truth, X_test, truth_test = design()
    good = {"X": X, "truth": truth, "sigma": 0.5, "lams": LAMS, "X_test": X_test, "truth_test": truth_test}
    with pytest.raises(ValueError, match=message):
        bias_variance.exact_ridge(**good | arguments)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"sigma": 1e200}, r"sigma must be within 1e150 of 0; got a distance of 1e\+200"),
        (
            {"sigma": 1e-200},
            "sigma must meet 0, or differ by 1e-150 or more; got a distance of 1e-200: change the unit",
        ),
        ({"truth": np.full(20, 1e200)}, r"truth must be within 1e150 of 0; got a distance of 1e\+200"),
        ({"truth_test": np.full(7, -1e200)}, r"truth_test must be within 1e150 of 0; got a distance of 1e\+200"),
        (
            {"X_test": np.full((7, 4), 1e160), "truth": np.zeros(20)},
            "X and X_test must have predictions with a bias and variance below 1.8e308",
        ),
        (
            {"X_test": np.full((7, 4), 1e200)},
            "X and X_test must have predictions with a bias and variance below 1.8e308",
        ),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_squares_that_no_float_holds_are_refused(nested, arguments, message):
    X, truth, X_test, truth_test = design()
    good = {"X": X, "truth": truth, "sigma": 0.5, "X_test": X_test, "truth_test": truth_test}
    exactly = bias_variance.exact_nested if nested else bias_variance.exact_ridge
    with pytest.raises(ValueError, match=f"^{message}"):
        exactly(**good | ({} if nested else {"lams": LAMS}) | arguments)


def nested_by_prefixes(X, truth, X_test, truth_test, *, sigma, intercept):
    """Squared bias and variance of `exact_ridge` without a penalty on each number of columns."""
    for p in range(X.shape[1] + 1):
        if p or intercept:
            alone = exact(X[:, :p], truth, X_test[:, :p], truth_test, sigma=sigma, lams=[0.0], intercept=intercept)
            yield alone.bias_sq[0], alone.variance[0]
        else:
            yield truth_test**2, np.zeros_like(truth_test)


@st.composite
def nested_designs(draw):
    """Inputs of any shape with independent columns, in units of their own and away from the origin."""
    rng, intercept = np.random.default_rng(draw(st.integers(0, 2**32 - 1))), draw(st.booleans())
    m = draw(st.integers(2, 20))
    d = draw(st.integers(0 if intercept else 1, m - intercept))
    units, origin = 10.0 ** rng.integers(-3, 4, size=d), draw(st.sampled_from([0, 3]))
    X, X_test = (units * (rng.standard_normal((n, d)) + origin) for n in (m, 5))
    return X, rng.standard_normal(m), X_test, rng.standard_normal(5), intercept


@derandomized
@given(nested_designs())
def test_nested_models_are_those_of_their_first_columns(given_design):
    X, truth, X_test, truth_test, intercept = given_design
    ours = bias_variance.exact_nested(X, truth, 0.5, X_test, truth_test, intercept=intercept)
    assert ours.bias_sq.shape == ours.variance.shape == (X.shape[1] + 1, 5)
    Z = X - X.mean(axis=0) if intercept else X
    condition = np.linalg.cond(Z / np.linalg.norm(Z, axis=0)) if X.shape[1] else 1.0
    pairs = nested_by_prefixes(X, truth, X_test, truth_test, sigma=0.5, intercept=intercept)
    for p, (bias_sq, variance) in enumerate(pairs):
        # What EPS in the inputs, some of them three spreads from the origin, makes of the predictions.
        rounding = 1000 * EPS * condition
        size = np.sqrt(ours.variance[p].max() * len(X)) / 0.5 * np.abs(truth).max() + np.abs(truth_test).max()
        np.testing.assert_allclose(ours.variance[p], variance, rtol=rounding, atol=rounding * ours.variance[p].max())
        np.testing.assert_allclose(ours.bias_sq[p], bias_sq, rtol=0, atol=rounding * size**2)


@WITH_AND_WITHOUT_INTERCEPT
def test_simulation_meets_the_closed_form_of_nested_models(intercept):
    X, truth, X_test, truth_test = design()
    ours = bias_variance.exact_nested(X, truth, 0.5, X_test, truth_test, intercept=intercept)
    Y = truth[:, None] + 0.5 * np.random.default_rng(2).standard_normal((20, 4000))
    predictions = linear.nested(X, Y, X_test, intercept=intercept)
    simulated = bias_variance.decompose(np.swapaxes(predictions, 1, 2), truth_test)
    # The model without any column and intercept predicts 0 from every set.
    assert (abs(simulated.bias_sq - ours.bias_sq) <= 5 * simulated.bias_sq_se + 1e-12).all()
    assert (abs(simulated.variance - ours.variance) <= 5 * simulated.variance_se + 1e-12).all()
    assert (abs(simulated.mean_bias_sq - ours.mean_bias_sq) <= 5 * simulated.mean_bias_sq_se + 1e-12).all()


@WITH_AND_WITHOUT_INTERCEPT
def test_a_column_more_never_lowers_the_variance_and_on_the_own_design_counts_one_parameter(intercept):
    X, truth, X_test, truth_test = design(d=12)
    ours = bias_variance.exact_nested(X, truth, 0.5, X_test, truth_test, intercept=intercept)
    assert (np.diff(ours.variance, axis=0) >= 0).all()
    own = bias_variance.exact_nested(X, truth, 0.5, X, truth, intercept=intercept)
    assert own.mean_variance == pytest.approx(0.25 * (np.arange(13) + intercept) / 20)
    assert (np.diff(own.mean_bias_sq) <= 1000 * EPS).all()


def test_as_many_parameters_as_examples_have_no_bias_on_them_and_all_of_the_noise():
    X, truth, _, _ = design(m=6, d=5)
    own = bias_variance.exact_nested(X, truth, 0.5, X, truth)
    assert own.bias_sq[-1] == pytest.approx(0, abs=1e-20) and own.variance[-1] == pytest.approx(0.25)
    for name in ("bias_sq", "variance", "mean_bias_sq", "mean_variance"):
        standard_error = getattr(own, f"{name}_se")
        assert standard_error.shape == getattr(own, name).shape and (standard_error == 0).all()


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"X": np.ones((20, 4))}, "column 0 of X must not be a combination of those before it"),
        ({"X": np.ones((4, 4)), "truth": np.ones(4)}, r"X must have fewer columns than examples; got shape \(4, 4\)"),
        ({"X": np.ones(20)}, r"X must have 2 axes; got shape \(20,\)"),
        ({"truth": np.ones(3)}, "truth must have a value for each of 20 inputs; got 3"),
        ({"truth_test": np.ones(6)}, "truth_test must have a value for each of 7 inputs; got 6"),
        ({"sigma": -0.1}, "sigma must be at least 0; got -0.1"),
        ({"X_test": np.ones((7, 3))}, r"X_test must have as many columns as X; got shapes \(7, 3\) and \(20, 4\)"),
        ({"X_test": np.full((7, 4), np.nan)}, "X_test must be finite; got 28 "),
    ],
)
def test_bad_arguments_of_nested_models_are_named(arguments, message):
    X, truth, X_test, truth_test = design()
    good = {"X": X, "truth": truth, "sigma": 0.5, "X_test": X_test, "truth_test": truth_test}
    with pytest.raises(ValueError, match=message):
        bias_variance.exact_nested(**good | arguments)


@pytest.mark.parametrize("lam", [2e-8, 1e-4, 1.0])
def test_the_variance_is_that_of_the_hat_matrix_at_places_that_no_dummies_span(lam):
    """The dummies of two groups depend on each other, and a place that is in one group alone is off their span."""
    rng = np.random.default_rng(0)
    X = np.hstack([np.eye(3)[rng.integers(3, size=100)], np.eye(4)[rng.integers(4, size=100)]])
    places = np.eye(7)[:1]
    found = bias_variance.exact_ridge(X, np.zeros(100), 1.0, [lam], places, [0.0]).variance
    assert np.isclose(found, (linear.hat_matrix(X, places, lam=lam) ** 2).sum(), rtol=1e-10, atol=0)
