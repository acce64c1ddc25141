"""The numerics below `linear`: inputs are centred and taken apart once, for every
penalty and every target.

All arrays may have leading axes, one entry for each training set.
"""

from typing import NamedTuple

import numpy as np

# A penalty m * lam above this share of ||X||**2 hides what rounding makes of singular
# values.
FAR_ABOVE_ROUNDING = 1e-8
# Where the smallest square of a singular value is above this share of the largest, all
# squares have ten digits.
WELL_CONDITIONED = 1e-5


class Factors(NamedTuple):
    """X less its center, taken apart: slopes of a target y are V @ (gains * (U' y)),
    see `gains`.

    Attributes
    ----------
    center : (..., d) array
        The mean of the rows, or 0.
    U : (..., m, r) array
        The singular directions among the examples, orthonormal columns.
    s : (..., r) array
        Singular values; 0 stands for a direction that is left alone.
    V : (..., d, r) array
        The singular directions among the slopes, in the columns' own units.
    """

    center: np.ndarray
    U: np.ndarray
    s: np.ndarray
    V: np.ndarray


def transpose(A):
    """The last two axes of A exchanged."""
    return np.swapaxes(A, -1, -2)


def centre(A, *, intercept=True):
    """The mean of the rows of A, and A less it; without an intercept that mean is 0."""
    if not intercept:
        return np.zeros(A.shape[:-2] + A.shape[-1:]), A.copy()
    # Twice, since the first mean of numbers far from the origin is rounded by more than
    # the second. So nothing is left of a constant column: what the first has left of it
    # are a few of its last bits, whose mean is exact.
    first = A.mean(axis=-2)
    Z = A - first[..., None, :]
    second = Z.mean(axis=-2)
    Z -= second[..., None, :]
    return first + second, Z


def factorize(X, *, intercept, smallest):
    """The singular value decomposition of X less its center, and whether its columns
    are independent.

    Without a penalty the fit does not depend on the columns' units, and is found in the
    best, where all columns are of size 1, unless the columns are dependent. There it is
    counted how many directions are more than rounding, for small penalties as well.
    With a penalty and a well-conditioned X none is, and squares serve. `smallest` is
    the smallest penalty to be served.
    """
    center, Z = centre(X, intercept=intercept)
    m, d = X.shape[-2:]
    # Centred columns are orthogonal to the constant one, and span one direction less.
    most = min(d, m - intercept)
    if smallest > 0 and (found := _from_squares(X, Z, most)):
        return Factors(center, *found), True
    far_above = _is_far_above_rounding(smallest, Z)
    sizes = np.abs(X).max(axis=-2, initial=0.0)
    units = np.abs(Z).max(axis=-2, initial=0.0)
    rank = np.array(most)
    if not far_above:
        safe = np.where(units == 0, 1.0, units)
        U, s, Vt = np.linalg.svd(Z / safe[..., None, :], full_matrices=False)
        # A decomposition is known to some EPS of its largest singular value.
        solved_to = 2 * np.sqrt(max(m, d)) * s.max(axis=-1, initial=0.0, keepdims=True)
        rank = (s > _rounding(Vt, sizes / safe, m, solved_to)).sum(axis=-1)
        if smallest == 0 and d <= most and (rank == d).all():
            return Factors(center, U, s, transpose(Vt / safe[..., None, :])), True
    # With the large columns first, those of the small ones keep their digits.
    order = np.argsort(-units, axis=-1, kind="stable")
    sorted_Z = np.take_along_axis(Z, order[..., None, :], axis=-1)
    U, s, Vt = np.linalg.svd(sorted_Z, full_matrices=False)
    Vt = np.take_along_axis(Vt, np.argsort(order, axis=-1)[..., None, :], axis=-1)
    solved_to = max(m, d) * (np.abs(Vt) * units[..., None, :]).max(axis=-1, initial=0.0)
    rounding = _rounding(Vt, sizes, m, solved_to)
    above = np.divide(s, rounding, out=np.zeros_like(s), where=rounding > 0)
    place = np.argsort(np.argsort(-above, axis=-1, kind="stable"), axis=-1)
    s = np.where((above > 1) & (place < rank[..., None]), s, 0.0)
    V = transpose(Vt)
    return Factors(center, U[..., :most], s[..., :most], V[..., :most]), False


def _rounding(Vt, sizes, m, solved_to):
    """What rounding may make of the singular values: of the columns, each of which is
    known to EPS of its largest entry, which may be far from the origin, and of their
    decomposition.
    """
    known_to = (np.abs(Vt) * sizes[..., None, :]).max(axis=-1, initial=0.0)
    return np.finfo(float).eps * (2 * np.sqrt(m) * known_to + solved_to)


def _is_far_above_rounding(smallest, Z):
    largest = np.abs(Z).max(initial=0.0)
    if not 1e-100 < largest < 1e100:
        return False
    squares = (Z**2).sum(axis=(-2, -1))
    return smallest > FAR_ABOVE_ROUNDING * squares.max() / Z.shape[-2]


