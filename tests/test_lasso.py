"""The lasso: at its optimum, equal to scikit-learn's, with zeros that are zero."""

import warnings

import numpy as np
import pytest
from hypothesis import Phase, assume, given
from hypothesis import strategies as st
from scipy.linalg import hadamard
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso, lars_path

from tools import WITH_AND_WITHOUT_INTERCEPT, examples
from utils import linear

# A failure is not made smaller first: a fit that does not converge takes its time.
NOT_SHRUNK = [Phase.explicit, Phase.generate]
derandomized = examples(100, phases=NOT_SHRUNK)


def centred(A, intercept=True):
    return A - A.mean(axis=0) if intercept else A


def rms(values):
    return np.sqrt((np.asarray(values) ** 2).mean())


def problem(m=30, d=6, *, seed=0):
    """Inputs away from the origin; the target hangs on the first two."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((m, d)) + 3
    return X, X[:, 0] - 0.5 * X[:, 1] + 0.3 * rng.standard_normal(m)


def objective(X, y, w, b, lam):
    return ((y - X @ w - b) ** 2).mean() / 2 + lam * abs(w).sum()


def pulls(X, y, w, b, intercept=True):
    """By how much a slope's growth would lower the loss."""
    return centred(X, intercept).T @ (y - X @ w - b) / len(y)


