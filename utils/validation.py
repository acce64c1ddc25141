"""Choosing a penalty by error on data that had no part in the fit.

Explained in chapter 6.
"""

from typing import NamedTuple

import numpy as np

from utils import _checks, linear


def k_fold(m, k, rng):
    """Split the indices 0, ..., m - 1 at random into k folds of almost equal size.

    The sizes differ by at most one.

    Parameters
    ----------
    m : int
        Number of examples, 2 to 1e9.
    k : int
        Number of folds, 2 to m.
    rng : numpy.random.Generator
        Where the shuffling comes from.

    Returns
    -------
    folds : list of k pairs (train, test) of index arrays
        Each example is in the test part of exactly one pair, and in the training part
        of all others.

    Raises
    ------
    ValueError
        If m or k is not a whole number in its range, or rng is not a Generator.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, section
    7.10.

    Examples
    --------
    >>> [len(test) for _, test in k_fold(10, 3, np.random.default_rng(0))]
    [4, 3, 3]
    """
    m = _checks.whole_number("m", m, low=2, high=_checks.LARGEST)
    k = _checks.whole_number("k", k, low=2)
    if k > m:
        raise ValueError(f"k must be at most m = {m}; got {k}")
    parts = np.array_split(_checks.generator(rng).permutation(m), k)
    return [(np.concatenate(parts[:i] + parts[i + 1 :]), parts[i]) for i in range(k)]


def _check_folds(folds, m):
    """Pairs of index arrays (train, test), or raise."""
    if not hasattr(folds, "__len__"):
        kind = type(folds).__name__
        raise ValueError(
            f"folds must be a list of pairs (train, test); got {kind}: make it a list "
            "first"
        )
    if not len(folds):
        raise ValueError("folds must hold at least one pair (train, test); got none")
    return [_check_fold(f"fold {i} of folds", pair, m) for i, pair in enumerate(folds)]


def _check_fold(name, pair, m):
    try:
        train, test = map(np.asarray, pair)
    except (TypeError, ValueError):
        raise ValueError(
            f"{name} must be a pair (train, test) of lists of indices; got {pair!r:.60}"
        ) from None
    for part in (train, test):
        if part.ndim != 1 or part.dtype.kind not in "iu" or not part.size:
            raise ValueError(
                f"{name} must hold two lists of indices, none empty; got {part!r:.60}"
            )
        if part.min() < 0 or part.max() >= m:
            wrong = part[(part < 0) | (part >= m)][0]
            raise ValueError(f"{name} must hold indices from 0 to {m - 1}; got {wrong}")
    if (shared := np.intersect1d(train, test)).size:
        raise ValueError(
            f"{name} must not test what it trains on; got {shared[0]} in both parts"
        )
    return train, test


def _mean_squares(predictions, y):
    """Mean squared error of predictions (..., n) at targets (n,)."""
    if predictions.shape[-1] != len(y):
        raise ValueError(
            f"learner's predictions must be {len(y)} a setting; got shape "
            f"{predictions.shape}"
        )
    with np.errstate(over="ignore"):
        distances = predictions - y
    return _checks.squares("learner's predictions", distances, "y").mean(axis=-1)


def cross_validate(learner, X, y, folds):
    """Mean squared error on each fold of a learner that was trained on the others.

    Whatever is learnt from the data, the scaling of features included, belongs inside
    ``learner``.

    Parameters
    ----------
    learner : callable
        ``learner(X_train, y_train, X_test)`` returns predictions at X_test: (n,), or
        (n_settings, n) for many settings at once.
    X : (m, d) array
        Inputs, one example a row.
    y : (m,) array
        Targets.
    folds : list of pairs (train, test)
        As from `k_fold`: index arrays that share no example, of one fold each.

    Returns
    -------
    errors : (k,) or (n_settings, k) array
        One column for each fold.

    Raises
    ------
    ValueError
        If X or y is empty or not finite, their rows differ in number, folds is empty, a
        fold is no pair of lists of indices from 0 to m - 1, or trains on what it tests,
        or predictions are not finite, not of the shape of the fold, or so far off that
        their square is no float.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq.
    (7.48).

    Examples
    --------
    >>> mean = lambda X_train, y_train, X_test: np.full(len(X_test), y_train.mean())
    >>> cross_validate(mean, [[0.0], [0.0]], [0.0, 2.0], [([0], [1]), ([1], [0])])
    array([4., 4.])
    """
    X, y = _checks.examples(X, y)
    learner, errors = _checks.function("learner", learner), []
    for train, test in _check_folds(folds, len(X)):
        predictions = learner(X[train], y[train], X[test])
        predictions = _checks.finite_array(
            "learner's predictions", predictions, ndim=(1, 2)
        )
        errors.append(_mean_squares(predictions, y[test]))
        if errors[-1].shape != errors[0].shape:
            raise ValueError(
                "learner must return predictions for the same settings on every fold;"
                f" got shapes {errors[0].shape} and {errors[-1].shape} of errors"
            )
    return np.array(errors).T