def _from_squares(X, Z, most):
    """U, s and V from Z'Z or ZZ', whichever is smaller, for Z which is X centred; None
    where that would leave less than ten digits, or rounding a singular value.

    Each s**2 is known to EPS of the largest only.
    """
    sizes = np.abs(X).max(axis=(-2, -1), initial=0.0)
    if most == 0 or not ((1e-100 < sizes) & (sizes < 1e100)).all():
        return None
    tall = Z.shape[-1] == most
    A = Z if tall else transpose(Z)
    gram = transpose(A) @ A
    if most < gram.shape[-1]:
        # The constant direction, of centred columns, is put last, to be left out.
        gram += 2 * np.trace(gram, axis1=-2, axis2=-1)[..., None, None] / Z.shape[-2]
    squares, across = np.linalg.eigh(gram)
    squares, across = squares[..., :most], across[..., :most]
    rounding = 4 * Z.shape[-2] * (np.finfo(float).eps * sizes) ** 2
    if not (squares[..., 0] > WELL_CONDITIONED * squares[..., -1] + rounding).all():
        return None
    s = np.sqrt(squares)
    along = A @ (across / s[..., None, :])
    return (along, s, across) if tall else (across, s, along)


def gains(s, lams, m):
    """s / (s**2 + m * lam) for each lam, (n, ..., r): from a target along a singular
    direction to the slope in it.
    """
    lams = lams.reshape(-1, *(1 for _ in s.shape))
    # Written so that no square over- or underflows; an infinite pull leaves 0.
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return np.where(s > 0, 1 / (s + m * (lams / s)), 0.0)


def shares_lost(s, lams, m):
    """m * lam / (s**2 + m * lam) for each lam, (n, ..., r): what a penalty takes of a
    target along a singular direction; it keeps s * gains.
    """
    lams = lams.reshape(-1, *(1 for _ in s.shape))
    # Not 1 less what is kept, which has no digits where almost all is.
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        return np.where(s > 0, 1 / (1 + s / lams * s / m), 1.0)


def powers_of_two(A):
    """For each column of A the power of two that brings its largest entry into
    [1/2, 1], or 1 where all are 0.
    """
    largest = np.abs(A).max(axis=0, initial=0.0)
    powers = np.ldexp(1.0, np.minimum(np.frexp(largest)[1], 1023))
    return np.where(largest > 0, powers, 1.0)


def invert(R, X, Z):
    """The inverse of R, and which columns of Z = Q R, which is X centred, are rounding
    beside those before them.

    Column p of the inverse combines columns of Z to a direction of size 1, and their
    rounding to that direction's.
    """
    empty = np.diagonal(R, axis1=-2, axis2=-1) == 0
    # Infinite where it cannot be a float, and so rounding.
    with np.errstate(all="ignore"):
        inverse = np.linalg.inv(R + np.eye(R.shape[-1]) * empty[..., None, :])
        known_to = np.linalg.norm(Z, axis=-2) + np.abs(X).max(axis=-2, initial=0.0)
        rounding = (known_to[..., None, :] @ np.abs(inverse))[..., 0, :]
        rounding = rounding * Z.shape[-2] * np.finfo(float).eps
    return inverse, empty | ~(rounding < 1)


def growing(X, Z, y, *, intercept):
    """The shortest least-squares slopes on the first p columns of Z, which is X
    centred, for p = 0, 1, ..., d; None where they are lost.
    """
    most = min(Z.shape[1], len(Z) - intercept)
    return [
        np.zeros((0, y.shape[1])),
        *_fits(X[:, :most], Z[:, :most], y),
        *_shortest(Z, y, most + 1, intercept=intercept),
    ]


def _fits(X, Z, y):
    """With Z = Q R, column p adds q_p' y times column p of the inverse of R to the
    slopes.
    """
    units = powers_of_two(Z)
    Q, R = np.linalg.qr(Z / units)
    inverse, dependent = invert(R, X / units, Z / units)
    independent = int(dependent.argmax()) if dependent.any() else len(dependent)
    # One term for each column, slope and target.
    along = (Q.T @ y)[:independent]
    terms = (inverse.T / units)[:independent, :independent, None] * along[:, None, :]
    slopes = np.cumsum(terms, axis=0)
    lost = [None] * (len(dependent) - independent)
    return [slopes[p, : p + 1] for p in range(independent)] + lost


def _shortest(Z, y, least, *, intercept):
    """The slopes Z' a, with Z Z' a = y, on the first least, ..., d columns: from the
    last, whose removal changes Z Z' by an outer product.
    """
    fits, columns = [], np.ascontiguousarray(Z.T)
    if len(columns) < least:
        return fits
    # The constant direction, which centring has emptied, gets a size of its own.
    K = Z @ Z.T + intercept * (Z**2).mean()
    try:
        inverse = np.linalg.inv(K)
    except np.linalg.LinAlgError:
        return [None] * (len(columns) + 1 - least)
    with np.errstate(all="ignore"):
        for p in range(len(columns), least - 1, -1):
            fits.append(_refined(inverse, columns[:p], y))
            gone = inverse @ columns[p - 1]
            inverse += np.outer(gone, gone / (1 - columns[p - 1] @ gone))
    return fits[::-1]


def _refined(inverse, columns, y):
    """The slopes, from a rough inverse, or None if they do not soon leave rounding
    alone.
    """
    slopes, rest = np.zeros((len(columns), y.shape[1])), y
    size, y_size = np.linalg.norm(columns), np.linalg.norm(y)
    for _ in range(10):
        slopes = slopes + columns @ (inverse @ rest)
        rest = y - columns.T @ slopes
        rounding = np.finfo(float).eps * (size * np.linalg.norm(slopes) + y_size)
        if np.linalg.norm(rest) <= 4 * rounding:
            return slopes
    return None
