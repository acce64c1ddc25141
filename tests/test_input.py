"""What people really have: tables, missing cells, masks, small numbers; read right, or refused with the place and the remedy."""

import datetime
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

from tools import derandomized
from utils import _checks, bias_variance, datasets, linear, validation

X = np.array([[2.0, 0.0], [1.0, 1.0], [0.0, 5.0], [4.0, 2.0]])
Y = np.array([1.0, 0.0, 2.0, 5.0])
TABLE = pd.DataFrame(X, columns=["age", "income"])


def same_fit(given_X, given_y=Y):
    (w, b), (right_w, right_b) = linear.ridge(given_X, given_y, 0.1), linear.ridge(X, Y, 0.1)
    assert w == pytest.approx(right_w) and b == pytest.approx(right_b)


@pytest.mark.parametrize(
    "given",
    [
        TABLE,
        TABLE.astype("Int64"),
        TABLE.astype({"age": "float32"}),
        TABLE.astype({"age": "Int8", "income": object}),
        X.astype(np.int8),
        X.astype(np.float16),
        X.astype(object),
        X.tolist(),
        np.ma.masked_array(X),
        X.astype(np.longdouble),
        TABLE.astype(str).map(Decimal),
        [[Fraction(cell) for cell in row] for row in X],
        [np.ma.masked_array(row) for row in X],
        pd.DataFrame(X, columns=["same", "same"]),
        pd.DataFrame(X, columns=pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])),
    ],
)
def test_tables_and_small_numbers_are_read(given):
    same_fit(given)
    same_fit(X, pd.Series(Y, index=[7, 5, 3, 1]))