def leave_one_out(X, y, lams, *, intercept=True):
    """Squared error at each example of the ridge fit to all the others, from one fit
    for each penalty.

    Dividing the residual e_i by 1 - h_i, with h_i the diagonal of the hat matrix, gives
    the residual at example i of the fit without it, with the same penalty m * lam on
    the *sum* of squares. That holds since the loss is a square and the penalty
    quadratic, and the same without the example; for other losses, or the lasso, it does
    not.

    Parameters
    ----------
    X : (m, d) array
        Inputs, one example a row.
    y : (m,) array
        Targets.
    lams : (n,) array
        Penalties on the mean-loss scale, each >= 0.
    intercept : bool
        Whether the model has an intercept, which is not penalized.

    Returns
    -------
    errors : (n, m) array
        Squared leave-one-out residuals.

    Raises
    ------
    ValueError
        As for `linear.ridge_path`, or if a leverage h_i is within 1e-10 of 1: the fit
        then passes through the example whatever its target is, and dividing by 1 - h_i
        would lose all digits.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq.
    (7.64).

    Examples
    --------
    >>> leave_one_out([[0.0], [1.0], [2.0]], [0.0, 1.0, 5.0], [0.0]).round(6)
    array([[9.  , 2.25, 9.  ]])
    """
    return ridge_scores(X, y, lams, intercept=intercept).leave_one_out


def gcv(X, y, lams, *, intercept=True):
    """Generalized cross-validation: mean squared residual over (1 - mean leverage)**2,
    for each penalty.

    Leave-one-out with every leverage replaced by their mean.

    Parameters
    ----------
    X, y, lams, intercept
        As for `leave_one_out`.

    Returns
    -------
    scores : (n,) array
        The smaller, the better; an estimate of the error on new data.

    Raises
    ------
    ValueError
        As for `leave_one_out`.

    Source: Golub, Heath, Wahba (1979), Generalized Cross-Validation as a Method for
    Choosing a Good Ridge Parameter.

    Examples
    --------
    >>> gcv([[0.0], [1.0], [2.0]], [0.0, 1.0, 5.0], [0.0]).round(6)
    array([4.5])
    """
    *_, residuals, freedom = linear.path_and_leverages(X, y, lams, intercept=intercept)
    return _gcv(residuals, freedom)


def _gcv(residuals, freedom):
    mean = freedom.mean(axis=1)
    if (mean <= 1e-300).any():
        raise ValueError(
            "X must have more examples than fitted parameters at every lam; got a mean "
            "leverage of 1"
        )
    return _squared_ratios(residuals, mean[:, None]).mean(axis=1)


def _squared_ratios(residuals, freedom):
    with np.errstate(over="ignore"):
        ratios = residuals / freedom
    return _checks.squares("y", ratios, "its prediction by the others")


class RidgeScores(NamedTuple):
    """A ridge path with its leave-one-out errors and its scores by generalized
    cross-validation.

    Attributes
    ----------
    W, b : (n, d) and (n,) arrays
        Slopes and intercepts, as from `linear.ridge_path`.
    leave_one_out : (n, m) array
        Squared leave-one-out residuals.
    gcv : (n,) array
        Scores by generalized cross-validation.
    """

    W: np.ndarray
    b: np.ndarray
    leave_one_out: np.ndarray
    gcv: np.ndarray


def ridge_scores(X, y, lams, *, intercept=True):
    """The ridge path, `leave_one_out` and `gcv`, all from one decomposition of X.

    Parameters
    ----------
    X, y, lams, intercept
        As for `leave_one_out`.

    Returns
    -------
    RidgeScores

    Raises
    ------
    ValueError
        As for `leave_one_out`.

    Examples
    --------
    >>> scores = ridge_scores([[0.0], [1.0], [2.0]], [0.0, 1.0, 5.0], [0.0, 0.1])
    >>> scores.W.shape, scores.leave_one_out.shape, scores.gcv.shape
    ((2, 1), (2, 3), (2,))
    """
    W, b, residuals, freedom = linear.path_and_leverages(
        X, y, lams, intercept=intercept
    )
    m, lams = len(residuals[0]), np.asarray(lams)
    # With at least as many slopes as examples what a penalty leaves free is found
    # without cancellation, and has its digits as long as it is far above the smallest
    # float.
    exact = (lams > 0) & (W.shape[1] >= m - intercept)
    if (freedom.min(axis=1) <= np.where(exact, 1e-300, 1e-10)).any():
        raise ValueError(
            "X must leave each example to the others: got a leverage of 1, where "
            "allowed are those below 1"
        )
    errors = _squared_ratios(residuals, freedom)
    return RidgeScores(W, b, errors, _gcv(residuals, freedom))


