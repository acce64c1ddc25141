"""Logistic regression: exact at any logit, the gradient of its loss, and fitted to the optimum or not at all."""

import warnings
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import log_expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from tools import EPS, derandomized, examples
from utils import logistic


def problem(m=40, d=3, *, seed=0):
    """Two classes that overlap."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((m, d))
    return X, (X[:, 0] + rng.logistic(size=m) > 0.5).astype(float)


def separable(m=40, d=3, *, seed=0):
    """Two classes with a plane between them."""
    X, _ = problem(m, d, seed=seed)
    return X, (X[:, 0] > 0).astype(float)


def exact_sigmoid(z):
    with localcontext() as context:
        context.prec = 50
        return 1 / (1 + (-Decimal(z)).exp())


def exact_loss(z, y):
    with localcontext() as context:
        # 1 + exp(-700) differs from 1 in its 305th digit.
        context.prec = 350
        margin = Decimal(z) if y == 1 else -Decimal(z)
        return (1 + (-margin).exp()).ln()


LOGITS = [0.0, 1e-300, 1e-9, 0.3, 1.0, 5.0, 36.0, 37.5, 100.0, 700.0, 1e4]
LOGITS += [-z for z in LOGITS]


@pytest.mark.parametrize("z", LOGITS)
def test_the_sigmoid_is_exact_in_both_tails(z):
    # The rounding of an exponent of size |z| is |z| EPS of the result, which below 1e-308 is no normal float.
    expected = float(exact_sigmoid(z))
    assert logistic.sigmoid(z) == pytest.approx(expected, rel=(abs(z) + 4) * EPS, abs=1e-308)
    assert logistic.sigmoid(z) + logistic.sigmoid(-z) == pytest.approx(1, abs=4 * EPS)


def test_the_sigmoid_takes_arrays_of_any_shape_and_only_rises():
    z = np.linspace(-800, 800, 1600).reshape(4, -1)
    p = logistic.sigmoid(z)
    assert p.shape == z.shape and p.min() >= 0 and p.max() <= 1 and (np.diff(p.ravel()) >= -EPS).all()
    assert logistic.sigmoid([1, -1]).shape == (2,)


@pytest.mark.parametrize("z", LOGITS)
@pytest.mark.parametrize("y", [0, 1])
def test_the_loss_of_one_example_is_exact_at_any_logit(z, y):
    expected = float(exact_loss(z, y))
    # As for the sigmoid; and on the wrong side the loss is the logit, up to a part in 1e16.
    tolerance = {"rel": (abs(z) + 4) * EPS if expected < 1 else 4 * EPS, "abs": 1e-308}
    assert logistic.loss([z], 0.0, [[1.0]], [y], 0.0) == pytest.approx(expected, **tolerance)
    assert logistic.loss([0.0], z, [[1.0]], [y], 0.0) == pytest.approx(expected, **tolerance)


@pytest.mark.parametrize("z", LOGITS)
@pytest.mark.parametrize("y", [0, 1])
def test_the_gradient_of_one_example_is_exact_at_any_logit(z, y):
    # p - y, which as a difference of floats would have no digits left where p is near y.
    expected = float(exact_sigmoid(z) - y if y == 0 else -exact_sigmoid(-z))
    dw, db = logistic.gradient([z / 4], 0.0, [[4.0]], [y], 0.0)
    assert db == pytest.approx(expected, rel=(abs(z) + 4) * EPS, abs=1e-308)
    assert dw == pytest.approx([4 * expected], rel=(abs(z) + 4) * EPS, abs=4e-308)


def test_far_out_a_right_answer_costs_nothing_and_a_wrong_one_its_logit():
    X, w = np.array([[1.0], [-1.0]]), [1e4]
    assert logistic.loss(w, 0.0, X, [1, 0], 0.0) == 0 and logistic.loss(w, 0.0, X, [0, 1], 0.0) == 1e4
    (dw_right, db_right), (dw_wrong, db_wrong) = (logistic.gradient(w, 0.0, X, y, 0.0) for y in ([1, 0], [0, 1]))
    assert dw_right.tolist() == [0] and db_right == 0 and dw_wrong.tolist() == [1] and db_wrong == 0
    # Even where the logit's square would be no float.
    assert logistic.loss([1e150], 0.0, 1e150 * X, [0, 1], 0.0) == pytest.approx(1e300)


@st.composite
def points(draw):
    """w, b, X, y, lam: two sets of parameters for one problem of any shape and scale, on which floats do not saturate."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m, d, scale = draw(st.integers(1, 20)), draw(st.integers(1, 6)), 10.0 ** draw(st.integers(-3, 3))
    X, y = scale * (rng.standard_normal((m, d)) + draw(st.sampled_from([0, 3]))), rng.integers(0, 2, m)
    lam = draw(st.sampled_from([0.0, 1.0])) * 10.0 ** draw(st.floats(-12, 3)) * scale**2
    w = rng.standard_normal((2, d)) * draw(st.sampled_from([0.1, 1.0, 10.0])) / scale
    return w, 3 * rng.standard_normal(2), X, y, lam


