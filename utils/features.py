"""Features: what turns a linear model into a curve, or into a network of which only the
last layer learns.
"""

import numpy as np
from numpy.polynomial import Legendre, Polynomial, legendre

from utils import _checks
from utils import _factors as factors


def _check_domain(domain):
    ends = _checks.finite_array("domain", domain, ndim=1)
    if len(ends) != 2 or not ends[0] < ends[1]:
        raise ValueError(f"domain must be (low, high) with low < high; got {domain!r}")
    return ends


def polynomial(x, degree, *, domain=(0, 1)):
    """Legendre polynomials P_1(t), ..., P_degree(t) of t, which is x mapped from domain
    to [-1, 1].

    They span, with an intercept, the same functions as x, x**2, ..., x**degree, so a
    least-squares fit is the same; but their columns are nearly orthogonal where those
    of the powers are nearly parallel, so no digits are lost. `power_coefficients` turns
    a fit back into ordinary powers. Explained in chapter 1.

    Parameters
    ----------
    x : (m,) array
        Inputs, usually in domain.
    degree : int
        Highest degree, 0 or greater; at 0 there is no column, and the model is its
        intercept.
    domain : (low, high)
        The interval on which the polynomials are nearly orthogonal, low < high.

    Returns
    -------
    X : (m, degree) array
        Column j - 1 holds P_j, between -1 and 1 on domain. There is no constant column.

    Raises
    ------
    ValueError
        If x is empty or not finite, degree is not a whole number, 0 or greater, domain
        is not an interval, or x lies so far from domain that the polynomials reach
        1e15, where no digit tells one from the others.

    Examples
    --------
    >>> polynomial([0, 0.5, 1], 2)
    array([[-1. ,  1. ],
           [ 0. , -0.5],
           [ 1. ,  1. ]])
    """
    x = _checks.finite_array("x", x, ndim=1)
    degree = _checks.whole_number("degree", degree, low=0)
    low, high = _check_domain(domain)
    with np.errstate(over="ignore", invalid="ignore"):
        t = (2 * x - low - high) / (high - low)
        X = legendre.legvander(t, degree)[:, 1:]
        # More than half a width outside, and large; NaN are large, too.
        far = ~(np.abs(t) <= 2) & ~(np.abs(X) < 1e15).all(axis=1)
    if far.any():
        raise ValueError(
            f"x must lie in or near domain = ({low:g}, {high:g}) at degree {degree}; "
            f"got {x[far][0]:g}:"
            " give as domain the interval that the inputs span"
        )
    return X


def power_coefficients(w, b, *, domain=(0, 1)):
    """Coefficients c_0, ..., c_degree of the same polynomial in ordinary powers of x.

    sum_j c_j x**j = b + sum_j w_j P_j(t), with P_j and t as in `polynomial`.

    Parameters
    ----------
    w : (degree,) array
        Slopes of a model on the columns of `polynomial`.
    b : float
        Its intercept.
    domain : (low, high)
        The domain given to `polynomial`.

    Returns
    -------
    c : (degree + 1,) array
        Coefficients, the constant first.

    Raises
    ------
    ValueError
        If w or b is not finite, or domain is not an interval.

    Examples
    --------
    >>> power_coefficients([0, 2 / 3], 1 / 3)    # that is t**2 = (2x - 1)**2
    array([ 1., -4.,  4.])
    """
    w = _checks.finite_array("w", w, ndim=1, empty=True)
    b = _checks.finite_number("b", b)
    series = Legendre(np.concatenate([[b], w]), domain=_check_domain(domain))
    with np.errstate(over="ignore", invalid="ignore"):
        coefficients = series.convert(kind=Polynomial).coef
    if not np.isfinite(coefficients).all():
        raise ValueError(
            "w must be so small, and domain so wide, that coefficients of powers are "
            "finite;"
            f" got up to {abs(w).max(initial=0.0):g} on {domain!r}"
        )
    return np.pad(coefficients, (0, len(w) + 1 - len(coefficients)))