@st.composite
def problems(draw):
    """X, y, lam and intercept of many shapes and scales, with columns far from parallel."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    d = draw(st.integers(1, 6))
    m = d + draw(st.integers(2, 20))
    X = rng.standard_normal((m, d)) + draw(st.sampled_from([0, 1, 100]))
    y = X @ rng.standard_normal(d) * draw(st.sampled_from([0, 1])) + rng.standard_normal(m)
    x_scale, y_scale = (10.0 ** draw(st.integers(-3, 3)) for _ in range(2))
    lam, intercept = 10.0 ** draw(st.floats(-12, 12)), draw(st.booleans())
    # Where rows or the distance from the origin leave the columns nearly parallel, coordinate descent takes its time.
    assume(np.linalg.cond(centred(X, intercept)) < 30)
    return x_scale * X, y_scale * y, lam, intercept


def distances(X, y, tolerance, intercept):
    """How far slopes, and pulls, can be from those of the optimum at a relative duality gap of tolerance.

    Half the mean square of a difference D between predictions is at most the gap, tolerance * mean(y**2) / 2. The slopes
    differ by at most rms(D) over the smallest singular value of X / sqrt(m), the pulls by rms(D) times a column's.
    """
    Z = centred(X, intercept) / np.sqrt(len(X))
    of_predictions = np.sqrt(tolerance) * rms(centred(y, intercept))
    return of_predictions / np.linalg.svd(Z, compute_uv=False)[-1], of_predictions * np.linalg.norm(Z, axis=0)


def scikit_learns(X, y, lam, intercept):
    # Its duality gap, too, is known to rounding only, and says so where lam is small against the pulls.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return Lasso(alpha=lam, tol=1e-14, max_iter=20_000, fit_intercept=intercept).fit(X, y)


@derandomized
@given(problems())
def test_lasso_is_scikit_learns_with_alpha_lam(given_problem):
    X, y, lam, intercept = given_problem
    w, b = linear.lasso(X, y, lam, intercept=intercept, tolerance=1e-14)
    other = scikit_learns(X, y, lam, intercept)
    # Both stop at a gap of 1e-14, which for either is at most 1.5e-7 of the predictions' scale.
    of_slopes, _ = distances(X, y, 1e-12, intercept)
    assert w == pytest.approx(other.coef_, rel=0, abs=of_slopes)
    assert b == pytest.approx(other.intercept_, rel=1e-12, abs=of_slopes * np.linalg.norm(X.mean(axis=0)))


@derandomized
@given(problems())
def test_each_slope_that_is_left_is_pulled_with_lam_and_no_other_with_more(given_problem):
    X, y, lam, intercept = given_problem
    w, b = linear.lasso(X, y, lam, intercept=intercept)
    of_slopes, of_pulls = distances(X, y, 1e-12, intercept)
    pull = pulls(X, y, w, b, intercept)
    assert (abs(pull) <= lam + of_pulls).all()
    # A slope farther from 0 than its possible error is one of the optimum's, where its pull is exactly +-lam.
    sure = abs(w) > of_slopes
    assert (abs(pull - lam * np.sign(w))[sure] <= of_pulls[sure]).all()
    # The intercept is where the residuals balance: the digits that the center of X costs, and no more.
    residual = y - X @ w - b
    assert abs(residual.mean()) <= 1e-12 * (rms(y) + rms(X) * abs(w).sum()) if intercept else b == 0


@derandomized
@given(problems(), st.sampled_from([1e-2, 1e-6, 1e-12]))
def test_the_tolerance_bounds_how_far_the_objective_is_above_its_minimum(given_problem, tolerance):
    X, y, lam, intercept = given_problem
    unit = rms(centred(y, intercept)) ** 2 / 2
    reached = objective(X, y, *linear.lasso(X, y, lam, intercept=intercept, tolerance=tolerance), lam)
    best = objective(X, y, *linear.lasso(X, y, lam, intercept=intercept, tolerance=1e-14), lam)
    # The objective itself is known to 1e-13 of its size, less the digits that the center of X costs.
    assert reached - best <= (tolerance + 1e-11) * unit


@pytest.mark.parametrize("m, d", [(30, 6), (6, 9)])
@pytest.mark.parametrize("lam", [0.03, 0.3])
@WITH_AND_WITHOUT_INTERCEPT
def test_a_step_from_the_optimum_in_any_direction_leads_up(m, d, lam, intercept):
    X, y = problem(m, d)
    w, b = linear.lasso(X, y, lam, intercept=intercept)
    gap = 1e-12 * rms(centred(y, intercept)) ** 2
    rng = np.random.default_rng(1)
    for size in (1e-6, 1e-3, 1.0):
        for step in rng.standard_normal((50, d + 1)) * size * rng.integers(0, 2, (50, d + 1)):
            other = objective(X, y, w + step[1:], b + intercept * step[0], lam)
            assert other >= objective(X, y, w, b, lam) - gap


# Sums of eight whole numbers, and eighths of them, are exact in floating point: so are means, pulls and this test.
whole_numbers = st.lists(st.integers(-8, 8), min_size=8, max_size=8)


@derandomized
@given(st.lists(whole_numbers, min_size=1, max_size=4), whole_numbers, st.booleans())
def test_no_slope_is_left_from_the_largest_pull_on_and_one_is_just_below(columns, y, intercept):
    X, y = np.array(columns, dtype=float).T, np.array(y, dtype=float)
    largest = abs(centred(X, intercept).T @ centred(y, intercept)).max() / 8
    assume(largest > 0)
    for factor in (1.0, 1 + 1e-15, 2.0, 1e12):
        w, b = linear.lasso(X, y, factor * largest, intercept=intercept)
        assert (w == 0).all() and b == (y.mean() if intercept else 0)
    assert (linear.lasso(X, y, 0.999 * largest, intercept=intercept)[0] != 0).any()


@derandomized
@given(whole_numbers, st.integers(1, 64))
def test_on_an_orthonormal_design_the_slopes_are_soft_thresholds_of_the_pulls(y, eighths):
    # The columns of a Hadamard matrix are orthogonal, to the constant as well, and of mean square 1; all is exact.
    X, y, lam = hadamard(8)[:, 1:], np.array(y, dtype=float), eighths / 8
    w, b = linear.lasso(X, y, lam)
    pull = X.T @ y / 8
    assert (w == np.where(abs(pull) > lam, pull - lam * np.sign(pull), 0)).all() and b == y.mean()


@pytest.mark.parametrize("lam", [1e-9, 0.1, 0.5, 2.0])
@WITH_AND_WITHOUT_INTERCEPT
def test_a_single_slope_is_the_soft_threshold_of_its_pull_over_its_curvature(lam, intercept):
    X, y = problem(d=2)
    z, t = centred(X[:, 0], intercept), centred(y, intercept)
    pull = z @ t / len(y)
    w, b = linear.lasso(X[:, :1], y, lam, intercept=intercept)
    expected = np.sign(pull) * max(abs(pull) - lam, 0) / (z**2).mean()
    # One sweep solves it, so that nothing but rounding is left.
    assert w == pytest.approx([expected], rel=1e-12) and (w[0] == 0) == (expected == 0)
    assert b == pytest.approx(y.mean() - X[:, 0].mean() * w[0] if intercept else 0)


@pytest.mark.parametrize("lam", [1e-12, 1e-6, 1e-3])
@WITH_AND_WITHOUT_INTERCEPT
def test_a_penalty_that_falls_to_zero_leads_to_least_squares(lam, intercept):
    X, y = problem()
    w, _ = linear.lasso(X, y, lam, intercept=intercept)
    limit, _ = linear.least_squares(X, y, intercept=intercept)
    Z = centred(X, intercept)
    # At the optimum Z'Z/m (limit - w) = pull, and each pull is at most lam.
    bound = lam * np.sqrt(Z.shape[1]) / np.linalg.eigvalsh(Z.T @ Z / len(y))[0]
    assert np.linalg.norm(w - limit) <= bound + distances(X, y, 1e-12, intercept)[0]


@WITH_AND_WITHOUT_INTERCEPT
def test_the_slopes_shrink_as_the_penalty_grows_and_the_residuals_grow(intercept):
    X, y = problem()
    fits = [linear.lasso(X, y, lam, intercept=intercept, tolerance=1e-14) for lam in np.logspace(-3, 2, 30)]
    lengths, misses = zip(*[(abs(w).sum(), rms(y - X @ w - b)) for w, b in fits], strict=True)
    error = distances(X, y, 1e-14, intercept)[0]
    assert (np.diff(lengths) <= 2 * np.sqrt(X.shape[1]) * error).all()
    assert (np.diff(misses) >= -2e-7 * rms(centred(y, intercept))).all()


@pytest.mark.parametrize("lam", [0.03, 0.1, 0.3])
@WITH_AND_WITHOUT_INTERCEPT
def test_what_the_penalty_removes_is_exactly_zero_and_the_same_as_scikit_learn_removes(lam, intercept):
    X, y = problem(60, 10)
    w, _ = linear.lasso(X, y, lam, intercept=intercept)
    assert (w == 0).any() and (w != 0).any()
    assert (w == 0).tolist() == (scikit_learns(X, y, lam, intercept).coef_ == 0).tolist()


@pytest.mark.parametrize("lam", [1e-3, 0.1, 1e6])
@pytest.mark.parametrize("shift", [-3.0, 100.0])
def test_the_intercept_is_not_penalized(lam, shift):
    X, y = problem()
    w, b = linear.lasso(X, y, lam)
    # The centred data are the same up to rounding, which the slowest direction amplifies by its condition, below 100.
    w_up, b_up = linear.lasso(X, y + shift, lam)
    assert w_up == pytest.approx(w, rel=0, abs=1e-10) and b_up == pytest.approx(b + shift, rel=0, abs=1e-9)
    w_moved, b_moved = linear.lasso(X + shift, y, lam)
    assert w_moved == pytest.approx(w, rel=0, abs=1e-10)
    assert b_moved == pytest.approx(b - shift * w.sum(), rel=0, abs=1e-7)


@WITH_AND_WITHOUT_INTERCEPT
def test_the_order_and_the_sign_of_the_columns_do_not_matter(intercept):
    X, y = problem()
    order, signs = [3, 0, 5, 1, 4, 2], np.array([1, -1, -1, 1, -1, 1])
    w, b = linear.lasso(X, y, 0.1, intercept=intercept)
    w_turned, b_turned = linear.lasso(X[:, order] * signs, y, 0.1, intercept=intercept)
    bound = 2 * distances(X, y, 1e-12, intercept)[0]
    assert w_turned * signs == pytest.approx(w[order], rel=0, abs=bound)
    assert b_turned == pytest.approx(b, rel=0, abs=bound * np.linalg.norm(X.mean(axis=0)))


# A power of two changes no digit. Scales of 2.0**700 are floats, and so are the penalty and the slopes; their squares are not.
@pytest.mark.parametrize(
    "x_power, y_power",
    [(-10, 20), (400, 400), (-400, -400), (400, -400), (-400, 400), (700, 0), (-700, 0), (0, 700), (0, -700)],
)
@WITH_AND_WITHOUT_INTERCEPT
def test_a_change_of_units_changes_the_units_alone(x_power, y_power, intercept):
    X, y = problem()
    x_scale, y_scale = 2.0**x_power, 2.0**y_power
    w, b = linear.lasso(X, y, 0.1, intercept=intercept)
    w_scaled, b_scaled = linear.lasso(x_scale * X, y_scale * y, x_scale * 0.1 * y_scale, intercept=intercept)
    assert w_scaled / (y_scale / x_scale) == pytest.approx(w, rel=1e-12)
    assert b_scaled / y_scale == pytest.approx(b, rel=1e-12)


def test_equal_columns_share_the_slope_of_one():
    X, y = problem(d=2)
    w, b = linear.lasso(X, y, 0.1)
    w_shared, b_shared = linear.lasso(np.hstack([X, X]), y, 0.1)
    # Only their sum counts, for the fit as for the penalty.
    assert w_shared[:2] + w_shared[2:] == pytest.approx(w, rel=0, abs=1e-5) and b_shared == pytest.approx(b, abs=1e-4)
    assert (w_shared[:2] * w_shared[2:] >= 0).all()


@pytest.mark.parametrize("value", [0.0, 1 / 3, 1e9 / 3])
def test_a_constant_column_gets_no_slope_beside_an_intercept(value):
    X, y = problem()
    w, b = linear.lasso(np.column_stack([X, np.full(len(y), value)]), y, 0.01)
    w_without, b_without = linear.lasso(X, y, 0.01)
    assert w[-1] == 0 and w[:-1] == pytest.approx(w_without) and b == pytest.approx(b_without)


def test_without_columns_or_without_spread_the_fit_is_the_mean():
    X, y = problem()
    w, b = linear.lasso(X[:, :0], y, 0.1)
    assert w.shape == (0,) and b == pytest.approx(y.mean())
    w, b = linear.lasso(X, np.full(len(y), 0.1), 1e-3)
    assert (w == 0).all() and b == pytest.approx(0.1)
    w, b = linear.lasso(X, np.zeros(len(y)), 1e-3)
    assert (w == 0).all() and b == 0


def test_no_input_is_changed_and_the_same_input_gives_the_same_fit():
    X, y = problem()
    X_before, y_before = X.copy(), y.copy()
    w, b = linear.lasso(X, y, 0.1)
    w_again, b_again = linear.lasso(X.tolist(), y.tolist(), 0.1)
    assert (X == X_before).all() and (y == y_before).all() and (w == w_again).all() and b == b_again


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_in_tiny_and_huge_units_a_penalty_above_every_pull_leaves_no_slope(unit):
    w, b = linear.lasso(np.array([[1.0], [2.0], [4.0]]) * unit, np.array([1.0, 2.0, 3.0]), 10.0 * max(unit, 1.0))
    assert w == 0 and b == 2


@pytest.mark.parametrize("max_sweeps", [1, 2])
def test_too_few_sweeps_are_no_fit(max_sweeps):
    X, y = problem()
    with pytest.raises(
        ValueError, match=f"max_sweeps must be larger: {max_sweeps} lines of the path do not reach lam = 0.01"
    ):
        linear.lasso(X, y, 0.01, max_sweeps=max_sweeps)
    linear.lasso(X, y, 0.01, max_sweeps=1000)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"lam": 0}, "lam must be greater than 0; got 0"),
        ({"lam": -0.1}, "lam must be greater than 0; got -0.1"),
        ({"lam": np.inf}, "lam must be finite; got 1 "),
        ({"lam": np.nan}, "lam must be finite; got 1 "),
        ({"lam": [0.1]}, r"lam must have 0 axes; got shape \(1,\)"),
        ({"lam": True}, "lam must be a number; got True"),
        ({"X": [1.0, 2.0]}, r"X must have 2 axes; got shape \(2,\)"),
        ({"X": [[1.0], [np.nan]]}, "X must be finite; got 1 "),
        ({"X": np.empty((0, 1)), "y": []}, r"X must not be empty; got shape \(0, 1\)"),
        ({"X": [["1"], ["2"]]}, "column 0 of X must hold real numbers; got dtype object, with text in it"),
        ({"X": np.empty((2, 0)), "intercept": False}, r"X must have a column when intercept is False"),
        ({"y": [1.0, np.inf]}, "y must be finite; got 1 "),
        ({"y": [[1.0], [2.0]]}, r"y must have 1 axes; got shape \(2, 1\)"),
        ({"y": [1.0, 2.0, 3.0]}, r"X and y must have equally many rows; got shapes \(2, 1\) and \(3,\)"),
        ({"tolerance": 0.0}, "tolerance must be greater than 0; got 0"),
        ({"tolerance": np.nan}, "tolerance must be finite; got 1 "),
        ({"max_sweeps": 0}, "max_sweeps must be a whole number, 1 or greater; got 0"),
        ({"max_sweeps": 10.0}, "max_sweeps must be a whole number, 1 or greater; got 10.0"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        linear.lasso(**{"X": [[1.0], [2.0]], "y": [1.0, 2.0], "lam": 0.1} | arguments)


def assert_optimal(X, y, w, b, lam, intercept, *, digits=1e-9):
    """Each slope is pulled with lam in its own direction, and no other with more; the residuals balance."""
    size = rms(y) * abs(centred(X, intercept)).max() + lam
    pull = pulls(X, y, w, b, intercept)
    assert (abs(pull) <= lam + digits * size).all()
    assert (abs(pull - lam * np.sign(w))[w != 0] <= digits * size).all()
    assert abs((y - X @ w - b).mean()) <= digits * (rms(y) + abs(X).max() * abs(w).sum()) if intercept else b == 0


class TestPath:
    @pytest.mark.parametrize("m, d", [(30, 6), (8, 12)])
    @WITH_AND_WITHOUT_INTERCEPT
    def test_it_holds_the_fit_of_every_penalty_in_the_order_given(self, m, d, intercept):
        X, y = problem(m, d)
        lams = np.array([0.1, 1e-9, 50.0, 0.3, 0.1, 1e-3])
        W, b = linear.lasso_path(X, y, lams, intercept=intercept)
        assert W.shape == (6, d) and b.shape == (6,) and (W[0] == W[4]).all() and (W[2] == 0).all()
        for lam, w, intercept_found in zip(lams, W, b, strict=True):
            alone, intercept_alone = linear.lasso(X, y, lam, intercept=intercept)
            assert (w == alone).all() and intercept_found == pytest.approx(intercept_alone, abs=1e-13)
            assert_optimal(X, y, w, intercept_found, lam, intercept)

    @pytest.mark.parametrize("m, d", [(40, 6), (12, 12), (10, 20)])
    @pytest.mark.parametrize("seed", range(5))
    def test_its_corners_are_those_of_least_angle_regression(self, m, d, seed):
        X, y = problem(m, d, seed=seed)
        lams, _, slopes = lars_path(centred(X), centred(y), method="lasso")
        above = lams > 1e-6
        W, _ = linear.lasso_path(X, y, lams[above])
        assert W.T == pytest.approx(slopes[:, above], rel=1e-8, abs=1e-10)
        # Between two corners the slopes are the mean of those at both.
        halfway = (lams[above][1:] + lams[above][:-1]) / 2
        assert linear.lasso_path(X, y, halfway)[0] == pytest.approx((W[1:] + W[:-1]) / 2, rel=1e-8, abs=1e-10)

    def test_a_slope_leaves_the_model_and_comes_back(self):
        # Column 0 is the first to join, then 1 and 2, which together explain it away.
        rng = np.random.default_rng(3)
        Z = rng.standard_normal((50, 2))
        X = np.column_stack([Z @ [1.0, 1.0] + 0.3 * rng.standard_normal(50), Z])
        y = Z @ [1.0, 1.0] - 0.2 * X[:, 0]
        lams = np.geomspace(2, 1e-4, 200)
        W, b = linear.lasso_path(X, y, lams)
        there = W[:, 0] != 0
        assert there.any() and not there.all() and (np.diff(there.astype(int)) == -1).any()
        for lam, w, intercept in zip(lams, W, b, strict=True):
            assert_optimal(X, y, w, intercept, lam, True)

    @pytest.mark.parametrize(
        "lams, message",
        [
            ([], r"lams must not be empty; got shape \(0,\)"),
            ([0.1, 0.0], "lams must be greater than 0; got 0"),
            ([-0.1], "lams must be greater than 0; got -0.1"),
            ([np.nan], "lams must be finite; got 1 "),
            (0.1, r"lams must have 1 axes; got shape \(\)"),
        ],
    )
    def test_bad_penalties_are_named(self, lams, message):
        with pytest.raises(ValueError, match=message):
            linear.lasso_path([[1.0], [2.0]], [1.0, 2.0], lams)


@st.composite
def designs_with_ties(draw):
    """Small whole numbers, in which pulls tie, columns repeat, and dummies add up to a constant."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m, d = draw(st.integers(2, 12)), draw(st.integers(1, 8))
    X = rng.integers(-2, 3, (m, d)).astype(float)
    match draw(st.sampled_from(["as they are", "repeated", "sums", "dummies", "signs"])):
        case "repeated":
            X = np.column_stack([X, X[:, rng.integers(0, d, 3)]])
        case "sums":
            X = np.column_stack([X, X @ rng.integers(-2, 3, (d, 4))])
        case "dummies":
            X = np.eye(d)[rng.integers(0, d, m)]
        case "signs":
            X = np.sign(X) * 1e6
    return X, rng.integers(-3, 4, m).astype(float), 10.0 ** draw(st.floats(-9, 1)), draw(st.booleans())


