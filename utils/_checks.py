"""What every helper asks of its arguments.

A ValueError names the argument, what was given, what is allowed.
"""

import math
from decimal import Decimal
from numbers import Real

import numpy as np

# Whole numbers above this one are skipped by floats.
LAST_WHOLE = 2**53
# Numbers in one array: eight gigabytes of floats.
LARGEST = 10**9
# glibc hands freed memory back to the system, and fetching it again at every call takes
# longer than the arithmetic of many replicas. It keeps blocks as large as the largest
# ever freed: this one, which is never touched and so costs nothing.
np.empty(4_000_000)


def finite_array(name, value, *, ndim, empty=False):
    """Return value as a float array, or raise: other axes, empty, not all finite reals.

    ndim is the number of axes allowed, a tuple of them, or None for an array of any
    shape, empty ones too. With empty=True, the last axis may have no entries: a design
    without columns, or its slopes, belong to a model with an intercept alone.
    """
    array = real_array(name, value)
    allowed = (ndim,) if isinstance(ndim, int) else ndim
    if allowed and array.ndim not in allowed:
        axes = " or ".join(map(str, allowed))
        raise ValueError(f"{name} must have {axes} axes; got shape {array.shape}")
    if allowed and 0 in (array.shape[:-1] if empty else array.shape):
        raise ValueError(f"{name} must not be empty; got shape {array.shape}")
    finite = np.isfinite(array)
    if not finite.all():
        bad = np.argwhere(~finite)
        first = f", the first at {tuple(map(int, bad[0]))}" if array.ndim else ""
        labels = getattr(value, "columns", None)
        if labels is not None:
            first += f", in column {labels[bad[0][1]]!r}: fill it or drop its row"
        raise ValueError(
            f"{name} must be finite; got {len(bad)} values that are NaN or infinite"
            + first
        )
    return array


def real_array(name, value):
    """Return value as floats, missing cells of a table as NaN, or raise."""
    if type(value) is np.ndarray and value.dtype == float:
        return value
    parts = value if isinstance(value, list | tuple) else [value]
    with_mask = [part for part in parts if isinstance(part, np.ma.MaskedArray)]
    if masked := sum(map(np.ma.count_masked, with_mask)):
        raise ValueError(
            f"{name} must have no masked entries; got {masked}: fill them or drop "
            "their rows"
        )
    if hasattr(value, "toarray"):
        raise ValueError(
            f"{name} must be an array; got a sparse matrix: give its toarray()"
        )
    if hasattr(value, "__next__"):
        raise ValueError(
            f"{name} must be an array; got a {type(value).__name__}: make it a list "
            "first"
        )
    if hasattr(value, "columns") and hasattr(value, "to_numpy"):
        return _table(name, value)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(
            f"{name} must be an array of numbers; got rows of unequal length"
        ) from error
    if array.dtype.kind in "OUS" and array.ndim == 2:
        # One text among numbers makes all of them text.
        array = np.asarray(value, dtype=object)
        names = [f"column {k} of {name}" for k in range(array.shape[1])]
        return _side_by_side(map(_column, names, array.T), array.shape)
    return _column(name, value if hasattr(value, "to_numpy") else array)


def _table(name, table):
    # In pandas two columns may have the same label; elsewhere each is found by its own.
    in_order = hasattr(table, "items")
    columns = table.items() if in_order else ((k, table[k]) for k in table.columns)
    read = (_column(f"column {label!r} of {name}", part) for label, part in columns)
    return _side_by_side(read, table.shape)


def _side_by_side(columns, shape):
    columns = list(columns)
    return np.stack(columns, axis=1) if columns else np.empty(shape)


def _column(name, values):
    """The values of one column, or of anything else, as floats; missing ones as NaN."""
    array = np.asarray(values)
    if hasattr(values, "to_numpy") and array.dtype.kind == "O":
        # A nullable column of pandas.
        array = np.where(values.isna(), np.nan, array)
    if array.dtype.kind == "O":
        for entry in array.ravel():
            if not isinstance(entry, Real | Decimal | np.bool_):
                raise ValueError(
                    f"{name} must hold real numbers; got dtype object, with "
                    f"{_remedy(entry)}"
                )
    elif array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers; got dtype {array.dtype}")
    try:
        # What a longer float holds and a float does not becomes infinite here.
        with np.errstate(over="ignore"):
            return array.astype(float, copy=False)
    except OverflowError:
        raise ValueError(
            f"{name} must hold numbers below 1.8e308; got a larger whole number"
        ) from None


