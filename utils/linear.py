"""Least squares and ridge regression, for one training set or for many at once.

The objective is the mean of half squared residuals plus (lam / 2) * ||w||**2; the intercept is not penalized.
"""

import numpy as np

from utils import _checks, features


def _check_design(X, *, intercept):
    X = _checks.finite_array("X", X, ndim=2, empty=True)
    if X.shape[1] == 0 and not intercept:
        raise ValueError(f"X must have a column when intercept is False; got shape {X.shape}")
    return X


def _factorize(X, *, intercept):
    """The center of X (0 without an intercept), and the singular value decompositions U, s, Vt of the centred X, without
    its null space, and of the same with every column in a unit of its own; and those units.
    """
    center = X.mean(axis=0) if intercept else np.zeros(X.shape[1])
    Z = X - center
    size, units = np.abs(X).max(axis=0), np.abs(Z).max(axis=0)
    precision = max(X.shape) * np.finfo(float).eps
    constant = units <= precision * size
    Z[:, constant] = 0.0
    units[constant] = 1.0
    # The rank is judged with all columns brought to one scale, or a column in small units would pass for rounding. What is
    # rounding there is what centring leaves of a column far from the origin.
    in_units = np.linalg.svd(Z / units, full_matrices=False)
    rounding = precision * np.where(constant, 1.0, size / units).max(initial=1.0)
    rank = int((in_units[1] > rounding * in_units[1].max(initial=0.0)).sum())
    # With the large columns first, the decomposition keeps the digits of the small ones.
    order = np.argsort(-units, kind="stable")
    U, s, Vt = np.linalg.svd(Z[:, order], full_matrices=False)
    rank = min(rank, int((s > 0).sum()))
    return center, (U[:, :rank], s[:rank], Vt[:rank, np.argsort(order)]), in_units, units


def _halves(factors, lam, m):
    """Two matrices whose product takes centred targets to slopes: (d, r), the gains in it, and (r, m)."""
    _, (U, s, Vt), (U_in_units, s_in_units, Vt_in_units), units = factors
    if lam == 0 and len(s) == len(units):
        # Without a penalty the fit does not depend on units, and is found in the best.
        return (Vt_in_units / units).T / s_in_units, U_in_units.T
    return Vt.T * _gains(s, lam, m), U.T


def _gains(s, lam, m):
    """s / (s**2 + m * lam): from a centred target along a singular direction to the slope in it."""
    # Written so that no square over- or underflows.
    return 1 / (s + m * lam / s)


def _check_rank(X, s):
    if len(s) < X.shape[1]:
        raise ValueError(
            f"X must have full column rank at lam = 0; got rank {len(s)} for {X.shape[1]} slopes, which infinitely"
            " many fits serve equally well. Allowed are lam > 0, or linear.minimum_norm for the smallest of them"
        )


def _fit_path(X, y, lams, *, intercept, minimum_norm=False):
    """Slopes and intercepts for all of lams, from one factorization."""
    X, y = _checks.examples(_check_design(X, intercept=intercept), y, ndim=(1, 2), empty=True)
    factors = center, (_, s, _), *_ = _factorize(X, intercept=intercept)
    if not minimum_norm and np.any(lams == 0):
        _check_rank(X, s)
    mean = y.mean(axis=0) if intercept else np.zeros(y.shape[1:])
    halves = (_halves(factors, lam, len(X)) for lam in lams)
    W = np.array([left @ (right @ (y - mean)) for left, right in halves])
    return W, mean - np.einsum("d,nd...->n...", center, W)


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
    return ridge(X, y, 0.0, intercept=intercept)


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
    lam = _checks.finite_number("lam", lam, low=0)
    W, b = _fit_path(X, y, np.array([lam]), intercept=intercept)
    return W[0], b[0]


