"""Least squares and ridge regression, for one training set or for many at once.

The objective is the mean of half squared residuals plus (lam / 2) * ||w||**2; the intercept is not penalized.
"""

import numpy as np

from utils import _checks


def _check_design(X, *, intercept):
    X = _checks.finite_array("X", X, ndim=2, empty=True)
    if X.shape[1] == 0 and not intercept:
        raise ValueError(f"X must have a column when intercept is False; got shape {X.shape}")
    return X


def _slopes_operator(X, lam, *, intercept, minimum_norm=False):
    """The center of X (0 without an intercept) and the (d, m) matrix that takes centred targets to slopes."""
    center = X.mean(axis=0) if intercept else np.zeros(X.shape[1])
    U, s, Vt = np.linalg.svd(X - center, full_matrices=False)
    # A singular value below this is the rounding error of the centring and of the factorization itself.
    scale = np.linalg.norm(X, axis=0).max(initial=0.0)
    U, s, Vt = (factor[s > scale * max(X.shape) * np.finfo(float).eps] for factor in (U.T, s, Vt))
    if lam == 0 and len(s) < X.shape[1] and not minimum_norm:
        raise ValueError(
            f"X must have full column rank at lam = 0; got rank {len(s)} for {X.shape[1]} slopes, which infinitely"
            " many fits serve equally well. Allowed are lam > 0, or linear.minimum_norm for the smallest of them"
        )
    # s / (s**2 + m * lam), written so that no square over- or underflows.
    gains = 1 / (s + len(X) * lam / s)
    return center, Vt.T @ (gains[:, None] * U)


def _fit(X, y, lam, *, intercept, minimum_norm=False):
    X = _check_design(X, intercept=intercept)
    y = _checks.finite_array("y", y, ndim=(1, 2))
    if len(X) != len(y):
        raise ValueError(f"X and y must have equally many rows; got shapes {X.shape} and {y.shape}")
    center, operator = _slopes_operator(X, lam, intercept=intercept, minimum_norm=minimum_norm)
    mean = y.mean(axis=0) if intercept else np.zeros(y.shape[1:])
    w = operator @ (y - mean)
    return w, mean - center @ w


def least_squares(X, y, *, intercept=True):
    """Minimize (1/(2m)) ||y - X w - b||**2 over the slopes w and the intercept b.

    Parameters
    ----------
    X : (m, d) array
        Inputs, one example a row. With d = 0 the fit is the mean of y.
    y : (m,) or (m, k) array
        Targets: one training set, or k of them on the same inputs.
    intercept : bool
        Whether the model has an intercept b; without one, b is 0.

    Returns
    -------
    w : (d,) or (d, k) array
        Slopes.
    b : float or (k,) array
        Intercept.

    Raises
    ------
    ValueError
        If X or y is empty or not finite, their rows differ in number, or the minimizer is not unique because the
        columns of X (centred, with an intercept) are linearly dependent.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq. (3.6); solved by the singular value
    decomposition. Explained in chapter 1.

    Examples
    --------
    >>> w, b = least_squares([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0])
    >>> w.round(12), round(float(b), 12)
    (array([2.]), 1.0)
    """
    return _fit(X, y, 0.0, intercept=intercept)


def ridge(X, y, lam, *, intercept=True):
    """Minimize (1/(2m)) ||y - X w - b||**2 + (lam/2) ||w||**2 over w and b.

    Parameters
    ----------
    X : (m, d) array
        Inputs, one example a row.
    y : (m,) or (m, k) array
        Targets: one training set, or k of them on the same inputs.
    lam : float
        Penalty on the mean-loss scale, >= 0; at 0 this is `least_squares`.
    intercept : bool
        Whether the model has an intercept b, which is not penalized; without one, b is 0.

    Returns
    -------
    w : (d,) or (d, k) array
        Slopes.
    b : float or (k,) array
        Intercept.

    Raises
    ------
    ValueError
        If X or y is empty or not finite, their rows differ in number, lam is negative, or lam is 0 and the columns of X
        (centred, with an intercept) are linearly dependent.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq. (3.41); theirs is m * lam.

    Examples
    --------
    >>> w, b = ridge([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], 2 / 3)
    >>> w.round(12), round(float(b), 12)
    (array([1.]), 2.0)
    """
    return _fit(X, y, _checks.finite_number("lam", lam, low=0), intercept=intercept)


def minimum_norm(X, y, *, intercept=True):
    """Minimize ||w|| among all (w, b) that minimize (1/(2m)) ||y - X w - b||**2.

    The limit of `ridge` as lam falls to 0; where the columns of X are independent, the same as `least_squares`.

    Parameters
    ----------
    X : (m, d) array
        Inputs, one example a row; d may exceed m.
    y : (m,) or (m, k) array
        Targets: one training set, or k of them on the same inputs.
    intercept : bool
        Whether the model has an intercept b, whose size does not count; without one, b is 0.

    Returns
    -------
    w : (d,) or (d, k) array
        Slopes.
    b : float or (k,) array
        Intercept.

    Raises
    ------
    ValueError
        If X or y is empty or not finite, or their rows differ in number.

    Source: Hastie, Montanari, Rosset, Tibshirani (2022), Surprises in High-Dimensional Ridgeless Least Squares
    Interpolation, section 1.

    Examples
    --------
    >>> w, b = minimum_norm([[1.0, 1.0], [3.0, 3.0]], [0.0, 4.0])
    >>> w.round(12), round(float(b), 12)
    (array([1., 1.]), -2.0)
    """
    return _fit(X, y, 0.0, intercept=intercept, minimum_norm=True)


def hat_matrix(X, X_new=None, *, lam=0.0, intercept=True):
    """The matrix H that takes targets to predictions of `ridge`: predictions at X_new are H @ y.

    Ridge regression, least squares included, is a *linear smoother*: H depends on the inputs alone, never on y.

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
        Row i holds the weight of each target in prediction i; with an intercept each row sums to 1.

    Raises
    ------
    ValueError
        If X or X_new is empty or not finite, their columns differ in number, lam is negative, or lam is 0 and the
        columns of X (centred, with an intercept) are linearly dependent.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eqs. (3.7) and (3.47). Explained in
    chapter 2.

    Examples
    --------
    >>> hat_matrix([[0.0], [1.0], [2.0]], [[3.0]]).round(4)
    array([[-0.6667,  0.3333,  1.3333]])
    """
    X = _check_design(X, intercept=intercept)
    X_new = X if X_new is None else _checks.finite_array("X_new", X_new, ndim=2, empty=True)
    if X_new.shape[1] != X.shape[1]:
        raise ValueError(f"X_new must have as many columns as X; got shapes {X_new.shape} and {X.shape}")
    lam = _checks.finite_number("lam", lam, low=0)
    center, operator = _slopes_operator(X, lam, intercept=intercept)
    H = (X_new - center) @ (operator - operator.mean(axis=1, keepdims=True) if intercept else operator)
    return H + 1 / len(X) if intercept else H