def choose(lams, errors, *, rule="minimum"):
    """The penalty with the smallest mean error over the folds, or the largest within
    one standard error of it.

    Of penalties that do equally well, but for rounding, it is the largest: the simplest
    model.

    Parameters
    ----------
    lams : (n,) array
        Penalties, each >= 0.
    errors : (n, k) array
        Errors on k folds, at least two, for each penalty, as from `cross_validate`.
    rule : {"minimum", "one standard error"}
        Which to take.

    Returns
    -------
    lam : float
        One of lams.

    Raises
    ------
    ValueError
        If lams or errors is empty or not finite, their lengths differ, there are fewer
        than two folds, or the rule is unknown.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, section
    7.10.1.

    Examples
    --------
    >>> errors = [[1.0, 3.0], [1.2, 3.2], [5.0, 9.0]]
    >>> choose([0.1, 1.0, 10.0], errors, rule="one standard error")
    1.0
    """
    lams, errors = (
        _checks.penalties("lams", lams),
        _checks.finite_array("errors", errors, ndim=2),
    )
    if len(errors) != len(lams):
        raise ValueError(
            f"errors must have a row for each of {len(lams)} lams; got shape "
            f"{errors.shape}"
        )
    if errors.shape[1] < 2:
        raise ValueError("errors must come from two folds or more; got 1")
    # In units, powers of two, in which no sum or square of errors is too large.
    errors = np.ldexp(errors, -np.frexp(np.abs(errors).max())[1])
    k, mean = errors.shape[1], errors.mean(axis=1)
    rounding = k * np.finfo(float).eps * np.abs(errors).mean(axis=1)
    equal = np.flatnonzero(mean - rounding <= (mean + rounding).min())
    best = max(equal, key=lambda i: lams[i])
    if _checks.one_of("rule", rule, ("minimum", "one standard error")) == "minimum":
        return float(lams[best])
    limit = mean[best] + errors[best].std(ddof=1) / np.sqrt(k)
    return float(lams[mean - rounding <= limit].max())


def _check_sizes(sizes, m):
    if not np.iterable(sizes):
        raise ValueError(f"sizes must be a list of whole numbers; got {sizes!r:.40}")
    sizes = [_checks.whole_number("sizes", size, low=1) for size in sizes]
    if not sizes:
        raise ValueError("sizes must hold at least one whole number; got none")
    if max(sizes) > m:
        raise ValueError(
            f"sizes must be at most the number of examples, {m}; got {max(sizes)}"
        )
    return sizes


def learning_curve(learner, X, y, sizes, X_test, y_test):
    """Training and test error of a learner trained on the first examples, for growing
    numbers of them.

    Parameters
    ----------
    learner : callable
        ``learner(X_train, y_train, X_new)`` returns predictions at X_new, (n,).
    X : (m, d) array
        Inputs, one example a row, in random order.
    y : (m,) array
        Targets.
    sizes : sequence of int
        Numbers of training examples, each 1 to m.
    X_test, y_test : (n, d) array, (n,) array
        Examples that are in no training set.

    Returns
    -------
    train, test : (len(sizes),) arrays
        Mean squared errors.

    Raises
    ------
    ValueError
        If data are empty or not finite, their rows or columns differ in number, sizes
        is no list of whole numbers between 1 and m, or predictions are not finite, not
        one for each example, or so far off that their square is no float.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, section
    7.10.1.

    Examples
    --------
    >>> mean = lambda X_train, y_train, X_new: np.full(len(X_new), y_train.mean())
    >>> learning_curve(mean, [[0.0], [0.0]], [1.0, 3.0], [1, 2], [[0.0]], [2.0])
    (array([0., 1.]), array([1., 0.]))
    """
    X, y = _checks.examples(X, y)
    X_test, y_test = _checks.examples(X_test, y_test)
    if X_test.shape[1] != X.shape[1]:
        raise ValueError(
            f"X_test must have as many columns as X; got shapes {X_test.shape} and "
            f"{X.shape}"
        )
    sizes = _check_sizes(sizes, len(X))
    learner, train, test = _checks.function("learner", learner), [], []
    for size in sizes:
        for errors, X_new, y_new in (
            (train, X[:size], y[:size]),
            (test, X_test, y_test),
        ):
            # Copies, so that a learner cannot write into the caller's data.
            predictions = learner(X[:size].copy(), y[:size].copy(), X_new.copy())
            predictions = _checks.finite_array(
                "learner's predictions", predictions, ndim=1
            )
            errors.append(_mean_squares(predictions, y_new))
    return np.array(train), np.array(test)