def ridge_path(X, y, lams, *, intercept=True):
    """Minimize (1/(2m)) ||y - X w - b||**2 + (lam/2) ||w||**2 over w and b, for every lam of lams.

    One singular value decomposition serves the whole path.

    Parameters
    ----------
    X : (m, d) array
        Inputs, one example a row.
    y : (m,) or (m, k) array
        Targets: one training set, or k of them on the same inputs.
    lams : (n,) array
        Penalties on the mean-loss scale, each >= 0.
    intercept : bool
        Whether the model has an intercept b, which is not penalized; without one, b is 0.

    Returns
    -------
    W : (n, d) or (n, d, k) array
        Slopes, one row for each penalty.
    b : (n,) or (n, k) array
        Intercepts.

    Raises
    ------
    ValueError
        As for `ridge`, or if lams is empty.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq. (3.47); theirs is m * lam. Explained in
    chapter 5.

    Examples
    --------
    >>> W, b = ridge_path([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], [0.0, 2 / 3])
    >>> W.round(12), b.round(12)
    (array([[2.],
           [1.]]), array([1., 2.]))
    """
    return _fit_path(X, y, _checks.penalties("lams", lams), intercept=intercept)


def effective_dof(X, lams, *, intercept=True):
    """Effective degrees of freedom of ridge regression: how many slopes are really fitted.

    df(lam) = sum_j s_j**2 / (s_j**2 + m * lam), s_j the singular values of X (centred, with an intercept): the trace of
    the hat matrix, less 1 for the intercept.

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

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq. (3.50); theirs is m * lam. Explained
    in chapter 5.

    Examples
    --------
    >>> effective_dof([[0.0], [1.0], [2.0]], [0.0, 2 / 3])
    array([1. , 0.5])
    """
    X = _check_design(X, intercept=intercept)
    lams = _checks.penalties("lams", lams)
    _, (_, s, _), *_ = _factorize(X, intercept=intercept)
    return np.array([(s * _gains(s, lam, len(X))).sum() for lam in lams])


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
    W, b = _fit_path(X, y, np.zeros(1), intercept=intercept, minimum_norm=True)
    return W[0], b[0]


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
    return hat_matrices(X, X_new, [_checks.finite_number("lam", lam, low=0)], intercept=intercept)[0]


def polynomial_smoother(degree, x, x_new=None):
    """The matrix H that takes observations at x to the least-squares polynomial's predictions at x_new.

    With Y of shape (m, n_sets), one training set a column, H @ Y predicts for all sets at once.

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

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq. (3.7). Explained in chapter 2.

    Examples
    --------
    >>> polynomial_smoother(1, [0.0, 0.5, 1.0], [1.5]).round(4)
    array([[-0.6667,  0.3333,  1.3333]])
    """
    X = features.polynomial(x, degree)
    return hat_matrix(X, X if x_new is None else features.polynomial(x_new, degree))


