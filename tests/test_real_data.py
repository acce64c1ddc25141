"""Real data: complete, described as they are, the same as elsewhere, and fitted as others published."""

import subprocess
import sys

import numpy as np
import pytest
import sklearn.datasets
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.preprocessing import StandardScaler

from tools import EPS
from utils import datasets, features, linear, logistic

LOADERS = pytest.mark.parametrize("load", [datasets.diabetes, datasets.breast_cancer])


@pytest.mark.parametrize("load, m, d", [(datasets.diabetes, 442, 10), (datasets.breast_cancer, 569, 30)])
def test_each_patient_is_a_row_and_each_measurement_a_named_column(load, m, d):
    X, y, names = load()
    assert X.shape == (m, d) and y.shape == (m,) and len(names) == len(set(names)) == d
    assert all(type(name) is str and name for name in names)
    assert np.isfinite(X).all() and np.isfinite(y).all() and np.linalg.matrix_rank(X / abs(X).max(axis=0)) == d


def test_the_columns_of_the_diabetes_data_are_centred_and_of_unit_length():
    X, y, names = datasets.diabetes()
    # They are recorded with 16 digits after the point.
    assert X.sum(axis=0) == pytest.approx(0, abs=1e-12) and (X**2).sum(axis=0) == pytest.approx(1, rel=1e-12)
    assert (y.min(), y.max()) == (25, 346) and (y == y.round()).all()
    assert names == ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]


def test_the_labels_of_the_tumours_are_1_for_benign_and_their_measurements_are_raw():
    X, y, names = datasets.breast_cancer()
    assert np.bincount(y).tolist() == [212, 357]
    assert names[:4] == ["mean radius", "mean texture", "mean perimeter", "mean area"]
    # Benign tumours are the smaller ones, and an area goes with the square of a radius, in pixels up to rough edges.
    radius, area = X[:, 0], X[:, 3]
    assert radius[y == 1].mean() < radius[y == 0].mean()
    assert np.median(area / (np.pi * radius**2)) == pytest.approx(1, abs=0.05)


@LOADERS
def test_a_reader_who_spoils_a_copy_spoils_it_for_nobody_else(load):
    X, y, names = load()
    X_before, y_before, names_before = X.copy(), y.copy(), names.copy()
    X[:], y[:] = 0, 0
    names.clear()
    X_again, y_again, names_again = load()
    assert (X_again == X_before).all() and (y_again == y_before).all() and names_again == names_before


def test_a_digit_is_a_row_of_64_pixels_from_paper_to_ink():
    X, y = datasets.digits()
    assert X.shape == (1797, 64) and y.shape == (1797,)
    assert (X.min(), X.max()) == (0, 16) and (X == X.round()).all()
    assert np.bincount(y).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_the_pixels_of_a_digit_stand_row_by_row():
    X, y = datasets.digits()
    average = {digit: X[y == digit].mean(axis=0).reshape(8, 8) for digit in (0, 1)}
    # A nought is empty in the middle, a one is a stroke from top to bottom.
    assert average[0][3:5, 3:5].max() < 4 < average[1][:, 3:5].max(axis=1).min()


def test_a_reader_who_spoils_a_copy_of_the_digits_spoils_it_for_nobody_else():
    X, y = datasets.digits()
    X_before, y_before = X.copy(), y.copy()
    X[:], y[:] = 0, 0
    X_again, y_again = datasets.digits()
    assert (X_again == X_before).all() and (y_again == y_before).all()


@pytest.mark.parametrize("name", ["diabetes", "breast_cancer", "digits"])
def test_they_are_those_of_scikit_learn(name):
    (X, y, *names), theirs = getattr(datasets, name)(), getattr(sklearn.datasets, f"load_{name}")()
    # Entries of 0.2 at most come out of a mean and a length of 442 numbers.
    assert np.abs(X - theirs.data).max() <= (442 * EPS if name == "diabetes" else 0)
    assert (y == theirs.target).all() and y.dtype == theirs.target.dtype
    assert names in ([], [list(theirs.feature_names)])


