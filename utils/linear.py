"""Least squares and ridge regression, for one training set or for many at once.

The objective is the mean of half squared residuals plus (lam / 2) * ||w||**2; the
intercept is not penalized.
"""

import math

import numpy as np

from utils import _checks, _lasso, features
from utils import _factors as factors


def _check_design(X, *, intercept, ndim=2):
    X = _checks.finite_array("X", X, ndim=ndim, empty=True)
    if X.shape[-1] == 0 and not intercept:
        raise ValueError(
            f"X must have a column when intercept is False; got shape {X.shape}"
        )
    return X


def _check_examples(X, y, *, intercept):
    """Inputs and targets: (m, d) with (m,) or (m, k), or (n_sets, m, d) with
    (n_sets, m).
    """
    X = _check_design(X, intercept=intercept, ndim=(2, 3))
    if X.ndim == 2:
        return _checks.examples(X, y, ndim=(1, 2), empty=True)
    y = _checks.finite_array("y", y, ndim=2)
    if y.shape != X.shape[:2]:
        raise ValueError(
            f"y must have shape {X.shape[:2]}, a row for each training set of X; got "
            f"{y.shape}"
        )
    return X, y


def _for_all(X, lams, compute, *, intercept, minimum_norm=False):
    """Arrays of ``compute(factors, lams)``, whose first axis is that of lams, from one
    decomposition of X.

    Penalties of 0 have a decomposition of their own, see `factors.factorize`.
    """
    results = None
    for which in (lams == 0, lams > 0):
        if not which.any():
            continue
        smallest = lams[which].min()
        found, independent = factors.factorize(
            X, intercept=intercept, smallest=smallest
        )
        if smallest == 0 and not (independent or minimum_norm):
            raise ValueError(
                "X must have full column rank at lam = 0; got rank"
                f" {np.min((found.s > 0).sum(axis=-1))} for {X.shape[-1]} slopes, which"
                " infinitely many fits serve equally well. Allowed are lam > 0, or"
                " linear.minimum_norm for the smallest of them"
            )
        parts = compute(found, lams[which])
        if which.all():
            return parts
        results = results or [np.empty((len(lams), *part.shape[1:])) for part in parts]
        for result, part in zip(results, parts, strict=True):
            result[which] = part
    return results


def _slopes(found, lams, y, mean):
    """Slopes and intercepts for centred targets y, one in each column, whose means were
    these.
    """
    along = factors.transpose(found.U) @ y
    gains = factors.gains(found.s, lams, y.shape[-2])
    # All penalties stand side by side, so that one product of matrices serves them.
    side_by_side = len(lams), y.shape[-1]
    gained = np.moveaxis(gains, 0, -1)[..., None] * along[..., None, :]
    W = found.V @ gained.reshape(*along.shape[:-1], math.prod(side_by_side))
    b = (found.center[..., None, :] @ W).reshape(*mean.shape[:-1], *side_by_side)
    W = W.reshape(*W.shape[:-1], *side_by_side)
    return np.moveaxis(W, -2, 0), mean - np.moveaxis(b, -2, 0)


def _residuals_and_freedom(found, lams, y, *, intercept):
    """Residuals of centred targets y (m, 1), and 1 less the leverages, (n, m) each,
    without cancellation.
    """
    lost = factors.shares_lost(found.s, lams, len(y))
    # Those without length are any, and may hold the constant one.
    live = found.s > 0
    # A row for each direction, which makes the products below faster.
    Ut = np.multiply(found.U.T, live[:, None], order="C")
    along, squares = Ut @ y[:, 0], Ut**2
    # Where the directions are all there are, nothing is left beside them, not even
    # rounding.
    whole = live.sum() == len(y) - intercept
    residuals, freedom = (lost * along) @ Ut, lost @ squares
    if not whole:
        residuals += y[:, 0] - along @ Ut
        freedom += 1 - intercept / len(y) - squares.sum(axis=0)
    return residuals, freedom