def hat_matrices(X, X_new, lams, *, intercept):
    """The matrices of `hat_matrix` for every lam of lams, (len(lams), n, m), from one factorization.

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
    X_new = X if X_new is None else _checks.finite_array("X_new", X_new, ndim=2, empty=True)
    if X_new.shape[1] != X.shape[1]:
        raise ValueError(f"X_new must have as many columns as X; got shapes {X_new.shape} and {X.shape}")
    factors = center, (_, s, _), *_ = _factorize(X, intercept=intercept)
    if (lams == 0).any():
        _check_rank(X, s)
    operators = np.array([np.matmul(*_halves(factors, lam, len(X))) for lam in lams])
    if not intercept:
        return X_new @ operators
    # The columns of U are orthogonal to the constant, but for rounding; the mean of the targets carries that part.
    return 1 / len(X) + (X_new - center) @ (operators - operators.mean(axis=2, keepdims=True))


def lasso(X, y, lam, *, intercept=True, tolerance=1e-12, max_sweeps=100_000):
    """Minimize (1/(2m)) ||y - X w - b||**2 + lam * sum_j |w_j| over w and b, by coordinate descent.

    Each sweep minimizes over one slope after another, which is soft thresholding. It stops when the duality gap, a bound on
    how far the objective is above its minimum, is below tolerance times the objective at w = 0.

    Parameters
    ----------
    X : (m, d) array
        Inputs, one example a row.
    y : (m,) array
        Targets.
    lam : float
        Penalty on the mean-loss scale, > 0.
    intercept : bool
        Whether the model has an intercept b, which is not penalized; without one, b is 0.
    tolerance : float
        Relative duality gap at which to stop, > 0.
    max_sweeps : int
        How many sweeps to allow, 1 or greater.

    Returns
    -------
    w : (d,) array
        Slopes; those that the penalty removes are exactly 0.
    b : float
        Intercept.

    Raises
    ------
    ValueError
        If X or y is empty or not finite, their rows differ in number, lam or tolerance is not positive, or the gap is
        still larger after max_sweeps.

    Source: Friedman, Hastie, Tibshirani (2010), Regularization Paths for Generalized Linear Models via Coordinate Descent,
    Journal of Statistical Software, eq. (5). Explained in chapter 5.

    Examples
    --------
    >>> w, b = lasso([[0.0], [1.0], [2.0]], [1.0, 3.0, 5.0], 1.0)
    >>> w.round(12), round(float(b), 12)
    (array([0.5]), 2.5)
    """
    X, y = _checks.examples(_check_design(X, intercept=intercept), y, empty=True)
    lam = _checks.finite_number("lam", lam, above=0)
    tolerance = _checks.finite_number("tolerance", tolerance, above=0)
    max_sweeps = _checks.whole_number("max_sweeps", max_sweeps, low=1)
    center = X.mean(axis=0) if intercept else np.zeros(X.shape[1])
    mean = y.mean() if intercept else 0.0
    # In these units, powers of two, no square over- or underflows and no digit is lost; the penalty takes their product.
    x_unit, y_unit = (np.ldexp(1.0, np.frexp(np.abs(A).max(initial=0.0))[1]) for A in (X - center, y - mean))
    # No pull reaches 1 in these units.
    with np.errstate(over="ignore", under="ignore"):
        scaled_lam = min(lam / x_unit / y_unit, 1.0)
    w = _coordinate_descent((X - center) / x_unit, (y - mean) / y_unit, scaled_lam, tolerance, max_sweeps)
    w = w * y_unit / x_unit
    return w, mean - center @ w


def _coordinate_descent(Z, y, lam, tolerance, max_sweeps):
    w, curvature, residual = np.zeros(Z.shape[1]), (Z**2).mean(axis=0), y.copy()
    enough = tolerance * (y**2).mean() / 2
    for sweep in range(max_sweeps):
        for j in np.flatnonzero(curvature):
            old, pull = w[j], Z[:, j] @ residual / len(y) + curvature[j] * w[j]
            w[j] = np.sign(pull) * max(abs(pull) - lam, 0.0) / curvature[j]
            residual -= (w[j] - old) * Z[:, j]
        if sweep % 10 == 9:
            w = _solve_for_signs(Z, y, lam, w)
            residual = y - Z @ w
        if _lasso_gap(Z, residual, w, lam, y) <= enough:
            return w
    raise ValueError(f"max_sweeps must be larger: after {max_sweeps} sweeps the duality gap is not below {enough:g}")


def _solve_for_signs(Z, y, lam, w):
    """The exact minimizer if the signs of w are right, which spares coordinate descent its slow end; else w as it is."""
    active = np.flatnonzero(w)
    U, s, Vt = np.linalg.svd(Z[:, active], full_matrices=False)
    if not len(active) or len(s) < len(active) or s[-1] < 1e-12 * s[0]:
        return w
    signs = np.sign(w[active])
    solved = Vt.T @ ((U.T @ y) / s - len(y) * lam * (Vt @ signs) / s**2)
    if (np.sign(solved) != signs).any():
        return w
    new = np.zeros_like(w)
    new[active] = solved
    return new


def _lasso_gap(Z, residual, w, lam, y):
    """Primal minus dual objective at the dual point that the residual suggests; it is never below zero, but for rounding."""
    m = len(y)
    # A pull may exceed lam by what rounding leaves of it; shrinking the residual for that would feign a gap.
    rounding = 4 * np.finfo(float).eps * (np.abs(Z).T @ (np.abs(y) + np.abs(Z) @ np.abs(w))).max(initial=0.0) / m
    pull = np.abs(Z.T @ residual).max(initial=0.0) / m
    dual = residual * (lam / pull) if pull > lam + rounding else residual
    return ((residual**2).sum() + ((y - dual) ** 2).sum() - (y**2).sum()) / (2 * m) + lam * np.abs(w).sum()
