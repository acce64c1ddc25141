"""The whole ridge path from one factorization: each point the optimum, equal to others', shrinking as it must."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge

from tools import EPS, WITH_AND_WITHOUT_INTERCEPT, close, derandomized
from utils import _factors, linear


def problem(m=20, d=4, k=None, *, seed=0):
    """Inputs away from the origin and targets that no line fits, with a condition number below 100."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((m, d)) + 3
    return X, rng.standard_normal(m if k is None else (m, k)) - 2


def centred(A, intercept=True):
    return A - A.mean(axis=0) if intercept else A


def singular_values(X, intercept=True):
    return np.linalg.svd(centred(X, intercept), compute_uv=False)


@st.composite
def paths(draw):
    """X, y, lams and intercept of any shape and scale; columns may repeat, and lams come in any order."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m, d, k = draw(st.integers(1, 25)), draw(st.integers(1, 10)), draw(st.sampled_from([None, 1, 3]))
    X = rng.standard_normal((m, d)) + draw(st.sampled_from([0, 1, 100]))
    if draw(st.booleans()):
        X[:, -1] = X[:, 0]
    y = rng.standard_normal(m if k is None else (m, k)) + draw(st.sampled_from([0, 1, 100]))
    x_scale, y_scale = (10.0 ** draw(st.integers(-3, 3)) for _ in range(2))
    lams = 10.0 ** np.array(draw(st.lists(st.floats(-12, 12), min_size=1, max_size=6)))
    return x_scale * X, y_scale * y, lams, draw(st.booleans())


def largest_slopes(X, y, lams, intercept):
    """For each penalty a bound on the slopes, for no gain s / (s**2 + m * lam) is larger than the largest."""
    s = singular_values(X, intercept)
    gains = np.array([(s / (s**2 + len(X) * lam)).max() for lam in lams])
    return np.linalg.norm(centred(y, intercept)) * gains


@derandomized
@given(paths())
def test_each_point_of_a_path_is_scikit_learns_ridge_with_alpha_m_lam(path):
    X, y, lams, intercept = path
    curvature = singular_values(X, intercept) ** 2 + len(X) * lams[:, None]
    # Two stable methods differ by EPS times the condition of the normal equations, here at most 2e-10.
    lams = lams[curvature.max(axis=1) < 1e6 * curvature.min(axis=1)]
    assume(len(lams))
    W, b = linear.ridge_path(X, y, lams, intercept=intercept)
    for w, offset, lam, size in zip(W, b, lams, largest_slopes(X, y, lams, intercept), strict=True):
        other = Ridge(alpha=len(X) * lam, solver="svd", fit_intercept=intercept).fit(X, y)
        assert w.T == pytest.approx(other.coef_.reshape(w.T.shape), rel=0, abs=1e-8 * size)
        # The intercept is the mean of y minus the slopes times the center of X, and inherits the slopes' error.
        largest = np.linalg.norm(y) + np.linalg.norm(X) * size
        assert offset == pytest.approx(np.broadcast_to(other.intercept_, np.shape(offset)), rel=0, abs=1e-8 * largest)


@derandomized
@given(paths())
def test_a_path_is_one_ridge_fit_after_another_in_the_order_given(path):
    X, y, lams, intercept = path
    W, b = linear.ridge_path(X, y, lams, intercept=intercept)
    assert W.shape == (len(lams), X.shape[1], *y.shape[1:]) and b.shape == (len(lams), *y.shape[1:])
    for w, offset, lam, size in zip(W, b, lams, largest_slopes(X, y, lams, intercept), strict=True):
        w_alone, b_alone = linear.ridge(X, y, lam, intercept=intercept)
        # The same factors; only the order of a sum may differ.
        rounding = 100 * EPS * size
        assert w == pytest.approx(w_alone, rel=0, abs=rounding)
        assert offset == pytest.approx(b_alone, rel=1e-12, abs=np.linalg.norm(X) * rounding)


@derandomized
@given(paths())
def test_targets_side_by_side_have_the_paths_that_they_have_alone(path):
    X, y, lams, intercept = path
    Y = np.column_stack([y, centred(y) ** 2])
    W, b = linear.ridge_path(X, Y, lams, intercept=intercept)
    assert W.shape == (len(lams), X.shape[1], Y.shape[1]) and b.shape == (len(lams), Y.shape[1])
    rounding = 100 * EPS * largest_slopes(X, Y, lams, intercept)
    for k, target in enumerate(Y.T):
        W_alone, b_alone = linear.ridge_path(X, target, lams, intercept=intercept)
        assert (abs(W[..., k] - W_alone).max(axis=1) <= rounding).all()
        assert (abs(b[:, k] - b_alone) <= 1e-12 * abs(b_alone) + np.linalg.norm(X) * rounding).all()


@derandomized
@given(paths())
def test_the_slopes_never_grow_with_the_penalty_and_the_residuals_never_shrink(path):
    X, y, lams, intercept = path
    lams = np.sort(lams)
    W, b = linear.ridge_path(X, y, lams, intercept=intercept)
    slopes = np.linalg.norm(W, axis=1)
    misses = np.linalg.norm(np.einsum("md,nd...->nm...", X, W) + b[:, None] - y, axis=1)
    # The filters fall without exception; what is left is the rounding of one norm, and that of sums which cancel.
    assert (np.diff(slopes, axis=0) <= 100 * EPS * slopes[:-1]).all()
    size = np.linalg.norm(y) + np.linalg.norm(X) * np.linalg.norm(W[0])
    assert (np.diff(misses, axis=0) >= -1000 * EPS * size).all()


@pytest.mark.parametrize("k", [None, 3])
@pytest.mark.parametrize("m, d", [(20, 4), (3, 8)])
@WITH_AND_WITHOUT_INTERCEPT
def test_the_path_solves_the_penalized_normal_equations(k, m, d, intercept):
    X, y = problem(m, d, k)
    Z, lams = centred(X, intercept), [1e-2, 1.0, 1e3]
    W, b = linear.ridge_path(X, y, lams, intercept=intercept)
    for w, offset, lam in zip(W, b, lams, strict=True):
        assert close(w, np.linalg.solve(Z.T @ Z + m * lam * np.eye(d), Z.T @ centred(y, intercept)))
        assert close(offset, (y - X @ w).mean(axis=0) if intercept else 0)


@pytest.mark.parametrize("m, d", [(20, 4), (3, 8)])
def test_the_path_is_least_squares_on_data_with_a_row_of_zeros_aimed_at_for_each_slope(m, d):
    X, y = problem(m, d)
    lams = [1e-2, 1.0, 1e3]
    W, _ = linear.ridge_path(X, y, lams, intercept=False)
    for w, lam in zip(W, lams, strict=True):
        augmented = np.vstack([X, np.sqrt(m * lam) * np.eye(d)])
        assert close(w, np.linalg.lstsq(augmented, np.append(y, np.zeros(d)), rcond=None)[0])


def orthonormal(m, d):
    """Columns of length 1, orthogonal to one another and to the constant."""
    rng = np.random.default_rng(0)
    return np.linalg.qr(np.column_stack([np.ones(m), rng.standard_normal((m, d))]))[0][:, 1:]


LAMS = np.array([0.0, 1e-12, 1e-3, 1.0, 1e12])


@WITH_AND_WITHOUT_INTERCEPT
def test_on_an_orthonormal_design_every_slope_shrinks_by_one_factor(intercept):
    m, d = 20, 4
    X, (_, y) = orthonormal(m, d), problem(m, d)
    W, _ = linear.ridge_path(X, y, LAMS, intercept=intercept)
    assert close(W * (1 + m * LAMS[:, None]), X.T @ y, digits=1e-12)
    assert linear.effective_dof(X, LAMS, intercept=intercept) == pytest.approx(d / (1 + m * LAMS), rel=1e-12)


@WITH_AND_WITHOUT_INTERCEPT
def test_the_path_starts_at_least_squares_and_ends_at_the_mean(intercept):
    X, y = problem()
    W, b = linear.ridge_path(X, y, [0.0, 1e12], intercept=intercept)
    w_least, b_least = linear.least_squares(X, y, intercept=intercept)
    assert close(W[0], w_least) and close(b[0], b_least)
    # ||w|| <= ||X|| ||y|| / (m lam), below 1e-10 here.
    assert close(W[1], 0) and close(b[1], y.mean() if intercept else 0, digits=1e-9)


def test_the_same_penalty_twice_gives_the_same_fit_twice():
    X, y = problem()
    W, b = linear.ridge_path(X, y, [0.1, 1.0, 0.1])
    assert (W[0] == W[2]).all() and b[0] == b[2] and not close(W[0], W[1])


@derandomized
@given(paths())
def test_effective_degrees_of_freedom_fall_from_the_rank_to_zero(path):
    X, _, lams, intercept = path
    s = singular_values(X, intercept)
    rank = np.linalg.matrix_rank(centred(X, intercept), tol=1e-9 * np.linalg.norm(X))
    # Relative to the problem's own size: from a part in 1e12 of it, and up to 1e12 times as much.
    unit = s[0] ** 2 / len(X) if rank else 1.0
    df = linear.effective_dof(X, np.concatenate([[0], np.sort(lams), [1e13]]) * unit, intercept=intercept)
    assert df[0] == pytest.approx(rank, rel=1e-12) and (np.diff(df) <= 100 * EPS * rank).all()
    assert 0 <= df[-1] <= rank * 1e-13 * (1 + 1e-9)


@derandomized
@given(paths())
def test_effective_degrees_of_freedom_are_the_trace_of_the_hat_matrix_without_its_intercept(path):
    X, _, lams, intercept = path
    traces = np.array([np.trace(linear.hat_matrix(X, lam=lam, intercept=intercept)) for lam in lams])
    # The trace sums up to 25 numbers of at most 1; the inputs' distance from their spread, 100, costs two digits.
    assert close(linear.effective_dof(X, lams, intercept=intercept), traces - intercept, digits=1e-11)


@pytest.mark.parametrize("m, d", [(20, 4), (3, 8)])
@WITH_AND_WITHOUT_INTERCEPT
def test_effective_degrees_of_freedom_count_how_much_each_prediction_follows_its_own_target(m, d, intercept):
    X, _ = problem(m, d)
    lams = [1e-3, 0.1, 10.0]
    # The targets e_1, ..., e_m one beside the other: prediction i of set i is what target i contributes to it.
    W, b = linear.ridge_path(X, np.eye(m), lams, intercept=intercept)
    own_shares = np.diagonal(X @ W + b[:, None], axis1=1, axis2=2)
    assert close(linear.effective_dof(X, lams, intercept=intercept), own_shares.sum(axis=1) - intercept)


def test_a_penalty_of_zero_anywhere_on_the_path_needs_independent_columns():
    X, y = problem()
    twice = np.hstack([X, X])
    for lams in ([0.0], [1.0, 0.0], [0.0, 1.0]):
        with pytest.raises(ValueError, match=r"full column rank at lam = 0; got rank 4 for 8 slopes.*minimum_norm"):
            linear.ridge_path(twice, y, lams)
    W, _ = linear.ridge_path(twice, y, [1.0, 1e-3])
    assert close(W[:, :4], W[:, 4:])


@pytest.mark.parametrize(
    "lams, message",
    [
        ([0.1, -1e-9], "lams must be at least 0; got -1e-09"),
        ([0.1, np.nan], "lams must be finite; got 1 "),
        ([np.inf, np.inf], "lams must be finite; got 2 "),
        (0.1, r"lams must have 1 axes; got shape \(\)"),
        ([[0.1]], r"lams must have 1 axes; got shape \(1, 1\)"),
        ([], r"lams must not be empty; got shape \(0,\)"),
        (["0.1"], "lams must hold real numbers; got dtype <U3"),
        ([1j], "lams must hold real numbers; got dtype complex128"),
        ([[0.1], [0.1, 0.2]], "lams must be an array of numbers; got rows of unequal length"),
    ],
)
def test_bad_penalties_are_named(lams, message):
    X, y = problem()
    with pytest.raises(ValueError, match=message):
        linear.ridge_path(X, y, lams)
    with pytest.raises(ValueError, match=message):
        linear.effective_dof(X, lams)


@pytest.mark.parametrize(("s", "lam"), [(1e160, 1e300), (1e-170, 1e-300), (3.0, 1e-20)])
def test_what_a_penalty_takes_is_right_where_squares_are_no_floats_and_where_it_is_next_to_nothing(s, lam):
    """Of a target along a singular direction it takes lam / (s**2 + lam), and leaves the rest."""
    given = np.array([s]), np.array([lam]), 1
    kept, lost = s * _factors.gains(*given), _factors.shares_lost(*given)
    ratio = lam / s / s
    np.testing.assert_allclose([kept[0, 0], lost[0, 0]], [1 / (1 + ratio), 1 / (1 + 1 / ratio)], rtol=1e-14)


@pytest.mark.parametrize(
    ("m", "d", "rank"), [(20, 40, 1), (20, 40, 5), (20, 300, 3), (20, 15, 4), (20, 19, 4), (20, 19, 18), (20, 40, 20)]
)
@WITH_AND_WITHOUT_INTERCEPT
@pytest.mark.parametrize("lam", [1e-20, 1e-8, 1e-3, 10.0])
def test_residuals_and_leverages_are_those_of_the_hat_matrix_whatever_the_rank(m, d, rank, intercept, lam):
    """Directions in which no example varies are any, the constant one among them."""
    rng = np.random.default_rng(d + rank)
    X = rng.standard_normal((m, rank)) @ rng.standard_normal((rank, d)) + intercept
    y = rng.standard_normal(m)
    U, s, _ = np.linalg.svd(centred(X, intercept), full_matrices=False)
    r = min(rank, m - intercept)
    hat = U[:, :r] * (s[:r] ** 2 / (s[:r] ** 2 + m * lam)) @ U[:, :r].T + intercept / m
    residuals, freedom = linear.path_and_leverages(X, y, [lam], intercept=intercept)[2:]
    assert close(residuals[0], y - hat @ y) and close(freedom[0], 1 - np.diag(hat))


@pytest.mark.parametrize("powers", [[-6, -3, 0, 3, 6], [6, 3, 0, -3, -6], [0, 6, -6, 3, -3]])
def test_slopes_keep_their_digits_in_whatever_order_columns_of_different_units_stand(powers):
    """In units of their own the columns have well-conditioned normal equations, and the penalty is lam / units**2."""
    rng = np.random.default_rng(4)
    columns, y, units, lam = rng.standard_normal((12, 5)), rng.standard_normal(12), 10.0 ** np.array(powers), 1e-14
    w, _ = linear.ridge(columns * units, y, lam)
    Z = centred(columns)
    expected = np.linalg.solve(Z.T @ Z + 12 * lam * np.diag(units**-2), Z.T @ centred(y))
    np.testing.assert_allclose(w * units, expected, rtol=1e-10)


@pytest.mark.parametrize(("m", "d"), [(12, 5), (5, 12)])
@pytest.mark.parametrize("lam", [1e-20, 0.1])
def test_directions_among_the_examples_are_orthonormal_and_the_constant_one_is_none_of_them(m, d, lam):
    X = np.random.default_rng(m).standard_normal((m, d))
    U = _factors.factorize(X, intercept=True, smallest=lam)[0].U
    assert U.shape == (m, min(d, m - 1))
    assert close(U.T @ U, np.eye(U.shape[1])) and close(U.sum(axis=0), 0)


@pytest.mark.parametrize("m", [10, 20])
@pytest.mark.parametrize("copies", [2, 5, 8])
@pytest.mark.parametrize("lam", [1e-6, 0.1, 1.0])
def test_equal_columns_are_one_that_is_longer(m, copies, lam):
    """Of k of them the penalty makes one of the length of all, the root of k times as long: the same predictions."""
    rng = np.random.default_rng(m)
    for x in (np.arange(float(m))[:, None], *rng.standard_normal((20, m, 1))):
        y = rng.standard_normal(m)
        many, one = np.tile(x, copies), x * np.sqrt(copies)
        w, *ours = linear.path_and_leverages(many, y, [lam])
        expected_w, *expected = linear.path_and_leverages(one, y, [lam])
        assert close(np.sqrt(copies) * w, np.tile(expected_w, copies)) and all(map(close, ours, expected))


@pytest.mark.parametrize("small", [1e-1, 1e-3, 1e-5, 5e-9])
@pytest.mark.parametrize(("m", "d"), [(300, 5), (50, 49), (50, 50), (20, 200)])
def test_small_directions_keep_their_digits(m, d, small):
    """In all directions but one the inputs hardly vary, and none of them is a column."""
    rng = np.random.default_rng(d)
    turned, _ = np.linalg.qr(rng.standard_normal((d, d)))
    X, y = rng.standard_normal((m, d)) * np.r_[1, np.full(d - 1, small)] @ turned, rng.standard_normal(m)
    U, s, Vt = np.linalg.svd(centred(X), full_matrices=False)
    for share in (1.1e-8, 1e-4, 1.0):
        lam = share * centred(X).var(axis=0).sum()
        expected = Vt.T @ (s / (s**2 + m * lam) * (U.T @ centred(y)))
        # Two ways differ by EPS of the largest singular value, and so by EPS / share in the slopes.
        w, _ = linear.ridge(X, y, lam)
        assert np.linalg.norm(w - expected) <= (1e-10 + 100 * EPS / share) * np.linalg.norm(expected)


def test_a_training_set_of_tiny_numbers_is_fitted_beside_a_large_one_as_it_is_alone():
    X = np.random.default_rng(2).standard_normal((2, 20, 3))
    y = X[..., 0].copy()
    X[1] *= 1e-165
    beside, alone = linear.ridge(X, y, 0.1)[0][1], linear.ridge(X[1], y[1], 0.1)[0]
    assert alone.any() and np.allclose(beside / alone, 1, rtol=0, atol=1e-10)


@pytest.mark.parametrize("lam", [1e-20, 1e-6, 1.0])
def test_what_is_rounding_of_a_far_origin_has_no_slope(lam):
    x = 1e10 + np.spacing(1e10) * (np.arange(20) % 2)
    w, b = linear.ridge(x[:, None], np.arange(20) % 2, lam)
    assert w.tolist() == [0.0] and b == 0.5


def test_a_rough_inverse_is_refined_and_one_that_leads_away_is_seen():
    """Slopes from the inverse of X X' must solve the equations to rounding, or are found in another way."""
    rng = np.random.default_rng(0)
    columns, y = rng.standard_normal((9, 5)), rng.standard_normal((5, 2))
    inverse = np.linalg.inv(columns.T @ columns)
    slopes = _factors._refined(inverse * 1.01, columns, y)
    assert abs(columns.T @ slopes - y).max() < 100 * EPS and _factors._refined(-inverse, columns, y) is None


def test_the_short_way_to_the_least_norm_is_lost_on_no_ordinary_design():
    rng = np.random.default_rng(0)
    for intercept in (True, False):
        X = rng.standard_normal((8, 20)) + 3
        found = _factors._shortest(
            centred(X, intercept), centred(rng.standard_normal((8, 1)), intercept), 9, intercept=intercept
        )
        assert len(found) == 12 and all(slopes is not None for slopes in found)


@derandomized
@given(st.floats(-1e300, 1e300), st.integers(1, 3000), st.booleans())
def test_nothing_is_left_of_a_constant_column_and_its_center_is_the_constant(constant, m, stacked):
    column = np.full((2, m, 1) if stacked else (m, 1), constant)
    center, Z = _factors.centre(column)
    assert (Z == 0).all() and (abs(center - constant) <= EPS * abs(constant)).all()


def test_units_are_powers_of_two_up_to_the_largest_float():
    columns = np.array([[1.7e308, 0.3, 5e-324, 0.0], [0.0, -0.7, 0.0, 0.0]])
    assert _factors.powers_of_two(columns).tolist() == [2.0**1023, 1.0, 2.0**-1073, 1.0]