def _fit_path(X, y, lams, *, intercept, minimum_norm=False):
    """Slopes and intercepts for all of lams."""
    X, y = _check_examples(X, y, intercept=intercept)
    # Of many training sets on the same inputs each is a column; else the targets are
    # made one.
    many = X.ndim == 2 and y.ndim == 2
    mean, y = factors.centre(y if many else y[..., None], intercept=intercept)

    def slopes(found, lams):
        return _slopes(found, lams, y, mean)

    W, b = _for_all(X, lams, slopes, intercept=intercept, minimum_norm=minimum_norm)
    return (W, b) if many else (W[..., 0], b[..., 0])


def least_squares(X, y, *, intercept=True):
    """Minimize (1/(2m)) ||y - X w - b||**2 over the slopes w and the intercept b.

    Parameters
    ----------
    X : (m, d) or (n_sets, m, d) array
        Inputs, one example a row; of one training set, or of many. With d = 0 the fit
        is the mean of y.
    y : (m,) or (m, k) or (n_sets, m) array
        Targets: one training set, k of them on the same inputs, or one for each of many
        inputs.
    intercept : bool
        Whether the model has an intercept b; without one, b is 0.

    Returns
    -------
    w : (d,) or (d, k) or (n_sets, d) array
        Slopes.
    b : float or (k,) or (n_sets,) array
        Intercept.

    Raises
    ------
    ValueError
        If X or y is empty or not finite, their rows differ in number, or the minimizer
        is not unique because the columns of X (centred, with an intercept) are linearly
        dependent.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq.
    (3.6); solved by the singular value decomposition. Explained in chapter 1.

    Examples
    --------
    >>> w, b = least_squares([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> w.round(12), round(float(b), 12)
    (array([2.]), 1.0)
    """
    return ridge(X, y, 0.0, intercept=intercept)


def ridge(X, y, lam, *, intercept=True):
    """Minimize (1/(2m)) ||y - X w - b||**2 + (lam/2) ||w||**2 over w and b.

    Parameters
    ----------
    X : (m, d) or (n_sets, m, d) array
        Inputs, one example a row; of one training set, or of many.
    y : (m,) or (m, k) or (n_sets, m) array
        Targets: one training set, k of them on the same inputs, or one for each of many
        inputs.
    lam : float
        Penalty on the mean-loss scale, >= 0; at 0 this is `least_squares`.
    intercept : bool
        Whether the model has an intercept b, which is not penalized; without it b is 0.

    Returns
    -------
    w : (d,) or (d, k) or (n_sets, d) array
        Slopes.
    b : float or (k,) or (n_sets,) array
        Intercept.

    Raises
    ------
    ValueError
        If X or y is empty or not finite, their rows differ in number, lam is negative,
        or lam is 0 and the columns of X (centred, with an intercept) are linearly
        dependent.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq.
    (3.41); theirs is m * lam.

    Examples
    --------
    >>> w, b = ridge([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], 2 / 3)
    >>> w.round(12), round(float(b), 12)
    (array([1.]), 2.0)
    """
    lam = _checks.finite_number("lam", lam, low=0)
    W, b = _fit_path(X, y, np.array([lam]), intercept=intercept)
    return W[0], b[0]


def ridge_path(X, y, lams, *, intercept=True):
    """Minimize (1/(2m)) ||y - X w - b||**2 + (lam/2) ||w||**2 over w and b, for every
    lam of lams.

    One singular value decomposition serves the whole path.

    Parameters
    ----------
    X : (m, d) or (n_sets, m, d) array
        Inputs, one example a row; of one training set, or of many.
    y : (m,) or (m, k) or (n_sets, m) array
        Targets: one training set, k of them on the same inputs, or one for each of many
        inputs.
    lams : (n,) array
        Penalties on the mean-loss scale, each >= 0.
    intercept : bool
        Whether the model has an intercept b, which is not penalized; without it b is 0.

    Returns
    -------
    W : (n, d) or (n, d, k) or (n, n_sets, d) array
        Slopes, one row for each penalty.
    b : (n,) or (n, k) or (n, n_sets) array
        Intercepts.

    Raises
    ------
    ValueError
        As for `ridge`, or if lams is empty.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq.
    (3.47); theirs is m * lam. Explained in chapter 5.

    Examples
    --------
    >>> W, b = ridge_path([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], [0.0, 2 / 3])
    >>> W.round(12), b.round(12)
    (array([[2.],
           [1.]]), array([1., 2.]))
    """
    return _fit_path(X, y, _checks.penalties("lams", lams), intercept=intercept)