def test_scikit_learn_is_not_needed_for_them():
    code = "import sys; from utils import datasets as d; d.diabetes(), d.breast_cancer(), d.digits(); print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "False" and not done.stderr


# Efron and Hastie (2016), Computer Age Statistical Inference, table 7.3, in which map, tc, ldl, hdl, tch, ltg and glu are the
# columns bp and s1 to s6: slopes by least squares and by ridge with a penalty of 0.1 on the sum of squares.
TABLE_7_3 = {
    "age": (-10.0, 1.3),
    "sex": (-239.8, -207.2),
    "bmi": (519.8, 489.7),
    "bp": (324.4, 301.8),
    "s1": (-792.2, -83.5),
    "s2": (476.7, -70.8),
    "s3": (101.0, -188.7),
    "s4": (177.1, 115.7),
    "s5": (751.3, 443.8),
    "s6": (67.6, 86.7),
}


def test_the_diabetes_slopes_are_the_published_ones():
    X, y, names = datasets.diabetes()
    W, b = linear.ridge_path(X, y, [0.0, 0.1 / len(y)])
    # Published with one digit after the point.
    assert np.array([TABLE_7_3[name] for name in names]).T.tolist() == W.round(1).tolist()
    # The columns are centred, so at any penalty the intercept is the mean.
    assert b == pytest.approx(y.mean(), rel=1e-12)


def test_the_diabetes_slopes_at_that_penalty_count_as_7_642():
    X, _, _ = datasets.diabetes()
    assert linear.effective_dof(X, [0.0, 0.1 / 442]).round(3).tolist() == [10, 7.642]


def test_the_lasso_takes_in_the_diabetes_measurements_in_the_published_order():
    # Efron, Hastie, Johnstone, Tibshirani (2004), Least Angle Regression, section 1: 3, 9, 4, 7, and then more.
    X, y, names = datasets.diabetes()
    largest = abs(X.T @ (y - y.mean())).max() / len(y)
    taken = []
    for lam in largest * np.logspace(0, -0.6, 40):
        w, _ = linear.lasso(X, y, lam)
        taken += [name for name in np.array(names)[w != 0] if name not in taken]
    assert taken == [names[j - 1] for j in (3, 9, 4, 7)]


@pytest.mark.parametrize("lam", [1e-6, 0.1 / 442, 1.0])
def test_ridge_on_the_diabetes_data_is_scikit_learns(lam):
    X, y, _ = datasets.diabetes()
    w, b = linear.ridge(X, y, lam)
    other = Ridge(alpha=442 * lam, solver="svd").fit(X, y)
    assert w == pytest.approx(other.coef_, rel=1e-8) and b == pytest.approx(other.intercept_, rel=1e-8)


@pytest.mark.parametrize("lam", [1e-4, 1e-2, 1.0])
def test_logistic_regression_on_the_tumours_is_scikit_learns(lam):
    X, y, _ = datasets.breast_cancer()
    Z, _ = features.standardize(X, X)
    assert Z == pytest.approx(StandardScaler().fit_transform(X), rel=1e-9, abs=1e-12)
    w, b = logistic.fit(Z, y, lam)
    other = LogisticRegression(C=1 / (569 * lam), solver="newton-cholesky", tol=1e-12).fit(Z, y)
    assert w == pytest.approx(other.coef_[0], rel=0, abs=1e-6) and b == pytest.approx(other.intercept_[0], abs=1e-6)


def test_the_raw_tumours_are_fitted_to_the_optimum_as_well():
    X, y, _ = datasets.breast_cancer()
    w, b = logistic.fit(X, y, 1e-2)
    dw, db = logistic.gradient(w, b, X, y, 1e-2)
    assert max(abs(dw).max(), abs(db)) < 1e-10