@derandomized
@given(points())
def test_the_loss_is_minus_the_mean_log_likelihood_plus_half_lam_times_the_squared_norm(given_points):
    (w, _), (b, _), X, y, lam = given_points
    z, penalty = X @ w + b, lam / 2 * (w**2).sum()
    likelihood = log_expit(np.where(y == 1, z, -z)).mean()
    # The logits lose what their sums do.
    rounding = 20 * EPS * (abs(X) @ abs(w) + abs(b)).max()
    assert logistic.loss(w, b, X, y, lam) == pytest.approx(penalty - likelihood, rel=1e-13, abs=rounding)
    if abs(z).max() < 15:
        # From probabilities, of which those near 1 have lost up to 15 / ln(10) digits.
        other = log_loss(y, logistic.sigmoid(z), labels=[0, 1])
        assert logistic.loss(w, b, X, y, 0.0) == pytest.approx(other, rel=1e-9, abs=1e-9)


@derandomized
@given(points())
def test_the_gradient_is_the_derivative_of_the_loss(given_points):
    (w, _), (b, _), X, y, lam = given_points
    dw, db = logistic.gradient(w, b, X, y, lam)
    units = abs(X).max(axis=0)
    h = 1e-4
    for j, unit in enumerate([*units, 1.0]):
        step = h / unit * np.eye(len(w) + 1)[j]
        up, down = (logistic.loss(w + s * step[:-1], b + s * step[-1], X, y, lam) for s in (1, -1))
        # In its unit no step moves a logit by more than h. The third derivative of the loss is then below 0.1, so h**2 / 60
        # bounds the error of the difference, and the loss's rounding is divided by h.
        error = h**2 / 60 + 20 * EPS * (up + abs(X @ w).max() + abs(b)) / h
        assert np.append(dw, db)[j] / unit == pytest.approx((up - down) / (2 * h), rel=0, abs=error)


@examples(40)
@given(points())
def test_the_gradient_adds_up_to_the_loss_along_a_line(given_points):
    w, b, X, y, lam = given_points
    step_w, step_b = w[1] - w[0], b[1] - b[0]
    # In pieces in which no logit moves by more than 4. The sigmoid's poles are pi away from the axis, so that each further
    # node of Gauss makes the error on a piece 12 times as small: twelve nodes leave 1e-13 of it.
    pieces = int(np.ceil(abs(X @ step_w + step_b).max() / 4))
    nodes, weights = np.polynomial.legendre.leggauss(12)
    total = 0.0
    for piece in range(pieces):
        for t, weight in zip((piece + (nodes + 1) / 2) / pieces, weights / 2 / pieces, strict=True):
            dw, db = logistic.gradient(w[0] + t * step_w, b[0] + t * step_b, X, y, lam)
            total += weight * (dw @ step_w + db * step_b)
    losses = [logistic.loss(w[i], b[i], X, y, lam) for i in (0, 1)]
    assert total == pytest.approx(losses[1] - losses[0], rel=0, abs=1e-11 * (1 + sum(losses) + 4 * pieces))


@derandomized
@given(points())
def test_the_loss_is_convex_along_every_line_and_more_so_by_lam(given_points):
    w, b, X, y, lam = given_points
    ends = [logistic.loss(w[i], b[i], X, y, lam) for i in (0, 1)]
    middle = logistic.loss(w.mean(axis=0), b.mean(), X, y, lam)
    # The penalty's part is exact: a parabola's middle is an eighth of its curvature below the chord.
    sag = lam / 8 * ((w[0] - w[1]) ** 2).sum()
    rounding = 20 * EPS * (1 + sum(ends) + abs(X @ w.T).max())
    assert middle + sag <= np.mean(ends) + rounding