def effective_dof(X, lams, *, intercept=True):
    """Effective degrees of freedom of ridge regression: how many slopes are really
    fitted.

    df(lam) = sum_j s_j**2 / (s_j**2 + m * lam), s_j the singular values of X (centred,
    with an intercept): the trace of the hat matrix, less 1 for the intercept.

    Parameters
    ----------
    X : (m, d) array
        Inputs, one example a row.
    lams : (n,) array
        Penalties on the mean-loss scale, each >= 0.
    intercept : bool
        Whether the model has an intercept; it is not penalized and not counted.

    Returns
    -------
    df : (n,) array
        From the rank of X at lam = 0 down to 0.

    Raises
    ------
    ValueError
        If X is empty or not finite, lams is empty, or a penalty is negative.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq.
    (3.50); theirs is m * lam. Explained in chapter 5.

    Examples
    --------
    >>> effective_dof([[0.0], [1.0], [2.0]], [0.0, 2 / 3])
    array([1. , 0.5])
    """
    X = _check_design(X, intercept=intercept)
    lams = _checks.penalties("lams", lams)

    def degrees(found, lams):
        kept = found.s * factors.gains(found.s, lams, len(X))
        return (kept.sum(axis=-1),)

    return _for_all(X, lams, degrees, intercept=intercept, minimum_norm=True)[0]


def minimum_norm(X, y, *, intercept=True):
    """Minimize ||w|| among all (w, b) that minimize (1/(2m)) ||y - X w - b||**2.

    The limit of `ridge` as lam falls to 0; where the columns of X are independent, the
    same as `least_squares`.

    Parameters
    ----------
    X : (m, d) or (n_sets, m, d) array
        Inputs, one example a row; d may exceed m. Of one training set, or of many.
    y : (m,) or (m, k) or (n_sets, m) array
        Targets: one training set, k of them on the same inputs, or one for each of many
        inputs.
    intercept : bool
        Whether the model has an intercept b, whose size does not count; without it b
        is 0.

    Returns
    -------
    w : (d,) or (d, k) or (n_sets, d) array
        Slopes.
    b : float or (k,) or (n_sets,) array
        Intercept.

    Raises
    ------
    ValueError
        If X or y is empty or not finite, or their rows differ in number.

    Source: Hastie, Montanari, Rosset, Tibshirani (2022), Surprises in High-Dimensional
    Ridgeless Least Squares Interpolation, section 1.

    Examples
    --------
    >>> w, b = minimum_norm([[1.0, 1.0], [3.0, 3.0]], [0.0, 4.0])
    >>> w.round(12), round(float(b), 12)
    (array([1., 1.]), -2.0)
    """
    W, b = _fit_path(X, y, np.zeros(1), intercept=intercept, minimum_norm=True)
    return W[0], b[0]