def _remedy(entry):
    if entry is None:
        return "None in it: fill or drop it"
    what = "text" if isinstance(entry, str) else f"a {type(entry).__name__}"
    return f"{what} in it: encode or drop it"


def can_be_squared(name, distances, of):
    """Raise unless floats hold the squares of distances of name from something."""
    largest = max(np.max(distances, initial=0.0), -np.min(distances, initial=0.0))
    got = f"got a distance of {largest:g}"
    if not largest <= 1e150:
        raise ValueError(f"{name} must be within 1e150 of {of}; {got}")
    if 0 < largest < 1e-150:
        raise ValueError(
            f"{name} must meet {of}, or differ by 1e-150 or more; {got}: change the "
            "unit"
        )


def squares(name, distances, of):
    """Return the squares of distances of name from something, or raise unless floats
    hold them.
    """
    with np.errstate(over="ignore", under="ignore"):
        found = np.square(distances)
    # Well inside the limits, as nearly always, the squares themselves have told.
    if not 1e-299 < found.max(initial=0.0) < 1e299:
        can_be_squared(name, distances, of)
    return found


def all_finite(arrays, others):
    """Whether all numbers in two lists of arrays of floats are finite, which have the
    same shapes in pairs.
    """
    # What is multiplied with a number that is not finite is not finite either, not even
    # 0. If a product is too large itself, each array is looked at.
    return math.isfinite(sum(map(np.vdot, arrays, others))) or all(
        np.isfinite(array).all() for array in (*arrays, *others)
    )


def examples(X, y, *, ndim=1, empty=False):
    """Return X and y as float arrays with equally many rows, or raise.

    ndim is that of y, empty that of X.
    """
    X, y = finite_array("X", X, ndim=2, empty=empty), finite_array("y", y, ndim=ndim)
    if len(X) != len(y):
        raise ValueError(
            f"X and y must have equally many rows; got shapes {X.shape} and {y.shape}"
        )
    return X, y


def finite_number(name, value, *, low=-np.inf, above=-np.inf):
    """Return value as a finite float, at least low and greater than above, or raise."""
    if isinstance(value, bool) or str(getattr(value, "dtype", "")) == "bool":
        raise ValueError(f"{name} must be a number; got {value!r}")
    number = finite_array(name, value, ndim=0).item()
    if number < low:
        raise ValueError(f"{name} must be at least {low:g}; got {number:g}")
    if number <= above:
        raise ValueError(f"{name} must be greater than {above:g}; got {number:g}")
    return number


def penalties(name, value):
    """Return value as a vector of finite numbers >= 0, or raise."""
    lams = finite_array(name, value, ndim=1)
    if (lams < 0).any():
        raise ValueError(f"{name} must be at least 0; got {lams.min():g}")
    return lams


def whole_number(name, value, *, low, high=LAST_WHOLE):
    """Return value as an int from low to high, or raise; True and 3.0 are no such."""
    if (
        isinstance(value, bool | np.bool_)
        or not isinstance(value, int | np.integer)
        or value < low
    ):
        raise ValueError(
            f"{name} must be a whole number, {low} or greater; got {value!r}"
        )
    if value > high:
        raise ValueError(f"{name} must be at most {high}; got {value}")
    return int(value)


def generator(rng):
    """Return rng if it is a Generator: a seed would hide which numbers are shared."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(
            "rng must be a numpy.random.Generator, as from np.random.default_rng(0); "
            f"got {rng!r}"
        )
    return rng


def children(rng, n):
    """Return n generators spawned from rng; one on a RandomState's bits has none."""
    try:
        return generator(rng).spawn(n)
    except TypeError:
        raise ValueError(
            f"rng must be able to spawn, as np.random.default_rng(0) is; got {rng!r} "
            "around the bits of a RandomState"
        ) from None


def function(name, value):
    """Return value if it can be called, or raise."""
    if not callable(value):
        raise ValueError(f"{name} must be a function; got {value!r:.40}")
    return value


def one_of(name, value, allowed):
    """Return value if it is one of the allowed names, or raise."""
    if not isinstance(value, str) or value not in allowed:
        names = ", ".join(f'"{choice}"' for choice in allowed)
        raise ValueError(f"{name} must be one of {names}; got {value!r}")
    return value
