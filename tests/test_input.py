"""What people really have: tables, missing cells, masks, small numbers; read right, or refused with the place and the remedy."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse

from utils import linear

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
        (TABLE.assign(age=[1.0, np.nan, 2.0, 3.0]), r"X must be finite; got 1 values that are NaN or infinite, the first at \(1, 0\)"),
        (TABLE.astype("Int64").mask(TABLE > 4), r"X must be finite; got 1 values that are NaN or infinite, the first at \(2, 1\)"),
        (TABLE.assign(city=["Oslo", "Rome", "Bern", "Bonn"]), "column 'city' of X must hold real numbers; got dtype object, with text in it: encode or drop it"),
        (TABLE.assign(day=pd.Timestamp("2026-01-01")), r"column 'day' of X must hold real numbers; got dtype datetime64"),
        (np.array([[1, "a"], [2, "b"]], dtype=object), "column 1 of X must hold real numbers; got dtype object, with text in it"),
        (scipy.sparse.csr_matrix(X), r"X must be an array; got a sparse matrix: give its toarray\(\)"),
        ((row for row in X), "X must be an array; got a generator: make it a list first"),
        (X + 0j, "X must hold real numbers; got dtype complex128"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named_with_its_place_and_the_remedy(given, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        linear.ridge(given, Y, 0.1)
