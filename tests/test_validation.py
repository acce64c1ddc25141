"""Choosing a penalty: fair folds, no leaks, shortcuts that equal the long way, honest about bad input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import cross_val_score
from sklearn.model_selection import learning_curve as scikit_learns_curve
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tools import EPS, WITH_AND_WITHOUT_INTERCEPT, derandomized
from utils import features, linear, validation

LAMS = [1e-6, 1e-3, 0.1, 1.0, 1e4]


def problem(m=20, d=4, *, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((m, d)) * 10.0 ** np.arange(d) + 3
    return X, X @ rng.standard_normal(d) / 10.0**d + rng.standard_normal(m)


def fit_ridge(X_train, y_train, X_new, lam=0.1):
    w, b = linear.ridge(X_train, y_train, lam)
    return X_new @ w + b


def fit_mean(X_train, y_train, X_new):
    return np.full(len(X_new), y_train.mean())


def sizes_and_folds(draw):
    m = draw(st.integers(2, 60))
    return m, draw(st.integers(2, m)), draw(st.integers(0, 2**32 - 1))


@derandomized
@given(st.composite(sizes_and_folds)())
def test_folds_put_each_example_to_the_test_once_and_differ_in_size_by_one_at_most(m_k_seed):
    m, k, seed = m_k_seed
    folds = validation.k_fold(m, k, np.random.default_rng(seed))
    assert sorted(np.concatenate([test for _, test in folds])) == list(range(m))
    for train, test in folds:
        assert sorted([*train, *test]) == list(range(m))
    sizes = [len(test) for _, test in folds]
    assert len(folds) == k and max(sizes) - min(sizes) <= 1


def test_the_same_seed_gives_the_same_folds_and_the_next_call_gives_others():
    def tests(rng):
        return [test.tolist() for _, test in validation.k_fold(40, 5, rng)]

    rng = np.random.default_rng(0)
    first, second = tests(rng), tests(rng)
    assert first == tests(np.random.default_rng(0)) != second
    assert first != tests(np.random.default_rng(1))


def test_every_pair_of_examples_is_as_likely_as_any_other_to_share_a_fold():
    m, k, repetitions, rng = 8, 4, 4000, np.random.default_rng(0)
    together = np.zeros((m, m))
    for _ in range(repetitions):
        for _, test in validation.k_fold(m, k, rng):
            together[np.ix_(test, test)] += 1
    # In folds of two a partner is one of seven; five standard errors of a frequency.
    chance = 1 / (m - 1)
    share = together[~np.eye(m, dtype=bool)] / repetitions
    assert abs(share - chance).max() < 5 * np.sqrt(chance * (1 - chance) / repetitions)


@pytest.mark.parametrize("lam", LAMS)
@pytest.mark.parametrize("m, k", [(20, 5), (23, 4), (12, 12)])
def test_cross_validation_is_scikit_learns_with_scaling_and_ridge_in_one_pipeline(lam, m, k):
    X, y = problem(m)
    folds = validation.k_fold(m, k, np.random.default_rng(0))

    def learner(X_train, y_train, X_new):
        Z, Z_new = features.standardize(X_train, X_new)
        return fit_ridge(Z, y_train, Z_new, lam)

    errors = validation.cross_validate(learner, X, y, folds)
    for error, (train, test) in zip(errors, folds, strict=True):
        other = make_pipeline(StandardScaler(), Ridge(alpha=len(train) * lam, solver="svd"))
        score = cross_val_score(other, X, y, cv=[(train, test)], scoring="neg_mean_squared_error")
        # Standardized columns are solved to 1e-10, and an error is of order 1.
        assert error == pytest.approx(-score[0], rel=1e-9)


def test_settings_side_by_side_have_the_errors_that_they_have_alone():
    X, y = problem()
    folds = validation.k_fold(20, 4, np.random.default_rng(0))

    def path(X_train, y_train, X_new):
        W, b = linear.ridge_path(X_train, y_train, LAMS)
        return W @ X_new.T + b[:, None]

    errors = validation.cross_validate(path, X, y, folds)
    assert errors.shape == (len(LAMS), 4)
    for row, lam in zip(errors, LAMS, strict=True):

        def alone(X_train, y_train, X_new, lam=lam):
            return fit_ridge(X_train, y_train, X_new, lam)

        # The inputs' units differ by 1e3, which costs six digits where there is hardly a penalty.
        assert row == pytest.approx(validation.cross_validate(alone, X, y, folds), rel=1e-8)


def test_a_learner_sees_the_training_part_of_its_fold_and_the_inputs_of_the_rest_and_nothing_else():
    X, y = problem()
    folds = validation.k_fold(20, 3, np.random.default_rng(0))
    seen = []

    def spy(*arguments):
        seen.append([np.array(argument) for argument in arguments])
        return fit_mean(*arguments)

    validation.cross_validate(spy, X, y, folds)
    for (train, test), (X_train, y_train, X_test) in zip(folds, seen, strict=True):
        assert (X_train == X[train]).all() and (y_train == y[train]).all() and (X_test == X[test]).all()


def test_scaling_inside_the_learner_never_sees_the_fold_that_is_held_out():
    X, y = problem()
    folds = validation.k_fold(20, 4, np.random.default_rng(0))
    scaled = []

    def learner(X_train, y_train, X_new):
        Z, Z_new = features.standardize(X_train, X_new)
        scaled.append(Z)
        return fit_ridge(Z, y_train, Z_new)

    validation.cross_validate(learner, X, y, folds)
    for Z in scaled:
        # Means and deviations of 15 examples are 0 and 1 to rounding; those of all 20 would make them so on no fold.
        assert Z.mean(axis=0) == pytest.approx(0, abs=1e-12) and Z.std(axis=0) == pytest.approx(1, rel=1e-12)
    # An outlier that is held out ruins its own fold's inputs, and leaves what the learner makes of the others as it was.
    before, scaled[:] = [Z.copy() for Z in scaled], []
    _, held_out = folds[0]
    X[held_out[0]] += 1e6
    validation.cross_validate(learner, X, y, folds)
    assert (scaled[0] == before[0]).all() and all((a != b).any() for a, b in zip(scaled[1:], before[1:], strict=True))


def test_selection_on_all_targets_before_the_folds_promises_what_selection_inside_them_does_not():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 500)), rng.standard_normal(40)

    def best(X, y):
        return np.argsort(-abs(X.T @ (y - y.mean())))[:5]

    def inside(X_train, y_train, X_new):
        chosen = best(X_train, y_train)
        return fit_ridge(X_train[:, chosen], y_train, X_new[:, chosen])

    folds = validation.k_fold(40, 10, rng)
    outside_error = validation.cross_validate(fit_ridge, X[:, best(X, y)], y, folds).mean()
    inside_error = validation.cross_validate(inside, X, y, folds).mean()
    # There is nothing to learn: no honest error is below the variance of y, but for the noise of 40 squares, a fifth.
    assert outside_error < 0.8 * y.var() < inside_error


@st.composite
def problems(draw):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    m, d = draw(st.integers(3, 15)), draw(st.integers(1, 20))
    lams = 10.0 ** np.array(draw(st.lists(st.floats(-4, 4), min_size=1, max_size=3)))
    return rng.standard_normal((m, d)) + 1, rng.standard_normal(m) - 2, lams, draw(st.booleans())


def errors_of_refits(X, y, lams, intercept):
    """Squared errors on each example of the fits without it, (n_lams, m)."""
    m = len(y)
    errors = np.empty((len(lams), m))
    for i in range(m):
        rest = np.arange(m) != i
        # The penalty on the sum of squares stays m * lam, though m - 1 examples are left.
        W, b = linear.ridge_path(X[rest], y[rest], m * lams / (m - 1), intercept=intercept)
        errors[:, i] = (W @ X[i] + b - y[i]) ** 2
    return errors


@derandomized
@given(problems())
def test_leave_one_out_is_what_refitting_without_each_example_gives(given_problem):
    X, y, lams, intercept = given_problem
    expected = errors_of_refits(X, y, lams, intercept)
    # 1 - h is at least m lam / (s**2 + m lam), here 1e-6 at worst: so many digits are lost, of each factor of the square.
    assert validation.leave_one_out(X, y, lams, intercept=intercept) == pytest.approx(expected, rel=1e-7, abs=1e-12)


@WITH_AND_WITHOUT_INTERCEPT
def test_leave_one_out_without_a_penalty_is_cross_validation_in_as_many_folds_as_examples(intercept):
    X, y = problem(12)

    def learner(X_train, y_train, X_new):
        w, b = linear.least_squares(X_train, y_train, intercept=intercept)
        return X_new @ w + b

    folds = validation.k_fold(12, 12, np.random.default_rng(0))
    order = np.concatenate([test for _, test in folds])
    errors = validation.cross_validate(learner, X, y, folds)
    assert validation.leave_one_out(X, y, [0.0], intercept=intercept)[0, order] == pytest.approx(errors, rel=1e-7)


@pytest.mark.parametrize("m, d", [(20, 4), (6, 9)])
@WITH_AND_WITHOUT_INTERCEPT
def test_leave_one_out_is_scikit_learns_with_alpha_m_lam(m, d, intercept):
    rng = np.random.default_rng(0)
    X, y, lams = rng.standard_normal((m, d)), rng.standard_normal(m), np.array([1e-2, 0.1, 1.0, 100.0])
    other = RidgeCV(alphas=m * lams, store_cv_results=True, fit_intercept=intercept).fit(X, y)
    errors = validation.leave_one_out(X, y, lams, intercept=intercept)
    assert errors == pytest.approx(other.cv_results_.T, rel=1e-8, abs=1e-12)
    assert m * lams[errors.mean(axis=1).argmin()] == other.alpha_


@derandomized
@given(problems())
def test_gcv_is_its_formula(given_problem):
    X, y, lams, intercept = given_problem
    W, b = linear.ridge_path(X, y, lams, intercept=intercept)
    parameters = linear.effective_dof(X, lams, intercept=intercept) + intercept
    m = len(y)
    expected = [m * ((y - X @ w - c) ** 2).sum() / (m - df) ** 2 for w, c, df in zip(W, b, parameters, strict=True)]
    # As for leaving one out, the denominator may be a difference of all but 1e-6.
    assert validation.gcv(X, y, lams, intercept=intercept) == pytest.approx(expected, rel=1e-7, abs=1e-12)


@pytest.mark.parametrize("frequencies", [1, 2, 3])
def test_gcv_is_leave_one_out_where_all_leverages_are_equal(frequencies):
    # Waves on a regular grid look the same from each of its points.
    angles = 2 * np.pi * np.outer(np.arange(11), np.arange(1, frequencies + 1)) / 11
    X, y = np.hstack([np.cos(angles), np.sin(angles)]), np.random.default_rng(0).standard_normal(11)
    lams = [0.0, 0.1, 10.0]
    errors = validation.leave_one_out(X, y, lams)
    assert validation.gcv(X, y, lams) == pytest.approx(errors.mean(axis=1), rel=1e-12)


def test_gcv_and_not_leave_one_out_stays_the_same_when_examples_are_rotated():
    X, y = problem()
    Q = np.linalg.qr(np.random.default_rng(1).standard_normal((20, 20)))[0]
    turned = Q @ X, Q @ y, LAMS
    assert validation.gcv(*turned, intercept=False) == pytest.approx(validation.gcv(X, y, LAMS, intercept=False))
    errors = validation.leave_one_out(X, y, LAMS, intercept=False).mean(axis=1)
    assert abs(validation.leave_one_out(*turned, intercept=False).mean(axis=1) / errors - 1).max() > 1e-3


@pytest.mark.parametrize("shortcut", [validation.leave_one_out, validation.gcv])
def test_at_an_endless_penalty_the_fit_is_the_mean_of_the_others(shortcut):
    X, y = problem()
    # y_i less the mean of the others is m / (m - 1) times y_i less the mean; X'X / (m lam) is below 1e-12.
    expected = (y - y.mean()) ** 2 * (20 / 19) ** 2
    assert np.mean(shortcut(X, y, [1e20])) == pytest.approx(expected.mean(), rel=1e-10)


@pytest.mark.parametrize("shortcut", [validation.leave_one_out, validation.gcv])
@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"X": np.ones(3)}, r"X must have 2 axes; got shape \(3,\)"),
        ({"X": [[1.0], [np.nan], [2.0]]}, "X must be finite; got 1 "),
        ({"X": np.empty((0, 1)), "y": []}, r"X must not be empty; got shape \(0, 1\)"),
        ({"y": [0.0, 1.0]}, r"X and y must have equally many rows; got shapes \(3, 1\) and \(2,\)"),
        ({"y": np.ones((3, 2))}, r"y must have 1 axes; got shape \(3, 2\)"),
        ({"y": [0.0, np.inf, 1.0]}, "y must be finite; got 1 "),
        ({"lams": [-1.0]}, "lams must be at least 0; got -1"),
        ({"lams": [np.nan]}, "lams must be finite; got 1 "),
        ({"lams": 0.1}, r"lams must have 1 axes; got shape \(\)"),
        ({"lams": []}, r"lams must not be empty; got shape \(0,\)"),
        ({"X": np.ones((3, 1)), "lams": [0.0]}, "X must have full column rank at lam = 0; got rank 0"),
        # Two slopes and an intercept pass through three points, whatever they are.
        ({"X": [[0.0, 1.0], [1.0, 0.0], [2.0, 2.0]], "lams": [0.1, 0.0]}, "X must .* got a (mean )?leverage of 1"),
    ],
)
def test_bad_arguments_of_the_shortcuts_are_named(shortcut, arguments, message):
    with pytest.raises(ValueError, match=message):
        shortcut(**{"X": [[0.0], [1.0], [2.0]], "y": [0.0, 1.0, 5.0], "lams": [0.1]} | arguments)


def test_one_example_that_a_fit_must_pass_through_spoils_leave_one_out_and_not_gcv():
    # Only the last example has the second feature, so its slope passes through it; the others are two for one slope.
    X, y = np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0], [0.0, 1.0]]), np.array([1.0, 0.0, 2.0, 5.0])
    with pytest.raises(ValueError, match="X must leave each example to the others: got a leverage of 1"):
        validation.leave_one_out(X, y, [0.0])
    # Three parameters and four examples: m * RSS / (m - 3)**2.
    w, b = linear.least_squares(X, y)
    assert validation.gcv(X, y, [0.0]) == pytest.approx([4 * ((y - X @ w - b) ** 2).sum()])


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]])
def test_the_rules_choose_the_same_penalty_in_whatever_order_they_are_given(order):
    lams = np.array([0.01, 0.1, 1.0, 10.0])
    errors = np.array([[4.0, 6.0], [3.0, 5.0], [3.9, 5.9], [9.0, 9.0]])
    # Means 5, 4, 4.9, 9; the standard error of the best is sqrt(2) / sqrt(2) = 1.
    assert validation.choose(lams[order], errors[order]) == 0.1
    assert validation.choose(lams[order], errors[order], rule="minimum") == 0.1
    assert validation.choose(lams[order], errors[order], rule="one standard error") == 1.0


@derandomized
@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(2, 10))
def test_the_rules_are_their_definitions(seed, n, k):
    rng = np.random.default_rng(seed)
    lams, errors = rng.permutation(10.0 ** np.arange(n)), rng.random((n, k))
    mean = errors.mean(axis=1)
    best = min(range(n), key=lambda i: mean[i])
    standard_error = np.sqrt(((errors[best] - mean[best]) ** 2).sum() / (k - 1) / k)
    within = [lam for lam, error in zip(lams, mean, strict=True) if error <= mean[best] + standard_error]
    assert validation.choose(lams, errors) == lams[best]
    assert validation.choose(lams, errors, rule="one standard error") == max(within)


def test_without_a_doubt_about_the_best_one_standard_error_is_the_minimum():
    lams, errors = [0.1, 1.0, 10.0], [[2.0, 2.0, 2.0], [1.0, 1.0, 1.0], [1.5, 1.5, 1.5]]
    assert validation.choose(lams, errors, rule="one standard error") == 1.0


def test_an_error_exactly_one_standard_error_above_the_best_is_within_it():
    # The best is 1 with a standard error of 1, and the next is 2.
    assert validation.choose([0.1, 1.0], [[0.0, 2.0], [2.0, 2.0]], rule="one standard error") == 1.0


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0], [1, 2, 0]])
def test_of_equally_good_penalties_both_rules_take_the_largest(order):
    lams, errors = np.array([0.1, 1.0, 10.0]), np.array([[1.0, 3.0], [1.0, 3.0], [5.0, 9.0]])
    assert validation.choose(lams[order], errors[order]) == 1.0
    assert validation.choose(lams[order], errors[order], rule="one standard error") == 1.0


def test_a_chosen_penalty_is_a_number():
    for rule in ("minimum", "one standard error"):
        assert type(validation.choose([1, 2], [[1, 2], [3, 4]], rule=rule)) is float


def test_of_penalties_that_do_equally_well_the_largest_is_chosen():
    errors = np.array([[1.0, 2.0], [2.0, 1.0], [1.0, 2.0], [4.0, 4.0]])
    for order in ([0, 1, 2, 3], [2, 0, 3, 1]):
        assert validation.choose(np.array([0.1, 0.2, 0.3, 0.4])[order], errors[order]) == 0.3


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"lams": []}, r"lams must not be empty; got shape \(0,\)"),
        ({"lams": [0.1, -1.0]}, "lams must be at least 0; got -1"),
        ({"lams": [0.1, np.nan]}, "lams must be finite; got 1 "),
        ({"lams": [0.1]}, r"errors must have a row for each of 1 lams; got shape \(2, 3\)"),
        ({"errors": np.ones(2)}, r"errors must have 2 axes; got shape \(2,\)"),
        ({"errors": np.ones((2, 1))}, "errors must come from two folds or more; got 1"),
        ({"errors": [[1.0, np.nan], [1.0, 1.0]]}, "errors must be finite; got 1 "),
        ({"rule": "1se"}, 'rule must be one of "minimum", "one standard error"; got \'1se\''),
        ({"rule": None}, 'rule must be one of "minimum", "one standard error"; got None'),
    ],
)
def test_bad_arguments_of_choose_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        validation.choose(**{"lams": [0.1, 1.0], "errors": np.ones((2, 3))} | arguments)


SIZES = [5, 20, 11]


def test_a_learning_curve_is_one_fit_for_each_size_on_the_first_examples():
    X, y = problem()
    X_test, y_test = problem(7, seed=1)
    train, test = validation.learning_curve(fit_ridge, X, y, SIZES, X_test, y_test)
    assert train.shape == test.shape == (3,)
    for size, train_error, test_error in zip(SIZES, train, test, strict=True):
        w, b = linear.ridge(X[:size], y[:size], 0.1)
        assert train_error == pytest.approx(((X[:size] @ w + b - y[:size]) ** 2).mean())
        assert test_error == pytest.approx(((X_test @ w + b - y_test) ** 2).mean())


def test_a_learning_curve_is_scikit_learns():
    X, y = problem()
    X_test, y_test = problem(7, seed=1)
    train, test = validation.learning_curve(
        lambda X_train, y_train, X_new: fit_ridge(X_train, y_train, X_new, 2.0 / len(X_train)),
        X,
        y,
        sorted(SIZES),
        X_test,
        y_test,
    )
    _, train_scores, test_scores = scikit_learns_curve(
        Ridge(alpha=2.0, solver="svd"),
        np.vstack([X, X_test]),
        np.append(y, y_test),
        train_sizes=sorted(SIZES),
        cv=[(np.arange(20), np.arange(20, 27))],
        scoring="neg_mean_squared_error",
    )
    # The inputs' units differ by 1e3, which costs six digits.
    assert train == pytest.approx(-train_scores[:, 0], rel=1e-9) and test == pytest.approx(-test_scores[:, 0], rel=1e-9)


def test_a_learner_on_a_curve_never_sees_the_test_targets_or_later_examples():
    X, y = problem()
    X_test, y_test = problem(7, seed=1)
    seen = []

    def spy(X_train, y_train, X_new):
        seen.append((len(X_train), (X_train == X[: len(X_train)]).all() and (y_train == y[: len(y_train)]).all()))
        return fit_mean(X_train, y_train, X_new)

    validation.learning_curve(spy, X, y, SIZES, X_test, y_test)
    assert set(seen) == {(size, True) for size in SIZES}


BAD_PREDICTIONS = {
    "NaN": (lambda n: np.full(n, np.nan), "learner's predictions must be finite; got "),
    "infinite": (lambda n: np.full(n, np.inf), "learner's predictions must be finite; got "),
    "a number": (lambda n: 0.0, r"learner's predictions must have 1.* axes; got shape \(\)"),
    "nothing": (lambda n: None, "learner's predictions must hold real numbers; got dtype object"),
    "strings": (lambda n: ["0"] * n, "learner's predictions must hold real numbers; got dtype <U1"),
    # Broadcast against the targets, a column would give the error of every prediction against every target.
    "a column": (lambda n: np.zeros((n, 1)), r"learner.*; got shape \(\d+, 1\)"),
    "one too many": (lambda n: np.zeros(n + 1), r"learner.*; got (shape )?\(\d+,\)"),
    "one for all": (lambda n: np.zeros(1), r"learner.*; got (shape )?\(1,\)"),
}


@pytest.mark.parametrize("predict, message", BAD_PREDICTIONS.values(), ids=BAD_PREDICTIONS)
def test_predictions_of_a_bad_learner_are_named(predict, message):
    X, y = problem()

    def learner(X_train, y_train, X_new):
        return predict(len(X_new))

    with pytest.raises(ValueError, match=message):
        validation.cross_validate(learner, X, y, validation.k_fold(20, 4, np.random.default_rng(0)))
    with pytest.raises(ValueError, match=message):
        validation.learning_curve(learner, X, y, [4, 8], X[:5], y[:5])


def test_an_error_in_the_learner_is_not_swallowed():
    def broken(X_train, y_train, X_new):
        raise ZeroDivisionError("in the learner")

    X, y = problem()
    with pytest.raises(ZeroDivisionError, match="in the learner"):
        validation.cross_validate(broken, X, y, validation.k_fold(20, 4, np.random.default_rng(0)))
    with pytest.raises(ZeroDivisionError, match="in the learner"):
        validation.learning_curve(broken, X, y, [4], X, y)


BAD_DATA = [
    ({"X": np.ones(3)}, r"X must have 2 axes; got shape \(3,\)"),
    ({"X": [[1.0], [np.nan], [2.0]]}, "X must be finite; got 1 "),
    ({"X": np.empty((0, 1)), "y": []}, r"X must not be empty; got shape \(0, 1\)"),
    ({"X": np.empty((3, 0)), "y": [0.0] * 3}, r"X must not be empty; got shape \(3, 0\)"),
    ({"y": [0.0, 1.0]}, r"X and y must have equally many rows; got shapes \(3, 1\) and \(2,\)"),
    ({"y": np.ones((3, 1))}, r"y must have 1 axes; got shape \(3, 1\)"),
    ({"y": [0.0, np.inf, 1.0]}, "y must be finite; got 1 "),
    ({"y": ["a", "b", "c"]}, "y must hold real numbers; got dtype <U1"),
]


@pytest.mark.parametrize(
    "arguments, message",
    [
        *BAD_DATA,
        ({"learner": None}, "learner must be a function; got None"),
        ({"folds": []}, "folds must hold at least one pair .*; got none"),
        (
            {"folds": (pair for pair in [([0, 1], [2])])},
            "folds must be a list of pairs .*; got generator: make it a list",
        ),
        ({"folds": zip([[0]], [[1]], strict=True)}, "folds must be a list of pairs .*; got zip: make it a list"),
        ({"folds": 5}, "folds must be a list of pairs .*; got int"),
        ({"folds": None}, "folds must be a list of pairs .*; got NoneType"),
        ({"folds": [[0, 1]]}, r"fold 0 of folds must hold two lists of indices, none empty; got array\(0\)"),
        ({"folds": [([0], [1]), ([0], [1], [2])]}, "fold 1 of folds must be a pair .*; got "),
        ({"folds": [([0], [[1], [1, 2]])]}, "fold 0 of folds must be a pair .*; got "),
        ({"folds": "ab"}, "fold 0 of folds must be a pair .*; got 'a'"),
        ({"folds": {0: 1}}, "fold 0 of folds must be a pair .*; got 0"),
        ({"folds": [([0, 1], [3])]}, "fold 0 of folds must hold indices from 0 to 2; got 3"),
        ({"folds": [([0, 1], [2]), ([-1], [0])]}, "fold 1 of folds must hold indices from 0 to 2; got -1"),
        ({"folds": [([0, 1], [1, 2])]}, "fold 0 of folds must not test what it trains on; got 1 in both parts"),
        ({"folds": [([], [2])]}, "fold 0 of folds must hold two lists of indices, none empty"),
        ({"folds": [(np.array([], int), [2])]}, "fold 0 of folds must hold two lists of indices, none empty"),
        ({"folds": [([0], [])]}, "fold 0 of folds must hold two lists of indices, none empty"),
        ({"folds": [([0.0], [1.0])]}, r"fold 0 of folds must hold two lists .*; got array\(\[0.\]\)"),
        ({"folds": [([[0]], [1])]}, "fold 0 of folds must hold two lists"),
        ({"folds": [([True, False, False], [False, True, True])]}, "fold 0 of folds must hold two lists"),
    ],
)
def test_bad_arguments_of_cross_validation_are_named(arguments, message):
    good = {"learner": fit_mean, "X": [[0.0], [1.0], [2.0]], "y": [0.0, 1.0, 5.0], "folds": [([0, 1], [2])]}
    with pytest.raises(ValueError, match=message):
        validation.cross_validate(**good | arguments)


@pytest.mark.parametrize(
    "arguments, message",
    [
        *BAD_DATA,
        ({"X_test": np.ones((2, 1))}, r"must have equally many rows; got shapes \(2, 1\) and \(3,\)"),
        ({"X_test": [[np.nan], [1.0], [1.0]]}, "must be finite; got 1 "),
        ({"y_test": np.ones((3, 1))}, r"must have 1 axes; got shape \(3, 1\)"),
        ({"sizes": [0]}, "sizes must be a whole number, 1 or greater; got 0"),
        ({"sizes": [2, -1]}, "sizes must be a whole number, 1 or greater; got -1"),
        ({"sizes": [2.0]}, "sizes must be a whole number, 1 or greater; got 2.0"),
        ({"sizes": [True]}, "sizes must be a whole number, 1 or greater; got True"),
        ({"sizes": 5}, "sizes must be a list of whole numbers; got 5"),
        ({"sizes": None}, "sizes must be a list of whole numbers; got None"),
        ({"sizes": np.array(2)}, r"sizes must be a list of whole numbers; got array\(2\)"),
        ({"sizes": []}, "sizes must hold at least one whole number; got none"),
        ({"sizes": "12"}, "sizes must be a whole number, 1 or greater; got '1'"),
        ({"learner": 3}, "learner must be a function; got 3"),
        ({"X_test": np.ones((3, 2))}, r"X_test must have as many columns as X; got shapes \(3, 2\) and \(3, 1\)"),
        ({"sizes": [1, 4]}, "sizes must be at most the number of examples, 3; got 4"),
    ],
)
def test_bad_arguments_of_a_learning_curve_are_named(arguments, message):
    good = {"learner": fit_mean, "X": [[0.0], [1.0], [2.0]], "y": [0.0, 1.0, 5.0], "sizes": [1, 3]}
    with pytest.raises(ValueError, match=message):
        validation.learning_curve(**good | {"X_test": np.ones((3, 1)), "y_test": [1.0, 2.0, 3.0]} | arguments)


@pytest.mark.parametrize(
    "m, k, message",
    [
        (5, 6, "k must be at most m = 5; got 6"),
        (5, 1, "k must be a whole number, 2 or greater; got 1"),
        (5, -2, "k must be a whole number, 2 or greater; got -2"),
        (5, 2.0, "k must be a whole number, 2 or greater; got 2.0"),
        (5, True, "k must be a whole number, 2 or greater; got True"),
        (2**64, 2, "m must be at most 1000000000; got 18446744073709551616"),
        (5, 2**64, "k must be at most "),
        (5, None, "k must be a whole number, 2 or greater; got None"),
        (1, 2, "m must be a whole number, 2 or greater; got 1"),
        (5.0, 2, "m must be a whole number, 2 or greater; got 5.0"),
        ("5", 2, "m must be a whole number, 2 or greater; got '5'"),
    ],
)
def test_bad_numbers_of_folds_are_named(m, k, message):
    with pytest.raises(ValueError, match=message):
        validation.k_fold(m, k, np.random.default_rng(0))


@pytest.mark.parametrize("rng", [0, None, np.random])
def test_folds_need_a_generator(rng):
    with pytest.raises(ValueError, match=r"rng must be a numpy\.random\.Generator, .*; got "):
        validation.k_fold(5, 2, rng)


def test_leave_one_out_keeps_its_digits_far_from_the_origin():
    """Values from a calculation with rational numbers."""
    X = (1e12 + np.array([0, 9, 10, 30]) / 8192)[:, None]
    [errors] = validation.leave_one_out(X, [0, 1, 0, 2], [0.0])
    assert errors == pytest.approx([0.0269, 0.413, 0.656, 0.392], abs=5e-4)


@pytest.mark.parametrize("lam", [1e-3, 1e-8, 1e-14])
def test_leave_one_out_with_more_slopes_than_examples_keeps_its_digits_as_the_penalty_goes_to_zero(lam):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((10, 40)), rng.standard_normal(10)
    [errors] = validation.leave_one_out(X, y, [lam])
    for i in range(10):
        kept = np.arange(10) != i
        w, b = linear.ridge(X[kept], y[kept], lam * 10 / 9)
        assert errors[i] == pytest.approx((y[i] - X[i] @ w - b) ** 2, rel=1e-9)


def test_leave_one_out_needs_no_matrix_of_all_pairs_of_examples():
    """With 200 000 examples that matrix has 320 gigabytes."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((200_000, 3)), rng.standard_normal(200_000)
    assert validation.leave_one_out(X, y, [0.1, 1.0]).shape == (2, 200_000)
    assert validation.gcv(X, y, [0.1]).shape == (1,)