@examples(400, phases=NOT_SHRUNK)
@given(designs_with_ties())
def test_ties_and_dependent_columns_are_no_hindrance(given_design):
    X, y, lam, intercept = given_design
    w, b = linear.lasso(X, y, lam, intercept=intercept)
    assert_optimal(X, y, w, b, lam, intercept)


HOUSING = np.array(
    [
        (-118.25, 25, 5980, 5217, 2.506),
        (-116.77, 19, 2307, 1266, 1.6875),
        (-122.27, 52, 1630, 1162, 1.2475),
        (-119.45, 18, 1425, 753, 3.7813),
        (-118.28, 27, 489, 403, 5.144),
        (-122.47, 52, 2169, 1220, 3.1989),
        (-122.4, 33, 2542, 1099, 4.635),
    ]
)


def test_columns_that_differ_in_scale_are_fitted_in_a_few_lines_of_the_path():
    prices = [184500.0, 63000, 104200, 87300, 180800, 446900, 248500]
    w, _ = linear.lasso(HOUSING, prices, 100.0, max_sweeps=30)
    # Eight digits, from a calculation with rational numbers.
    assert w == pytest.approx([45649.905, 13892.871, 166.29373, -146.05188, 78251.777], rel=1e-7)


@pytest.mark.parametrize(
    "intercept, w_right, b_right",
    [
        (False, [-0.50940000015324, 4.33400000231872e-16], 0.0),
        (True, [-0.6606298728735632, 3.0245974574712644e-06], -3024597456.7051587),
    ],
)
def test_a_column_1e15_away_from_the_origin_is_fitted_as_in_rational_numbers(intercept, w_right, b_right):
    X = np.column_stack([[0.0, 1, 1, 2, 1], 1e15 + np.array([-1e5, 1e5, 0, 0, -3e5])])
    w, b = linear.lasso(X, [0.48, -0.02, 0.67, -0.56, -0.95], 0.00424, intercept=intercept)
    # Without an intercept the column is constant to ten digits, and its slope is what the rest leave.
    assert w == pytest.approx(w_right, rel=1e-9) and b == pytest.approx(b_right, rel=1e-9)