@derandomized
@given(points())
def test_to_swap_the_labels_is_to_swap_the_signs(given_points):
    (w, _), (b, _), X, y, lam = given_points
    dw, db = logistic.gradient(w, b, X, y, lam)
    dw_swapped, db_swapped = logistic.gradient(-w, -b, X, 1 - y, lam)
    assert logistic.loss(-w, -b, X, 1 - y, lam) == logistic.loss(w, b, X, y, lam)
    assert (dw_swapped == -dw).all() and db_swapped == -db
    assert logistic.loss(-w, b, -X, y, lam) == logistic.loss(w, b, X, y, lam)


@pytest.mark.parametrize("lam", [0.0, 1e-3, 1e12])
def test_a_model_that_knows_nothing_loses_ln_2(lam):
    X, y = problem()
    assert logistic.loss(np.zeros(3), 0.0, 1e6 * X, y, lam) == pytest.approx(np.log(2), rel=4 * EPS)
    dw, db = logistic.gradient(np.zeros(3), 0.0, X, y, lam)
    assert dw == pytest.approx(X.T @ (0.5 - y) / 40, rel=1e-13, abs=1e-16) and db == pytest.approx(0.5 - y.mean())


def test_the_penalty_is_on_the_weights_and_not_on_the_intercept():
    X, y = problem()
    w, b, lam = np.array([1.0, -2.0, 0.5]), 30.0, 0.7
    with_penalty, without = (logistic.loss(w, b, X, y, lam) for lam in (lam, 0.0))
    assert with_penalty - without == pytest.approx(lam / 2 * 5.25)
    (dw, db), (dw_without, db_without) = (logistic.gradient(w, b, X, y, lam) for lam in (lam, 0.0))
    assert dw - dw_without == pytest.approx(lam * w) and db == db_without


def curvature(w, b, X, lam):
    """The second derivatives of the loss, for weights and intercept together."""
    A = np.column_stack([X, np.ones(len(X))])
    p = logistic.sigmoid(X @ w + b)
    q = logistic.sigmoid(-X @ w - b)
    return (A.T * (p * q)) @ A / len(X) + lam * np.diag(np.append(np.ones(len(w)), 0))


def scikit_learns(X, y, lam):
    with warnings.catch_warnings():
        # Where it does not converge is judged by its gradient.
        warnings.simplefilter("ignore")
        fit = LogisticRegression(C=1 / (len(y) * lam), tol=1e-14, solver="newton-cholesky", max_iter=1000).fit(X, y)
    return fit.coef_[0], fit.intercept_[0]