def test_means_that_differ_by_rounding_alone_are_equal():
    """The same three errors in another order: their sums are 0.6000000000000001 and 0.6."""
    for order in ([0, 1], [1, 0]):
        lams, errors = np.array([2.0, 1.0])[order], np.array([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]])[order]
        assert validation.choose(lams, errors) == 2.0


@st.composite
def shuffled_errors(draw):
    """Errors on the folds of one setting in many orders, which makes as many settings that do equally well."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    row = rng.random(draw(st.integers(2, 40))) * 10.0 ** rng.integers(-3, 4)
    return rng.permutation(10.0 ** np.arange(6)), np.array([rng.permutation(row) for _ in range(6)])


@derandomized
@given(shuffled_errors())
def test_of_ties_within_rounding_the_largest_penalty_is_chosen_and_a_real_difference_is_seen(given_errors):
    lams, errors = given_errors
    assert validation.choose(lams, errors) == lams.max()
    k = errors.shape[1]
    better = errors.copy()
    better[lams == 10] *= 1 - 4 * k * EPS
    assert validation.choose(lams, better) == 10


@pytest.mark.parametrize("exponent", [-1070, -600, 0, 600, 1022])
@pytest.mark.parametrize("rule", ["minimum", "one standard error"])
def test_the_choice_does_not_depend_on_the_unit_of_the_errors(exponent, rule):
    errors = np.array([[1.0, 1.5], [1.25, 0.75], [1.0, 1.25], [1.75, 1.75]])
    chosen = validation.choose([0.1, 0.2, 0.3, 0.4], errors, rule=rule)
    assert chosen == {"minimum": 0.2, "one standard error": 0.3}[rule]
    assert validation.choose([0.1, 0.2, 0.3, 0.4], np.ldexp(errors, exponent), rule=rule) == chosen


def test_errors_of_size_1e200_are_compared():
    errors = [[1e200, 2e200], [3e200, 1e200]]
    assert validation.choose([1.0, 2.0], errors) == 1.0
    # The best has the mean 1.5e200 and a standard error of 0.5e200.
    assert validation.choose([1.0, 2.0], errors, rule="one standard error") == 2.0


def test_any_list_of_pairs_of_indices_is_a_list_of_folds():
    """Bootstrap samples repeat examples, repeated folds test them twice, the rest need not be tested at all."""
    X, y = problem()
    folds = [([0, 0, 19], np.array([1, 2])), ((3, 4), [1, 2]), [np.array([5], np.uint8), [0, 19]]]
    errors = validation.cross_validate(fit_mean, X, y, folds)
    expected = [((np.mean(y[list(train)]) - y[list(test)]) ** 2).mean() for train, test in folds]
    assert errors == pytest.approx(expected)


@pytest.mark.parametrize("size, message", [(1e200, "be within 1e150 of"), (1e-200, "meet .*, or differ by 1e-150")])
def test_errors_whose_squares_no_float_holds_are_refused(size, message):
    X, y = np.arange(6.0)[:, None], size * np.arange(6.0) ** 2
    with pytest.raises(ValueError, match=f"^learner's predictions must {message}.*; got a distance of "):
        validation.cross_validate(fit_mean, X, y, [([0, 1], [2, 3])])
    with pytest.raises(ValueError, match=f"^learner's predictions must {message}.*; got a distance of "):
        validation.learning_curve(fit_mean, X, y, [2], X, y)
    for shortcut in (validation.leave_one_out, validation.gcv, validation.ridge_scores):
        with pytest.raises(ValueError, match=f"^y must {message}.*; got a distance of "):
            shortcut(X, y, [0.1])


def test_a_distance_that_is_no_float_is_refused():
    X, y = np.arange(4.0)[:, None], np.array([1.7e308, 1.7e308, -1.7e308, -1.7e308])
    with pytest.raises(ValueError, match="^learner's predictions must be within 1e150 of y; got a distance of inf"):
        validation.cross_validate(lambda X, y, X_new: 1.7e308 * np.ones(2), X, y, [([0, 1], [2, 3])])


def test_predictions_without_any_error_have_none():
    X, y = np.arange(6.0)[:, None], np.zeros(6)
    assert validation.cross_validate(fit_mean, X, y, [([0, 1], [2, 3])]).tolist() == [0]
    assert (validation.leave_one_out(X, y, [0.1]) == 0).all()


def test_a_number_of_settings_that_changes_from_fold_to_fold_is_named():
    X, y = problem()

    def learner(X_train, y_train, X_new):
        return np.zeros((len(X_train), len(X_new)))

    with pytest.raises(
        ValueError, match=r"^learner must return .* the same settings on every fold; got shapes \(1,\) and \(2,\)"
    ):
        validation.cross_validate(learner, X, y, [([0], [1]), ([0, 1], [2])])


def test_a_leverage_so_near_one_that_few_digits_are_left_is_refused():
    """1 - h is 1e-11 here, known to four digits; at 1e-9 there are six, and an answer."""
    x = np.r_[np.tile([-1.0, 1.0], 5), 0.0]
    for far, refused in ((1e6, True), (1e5, False)):
        x[-1] = far
        if refused:
            with pytest.raises(ValueError, match="got a leverage of 1"):
                validation.leave_one_out(x[:, None], x % 3, [0.0])
        else:
            assert np.isfinite(validation.leave_one_out(x[:, None], x % 3, [0.0])).all()


def test_a_penalty_too_small_to_leave_anything_free_is_refused():
    """With more slopes than examples what it leaves free is lam / s**2, here smaller than any float."""
    rng = np.random.default_rng(0)
    X, y = 1e3 * rng.standard_normal((4, 9)), rng.standard_normal(4)
    assert np.isfinite(validation.leave_one_out(X, y, [1e-290])).all()
    for lam in (5e-324, 1e-300):
        with pytest.raises(ValueError, match="X must leave each example to the others: got a leverage of 1"):
            validation.leave_one_out(X, y, [lam])
        with pytest.raises(ValueError, match="X must have more examples than fitted parameters"):
            validation.gcv(X, y, [lam])


@pytest.mark.parametrize("d, intercept", [(5, True), (6, False), (7, True)])
def test_with_as_many_slopes_as_examples_tiny_penalties_still_have_their_digits(d, intercept):
    rng, lams = np.random.default_rng(0), np.array([1e-14, 1e-11])
    X, y = rng.standard_normal((6, d)), rng.standard_normal(6)
    expected = errors_of_refits(X, y, lams, intercept)
    assert validation.leave_one_out(X, y, lams, intercept=intercept) == pytest.approx(expected, rel=1e-10)


def test_where_no_penalty_errs_the_largest_is_chosen():
    for rule in ("minimum", "one standard error"):
        assert validation.choose([1.0, 2.0], np.zeros((2, 3)), rule=rule) == 2.0