def gaussian(x, centers, width):
    """Gaussian bumps exp(-(x - c)**2 / (2 * width**2)), one for each center c.

    Parameters
    ----------
    x : (m,) array
        Inputs.
    centers : (d,) array
        Where the bumps stand.
    width : float
        Their standard deviation, > 0, in the units of x.

    Returns
    -------
    X : (m, d) array
        Features in [0, 1]. There is no constant column.

    Raises
    ------
    ValueError
        If x or centers is empty or not finite, or width is not positive.

    Source: Bishop, Pattern Recognition and Machine Learning, eq. (3.4).

    Examples
    --------
    >>> gaussian([0.0, 1.0], [0.0], 1.0).round(4)
    array([[1.    ],
           [0.6065]])
    """
    x = _checks.finite_array("x", x, ndim=1)
    centers = _checks.finite_array("centers", centers, ndim=1)
    width = _checks.finite_number("width", width, above=0)
    # Far away nothing is left, and that is the right number.
    with np.errstate(over="ignore", under="ignore"):
        return np.exp(-(((x[:, None] - centers) / width) ** 2) / 2)


def relu(X, directions):
    """Rectified projections max(v . x, 0), one for each direction v.

    With random directions: the hidden layer of a network whose first weights are drawn
    once and never trained. A linear model on these columns is the rest of the network.
    Explained in chapter 12.

    Parameters
    ----------
    X : (m, d) array
        Inputs, one example a row. For units with an offset, give X a column of ones.
    directions : (p, d) array
        First-layer weights, one unit a row. They are used as they are: a direction
        twice as long makes its column twice as large.

    Returns
    -------
    H : (m, p) array
        Features, each 0 or greater. There is no constant column.

    Raises
    ------
    ValueError
        If X or directions is empty or not finite, or their columns differ in number.

    Source: Cho, Saul (2009), Kernel Methods for Deep Learning, section 2, of degree 1.
    With directions drawn from N(0, I), the mean of relu(x) relu(z) is |x| |z| (sin t +
    (pi - t) cos t) / (2 pi), t the angle between x and z.

    Examples
    --------
    >>> relu([[1.0, 2.0], [-3.0, 0.0]], [[1.0, 0.0], [-1.0, 1.0]])
    array([[1., 1.],
           [0., 3.]])
    """
    X = _checks.finite_array("X", X, ndim=2)
    directions = _checks.finite_array("directions", directions, ndim=2)
    if directions.shape[1] != X.shape[1]:
        raise ValueError(
            f"directions must have as many columns as X; got shapes {directions.shape} "
            f"and {X.shape}"
        )
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        projections = X @ directions.T
    if not np.isfinite(projections).all():
        raise ValueError(
            "directions must be so small that projections are finite; got up to"
            f" {np.abs(directions).max():g}, with inputs up to {np.abs(X).max():g}"
        )
    return np.maximum(projections, 0.0)


def standardize(X, X_new):
    """Shift and scale columns so that those of X have mean 0 and standard deviation 1;
    the same for X_new.

    Parameters
    ----------
    X : (m, d) array
        Training inputs, from which means and standard deviations (ddof=0) are taken. A
        column whose entries are all equal is only shifted.
    X_new : (n, d) array
        Inputs to be treated likewise, such as a validation fold.

    Returns
    -------
    Z, Z_new : (m, d) and (n, d) arrays
        The standardized inputs.

    Raises
    ------
    ValueError
        If X or X_new is empty or not finite, their columns differ in number, or X_new
        lies so far away that its distance is no float.

    Examples
    --------
    >>> standardize([[1.0], [3.0]], [[5.0]])
    (array([[-1.],
           [ 1.]]), array([[3.]]))
    """
    X = _checks.finite_array("X", X, ndim=2)
    X_new = _checks.finite_array("X_new", X_new, ndim=2)
    if X_new.shape[1] != X.shape[1]:
        raise ValueError(
            f"X_new must have as many columns as X; got shapes {X_new.shape} and "
            f"{X.shape}"
        )
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        constant = (X == X[0]).all(axis=0)
        # In a unit, a power of two, in which the largest entry is 1; what makes a
        # column small is lost in no square.
        units = np.where(constant, 1.0, factors.powers_of_two(X))
        Z, Z_new = X / units, X_new / units
        center = np.where(constant, X[0], Z.mean(axis=0))
        Z, Z_new = Z - center, Z_new - center
        # Far from the origin the mean is rounded by more than the spread may be; the
        # mean of what is left is not.
        center = Z.mean(axis=0)
        Z, Z_new = Z - center, Z_new - center
        scale = np.where(constant, 1.0, np.sqrt((Z**2).mean(axis=0)))
        Z, Z_new = Z / scale, Z_new / scale
    if not np.isfinite(Z_new).all():
        row, column = np.argwhere(~np.isfinite(Z_new))[0]
        raise ValueError(
            f"X_new must lie nearer to X; got {X_new[row, column]:g} in column "
            f"{column},"
            f" where X goes up to {X[:, column].max():g}"
        )
    return Z, Z_new
