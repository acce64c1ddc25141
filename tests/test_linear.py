"""Least squares, ridge, minimum norm, hat matrix: optimal, equal to others', honest about bad input."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, Ridge

from tools import EPS, WITH_AND_WITHOUT_INTERCEPT, close, examples
from utils import linear

derandomized = examples(150)


def problem(m=20, d=4, k=None, *, seed=0):
    """A well-conditioned random problem: inputs away from the origin, targets that no line fits."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((m, d)) + 3
    return X, rng.standard_normal(m if k is None else (m, k)) - 2


def centred(A, intercept):
    return A - A.mean(axis=0) if intercept else A


def without_rounding(centred_X, X):
    """Zero where centring has left nothing but the rounding of a constant column."""
    return np.where(abs(centred_X) < 10 * EPS * abs(X).max(), 0, centred_X)


@st.composite
def problems(draw, *, exponents):
    """X, y, lam and intercept of any shape and scale; columns may repeat, inputs be far from the origin."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m, d = draw(st.integers(1, 25)), draw(st.integers(1, 10))
    k = draw(st.sampled_from([None, 1, 3]))
    X = rng.standard_normal((m, d)) + draw(st.sampled_from([0, 1, 100]))
    if draw(st.booleans()):
        X[:, -1] = X[:, 0]
    y = rng.standard_normal(m if k is None else (m, k)) + draw(st.sampled_from([0, 1, 100]))
    x_scale, y_scale = (10.0 ** draw(st.integers(-exponents, exponents)) for _ in range(2))
    lam = 10.0 ** draw(st.floats(-12, 12))
    return x_scale * X, y_scale * y, lam, draw(st.booleans())


@derandomized
@given(problems(exponents=3))
def test_ridge_is_scikit_learns_ridge_with_alpha_m_lam(given_problem):
    X, y, lam, intercept = given_problem
    s = np.linalg.svd(centred(X, intercept), compute_uv=False)
    curvature = s**2 + len(X) * lam
    # Two stable methods differ by EPS times the condition of the normal equations, here at most 2e-10.
    assume(curvature.max() < 1e6 * curvature.min())
    w, b = linear.ridge(X, y, lam, intercept=intercept)
    other = Ridge(alpha=len(X) * lam, solver="svd", fit_intercept=intercept).fit(X, y)
    largest_target = np.linalg.norm(y, axis=0).max()
    largest_slope = largest_target * (s / curvature).max()
    # The intercept is the mean of y minus the slopes times the center of X, and inherits the slopes' error.
    largest_intercept = largest_target + np.linalg.norm(X) * largest_slope
    assert w.T == pytest.approx(other.coef_.reshape(w.T.shape), rel=0, abs=1e-8 * largest_slope)
    expected = np.broadcast_to(other.intercept_, np.shape(b))
    assert b == pytest.approx(expected, rel=0, abs=1e-8 * largest_intercept)


@derandomized
@given(problems(exponents=100))
def test_the_gradient_of_the_objective_is_zero_at_the_ridge_solution(given_problem):
    X, y, lam, intercept = given_problem
    w, b = linear.ridge(X, y, lam, intercept=intercept)
    residual = X @ w + b - y
    size = np.linalg.norm(X) * np.linalg.norm(w) + np.linalg.norm(b) * np.sqrt(len(X)) + np.linalg.norm(y)
    # A sum of 25 terms loses 25 EPS of its largest; singular values below 25 EPS of the largest are dropped.
    rounding = 100 * 25 * EPS
    slopes = X.T @ residual / len(X) + lam * w
    assert abs(slopes).max() <= rounding * (np.linalg.norm(X) * size / len(X) + lam * np.linalg.norm(w))
    if intercept:
        assert abs(residual.mean(axis=0)).max() <= rounding * size
    else:
        assert np.all(b == 0)


@pytest.mark.parametrize("solver", ["svd", "cholesky", "lsqr"])
@pytest.mark.parametrize("lam", [1e-6, 1e-2, 1.0, 1e4])
@WITH_AND_WITHOUT_INTERCEPT
def test_three_solvers_of_scikit_learn_agree_with_ridge(solver, lam, intercept):
    X, y = problem()
    w, b = linear.ridge(X, y, lam, intercept=intercept)
    other = Ridge(alpha=len(X) * lam, solver=solver, tol=1e-14, fit_intercept=intercept).fit(X, y)
    assert close(w, other.coef_) and close(b, other.intercept_)


@pytest.mark.parametrize(
    "fit", [linear.least_squares, lambda X, y, **kw: linear.ridge(X, y, 0, **kw), linear.minimum_norm]
)
@WITH_AND_WITHOUT_INTERCEPT
def test_without_a_penalty_all_three_are_ordinary_least_squares(fit, intercept):
    X, y = problem()
    w, b = fit(X, y, intercept=intercept)
    other = LinearRegression(fit_intercept=intercept).fit(X, y)
    assert close(w, other.coef_) and close(b, other.intercept_)


@pytest.mark.parametrize("k", [1, 2, 7])
@pytest.mark.parametrize("m, d, lam", [(20, 4, 0.0), (20, 4, 0.3), (3, 8, 0.3)])
@WITH_AND_WITHOUT_INTERCEPT
def test_many_training_sets_at_once_are_the_same_as_one_by_one(k, m, d, lam, intercept):
    X, Y = problem(m, d, k)
    W, b = linear.ridge(X, Y, lam, intercept=intercept)
    one_by_one = [linear.ridge(X, y, lam, intercept=intercept) for y in Y.T]
    assert W.shape == (d, k) and b.shape == (k,)
    assert close(W, np.transpose([w for w, _ in one_by_one])) and close(b, [b for _, b in one_by_one])


@pytest.mark.parametrize("lam", [0.0, 1e-3, 1.0, 1e6])
def test_the_intercept_is_not_penalized(lam):
    X, y = problem()
    (w, b), (w_up, b_up) = linear.ridge(X, y, lam), linear.ridge(X, y + 100, lam)
    assert close(w_up, w) and close(b_up, b + 100)
    assert close(X @ w_up + b_up, X @ w + b + 100)


@pytest.mark.parametrize("lam", [0.0, 1e-3, 1.0])
def test_moving_the_inputs_moves_no_prediction(lam):
    X, y = problem()
    (w, b), (w_moved, b_moved) = linear.ridge(X, y, lam), linear.ridge(X + 50, y, lam)
    assert close(w_moved, w) and close((X + 50) @ w_moved + b_moved, X @ w + b)


def test_the_slopes_shrink_as_the_penalty_grows_and_the_fit_ends_at_the_mean():
    X, y = problem()
    norms = [np.linalg.norm(linear.ridge(X, y, lam)[0]) for lam in 10.0 ** np.arange(-6, 13)]
    w, b = linear.ridge(X, y, 1e12)
    assert (np.diff(norms) < 0).all()
    # ||w|| <= ||X|| ||y|| / (m lam), below 1e-10 here.
    assert close(w, 0) and close(b, y.mean(), digits=1e-9)


@pytest.mark.parametrize("lam", [0.0, 0.1, 1e12])
@pytest.mark.parametrize("k", [None, 3])
def test_a_model_without_columns_predicts_the_mean(lam, k):
    _, y = problem(k=k)
    w, b = linear.ridge(np.empty((len(y), 0)), y, lam)
    assert w.shape == (0, *y.shape[1:]) and close(b, y.mean(axis=0))
    assert close(linear.hat_matrix(np.empty((len(y), 0)), lam=lam), 1 / len(y))


def test_lists_and_whole_numbers_are_taken_as_they_are():
    w, b = linear.ridge([[0, 1], [1, 0], [2, 2], [4, 5]], [1, 2, 3, 4], 1)
    other = Ridge(alpha=4).fit([[0, 1], [1, 0], [2, 2], [4, 5]], [1, 2, 3, 4])
    assert close(w, other.coef_) and close(b, other.intercept_)


def test_no_input_is_changed():
    X, y = problem()
    X_before, y_before = X.copy(), y.copy()
    linear.ridge(X, y, 0.1), linear.minimum_norm(X, y), linear.hat_matrix(X, X)
    assert (X == X_before).all() and (y == y_before).all()


# Powers of two, about 1e150 and 1e-150: scaling by them is exact, so that no digit may be lost.
HUGE, TINY = 2.0**498, 2.0**-498


@pytest.mark.parametrize("x_scale", [HUGE, TINY])
@pytest.mark.parametrize("y_scale", [HUGE, 1.0, TINY])
@pytest.mark.parametrize("lam", [0.0, 0.1])
@WITH_AND_WITHOUT_INTERCEPT
def test_scales_far_from_one_lose_no_digits(x_scale, y_scale, lam, intercept):
    X, y = problem()
    w, b = linear.ridge(X, y, lam, intercept=intercept)
    w_scaled, b_scaled = linear.ridge(x_scale * X, y_scale * y, x_scale * lam * x_scale, intercept=intercept)
    assert close(w_scaled * (x_scale / y_scale), w) and close(b_scaled / y_scale, b)


@pytest.mark.parametrize("x_scale", [2.0**1000, 2.0**-1000])
@WITH_AND_WITHOUT_INTERCEPT
def test_inputs_whose_squares_are_no_floats_are_fitted_all_the_same(x_scale, intercept):
    X, y = problem()
    w, b = linear.least_squares(X, y, intercept=intercept)
    w_scaled, b_scaled = linear.least_squares(x_scale * X, y, intercept=intercept)
    assert close(w_scaled * x_scale, w) and close(b_scaled, b)


@pytest.mark.parametrize("units", [*itertools.permutations([1e-12, 1e-3, 1, 1e6]), (1e-12, 1e-12, 1e3, 1e3)])
@WITH_AND_WITHOUT_INTERCEPT
def test_without_a_penalty_the_units_of_a_column_do_not_matter(units, intercept):
    X, y = problem()
    w, b = linear.least_squares(X, y, intercept=intercept)
    w_in_units, b_in_units = linear.least_squares(X * units, y, intercept=intercept)
    assert close(w_in_units * units, w) and close(b_in_units, b)
    assert close(linear.hat_matrix(X * units, intercept=intercept), linear.hat_matrix(X, intercept=intercept))


@pytest.mark.parametrize("x_scale", [HUGE, TINY])
@pytest.mark.parametrize("lam", [0.0, 0.1])
def test_the_hat_matrix_has_no_units(x_scale, lam):
    X, _ = problem()
    H = linear.hat_matrix(X, lam=lam)
    assert close(linear.hat_matrix(x_scale * X, lam=x_scale * lam * x_scale), H)


@pytest.mark.parametrize("lam", [1e-9, 1e-3, 1.0])
@WITH_AND_WITHOUT_INTERCEPT
def test_equal_columns_share_their_slope_equally(lam, intercept):
    X, y = problem(d=1)
    w, b = linear.ridge(np.hstack([X, X]), y, lam, intercept=intercept)
    # Two equal columns with slope w/2 each cost half of what one column with slope w does.
    w_one, b_one = linear.ridge(X, y, lam / 2, intercept=intercept)
    assert close(w, w_one / 2) and close(b, b_one)


GENERIC, _ = problem()
SINGULAR_DESIGNS = {
    "the same column twice": np.hstack([GENERIC, GENERIC[:, :1]]),
    "a sum of columns": np.hstack([GENERIC, GENERIC[:, :2].sum(axis=1, keepdims=True)]),
    "a column of zeros": np.hstack([GENERIC, np.zeros((20, 1))]),
    "a constant column beside the intercept": np.hstack([GENERIC, np.full((20, 1), 0.1)]),
    "nothing but a constant, which centring leaves as rounding": np.full((20, 1), 1 / 3),
    "as many slopes as examples": GENERIC[:4],
    "more slopes than examples": GENERIC[:2],
    "one example": GENERIC[:1],
    "huge": 1e150 * np.hstack([GENERIC, GENERIC]),
    "tiny": 1e-150 * np.hstack([GENERIC, GENERIC]),
}
on_singular_designs = pytest.mark.parametrize("X", SINGULAR_DESIGNS.values(), ids=SINGULAR_DESIGNS)


@on_singular_designs
@pytest.mark.parametrize(
    "fit",
    [
        pytest.param(lambda X: linear.least_squares(X, np.ones(len(X))), id="least_squares"),
        pytest.param(lambda X: linear.ridge(X, np.ones(len(X)), 0), id="ridge"),
        pytest.param(lambda X: linear.ridge(X, np.ones((len(X), 2)), 0.0), id="ridge, many sets"),
        pytest.param(lambda X: linear.ridge_path(X, np.ones(len(X)), [1.0, 0.0]), id="ridge_path"),
        pytest.param(lambda X: linear.hat_matrix(X), id="hat_matrix"),
    ],
)
def test_a_singular_design_without_penalty_raises_and_names_the_way_out(X, fit):
    rank = rf"X must have full column rank at lam = 0; got rank \d+ for {X.shape[1]} slopes"
    with pytest.raises(ValueError, match=rank + r".*lam > 0.*linear\.minimum_norm"):
        fit(X)


@pytest.mark.parametrize("far", [1e3, 1e6, 1e9])
def test_columns_whose_dependence_is_hidden_by_rounding_alone_are_refused(far):
    X = GENERIC + far
    # Far from the origin the sum is rounded more coarsely than the centred columns are small.
    with pytest.raises(ValueError, match="got rank 4 for 5 slopes"):
        linear.least_squares(np.column_stack([X, X[:, 0] + X[:, 1]]), np.ones(len(X)))


@pytest.mark.parametrize(("m", "d", "rank"), [(60, 50, 1), (300, 200, 1), (300, 200, 30), (20, 300, 1), (2000, 20, 3)])
def test_many_columns_made_of_few_have_the_rank_of_the_few(m, d, rank):
    """What a decomposition leaves of the other directions grows with the number of columns."""
    rng = np.random.default_rng(m + d + rank)
    X = rng.standard_normal((m, rank)) @ rng.standard_normal((rank, d)) * 10.0 ** rng.integers(-2, 3, d)
    y = rng.standard_normal(m)
    with pytest.raises(ValueError, match=f"got rank {rank} for {d} slopes"):
        linear.least_squares(X, y)
    expected = np.linalg.lstsq(X - X.mean(axis=0), y - y.mean(), rcond=1e-12)[0]
    length = np.linalg.norm(expected)
    for w, _ in (linear.minimum_norm(X, y), linear.ridge(X, y, 1e-20)):
        # Of the spread of the columns' sizes, 1e4, squared, rounding may take its share.
        assert np.linalg.norm(w - expected) <= 1e-9 * length


@on_singular_designs
def test_a_singular_design_is_served_by_any_penalty(X):
    _, y = problem(len(X))
    unit = np.linalg.norm(X)
    w, b = linear.ridge(X, y, unit * 1e-3 * unit)
    other = Ridge(alpha=len(X) * 1e-3, solver="svd").fit(X / unit, y)
    assert close(w * unit, other.coef_) and close(b, other.intercept_)


@on_singular_designs
@pytest.mark.parametrize("k", [None, 3])
def test_minimum_norm_is_numpys_lstsq_on_centred_data(X, k):
    _, y = problem(len(X), k=k)
    w, b = linear.minimum_norm(X, y)
    centred_X = without_rounding(centred(X, True), X)
    expected = np.linalg.lstsq(centred_X, centred(y, True), rcond=1e-12)[0]
    assert close(w * np.linalg.norm(X), expected * np.linalg.norm(X), digits=1e-9)
    assert close(X.mean(axis=0) @ w + b, y.mean(axis=0))


@pytest.mark.parametrize("m, d", [(20, 4), (6, 4), (4, 4), (3, 9), (1, 2)])
def test_minimum_norm_without_intercept_is_the_pseudoinverse(m, d):
    X, y = problem(m, d)
    w, b = linear.minimum_norm(X, y, intercept=False)
    assert close(w, np.linalg.pinv(X) @ y, digits=1e-9) and b == 0


def test_minimum_norm_passes_through_every_point_when_slopes_outnumber_examples():
    X, y = problem(5, 12)
    w, b = linear.minimum_norm(X, y)
    assert close(X @ w + b, y)


@pytest.mark.parametrize("m, d", [(20, 4), (5, 12)])
@WITH_AND_WITHOUT_INTERCEPT
def test_minimum_norm_is_the_limit_of_ridge(m, d, intercept):
    X, y = problem(m, d)
    limit, _ = linear.minimum_norm(X, y, intercept=intercept)
    s = np.linalg.svd(centred(X, intercept), compute_uv=False)
    smallest = s[s > 1e-10].min()
    for lam in 10.0 ** np.arange(-12, 0):
        distance = np.linalg.norm(linear.ridge(X, y, lam, intercept=intercept)[0] - limit)
        # Ridge keeps s**2 / (s**2 + m lam) of each part of w and loses at most m lam / s**2 of it.
        assert distance <= (m * lam / smallest**2 + 1e-12) * np.linalg.norm(limit)


@pytest.mark.parametrize("lam", [0.0, 0.1, 10.0])
@pytest.mark.parametrize("k", [None, 3])
@WITH_AND_WITHOUT_INTERCEPT
def test_the_hat_matrix_takes_targets_to_predictions(lam, k, intercept):
    X, y = problem(k=k)
    X_new, _ = problem(7, seed=1)
    w, b = linear.ridge(X, y, lam, intercept=intercept)
    for inputs in (X, X_new):
        H = linear.hat_matrix(X, inputs, lam=lam, intercept=intercept)
        assert H.shape == (len(inputs), len(X)) and close(H @ y, inputs @ w + b)
    assert close(
        linear.hat_matrix(X, lam=lam, intercept=intercept),
        linear.hat_matrix(X, X, lam=lam, intercept=intercept),
    )


@pytest.mark.parametrize("lam", [0.0, 0.1, 10.0, 1e12])
@pytest.mark.parametrize("far", [0, 1e9])
def test_the_rows_of_the_hat_matrix_sum_to_one_with_an_intercept(lam, far):
    X, _ = problem()
    X_new, _ = problem(7, seed=1)
    # However many digits centring costs the weights, what they share out is one target.
    assert close(linear.hat_matrix(X + far, lam=lam).sum(axis=1), 1, digits=1e-12)
    assert close(linear.hat_matrix(X + far, X_new + far, lam=lam).sum(axis=1), 1, digits=1e-12)


@pytest.mark.parametrize("d", [1, 4, 9])
@WITH_AND_WITHOUT_INTERCEPT
def test_without_a_penalty_the_hat_matrix_is_a_projection_whose_trace_counts_the_parameters(d, intercept):
    X, _ = problem(d=d)
    H = linear.hat_matrix(X, intercept=intercept)
    assert close(H @ H, H) and close(H, H.T) and close(np.trace(H), d + intercept)


@pytest.mark.parametrize("lam", [1e-3, 0.1, 10.0])
@WITH_AND_WITHOUT_INTERCEPT
def test_the_trace_of_the_hat_matrix_is_the_sum_of_the_shrinkage_factors(lam, intercept):
    X, _ = problem()
    s = np.linalg.svd(centred(X, intercept), compute_uv=False)
    trace = np.trace(linear.hat_matrix(X, lam=lam, intercept=intercept))
    assert close(trace, intercept + (s**2 / (s**2 + len(X) * lam)).sum())


BAD_DESIGNS = {
    "NaN": ([[1.0], [np.nan]], "X must be finite; got 1 "),
    "infinite": ([[np.inf], [-np.inf]], "X must be finite; got 2 "),
    "one axis": ([1.0, 2.0], r"X must have 2( or 3)? axes; got shape \(2,\)"),
    "four axes": (np.ones((2, 1, 1, 1)), r"X must have 2( or 3)? axes; got shape \(2, 1, 1, 1\)"),
    "a number": (1.0, r"X must have 2( or 3)? axes; got shape \(\)"),
    "no rows": (np.empty((0, 1)), r"X must not be empty; got shape \(0, 1\)"),
    "strings": ([["1"], ["2"]], "column 0 of X must hold real numbers; got dtype object, with text in it"),
    "complex": ([[1j], [2.0]], "X must hold real numbers; got dtype complex128"),
    "None": ([[None], [1.0]], "column 0 of X must hold real numbers; got dtype object"),
    "ragged": ([[1.0], [1.0, 2.0]], "X must be an array of numbers; got rows of unequal length"),
    "a row too many": (
        [[1.0], [2.0], [3.0]],
        r"X and y must have equally many rows; got shapes \(3, 1\) and \(2,\)",
    ),
}
BAD_TARGETS = {
    "NaN": ([1.0, np.nan], "y must be finite; got 1 "),
    "infinite": ([np.inf, 1.0], "y must be finite; got 1 "),
    "no axis": (1.0, r"y must have 1 or 2 axes; got shape \(\)"),
    "three axes": (np.ones((2, 1, 1)), r"y must have 1 or 2 axes; got shape \(2, 1, 1\)"),
    "empty": ([], r"y must not be empty; got shape \(0,\)"),
    "no training set": (np.empty((2, 0)), r"y must not be empty; got shape \(2, 0\)"),
    "strings": (["a", "b"], "y must hold real numbers; got dtype <U1"),
    "complex": ([1j, 2j], "y must hold real numbers; got dtype complex128"),
    "ragged": ([[1.0], [1.0, 2.0]], "y must be an array of numbers; got rows of unequal length"),
    "a row too few": ([1.0], r"X and y must have equally many rows; got shapes \(2, 1\) and \(1,\)"),
}
BAD_PENALTIES = {
    "negative": (-1e-9, "lam must be at least 0; got -1e-09"),
    "NaN": (np.nan, "lam must be finite; got 1 "),
    "infinite": (np.inf, "lam must be finite; got 1 "),
    "complex": (1j, "lam must hold real numbers; got dtype complex128"),
    "a truth value": (True, "lam must be a number; got True"),
    "a string": ("0.1", "lam must hold real numbers; got dtype <U3"),
    "None": (None, "lam must hold real numbers; got dtype object"),
    "several": ([0.1, 0.2], r"lam must have 0 axes; got shape \(2,\)"),
}
FITS = {
    "least_squares": linear.least_squares,
    "ridge_path": lambda X, y, **options: linear.ridge_path(X, y, [0.1, 1.0], **options),
    "ridge": lambda X, y, **options: linear.ridge(X, y, 0.1, **options),
    "minimum_norm": linear.minimum_norm,
}


@pytest.mark.parametrize("X, message", BAD_DESIGNS.values(), ids=BAD_DESIGNS)
@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_bad_inputs_are_named(fit, X, message):
    with pytest.raises(ValueError, match=message):
        fit(X, [1.0, 2.0])


@pytest.mark.parametrize("y, message", BAD_TARGETS.values(), ids=BAD_TARGETS)
@pytest.mark.parametrize("fit", FITS.values(), ids=FITS)
def test_bad_targets_are_named(fit, y, message):
    with pytest.raises(ValueError, match=message):
        fit([[1.0], [2.0]], y)


@pytest.mark.parametrize("lam, message", BAD_PENALTIES.values(), ids=BAD_PENALTIES)
def test_bad_penalties_are_named(lam, message):
    with pytest.raises(ValueError, match=message):
        linear.ridge([[1.0], [2.0]], [1.0, 2.0], lam)
    with pytest.raises(ValueError, match=message):
        linear.hat_matrix([[1.0], [2.0]], lam=lam)


@pytest.mark.parametrize("kind", [k for k in BAD_DESIGNS if k != "a row too many"])
def test_bad_inputs_of_the_hat_matrix_are_named(kind):
    X, message = BAD_DESIGNS[kind]
    with pytest.raises(ValueError, match=f"^{message}"):
        linear.hat_matrix(X)
    with pytest.raises(ValueError, match=f"^{message.replace('X', 'X_new', 1)}"):
        linear.hat_matrix([[1.0], [2.0]], X)


def test_new_inputs_need_the_columns_of_the_old():
    with pytest.raises(ValueError, match=r"X_new must have as many columns as X; got shapes \(1, 2\) and \(2, 1\)"):
        linear.hat_matrix([[1.0], [2.0]], [[1.0, 2.0]])


@pytest.mark.parametrize(
    "fit",
    [*FITS.values(), lambda X, y, **options: linear.hat_matrix(X, **options)],
    ids=[*FITS, "hat_matrix"],
)
def test_a_model_needs_a_column_or_an_intercept(fit):
    fit(np.empty((2, 0)), [1.0, 2.0])
    with pytest.raises(ValueError, match=r"X must have a column when intercept is False; got shape \(2, 0\)"):
        fit(np.empty((2, 0)), [1.0, 2.0], intercept=False)


@pytest.mark.parametrize("degree", [0, 1, 5, 9])
def test_the_smoother_of_a_polynomial_is_the_fit_of_numpys_polynomial(degree):
    rng = np.random.default_rng(0)
    x, x_new, y = rng.uniform(size=12), rng.uniform(size=7), rng.normal(size=12)
    right = np.polynomial.Polynomial.fit(x, y, degree)
    for places, H in (
        (x_new, linear.polynomial_smoother(degree, x, x_new)),
        (x, linear.polynomial_smoother(degree, x)),
    ):
        np.testing.assert_allclose(H @ y, right(places), rtol=1e-7, atol=1e-9)


class TestManyDesigns:
    """A leading axis: the code of one training set is the code of many."""

    @pytest.mark.parametrize("m, d, lam", [(20, 4, 0.0), (20, 4, 0.3), (3, 8, 0.3)])
    @WITH_AND_WITHOUT_INTERCEPT
    def test_they_are_fitted_as_one_by_one(self, m, d, lam, intercept):
        rng = np.random.default_rng(1)
        X, y = rng.standard_normal((5, m, d)) + 3, rng.standard_normal((5, m))
        w, b = linear.ridge(X, y, lam, intercept=intercept)
        alone = [linear.ridge(*one, lam, intercept=intercept) for one in zip(X, y, strict=True)]
        assert w.shape == (5, d) and b.shape == (5,)
        assert close(w, [one for one, _ in alone]) and close(b, [one for _, one in alone])

    def test_a_path_has_the_penalties_first(self):
        rng = np.random.default_rng(1)
        X, y = rng.standard_normal((5, 20, 3)), rng.standard_normal((5, 20))
        W, b = linear.ridge_path(X, y, [0.1, 0.0, 1.0])
        assert W.shape == (3, 5, 3) and b.shape == (3, 5)
        assert close(W[1], linear.least_squares(X, y)[0]) and close(W[2], linear.ridge(X, y, 1.0)[0])

    def test_the_smallest_of_all_fits_is_found_where_each_design_has_a_rank_of_its_own(self):
        rng = np.random.default_rng(1)
        X, y = rng.standard_normal((3, 20, 3)), rng.standard_normal((3, 20))
        X[1, :, 2] = X[1, :, 0]
        w, b = linear.minimum_norm(X, y)
        alone = [linear.minimum_norm(*one) for one in zip(X, y, strict=True)]
        assert close(w, [one for one, _ in alone]) and close(b, [one for _, one in alone])
        with pytest.raises(ValueError, match="got rank 2 for 3 slopes"):
            linear.least_squares(X, y)

    def test_targets_of_another_shape_are_named(self):
        with pytest.raises(
            ValueError, match=r"y must have shape \(3, 20\), a row for each training set of X; got \(20, 3\)"
        ):
            linear.ridge(np.ones((3, 20, 2)), np.ones((20, 3)), 1.0)


class TestFarFromTheOrigin:
    """Values from calculations with rational numbers."""

    def test_a_clock_in_seconds_with_steps_below_a_microsecond(self):
        t = 1e9 + np.arange(2000) * 1e-7
        w, _ = linear.ridge(t[:, None], np.arange(2000.0), 1e-20)
        # Of the times themselves 1e-7 is known: a part in 2000 of their spread, averaged over 2000 of them.
        assert w == pytest.approx(1.00000249e7, rel=1e-8)

    def test_a_column_far_away_leaves_the_others_their_digits(self):
        x, e = np.arange(6.0), np.array([1, -1, 1, 1, -1, 1]) * 1e-3
        t = 1e12 + np.array([1, 0, 2, 5, 3, 4])
        w, _ = linear.ridge(np.column_stack([x, x + e, t]), -e, 1e-9)
        assert w[:2] == pytest.approx([0.9961, -0.9961], abs=5e-5)

    def test_years_and_incomes_beside_shares(self):
        rng = np.random.default_rng(0)
        X = np.column_stack([rng.integers(1990, 2026, 50), rng.normal(5e4, 1e4, 50), rng.uniform(0, 0.01, 50)])
        y = rng.standard_normal(50)
        Z = (X - X.mean(axis=0)) / X.std(axis=0)
        w, b = linear.least_squares(X, y)
        w_z, b_z = linear.least_squares(Z, y)
        assert w * X.std(axis=0) == pytest.approx(w_z, rel=1e-9) and X @ w + b == pytest.approx(Z @ w_z + b_z, abs=1e-9)

    def test_a_penalty_whose_product_with_the_number_of_examples_is_no_float_leaves_nothing(self):
        w, b = linear.ridge([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], 1e308)
        assert w == 0 and b == 3


class TestNested:
    @pytest.mark.parametrize("k", [None, 4])
    @WITH_AND_WITHOUT_INTERCEPT
    def test_each_model_is_least_squares_on_the_first_columns(self, k, intercept):
        X, y = problem(d=5, k=k)
        X_new = problem(m=7, d=5, seed=1)[0]
        predictions = linear.nested(X, y, X_new, intercept=intercept)
        assert predictions.shape == (6, 7) + (() if k is None else (k,))
        assert close(predictions[0], np.broadcast_to(intercept * y.mean(axis=0), predictions[0].shape))
        for p in range(1, 6):
            w, b = linear.least_squares(X[:, :p], y, intercept=intercept)
            assert close(predictions[p], X_new[:, :p] @ w + b)

    def test_many_designs_at_once_are_as_one_by_one(self):
        rng = np.random.default_rng(1)
        X, y, X_new = rng.standard_normal((3, 20, 4)), rng.standard_normal((3, 20)), rng.standard_normal((7, 4))
        together = linear.nested(X, y, X_new)
        assert together.shape == (5, 3, 7)
        for k in range(3):
            assert close(together[:, k], linear.nested(X[k], y[k], X_new))

    def test_columns_that_depend_on_those_before_are_named(self):
        X, y = problem(d=3)
        with pytest.raises(ValueError, match="column 2 of X must not be a combination of those before it"):
            linear.nested(np.column_stack([X[:, :2], X[:, 0] - X[:, 1]]), y, X)
        with pytest.raises(ValueError, match="X must have fewer columns than examples"):
            linear.nested(X[:3], y[:3], X)


class TestNestedMinimumNorm:
    @pytest.mark.parametrize("m, d", [(20, 4), (8, 40), (6, 6), (1, 3), (12, 11)])
    @pytest.mark.parametrize("k", [None, 3])
    @WITH_AND_WITHOUT_INTERCEPT
    def test_each_model_is_the_shortest_fit_on_the_first_columns(self, m, d, k, intercept):
        X, y = problem(m, d, k)
        W, b = linear.nested_minimum_norm(X, y, intercept=intercept)
        assert W.shape == (d + 1, d) + y.shape[1:] and b.shape == (d + 1,) + y.shape[1:]
        for p in range(intercept == 0, d + 1):
            w, intercept_alone = linear.minimum_norm(X[:, :p], y, intercept=intercept)
            # Two stable methods differ by EPS times the condition, which where p is near m is the largest.
            scale = np.linalg.norm(w) + 1e-300
            assert close(W[p, :p] / scale, w / scale, digits=1e-9) and (W[p, p:] == 0).all()
            assert close(b[p], intercept_alone, digits=1e-9 * max(1, scale))

    def test_five_hundred_columns_of_a_hundred_examples_are_lstsqs_up_to_where_it_peaks(self):
        rng = np.random.default_rng(0)
        X, y = rng.standard_normal((100, 500)), rng.standard_normal(100)
        W, _ = linear.nested_minimum_norm(X, y, intercept=False)
        for p in (1, 50, 98, 99, 100, 101, 102, 103, 110, 250, 500):
            expected = np.linalg.lstsq(X[:, :p], y, rcond=None)[0]
            assert close(W[p, :p], expected, digits=1e-10 * abs(expected).max())
        lengths = np.linalg.norm(W, axis=1)
        assert lengths.argmax() in range(97, 104) and (np.diff(lengths[104:]) <= 1e-12).all()

    @on_singular_designs
    def test_dependent_columns_are_served_as_by_minimum_norm(self, X):
        _, y = problem(len(X))
        unit = np.linalg.norm(X)
        W, b = linear.nested_minimum_norm(X, y)
        for p in range(X.shape[1] + 1):
            w, intercept = linear.minimum_norm(X[:, :p], y)
            assert close(W[p, :p] * unit, w * unit, digits=1e-9) and close(b[p], intercept, digits=1e-9)

    def test_repeated_rows_and_repeated_columns_beyond_the_last_example(self):
        X, y = problem(6, 14)
        X[5], X[:, 9] = X[4], X[:, 2]
        W, b = linear.nested_minimum_norm(X, y)
        for p in range(15):
            w, intercept = linear.minimum_norm(X[:, :p], y)
            assert close(W[p, :p], w, digits=1e-8) and close(b[p], intercept, digits=1e-8)

    @pytest.mark.parametrize("seed", range(20))
    def test_rows_that_were_seen_twice_make_the_columns_dependent_from_there_on(self, seed):
        rng = np.random.default_rng(seed)
        X, y = rng.standard_normal((8, 12)), rng.standard_normal(8)
        X[5:] = X[:3]
        W, _ = linear.nested_minimum_norm(X, y)
        for p in range(13):
            w, _ = linear.minimum_norm(X[:, :p], y)
            assert close(W[p, :p], w, digits=1e-8 * (1 + abs(w).max(initial=0)))
        with pytest.raises(ValueError, match="column 4 of X must not be a combination of those before it"):
            linear.nested(X[:, :7], y, X[:2, :7])

    def test_a_large_constant_beside_tiny_columns_gets_no_slope(self):
        X, y = problem(5, 3)
        W, _ = linear.nested_minimum_norm(np.column_stack([X * 1e-200, np.full(5, 1e200)]), y)
        w, _ = linear.least_squares(X, y)
        assert close(W[3, :3] * 1e-200, w) and close(W[4, :3] * 1e-200, w) and W[4, 3] == 0

    @pytest.mark.parametrize("x_scale, y_scale", [(HUGE, TINY), (TINY, HUGE), (2.0**600, 1.0)])
    def test_scales_far_from_one_lose_no_digits(self, x_scale, y_scale):
        X, y = problem(5, 12)
        (W, b), (W_scaled, b_scaled) = (
            linear.nested_minimum_norm(X, y),
            linear.nested_minimum_norm(X * x_scale, y * y_scale),
        )
        assert close(W_scaled * (x_scale / y_scale), W) and close(b_scaled / y_scale, b)

    def test_bad_arguments_are_named(self):
        with pytest.raises(ValueError, match=r"X must have 2 axes; got shape \(2, 3, 4\)"):
            linear.nested_minimum_norm(np.ones((2, 3, 4)), np.ones((2, 3)))
        with pytest.raises(ValueError, match=r"y must have 1 or 2 axes; got shape \(\)"):
            linear.nested_minimum_norm([[1.0]], 1.0)
        with pytest.raises(ValueError, match="X and y must have equally many rows"):
            linear.nested_minimum_norm([[1.0], [2.0]], [1.0])