def nested(X, y, X_new, *, intercept=True):
    """Least-squares predictions of all models that use the first 0, 1, ..., d columns
    of X, from one decomposition.

    With X = Q R the fitted values of the first p columns are the projections on the
    first p columns of Q: each further column adds one term, and takes back none.

    Parameters
    ----------
    X : (m, d) or (n_sets, m, d) array
        Inputs, one example a row, with fewer columns than examples; of one training
        set, or of many.
    y : (m,) or (m, k) or (n_sets, m) array
        Targets: one training set, k of them on the same inputs, or one for each of many
        inputs.
    X_new : (n, d) array
        Where to predict.
    intercept : bool
        Whether the models have an intercept.

    Returns
    -------
    predictions : (d + 1, n) or (d + 1, n, k) or (d + 1, n_sets, n) array
        Row p holds the predictions of the first p columns.

    Raises
    ------
    ValueError
        As for `least_squares`, or if X_new has another number of columns.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, section
    3.2.3. Explained in chapter 3.

    Examples
    --------
    >>> nested([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], [[3.0]]).round(12)
    array([[3.],
           [7.]])
    """
    X, y = _check_examples(X, y, intercept=intercept)
    X_new = _checks.finite_array("X_new", X_new, ndim=2, empty=True)
    m, d = X.shape[-2:]
    if X_new.shape[1] != d:
        raise ValueError(
            f"X_new must have as many columns as X; got shapes {X_new.shape} and "
            f"{X.shape}"
        )
    if d > m - intercept:
        raise ValueError(
            f"X must have fewer columns than examples; got shape {X.shape}"
        )
    center, Z = factors.centre(X, intercept=intercept)
    many = X.ndim == 2 and y.ndim == 2
    mean, y = factors.centre(y if many else y[..., None], intercept=intercept)
    Q, R = np.linalg.qr(Z)
    inverse, dependent = factors.invert(R, X, Z)
    if dependent.any():
        raise ValueError(
            f"column {np.argwhere(dependent)[0][-1]} of X must not be a combination of "
            "those before it"
        )
    places = factors.transpose((X_new - center[..., None, :]) @ inverse)
    along = factors.transpose(Q) @ y
    predictions = np.empty((d + 1, *mean.shape[:-1], len(X_new), mean.shape[-1]))
    predictions[0] = mean[..., None, :]
    for p in range(d):
        # The term of this column, for each place and target; then the models before it.
        term = predictions[p + 1]
        np.multiply(places[..., p, :, None], along[..., p, None, :], out=term)
        term += predictions[p]
    return predictions if many else predictions[..., 0]


def nested_minimum_norm(X, y, *, intercept=True):
    """Minimize ||w|| among all least-squares fits, for the models that use the first
    0, 1, ..., d columns of X.

    Each is `minimum_norm` of those columns. As long as they leave residuals, a further
    column adds one term to all slopes, as in `nested`; from then on it adds one outer
    product to X X', and the slopes are X' (X X')^-1 y.

    Parameters
    ----------
    X : (m, d) array
        Inputs, one example a row; d may exceed m.
    y : (m,) or (m, k) array
        Targets: one training set, or k of them on the same inputs.
    intercept : bool
        Whether the models have an intercept b, whose size does not count; without one,
        b is 0.

    Returns
    -------
    W : (d + 1, d) or (d + 1, d, k) array
        Slopes; row p holds those of the first p columns, and 0 for the others.
    b : (d + 1,) or (d + 1, k) array
        Intercepts.

    Raises
    ------
    ValueError
        As for `minimum_norm`.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning,
    algorithm 3.1; Hastie, Montanari, Rosset, Tibshirani (2022), Surprises in
    High-Dimensional Ridgeless Least Squares Interpolation, section 1.

    Examples
    --------
    >>> W, b = nested_minimum_norm([[1.0, 1.0], [3.0, 3.0]], [0.0, 4.0])
    >>> W.round(12), b.round(12)
    (array([[0., 0.],
           [2., 0.],
           [1., 1.]]), array([ 2., -2., -2.]))
    """
    X, y = _checks.examples(
        _check_design(X, intercept=intercept), y, ndim=(1, 2), empty=True
    )
    targets = y if y.ndim == 2 else y[:, None]
    center, Z = factors.centre(X, intercept=intercept)
    mean, t = factors.centre(targets, intercept=intercept)
    # Powers of two, so that no square over- or underflows.
    x_unit, y_unit = factors.powers_of_two(Z.ravel()), factors.powers_of_two(t.ravel())
    W = np.zeros((X.shape[1] + 1, X.shape[1], t.shape[1]))
    with np.errstate(over="ignore"):
        X_scaled = X / x_unit
    for p, slopes in enumerate(
        factors.growing(X_scaled, Z / x_unit, t / y_unit, intercept=intercept)
    ):
        if slopes is None:
            # Columns so nearly dependent that the short way loses digits are fitted the
            # long way.
            W[p, :p], _ = minimum_norm(X[:, :p], targets, intercept=intercept)
        else:
            W[p, :p] = slopes / x_unit * y_unit
    b = mean - center @ W
    return (W, b) if y.ndim == 2 else (W[..., 0], b[..., 0])