@pytest.mark.parametrize("lam", [1e-12, 1e-6, 1e-3])
def test_more_columns_than_examples_and_hardly_a_penalty_end_at_the_interpolation_of_least_absolute_slopes(lam):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 200))
    y = X[:, :5].sum(axis=1) + rng.standard_normal(40)
    w, b = linear.lasso(X, y, lam)
    assert (w != 0).sum() <= 39
    # Pulls are known to 1e-15 of the data; a penalty of 1e-12 is balanced to a part in 100.
    assert_optimal(X, y, w, b, lam, True, digits=1e-14)


def test_columns_that_agree_in_seven_digits_are_told_apart_or_refused_by_name():
    rng = np.random.default_rng(1)
    x = rng.normal(20, 5, 200)
    X, y = np.column_stack([x, np.float32(x), np.round(1.8 * x + 32, 1)]), x + rng.standard_normal(200)
    for lam in (1.0, 1e-2, 1e-5):
        w, b = linear.lasso(X, y, lam)
        assert_optimal(X, y, w, b, lam, True)
    close_to_whole = np.round(x[:8])
    X = np.column_stack([close_to_whole, close_to_whole + 1e-9 * rng.standard_normal(8), close_to_whole**2])
    with pytest.raises(ValueError, match=r"^X must not have columns so nearly dependent .* at lam = 1e-16 the"):
        linear.lasso_path(X, y[:8], [1.0, 1e-16])


def test_slopes_beyond_the_largest_float_are_refused_without_a_warning():
    with pytest.raises(ValueError, match="^X must"):
        linear.lasso(np.array([[1.0], [2.0], [4.0]]) * 1e-200, np.array([1.0, 2.0, 3.0]) * 1e200, 1e-300)


def test_a_path_that_missed_the_optimum_is_refused_with_its_gap(monkeypatch):
    """With no slope at all, the residuals shrunk to lam over the largest pull are a dual point: the gap is (1 - share)**2."""
    X, y = problem()
    largest = abs(centred(X).T @ centred(y)).max() / len(y)
    monkeypatch.setattr(linear._lasso, "follow", lambda Z, y, weights, lams, most: np.zeros((len(lams), Z.shape[1])))
    with pytest.raises(ValueError, match=r"at lam = \S+ the duality gap is 2\.5e-01 of the objective at w = 0"):
        linear.lasso(X, y, largest / 2)
    assert (linear.lasso(X, y, largest / 2, tolerance=0.2501)[0] == 0).all()
