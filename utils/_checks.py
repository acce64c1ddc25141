"""What every helper asks of its arguments: a ValueError names the argument, what was given, what is allowed."""

import numpy as np


def finite_array(name, value, *, ndim, empty=False):
    """Return value as a float array, or raise: wrong number of axes, empty, or anything but finite reals.

    ndim is the number of axes allowed, or a tuple of them. With empty=True, the last axis may have no entries: a design
    without columns, or its slopes, belong to a model with an intercept alone.
    """
    allowed = (ndim,) if isinstance(ndim, int) else ndim
    array = _floats(name, value)
    if array.ndim not in allowed:
        axes = " or ".join(map(str, allowed))
        raise ValueError(f"{name} must have {axes} axes; got shape {array.shape}")
    if 0 in (array.shape[:-1] if empty else array.shape):
        raise ValueError(f"{name} must not be empty; got shape {array.shape}")
    if not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))
        first = f", the first at {tuple(map(int, bad[0]))}" if array.ndim else ""
        raise ValueError(f"{name} must be finite; got {len(bad)} values that are NaN or infinite{first}")
    return array


def _floats(name, value):
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise ValueError(
            f"{name} must have no masked entries; got {np.ma.count_masked(value)}: fill them or drop their rows"
        )
    if hasattr(value, "toarray"):
        raise ValueError(f"{name} must be an array; got a sparse matrix: give its toarray()")
    if hasattr(value, "__next__"):
        raise ValueError(f"{name} must be an array; got a {type(value).__name__}: make it a list first")
    if hasattr(value, "columns") and hasattr(value, "to_numpy"):
        columns = [_column(f"column {label!r} of {name}", value[label]) for label in value.columns]
        return np.stack(columns, axis=1) if columns else np.empty(value.shape)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ValueError(f"{name} must be an array of numbers; got rows of unequal length") from error
    if array.dtype.kind in "biuf":
        return array.astype(float, copy=False)
    if array.dtype.kind == "O" and array.ndim == 2:
        columns = [_column(f"column {k} of {name}", column) for k, column in enumerate(array.T)]
        return np.stack(columns, axis=1) if columns else np.empty(array.shape)
    return _column(name, value)


def _column(name, values):
    """The values of one column, or of anything else, as floats; missing ones as NaN."""
    array = np.asarray(values)
    if hasattr(values, "to_numpy") and array.dtype.kind == "O":
        # A nullable column of pandas.
        array = np.where(values.isna(), np.nan, array)
    if array.dtype.kind == "O":
        strange = [entry for entry in array.ravel() if not isinstance(entry, int | float | np.number | np.bool_)]
        if strange:
            what = "text" if isinstance(strange[0], str) else f"{strange[0]!r:.40}"
            raise ValueError(f"{name} must hold real numbers; got dtype object, with {what} in it: encode or drop it")
    elif array.dtype.kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers; got dtype {array.dtype}")
    return array.astype(float)


def examples(X, y, *, ndim=1, empty=False):
    """Return inputs X and targets y as float arrays with equally many rows, or raise; ndim is that of y, empty that of X."""
    X, y = finite_array("X", X, ndim=2, empty=empty), finite_array("y", y, ndim=ndim)
    if len(X) != len(y):
        raise ValueError(f"X and y must have equally many rows; got shapes {X.shape} and {y.shape}")
    return X, y


def finite_number(name, value, *, low=-np.inf, above=-np.inf):
    """Return value as a float that is finite, at least low and greater than above, or raise."""
    if isinstance(value, bool | np.bool_):
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


def whole_number(name, value, *, low):
    """Return value as an int that is at least low, or raise (True and 3.0 are not whole numbers here)."""
    if isinstance(value, bool | np.bool_) or not isinstance(value, int | np.integer) or value < low:
        raise ValueError(f"{name} must be a whole number, {low} or greater; got {value!r}")
    return int(value)


def generator(rng):
    """Return rng if it is a numpy.random.Generator, or raise: a seed would hide which numbers are shared."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng must be a numpy.random.Generator, as from np.random.default_rng(0); got {rng!r}")
    return rng


def one_of(name, value, allowed):
    """Return value if it is one of the allowed names, or raise."""
    if not isinstance(value, str) or value not in allowed:
        names = ", ".join(f'"{choice}"' for choice in allowed)
        raise ValueError(f"{name} must be one of {names}; got {value!r}")
    return value