def hat_matrix(X, X_new=None, *, lam=0.0, intercept=True):
    """The matrix H that takes targets to predictions of `ridge`: predictions at X_new
    are H @ y.

    Ridge regression, least squares included, is a *linear smoother*: H depends on the
    inputs alone, never on y.

    Parameters
    ----------
    X : (m, d) array
        Training inputs, one example a row.
    X_new : (n, d) array, optional
        Inputs at which to predict; X itself when not given.
    lam : float
        Penalty on the mean-loss scale, >= 0.
    intercept : bool
        Whether the model has an intercept, which is not penalized.

    Returns
    -------
    H : (n, m) array
        Row i holds the weight of each target in prediction i; with an intercept each
        row sums to 1.

    Raises
    ------
    ValueError
        If X or X_new is empty or not finite, their columns differ in number, lam is
        negative, or lam is 0 and the columns of X (centred, with an intercept) are
        linearly dependent.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eqs.
    (3.7) and (3.47). Explained in chapter 2.

    Examples
    --------
    >>> hat_matrix([[0.0], [1.0], [2.0]], [[3.0]]).round(4)
    array([[-0.6667,  0.3333,  1.3333]])
    """
    lam = _checks.finite_number("lam", lam, low=0)
    return hat_matrices(X, X_new, [lam], intercept=intercept)[0]


def polynomial_smoother(degree, x, x_new=None):
    """The matrix H that takes observations at x to the least-squares polynomial's
    predictions at x_new.

    With Y of shape (m, n_sets), one training set a column, H @ Y predicts for all sets
    at once.

    Parameters
    ----------
    degree : int
        Degree of the polynomial, >= 0.
    x : (m,) array
        Inputs of the training set, in [0, 1].
    x_new : (n,) array, optional
        Inputs at which to predict; x itself when not given.

    Returns
    -------
    H : (n, m) array

    Raises
    ------
    ValueError
        As by `features.polynomial` and `hat_matrix`.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq.
    (3.7). Explained in chapter 2.

    Examples
    --------
    >>> polynomial_smoother(1, [0.0, 0.5, 1.0], [1.5]).round(4)
    array([[-0.6667,  0.3333,  1.3333]])
    """
    X = features.polynomial(x, degree)
    return hat_matrix(X, X if x_new is None else features.polynomial(x_new, degree))


def hat_matrices(X, X_new, lams, *, intercept):
    """The matrices of `hat_matrix` for every lam of lams, (len(lams), n, m), from one
    factorization.

    Parameters
    ----------
    X, X_new
        As for `hat_matrix`.
    lams : (k,) array
        Penalties on the mean-loss scale, each >= 0.
    intercept : bool
        Whether the model has an intercept, which is not penalized.

    Returns
    -------
    H : (k, n, m) array
        One hat matrix for each penalty.

    Raises
    ------
    ValueError
        As for `hat_matrix`, or if lams is empty.
    """
    X, lams = _check_design(X, intercept=intercept), _checks.penalties("lams", lams)
    X_new = (
        X if X_new is None else _checks.finite_array("X_new", X_new, ndim=2, empty=True)
    )
    if X_new.shape[1] != X.shape[1]:
        raise ValueError(
            f"X_new must have as many columns as X; got shapes {X_new.shape} and "
            f"{X.shape}"
        )

    def hats(found, lams):
        operators = (
            found.V * factors.gains(found.s, lams, len(X))[:, None]
        ) @ found.U.T
        if not intercept:
            return (X_new @ operators,)
        # The columns of U are orthogonal to the constant, but for rounding; the mean of
        # the targets carries that part.
        operators = operators - operators.mean(axis=2, keepdims=True)
        return (1 / len(X) + (X_new - found.center) @ operators,)

    return _for_all(X, lams, hats, intercept=intercept)[0]


