"""Features of one input: what turns a linear model into a curve."""

import numpy as np
from numpy.polynomial import Legendre, Polynomial, legendre

from utils import _checks


def _check_domain(domain):
    low, high = _checks.finite_array("domain", domain, ndim=1)
    if not low < high:
        raise ValueError(f"domain must be (low, high) with low < high; got {domain!r}")
    return low, high


def polynomial(x, degree, *, domain=(0, 1)):
    """Legendre polynomials P_1(t), ..., P_degree(t) of t, which is x mapped from domain to [-1, 1].

    They span, with an intercept, the same functions as x, x**2, ..., x**degree, so a least-squares fit is the same;
    but their columns are nearly orthogonal where those of the powers are nearly parallel, so no digits are lost.
    `power_coefficients` turns a fit back into ordinary powers. Explained in chapter 1.

    Parameters
    ----------
    x : (m,) array
        Inputs, usually in domain.
    degree : int
        Highest degree, 0 or greater; at 0 there is no column, and the model is its intercept.
    domain : (low, high)
        The interval on which the polynomials are nearly orthogonal, low < high.

    Returns
    -------
    X : (m, degree) array
        Column j - 1 holds P_j, between -1 and 1 on domain. There is no constant column.

    Raises
    ------
    ValueError
        If x is empty or not finite, degree is not a whole number, 0 or greater, or domain is not an interval.

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
    return legendre.legvander((2 * x - low - high) / (high - low), degree)[:, 1:]


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
    w = np.asarray(w, dtype=float)
    w = _checks.finite_array("w", w, ndim=1) if w.size else w.reshape(0)
    b = _checks.finite_number("b", b)
    series = Legendre(np.concatenate([[b], w]), domain=_check_domain(domain))
    coefficients = series.convert(kind=Polynomial).coef
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
    return np.exp(-(((x[:, None] - centers) / width) ** 2) / 2)