def test_truth_values_are_zeros_and_ones_beside_numbers_too():
    table = pd.DataFrame({"smokes": [True, False, False, True], "age": [2.0, 1.0, 0.0, 4.0]})
    w, _ = linear.ridge(table, Y, 0.1)
    assert w == pytest.approx(linear.ridge(table.to_numpy(float), Y, 0.1)[0])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.ma.masked_array(X, mask=X > 3), "X must have no masked entries; got 2: fill them or drop their rows"),
        (TABLE.assign(age=[1.0, np.nan, 2.0, 3.0]), r"X must be finite; got 1 values that are NaN or infinite, the first at \(1, 0\), in column 'age': fill it or drop its row"),
        (TABLE.astype("Int64").mask(TABLE > 4), r"X must be finite; got 1 values that are NaN or infinite, the first at \(2, 1\), in column 'income': fill it or drop its row"),
        (TABLE.assign(city=["Oslo", "Rome", "Bern", "Bonn"]), "column 'city' of X must hold real numbers; got dtype object, with text in it: encode or drop it"),
        (TABLE.assign(day=pd.Timestamp("2026-01-01")), r"column 'day' of X must hold real numbers; got dtype datetime64"),
        ([[1, "a"], [2, "b"]], "column 1 of X must hold real numbers; got dtype object, with text in it: encode or drop it"),
        (np.array([[1, "a"], [2, "b"]], dtype=object), "column 1 of X must hold real numbers; got dtype object, with text in it"),
        (scipy.sparse.csr_matrix(X), r"X must be an array; got a sparse matrix: give its toarray\(\)"),
        ((row for row in X), "X must be an array; got a generator: make it a list first"),
        ([[1.0, None], [2.0, 1.0]], "column 1 of X must hold real numbers; got dtype object, with None in it: fill or drop it"),
        ([[1.0, 10**400], [2.0, 1.0]], "column 1 of X must hold numbers below 1.8e308; got a larger whole number"),
        (TABLE.assign(age=[10**400, 1, 2, 3]), "column 'age' of X must hold numbers below 1.8e308; got a larger whole number"),
        (np.full((4, 2), np.longdouble("1e400")), "X must be finite; got 8 values that are NaN or infinite"),
        ([np.ma.masked_array([1.0, 2.0], [0, 1])] * 4, "X must have no masked entries; got 4: fill them or drop their rows"),
        ([[1.0, 2.0], np.ma.masked], "X must have no masked entries; got 1: fill them or drop their rows"),
        (X + 0j, "X must hold real numbers; got dtype complex128"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_place_and_the_remedy(given, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        linear.ridge(given, Y, 0.1)


CELLS = st.one_of(
    st.integers(), st.floats(), st.just(10**400), st.booleans(), st.none(), st.text(max_size=3), st.binary(max_size=3),
    st.complex_numbers(), st.decimals(allow_nan=False), st.just(Decimal("NaN")), st.fractions(), st.dates(), st.timedeltas(), st.just(np.ma.masked),
    st.just(np.datetime64("2026-01-01")), st.just(np.timedelta64(1, "s")), st.just(np.longdouble("1e400")), st.just({1.0}),
)  # fmt: skip


@given(st.lists(CELLS, min_size=1, max_size=3), st.sampled_from([list, tuple, "column", "table", "one"]))
@derandomized
def test_whatever_is_given_is_read_as_finite_floats_or_refused_by_name(cells, kind):
    with warnings.catch_warnings():
        # pandas and NumPy may speak while the table is made.
        warnings.simplefilter("ignore")
        try:
            made = {
                list: lambda: cells,
                tuple: lambda: tuple(cells),
                "column": lambda: pd.Series(cells),
                "table": lambda: pd.DataFrame({"a": cells}),
                "one": lambda: cells[0],
            }
            given_cells = made[kind]()
        except (OverflowError, ValueError, TypeError):
            return
    try:
        array = _checks.finite_array("X", given_cells, ndim=None)
    except ValueError as error:
        assert "X must" in str(error)
        return
    assert array.dtype == float and np.isfinite(array).all()


@pytest.mark.parametrize("value", [True, np.True_, np.array(True)])
def test_what_is_no_number_is_refused_where_one_is_asked_for(value):
    with pytest.raises(ValueError, match="^sigma must be a number; got "):
        datasets.observe([0.0], value, np.random.default_rng(0))


@pytest.mark.parametrize(
    "value", [datetime.date(2026, 1, 1), b"1", "1", 1j, np.timedelta64(1, "s"), [1.0], 10**400, None]
)
def test_what_no_float_can_be_is_refused_where_a_number_is_asked_for(value):
    with pytest.raises(ValueError, match="^sigma must "):
        datasets.observe([0.0], value, np.random.default_rng(0))


def predict_and_spoil(X_train, y_train, X_new):
    """A learner that writes into all it gets."""
    mean = y_train.mean()
    for array in (X_train, y_train, X_new):
        array[:] = 7.0
    return np.full(len(X_new), mean)


CALLS = {
    "cross_validate": lambda X, y, f: validation.cross_validate(predict_and_spoil, X, y, [([0, 1, 2], [3, 4, 5])]),
    "learning_curve": lambda X, y, f: validation.learning_curve(predict_and_spoil, X, y, [2, 6], X, y),
    "leave_one_out": lambda X, y, f: validation.leave_one_out(X, y, f),
    "gcv": lambda X, y, f: validation.gcv(X, y, f),
    "ridge_scores": lambda X, y, f: validation.ridge_scores(X, y, f),
    "choose": lambda X, y, f: validation.choose(f, np.hstack([X, X])),
    "decompose": lambda X, y, f: bias_variance.decompose(X.T.repeat(2, axis=0), y),
    "simulate": lambda X, y, f: bias_variance.simulate(
        predict_and_spoil, lambda rng: (X, y), X, f, n_sets=2, rng=np.random.default_rng(0)
    ),
    "exact_ridge": lambda X, y, f: bias_variance.exact_ridge(X, y, 1.0, f, X, y),
    "exact_nested": lambda X, y, f: bias_variance.exact_nested(X, y, 1.0, X, y),
    "observe": lambda X, y, f: datasets.observe(f, 1.0, np.random.default_rng(0), n_sets=2),
    "quadratic": lambda X, y, f: datasets.quadratic(y),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_what_the_caller_gives_stays_as_it_is_even_under_a_learner_that_writes(call):
    X, y, f = np.array([[3.0], [1.0], [0.0], [4.0], [2.0], [6.0]]), np.arange(6.0) ** 2, np.arange(1.0, 7.0)
    kept = X.copy(), y.copy(), f.copy()
    call(X, y, f)
    for array, before in zip((X, y, f), kept, strict=True):
        assert (array == before).all()


def test_a_whole_number_may_be_the_largest_that_is_allowed():
    assert _checks.whole_number("m", 5, low=1, high=5) == 5
    with pytest.raises(ValueError, match="^m must be at most 5; got 6$"):
        _checks.whole_number("m", 6, low=1, high=5)


def test_squares_are_refused_where_floats_do_not_hold_them_and_nowhere_else():
    for size in (1e-150, 1.5e-150, 1e-100, 1.0, 1e150):
        assert _checks.squares("y", np.array([size, 0.0]), "x")[0] == size**2
        assert _checks.squares("y", np.array([-size]), "x")[0] == size**2
    for size in (0.9e-150, 1e-200, 1.1e150, 1e200):
        for distances in ([size, 0.0], [-size]):
            with pytest.raises(ValueError, match="^y must (be within 1e150 of|meet) x"):
                _checks.squares("y", np.array(distances), "x")
    assert _checks.squares("y", np.zeros(3), "x").max() == 0


def test_finite_arrays_are_found_finite_even_where_their_product_is_not():
    large = np.array([1e200, 1.0])
    assert _checks.all_finite([large], [large])
    for bad in (np.nan, np.inf, -np.inf):
        for pair in ([large, np.array([bad, 0.0])], [np.zeros(2), np.array([bad, 0.0])]):
            assert not _checks.all_finite([pair[0]], [pair[1]])
            assert not _checks.all_finite([pair[1]], [pair[0]])