def moments_of_predictions(X, truth, lams, X_new, *, intercept=True):
    """Mean and variance of ridge predictions at X_new over training sets on X, with
    noise of variance 1 around the truth.

    With H the hat matrix these are H @ truth and diag(H H'); neither needs H.

    Parameters
    ----------
    X : (m, d) array
        Training inputs, the same in every training set.
    truth : (m,) array
        The noiseless truth at them.
    lams : (n,) array
        Penalties on the mean-loss scale, each >= 0.
    X_new : (n_points, d) array
        Where to predict.
    intercept : bool
        Whether the model has an intercept, which is not penalized.

    Returns
    -------
    means, variances : (n, n_points) arrays

    Raises
    ------
    ValueError
        As for `ridge_path`.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eqs.
    (7.10) and (7.11). Explained in chapter 5.

    Examples
    --------
    >>> X, truth = [[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0]
    >>> means, variances = moments_of_predictions(X, truth, [0.0], [[2.0]])
    >>> means.round(4), variances.round(4)
    (array([[2.]]), array([[0.8333]]))
    """
    X, truth = _checks.examples(
        _check_design(X, intercept=intercept), truth, empty=True
    )
    mean, truth = factors.centre(truth[:, None], intercept=intercept)

    def moments(found, lams):
        gains = factors.gains(found.s, lams, len(X))
        places = (X_new - found.center) @ found.V
        means = mean + (gains * (found.U.T @ truth[:, 0])) @ places.T
        return means, intercept / len(X) + gains**2 @ (places**2).T

    return _for_all(X, _checks.penalties("lams", lams), moments, intercept=intercept)


def path_and_leverages(X, y, lams, *, intercept=True):
    """The ridge path, its residuals, and 1 - h for each example, with h its leverage,
    the diagonal of the hat matrix.

    In the singular directions u_j of X (centred, with an intercept)
    h_i = 1/m + sum_j kept_j u_ij**2, with kept_j = s_j**2 / (s_j**2 + m * lam), so that
    no (m, m) matrix is needed.

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
    W, b : (n, d) and (n,) arrays
        As from `ridge_path`.
    residuals, freedom : (n, m) arrays

    Raises
    ------
    ValueError
        As for `ridge_path`.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq.
    (3.47). Explained in chapter 6.

    Examples
    --------
    >>> path_and_leverages([[0.0], [1.0], [2.0]], [0.0, 1.0, 5.0], [0.0])[3].round(4)
    array([[0.1667, 0.6667, 0.1667]])
    """
    X, y = _checks.examples(_check_design(X, intercept=intercept), y, empty=True)
    mean, y = factors.centre(y[:, None], intercept=intercept)

    def everything(found, lams):
        W, b = _slopes(found, lams, y, mean)
        return (
            W[..., 0],
            b[..., 0],
            *_residuals_and_freedom(found, lams, y, intercept=intercept),
        )

    return _for_all(X, _checks.penalties("lams", lams), everything, intercept=intercept)


def lasso_path(X, y, lams, *, intercept=True):
    """Minimize (1/(2m)) ||y - X w - b||**2 + lam * sum_j |w_j| over w and b, for every
    lam of lams.

    The path is made of straight lines: while lam falls, the slopes move in proportion,
    until one of them joins the model or leaves it. It is followed from corner to
    corner, about min(m, d) of them, and is exact.

    Parameters
    ----------
    X : (m, d) array
        Inputs, one example a row; d may exceed m.
    y : (m,) array
        Targets.
    lams : (n,) array
        Penalties on the mean-loss scale, each > 0, in any order.
    intercept : bool
        Whether the model has an intercept b, which is not penalized; without it b is 0.

    Returns
    -------
    W : (n, d) array
        Slopes, one row for each penalty; those that the penalty removes are exactly 0.
    b : (n,) array
        Intercepts.

    Raises
    ------
    ValueError
        If X or y is empty or not finite, their rows differ in number, a penalty is not
        positive, or rounding hides the optimum because columns of X are nearly
        dependent.

    Source: Efron, Hastie, Johnstone, Tibshirani (2004), Least Angle Regression, Annals
    of Statistics, section 3.1.

    Examples
    --------
    >>> W, b = lasso_path([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], [1.0, 2.0])
    >>> W.round(12), b.round(12)
    (array([[0.5],
           [0. ]]), array([2.5, 3. ]))
    """
    lams = _checks.finite_array("lams", lams, ndim=1)
    if (lams <= 0).any():
        raise ValueError(f"lams must be greater than 0; got {lams.min():g}")
    return _lasso_path(X, y, lams, intercept=intercept)