@st.composite
def fits(draw):
    """X, y, lam: any shape, classes that overlap or not, slopes from hardly penalized to hardly there."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m, d, scale = draw(st.integers(3, 30)), draw(st.integers(1, 6)), 10.0 ** draw(st.integers(-3, 3))
    X = rng.standard_normal((m, d)) + draw(st.sampled_from([0, 3]))
    y = (X @ rng.standard_normal(d) - 1 + draw(st.sampled_from([0, 1, 5])) * rng.logistic(size=m) > 0).astype(float)
    assume(0 < y.sum() < m)
    return scale * X, y, 10.0 ** draw(st.floats(-12, 12))


@derandomized
@given(fits())
def test_a_fit_is_scikit_learns_with_c_one_over_m_lam(given_fit):
    X, y, lam = given_fit
    w_other, b_other = scikit_learns(X, y, lam)
    # How far scikit-learn itself is from the optimum, by a step of Newton's from where it stopped.
    unit = np.sqrt(np.diag(curvature(w_other, b_other, X, lam)))
    gradient = np.append(*logistic.gradient(w_other, b_other, X, y, lam))
    scaled = curvature(w_other, b_other, X, lam) / np.outer(unit, unit)
    assume(np.linalg.cond(scaled) < 1e12)
    step = np.linalg.solve(scaled, gradient / unit) / unit
    size = np.append(np.full(len(w_other), abs(w_other).max()), 1 + abs(b_other))
    assume((abs(step) < 1e-7 * size).all())
    w, b = logistic.fit(X, y, lam)
    assert (abs(np.append(w - w_other, b - b_other)) <= 1e-6 * size).all()


@derandomized
@given(fits())
def test_at_a_fit_every_derivative_is_below_1e_10(given_fit):
    X, y, lam = given_fit
    w, b = logistic.fit(X, y, lam)
    dw, db = logistic.gradient(w, b, X, y, lam)
    assert abs(dw).max() < 1e-10 and abs(db) < 1e-10
    # Which says of the intercept, that nothing holds it back, that predictions and labels have one mean.
    assert logistic.sigmoid(X @ w + b).mean() == pytest.approx(y.mean(), rel=0, abs=1e-10)


@pytest.mark.parametrize("scale", [1e-6, 1e-3, 1.0, 1e3])
@pytest.mark.parametrize("lam", 10.0 ** np.arange(-12, 13, 3))
def test_two_examples_are_fitted_where_pull_and_penalty_balance(scale, lam):
    # The examples -s and s, of either label: b is 0, and s / (1 + exp(s w)) = lam w. The exponential magnifies what is wrong
    # with s w, at most 50 here, by itself.
    w, b = logistic.fit([[-scale], [scale]], [0, 1], lam)
    assert lam * w[0] * (1 + np.exp(scale * w[0])) == pytest.approx(scale, rel=1e-8)
    assert b == pytest.approx(0, abs=1e-8)


@pytest.mark.parametrize("power", [-30, -20, -10, 0, 10])
@pytest.mark.parametrize("share", [1e-6, 1e-3, 1.0])
def test_a_change_of_units_changes_the_weights_units_alone(power, share):
    X, y = problem()
    w, b = logistic.fit(X, y, share)
    scale = 2.0**power
    w_scaled, b_scaled = logistic.fit(scale * X, y, share * scale**2)
    # A power of two changes no digit; the optimum is met to half of them at least.
    assert w_scaled * scale == pytest.approx(w, rel=1e-8) and b_scaled == pytest.approx(b, rel=1e-8)


@pytest.mark.parametrize("units", [(1e-6, 1, 1), (1, 1e6, 1), (1e5, 1, 1e-5)])
def test_columns_in_different_units_are_fitted_all_the_same(units):
    X, y = problem()
    units = np.array(units)
    # With hardly a penalty, which would tell the units apart.
    w, b = logistic.fit(X, y, 1e-20)
    w_in_units, b_in_units = logistic.fit(X * units, y, 1e-20)
    # The penalty on the column in the smallest unit moves its weight by 1e-20 / 1e-12.
    assert w_in_units * units == pytest.approx(w, rel=1e-6) and b_in_units == pytest.approx(b, rel=1e-6)


@pytest.mark.parametrize("exponent", [5, 6, 7, 8, 10, 15, 30, 75, 150, 155, 200, 300, 307])
@pytest.mark.parametrize("lam", [1e-12, 1.0, 1e12])
def test_huge_inputs_are_fitted_or_refused_and_never_wrong(exponent, lam):
    X, y = problem()
    scale = 10.0**exponent
    try:
        w, b = logistic.fit(scale * X, y, lam)
    except ValueError as error:
        assert "X must be scaled" in str(error)
    else:
        # A penalty below 1e-15, in the units of X, is no different from that.
        w_unit, b_unit = logistic.fit(X, y, max(lam / scale / scale, 1e-15))
        assert w * scale == pytest.approx(w_unit, rel=1e-6) and b == pytest.approx(b_unit, rel=1e-6)


@pytest.mark.parametrize("scale", [1e-300, 1e-75, 1e-17, 1e101, 1e300])
def test_inputs_whose_squares_leave_the_floats_are_refused(scale):
    X, y = problem()
    with pytest.raises(ValueError, match="^X must be scaled to a size between 1e-15 and 1e100; got "):
        logistic.fit(scale * X, y, 1.0)


@pytest.mark.parametrize("exponent", [5, 8, 10, 11, 12, 14])
@pytest.mark.parametrize("lam", [1e-12, 1.0, 1e12])
def test_tiny_inputs_are_fitted(exponent, lam):
    X, y = problem()
    scale = 10.0**-exponent
    w, b = logistic.fit(scale * X, y, lam)
    # From 1e9 on, in the units of X, the weights are the pull at zero over the penalty, to a part in 1e9.
    lam_unit = min(lam / scale / scale, 1e9)
    w_unit, b_unit = logistic.fit(X, y, lam_unit)
    assert w / scale * lam == pytest.approx(w_unit * lam_unit, rel=1e-6) and b == pytest.approx(b_unit, rel=1e-6)


@pytest.mark.parametrize("lam", [1e-6, 1e-3, 1.0, 1e3])
@pytest.mark.parametrize("shift", [-3.0, 30.0, 100.0])
def test_moving_the_inputs_moves_no_prediction_for_the_intercept_is_not_penalized(lam, shift):
    X, y = problem()
    w, b = logistic.fit(X, y, lam)
    w_moved, b_moved = logistic.fit(X + shift, y, lam)
    # A gradient of 1e-10, over the smallest curvature, 1e-2, and times the shift.
    assert w_moved == pytest.approx(w, rel=0, abs=1e-7)
    assert (X + shift) @ w_moved + b_moved == pytest.approx(X @ w + b, rel=0, abs=1e-6)


@pytest.mark.parametrize("share", [1, 5, 39])
def test_an_endless_penalty_leaves_an_intercept_that_predicts_the_share_of_ones(share):
    X, _ = problem()
    y = np.arange(40) < share
    w, b = logistic.fit(X, y, 1e9)
    # Around w = 0 the loss falls at the rate X'(y - mean)/m, and lam w is what stops it, up to a part in 1e9.
    assert w == pytest.approx(X.T @ (y - y.mean()) / 40 / 1e9, rel=1e-8, abs=1e-19)
    assert logistic.sigmoid(b) == pytest.approx(share / 40, rel=1e-8)


@pytest.mark.parametrize("lam", [1e-10, 1e-6, 1e-3])
def test_separable_data_are_fitted_at_any_penalty_and_told_apart(lam):
    X, y = separable()
    w, b = logistic.fit(X, y, lam)
    assert np.isfinite(w).all() and ((X @ w + b > 0) == (y == 1)).all()
    # No smaller penalty on the same data has smaller weights: there is no end to them.
    assert np.linalg.norm(logistic.fit(X, y, lam / 10)[0]) > 1.1 * np.linalg.norm(w)


@pytest.mark.parametrize("data", [problem, separable])
def test_the_weights_shrink_as_the_penalty_grows_and_the_unpenalized_loss_grows(data):
    X, y = data()
    fits = [logistic.fit(X, y, lam) for lam in np.logspace(-6, 4, 31)]
    assert (np.diff([np.linalg.norm(w) for w, _ in fits]) < 0).all()
    assert (np.diff([logistic.loss(w, b, X, y, 0.0) for w, b in fits]) > 0).all()


@pytest.mark.parametrize("lam", [1e-6, 1e-2, 1.0])
def test_swapped_labels_give_the_opposite_fit_and_copies_of_the_data_the_same(lam):
    X, y = problem()
    w, b = logistic.fit(X, y, lam)
    # Two fits, each within a gradient of 1e-10 over a smallest curvature of 1e-2.
    for (w_other, b_other), sign in (
        (logistic.fit(X, 1 - y, lam), -1),
        (logistic.fit(np.vstack([X, X]), np.append(y, y), lam), 1),
    ):
        assert w_other == pytest.approx(sign * w, rel=0, abs=1e-7) and b_other == pytest.approx(sign * b, abs=1e-7)


@pytest.mark.parametrize("lam", [1e-9, 1e-3, 1.0])
def test_equal_columns_share_their_weight_and_more_columns_than_examples_are_no_hindrance(lam):
    X, y = problem()
    w, b = logistic.fit(np.hstack([X, X]), y, lam)
    # Two equal weights of half the size cost half of what one does.
    w_one, b_one = logistic.fit(X, y, lam / 2)
    assert w == pytest.approx(np.tile(w_one / 2, 2), abs=1e-7) and b == pytest.approx(b_one, abs=1e-7)
    wide, labels = np.random.default_rng(0).standard_normal((10, 30)), np.arange(10) % 2
    w, b = logistic.fit(wide, labels, lam)
    # What the loss does not pull at is nothing: the weights are a sum of the examples, each times its residual.
    residual = labels - logistic.sigmoid(wide @ w + b)
    assert lam * w == pytest.approx(wide.T @ residual / 10, rel=0, abs=1e-10)


def test_lists_and_truth_values_will_do_and_no_input_is_changed():
    X, y = problem()
    X_before, y_before = X.copy(), y.copy()
    w, b = logistic.fit(X, y, 0.1)
    w_again, b_again = logistic.fit(X.tolist(), (y == 1).tolist(), 0.1)
    assert (w == w_again).all() and b == b_again and (X == X_before).all() and (y == y_before).all()
    assert type(logistic.loss(w, b, X, y, 0.1)) is float and type(logistic.gradient(w, b, X, y, 0.1)[1]) is float


def test_too_few_steps_are_no_fit():
    X, y = problem()
    with pytest.raises(ValueError, match="after 1 steps got"):
        logistic.fit(X, y, 1e-3, max_steps=1)


@pytest.mark.parametrize("y", [[0, 0, 0], [1, 1, 1]])
def test_one_class_has_no_fit(y):
    with pytest.raises(ValueError, match=f"y must hold both labels, .*; got only {y[0]}"):
        logistic.fit([[0.0], [1.0], [2.0]], y, 0.1)


BAD_LABELS = [
    ([-1, 1, 1], "y must hold labels 0 and 1; got -1"),
    ([1, 2, 2], "y must hold labels 0 and 1; got 2"),
    ([0, 0.5, 1], "y must hold labels 0 and 1; got 0.5"),
    ([0, 1, np.nan], "y must be finite; got 1 "),
    (["no", "yes", "no"], "y must hold real numbers; got dtype <U3"),
    ([[0], [1], [1]], r"y must have 1 axes; got shape \(3, 1\)"),
    ([], r"y must not be empty; got shape \(0,\)"),
]


@pytest.mark.parametrize("y, message", BAD_LABELS)
def test_bad_labels_are_named(y, message):
    X = [[0.0], [1.0], [2.0]]
    for use in (logistic.loss, logistic.gradient):
        with pytest.raises(ValueError, match=message):
            use([0.0], 0.0, X, y, 0.1)
    with pytest.raises(ValueError, match=message):
        logistic.fit(X, y, 0.1)


@pytest.mark.parametrize("use", [logistic.loss, logistic.gradient])
@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"w": [np.nan]}, "w must be finite; got 1 "),
        ({"w": 0.0}, r"w must have 1 axes; got shape \(\)"),
        ({"w": [0.0, 0.0]}, r"X must be \(len\(y\), len\(w\)\) = \(2, 2\); got \(2, 1\)"),
        ({"w": ["0"]}, "w must hold real numbers; got dtype <U1"),
        ({"b": np.inf}, "b must be finite; got 1 "),
        ({"b": [0.0]}, r"b must have 0 axes; got shape \(1,\)"),
        ({"X": [1.0, 2.0]}, r"X must have 2 axes; got shape \(2,\)"),
        ({"X": [[np.nan], [1.0]]}, "X must be finite; got 1 "),
        ({"X": [[1.0]]}, r"X must be \(len\(y\), len\(w\)\) = \(2, 1\); got \(1, 1\)"),
        ({"lam": -0.1}, "lam must be at least 0; got -0.1"),
        ({"lam": np.nan}, "lam must be finite; got 1 "),
    ],
)
def test_bad_arguments_are_named(use, arguments, message):
    with pytest.raises(ValueError, match=message):
        use(**{"w": [0.0], "b": 0.0, "X": [[1.0], [2.0]], "y": [0, 1], "lam": 0.1} | arguments)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"X": [1.0, 2.0]}, r"X must have 2 axes; got shape \(2,\)"),
        ({"X": [[np.inf], [1.0]]}, "X must be finite; got 1 "),
        ({"X": np.empty((0, 1)), "y": []}, r"must not be empty; got shape \(0"),
        ({"X": [[1.0]]}, r"X and y must have equally many rows; got shapes \(1, 1\) and \(2,\)"),
        ({"lam": 0}, "lam must be greater than 0; got 0"),
        ({"lam": -1.0}, "lam must be greater than 0; got -1"),
        ({"lam": np.nan}, "lam must be finite; got 1 "),
        ({"lam": [0.1]}, r"lam must have 0 axes; got shape \(1,\)"),
        ({"max_steps": 0}, "max_steps must be a whole number, 1 or greater; got 0"),
        ({"max_steps": 5.0}, "max_steps must be a whole number, 1 or greater; got 5.0"),
    ],
)
def test_bad_arguments_of_a_fit_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        logistic.fit(**{"X": [[1.0], [2.0]], "y": [0, 1], "lam": 0.1} | arguments)


class TestPath:
    @pytest.mark.parametrize("data", [problem, separable])
    def test_it_holds_the_fit_of_every_penalty_in_the_order_given(self, data):
        X, y = data()
        lams = np.array([0.1, 1e-6, 1e3, 1e-3, 0.1, 1e-2])
        W, b = logistic.fit_path(X, y, lams)
        assert W.shape == (6, 3) and b.shape == (6,)
        for lam, w, intercept in zip(lams, W, b, strict=True):
            w_alone, b_alone = logistic.fit(X, y, lam)
            # Derivatives below 1e-8 leave the logits, of curvature 1e-2 and less, some 1e-6 of their size.
            assert w == pytest.approx(w_alone, rel=1e-5) and intercept == pytest.approx(b_alone, rel=1e-5, abs=1e-6)

    @examples(40)
    @given(fits(), st.lists(st.floats(-8, 6), min_size=1, max_size=12))
    def test_every_derivative_is_below_1e_8(self, given_fit, exponents):
        X, y, _ = given_fit
        lams = 10.0 ** np.array(exponents)
        for lam, w, b in zip(lams, *logistic.fit_path(X, y, lams), strict=True):
            dw, db = logistic.gradient(w, b, X, y, lam)
            assert abs(dw).max() < 1e-8 and abs(db) < 1e-8

    @pytest.mark.parametrize(
        "lams, message",
        [
            ([], r"lams must not be empty; got shape \(0,\)"),
            ([0.1, 0.0], "lams must be greater than 0; got 0"),
            ([np.inf], "lams must be finite; got 1 "),
            (0.1, r"lams must have 1 axes; got shape \(\)"),
        ],
    )
    def test_bad_penalties_are_named(self, lams, message):
        with pytest.raises(ValueError, match=message):
            logistic.fit_path([[1.0], [2.0]], [0, 1], lams)


@pytest.mark.parametrize("lam", [1e-100, 5e-324])
def test_a_penalty_next_to_nothing_is_none_where_the_classes_overlap(lam):
    X, y = problem()
    w, b = logistic.fit(X, y, lam)
    w_right, b_right = logistic.fit(X, y, 1e-18)
    assert w == pytest.approx(w_right, rel=1e-9) and b == pytest.approx(b_right, rel=1e-9)


def test_where_a_plane_tells_the_labels_apart_a_penalty_next_to_nothing_is_named_or_takes_its_steps():
    X, y = separable()
    with pytest.raises(ValueError, match="^lam must be larger than 1e-100, or max_steps than 100: a plane tells the"):
        logistic.fit(X, y, 1e-100)
    w, b = logistic.fit(X, y, 1e-100, max_steps=500)
    dw, _ = logistic.gradient(w, b, X, y, 1e-100)
    # At the optimum penalty and pull balance, and each is some 1e-97.
    assert abs(dw).max() < 1e-6 * 1e-100 * abs(w).max()


@pytest.mark.parametrize("max_steps", [1, 3])
def test_the_message_counts_the_steps_that_were_made(max_steps):
    X, y = problem()
    with pytest.raises(
        ValueError, match=f"^max_steps must be larger.* after {max_steps} steps got a derivative of .* at lam = 1e-20"
    ):
        logistic.fit(X, y, 1e-20, max_steps=max_steps)


@pytest.mark.parametrize("lam", [1e-30, 1e-3, 1e9])
def test_unix_seconds_are_fitted(lam):
    rng = np.random.default_rng(0)
    days = np.sort(rng.uniform(0, 365, 40))
    y = (days + 60 * rng.standard_normal(40) > 180).astype(float)
    seconds = 1.7e9 + np.round(86400 * days)
    w, b = logistic.fit(seconds[:, None], y, lam)
    w_right, b_right = logistic.fit(np.round(86400 * days)[:, None], y, lam)
    assert w == pytest.approx(w_right, rel=1e-9)
    # Of a logit, a difference of numbers near 1e3, rounding leaves 1e-12.
    assert seconds * w + b == pytest.approx(np.round(86400 * days) * w_right + b_right, rel=1e-9, abs=1e-10)


def test_a_column_whose_distance_takes_the_intercepts_digits_is_named():
    X, y = problem()
    X[:, 1] = 1e15 + np.round(10 * X[:, 1])
    with pytest.raises(
        ValueError, match=r"^column 1 of X must not lie so far .* around 1e\+15,.* subtract its mean first"
    ):
        logistic.fit(X, y, 1e-3)


@pytest.mark.parametrize("lam, unit", [(1.0, 1e-200), (1e300, 1e-14)])
def test_a_penalty_that_is_no_float_in_the_units_of_a_column_is_named(lam, unit):
    X, y = problem()
    X[:, 2] *= unit
    with pytest.raises(ValueError, match="^lam must be smaller, or column 2 of X in a smaller unit; got lam "):
        logistic.fit(X, y, lam)


@pytest.mark.parametrize("delta", [1e-4, 1e-7, 1e-9, 1e-12])
@pytest.mark.parametrize("lam", [1e-30, 1e-12, 1e-3])
def test_columns_that_are_nearly_one_are_fitted_or_refused_and_never_wrong(delta, lam):
    X, y = problem()
    X = np.hstack([X, X + delta * np.random.default_rng(1).standard_normal(X.shape)])
    try:
        w, b = logistic.fit(X, y, lam)
    except ValueError as error:
        assert "lam if columns of X are nearly dependent" in str(error)
    else:
        dw, db = logistic.gradient(w, b, X, y, lam)
        assert abs(dw).max() < 1e-10 and abs(db) < 1e-10


def test_losses_beyond_the_largest_float_are_refused_and_those_below_are_right():
    X = [[1.0], [-1.0]]
    with np.errstate(all="raise"):
        assert logistic.loss([1e200], 0.0, X, [0, 1], 0.0) == 1e200
        assert logistic.loss([-1e200], 0.0, X, [0, 1], 0.0) == 0
        assert logistic.gradient([1e200], 0.0, X, [0, 1], 0.0)[0].tolist() == [1]
        for w, inputs, lam in (
            ([1e200], X, 1e-3),
            ([1e200], [[1e200], [-1e200]], 0.0),
            ([1e200, -1e200], [[1e200, 1e200]] * 2, 0.0),
        ):
            with pytest.raises(ValueError, match=r"^w must be so small that the result is finite; got up to 1.0e\+200"):
                logistic.loss(w, 0.0, inputs, [0, 1], lam)


def test_the_sigmoid_takes_numbers_and_nothing_else():
    with np.errstate(all="raise"):
        assert logistic.sigmoid([-1e308, 1e308]).tolist() == [0, 1]
    assert logistic.sigmoid(np.empty(0)).shape == (0,)
    # Small whole numbers are made floats first.
    assert logistic.sigmoid(np.array([-128], dtype=np.int8)) == pytest.approx(np.exp(-128.0))
    for z, message in (
        ("a", "z must hold real numbers"),
        ([1j], "z must hold real numbers"),
        ([np.nan], "z must be finite"),
    ):
        with pytest.raises(ValueError, match=f"^{message}"):
            logistic.sigmoid(z)


def test_a_full_step_that_would_raise_the_objective_is_shortened():
    """An outlier on the wrong side of a small penalty; full steps run away here."""
    X = np.array([[-1.4, -0.2], [0.4, 1.1], [-67.3, -0.8], [-2.9, -0.1]])
    y, lam = np.array([0.0, 1.0, 1.0, 1.0]), 1e-7
    w, b = logistic.fit(X, y, lam)
    assert np.abs(np.append(*logistic.gradient(w, b, X, y, lam))).max() < 1e-8


def test_steps_are_full_where_they_may_be():
    """Newton's method doubles its digits: half steps would need fifty for what six do."""
    X, y = problem()
    logistic.fit(X, y, 1e-3, max_steps=8)