def lasso(X, y, lam, *, intercept=True, tolerance=1e-12, max_sweeps=100_000):
    """Minimize (1/(2m)) ||y - X w - b||**2 + lam * sum_j |w_j| over w and b: a point of
    `lasso_path`.

    The duality gap, a bound on how far the objective is above its minimum, is computed
    at the end.

    Parameters
    ----------
    X : (m, d) array
        Inputs, one example a row; d may exceed m.
    y : (m,) array
        Targets.
    lam : float
        Penalty on the mean-loss scale, > 0.
    intercept : bool
        Whether the model has an intercept b, which is not penalized; without it b is 0.
    tolerance : float
        The largest duality gap allowed, > 0, as a share of the objective at w = 0.
    max_sweeps : int
        How many straight lines of the path to allow, 1 or greater.

    Returns
    -------
    w : (d,) array
        Slopes; those that the penalty removes are exactly 0.
    b : float
        Intercept.

    Raises
    ------
    ValueError
        If X or y is empty or not finite, their rows differ in number, lam or tolerance
        is not positive, lam is not reached after max_sweeps lines, or the gap is larger
        than tolerance because columns of X are nearly dependent.

    Source: Efron, Hastie, Johnstone, Tibshirani (2004), Least Angle Regression, Annals
    of Statistics, section 3.1. Explained in chapter 5.

    Examples
    --------
    >>> w, b = lasso([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], 1.0)
    >>> w.round(12), round(float(b), 12)
    (array([0.5]), 2.5)
    """
    lam = _checks.finite_number("lam", lam, above=0)
    tolerance = _checks.finite_number("tolerance", tolerance, above=0)
    most = _checks.whole_number("max_sweeps", max_sweeps, low=1)
    W, b = _lasso_path(
        X, y, np.array([lam]), intercept=intercept, tolerance=tolerance, most=most
    )
    return W[0], b[0]


def _lasso_path(X, y, lams, *, intercept, tolerance=1e-12, most=100_000):
    X, y = _checks.examples(_check_design(X, intercept=intercept), y, empty=True)
    center, Z = factors.centre(X, intercept=intercept)
    mean, y = (part[..., 0] for part in factors.centre(y[:, None], intercept=intercept))
    # In these units, powers of two, no digit is lost and no pull reaches 1. A large
    # unit makes a large slope dear.
    units, y_unit = factors.powers_of_two(Z), factors.powers_of_two(y)
    largest = units.max(initial=0.0) or 1.0
    with np.errstate(over="ignore", under="ignore"):
        weights, scaled = largest / units, np.minimum(lams / largest / y_unit, 1.0)
        W = _lasso.follow(Z / units, y / y_unit, weights, scaled, most=most)
        if W is None:
            raise ValueError(
                f"max_sweeps must be larger: {most} lines of the path do not reach lam "
                f"= {lams.min():g}"
            )
        gaps = _lasso.duality_gaps(Z / units, y / y_unit, weights, scaled, W)
        gaps /= ((y / y_unit) ** 2).mean() / 2 or 1.0
        W = W / units * y_unit
    if not (gaps.max() <= tolerance and np.isfinite(W).all()):
        worst = lams[gaps.argmax()]
        raise ValueError(
            "X must not have columns so nearly dependent that rounding hides the"
            f" optimum: at lam = {worst:g} the duality gap is {gaps.max():.1e} of the"
            " objective at w = 0. Drop one of them, or give a larger lam or tolerance"
        )
    return W, mean - W @ center
