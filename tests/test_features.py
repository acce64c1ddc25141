"""Polynomial, Gaussian and rectified features: the right functions, in columns that lose no digits."""

from functools import partial
from math import comb

import numpy as np
import pytest
from numpy.polynomial import Polynomial, legendre, polynomial
from sklearn.preprocessing import StandardScaler

import tools
from utils import datasets, features, linear

DOMAINS = [(0, 1), (-1, 1), (-3.5, 20), (1e6, 1e6 + 1)]
close = partial(tools.close, digits=1e-12)
on_domains = pytest.mark.parametrize("domain", DOMAINS)


@pytest.mark.parametrize("degree", range(7))
def test_a_fit_on_the_features_is_the_least_squares_polynomial(degree):
    rng = np.random.default_rng(0)
    x, x_new = np.sort(rng.random(20)), np.linspace(0, 1, 50)
    y = rng.standard_normal(20)
    w, b = linear.least_squares(features.polynomial(x, degree), y)
    expected = Polynomial.fit(x, y, degree)
    # The values are of order 1, and both bases are conditioned better than 1e3 up to degree 6.
    assert close(features.polynomial(x_new, degree) @ w + b, expected(x_new), digits=1e-10)
    # Powers on [0, 1] lose the square of their condition number, 1e8 at degree 6 in NumPy's conversion too.
    scale = abs(expected.convert().coef).max()
    assert close(features.power_coefficients(w, b) / scale, expected.convert().coef / scale, digits=1e-8)


@on_domains
def test_the_columns_are_legendre_polynomials_orthogonal_on_the_domain(domain):
    t, weights = legendre.leggauss(20)
    low, high = domain
    X = features.polynomial(low + (t + 1) / 2 * (high - low), 8, domain=domain)
    # 20 nodes integrate these products, of degree 16, exactly; near 1e6 an input keeps ten digits.
    assert close(X.T @ (weights[:, None] * X), np.diag(2 / (2 * np.arange(1, 9) + 1)), digits=1e-8)
    assert close(weights @ X, 0, digits=1e-8)


@on_domains
def test_the_columns_are_1_at_the_upper_end_and_alternate_at_the_lower(domain):
    X = features.polynomial(domain, 6, domain=domain)
    assert close(X, [[-1, 1, -1, 1, -1, 1], [1, 1, 1, 1, 1, 1]])


@on_domains
def test_no_feature_exceeds_1_on_the_domain(domain):
    assert abs(features.polynomial(np.linspace(*domain, 201), 15, domain=domain)).max() <= 1 + 1e-12


@pytest.mark.parametrize("degree", [0, 1, 15])
def test_there_is_one_column_for_each_degree_and_no_constant(degree):
    X = features.polynomial(datasets.fixed_design(30), degree)
    assert X.shape == (30, degree)
    assert np.linalg.matrix_rank(np.column_stack([np.ones(30), X])) == degree + 1


def test_thirty_equally_spaced_points_keep_their_digits_at_degree_15_where_powers_lose_half_of_them():
    x = datasets.fixed_design(30)
    # A condition number of 1e8 is half of the sixteen digits of a float.
    assert np.linalg.cond(features.polynomial(x, 15)) < 10
    assert np.linalg.cond(x[:, None] ** np.arange(1, 16)) > 1e8


@pytest.mark.parametrize("degree", range(11))
def test_power_coefficients_of_one_legendre_polynomial_are_its_closed_form(degree):
    w, b = np.zeros(degree), 1.0
    if degree:
        w[-1], b = 1.0, 0.0
    # P_n(2x - 1) = (-1)**n sum_k C(n, k) C(n + k, k) (-x)**k, with trailing zeros kept where w has them.
    expected = [(-1.0) ** (degree + k) * comb(degree, k) * comb(degree + k, k) for k in range(degree + 1)]
    assert features.power_coefficients(w, b) == pytest.approx(expected, rel=1e-10)
    padded = features.power_coefficients(np.append(w, [0, 0]), b)
    assert padded == pytest.approx([*expected, 0, 0], rel=1e-10) and len(padded) == degree + 3


@pytest.mark.parametrize("degree", [0, 1, 2, 5])
@pytest.mark.parametrize("domain", DOMAINS[:3])
def test_power_coefficients_draw_the_same_curve(degree, domain):
    rng = np.random.default_rng(degree)
    w, b = rng.standard_normal(degree), rng.standard_normal()
    x = np.linspace(*domain, 40)
    c = features.power_coefficients(w, b, domain=domain)
    assert c.shape == (degree + 1,)
    # Each power loses the rounding of its largest term.
    terms = np.abs(c) @ abs(x) ** np.arange(degree + 1)[:, None]
    curve = features.polynomial(x, degree, domain=domain) @ w + b
    assert close(polynomial.polyval(x, c) / terms.max(), curve / terms.max())


@pytest.mark.parametrize("zeros", [0, 1, 3])
@pytest.mark.parametrize("domain", DOMAINS[:3])
def test_power_coefficients_go_there_and_back(zeros, domain):
    c = np.append([1.0, -2.0, 0.0, 3.0], np.zeros(zeros))
    x = np.linspace(*domain, 30)
    w, b = linear.least_squares(
        features.polynomial(x, len(c) - 1, domain=domain), polynomial.polyval(x, c), intercept=True
    )
    # On (-3.5, 20) the curve reaches 2.4e4, so twelve digits of it are some 1e-8.
    assert close(features.power_coefficients(w, b, domain=domain), c, digits=1e-7)


@pytest.mark.parametrize("w", [[], (), np.empty(0), np.empty(0, dtype=int)])
def test_a_constant_is_its_own_power_coefficient(w):
    assert features.power_coefficients(w, 2.5).tolist() == [2.5]
    assert features.power_coefficients(w, 0.0).tolist() == [0.0]


def test_slopes_of_zero_leave_the_constant_in_its_place():
    assert features.power_coefficients([0, 0, 0], 2.5).tolist() == [2.5, 0, 0, 0]
    assert features.power_coefficients([0, 0, 0], 0.0).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize("width", [0.01, 0.3, 10.0])
def test_a_gaussian_is_1_at_its_center_and_symmetric_about_it(width):
    centers = np.array([-1.0, 0.0, 0.25, 7.0])
    assert (np.diag(features.gaussian(centers, centers, width)) == 1).all()
    for center in centers:
        step = width * np.linspace(0, 5, 20)
        right = features.gaussian(center + step, [center], width)
        # An input near 7 is rounded at 1e-15, which is 1e-13 of the narrowest width.
        assert close(features.gaussian(center - step, [center], width), right, digits=1e-11)
        assert (np.diff(right, axis=0) < 0).all()


@pytest.mark.parametrize("width", [0.01, 0.3, 10.0])
def test_width_is_the_standard_deviation_of_the_bump(width):
    x, step = np.linspace(-10 * width, 10 * width, 4001, retstep=True)
    bump = features.gaussian(x, [0.0], width)[:, 0] / (width * np.sqrt(2 * np.pi))
    # The rectangle rule is exact to rounding for a function that is smooth and vanishes at both ends.
    assert close(bump.sum() * step, 1) and close((x**2 * bump).sum() * step / width**2, 1)


def test_gaussian_has_a_row_for_each_input_and_a_column_for_each_center():
    X = features.gaussian([0.0, 0.5, 1.0], [0.0, 1.0], 0.5)
    assert X.shape == (3, 2) and X[0, 1] == X[2, 0] == np.exp(-2.0)
    assert X[1, 0] == X[1, 1] == np.exp(-0.5)


@pytest.mark.parametrize("scale", [1e-100, 0.5, 3.0, 1e100])
def test_relu_scales_with_inputs_and_with_directions_and_its_two_sides_make_up_the_projection(scale):
    rng = np.random.default_rng(0)
    X, V = rng.standard_normal((20, 3)), rng.standard_normal((7, 3))
    H = features.relu(X, V)
    assert H.shape == (20, 7) and (H >= 0).all()
    # The terms of a projection are of order 1; each rounds by 1e-16 of itself.
    assert close(features.relu(scale * X, V) / scale, H) and close(features.relu(X, scale * V) / scale, H)
    assert close(H - features.relu(-X, V), X @ V.T) and close(H - features.relu(X, -V), X @ V.T)
    assert (H * features.relu(X, -V) == 0).all()


def test_relu_of_coordinates_keeps_the_positive_ones_and_nothing_else():
    X = np.array([[1.0, -2.0, 0.0], [-1.0, 3.0, 4.0]])
    assert features.relu(X, np.eye(3)).tolist() == [[1, 0, 0], [0, 3, 4]]
    assert features.relu(X, -np.eye(3)).tolist() == [[0, 2, 0], [1, 0, 0]]


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 2, 2.5, np.pi])
def test_products_of_random_relu_features_average_to_the_arc_cosine_kernel(angle):
    # Cho and Saul's kernel of degree 1, which they define as twice this mean.
    x, z = 2.0 * np.array([1.0, 0.0, 0.0]), 0.5 * np.array([np.cos(angle), np.sin(angle), 0.0])
    expected = 2.0 * 0.5 * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
    H = features.relu([x, z], np.random.default_rng(1).standard_normal((100_000, 3)))
    products = H[0] * H[1]
    # At opposite inputs one of the two is always 0, and so is the standard error.
    assert abs(products.mean() - expected) <= 4 * products.std(ddof=1) / np.sqrt(len(products)) + 1e-15


def test_as_many_random_relu_features_as_examples_fit_any_targets():
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((15, 4)), rng.standard_normal(15)
    H = features.relu(X, rng.standard_normal((60, 4)))
    w, b = linear.minimum_norm(H, y)
    assert close(H @ w + b, y, digits=1e-8)


@pytest.mark.parametrize(
    "X, directions, message",
    [
        ([[1.0, np.nan]], [[1.0, 2.0]], "X must be finite; got 1 "),
        ([[1.0, 2.0]], [[1.0, np.inf]], "directions must be finite; got 1 "),
        ([1.0, 2.0], [[1.0, 2.0]], r"X must have 2 axes; got shape \(2,\)"),
        ([[1.0, 2.0]], [1.0, 2.0], r"directions must have 2 axes; got shape \(2,\)"),
        ([[1.0, 2.0]], [[1.0]], r"directions must have as many columns as X; got shapes \(1, 1\) and \(1, 2\)"),
        (np.empty((0, 2)), [[1.0, 2.0]], r"X must not be empty; got shape \(0, 2\)"),
        ([[1.0, 2.0]], np.empty((0, 2)), r"directions must not be empty; got shape \(0, 2\)"),
        ([["a"]], [[1.0]], "X must hold real numbers; got dtype <U1"),
    ],
)
def test_bad_inputs_of_relu_are_named(X, directions, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        features.relu(X, directions)


def test_standardized_columns_have_mean_0_and_standard_deviation_1_and_new_inputs_follow():
    rng = np.random.default_rng(0)
    X, X_new = 5 + 3 * rng.standard_normal((20, 3)), rng.standard_normal((4, 3))
    Z, Z_new = features.standardize(X, X_new)
    assert close(Z.mean(axis=0), 0) and close(Z.std(axis=0), 1)
    scaler = StandardScaler().fit(X)
    assert close(Z, scaler.transform(X)) and close(Z_new, scaler.transform(X_new))


@pytest.mark.parametrize("constant", [0.0, 1 / 3, -1e9, 1e-9])
def test_a_constant_column_is_shifted_and_not_blown_up(constant):
    Z, Z_new = features.standardize(np.full((20, 1), constant), [[constant + 2.0]])
    assert close(Z, 0) and close(Z_new, 2, digits=1e-6)


@pytest.mark.parametrize(
    "X, X_new, message",
    [
        ([[1.0, np.nan]], [[1.0, 2.0]], "X must be finite; got 1 "),
        ([[1.0, 2.0]], [[1.0, np.inf]], "X_new must be finite; got 1 "),
        ([1.0, 2.0], [[1.0]], r"X must have 2 axes; got shape \(2,\)"),
        ([[1.0, 2.0]], [[1.0]], r"X_new must have as many columns as X; got shapes \(1, 1\) and \(1, 2\)"),
        (np.empty((0, 2)), [[1.0, 2.0]], r"X must not be empty; got shape \(0, 2\)"),
    ],
)
def test_bad_inputs_of_standardize_are_named(X, X_new, message):
    with pytest.raises(ValueError, match=message):
        features.standardize(X, X_new)


BAD_VECTORS = {
    "NaN": ([0.0, np.nan], "{} must be finite; got 1 "),
    "infinite": ([-np.inf, 0.0], "{} must be finite; got 1 "),
    "a number": (0.5, r"{} must have 1 axes; got shape \(\)"),
    "two axes": ([[0.5]], r"{} must have 1 axes; got shape \(1, 1\)"),
    "strings": (["a"], "{} must hold real numbers; got dtype <U1"),
    "complex": (np.array([1j]), "{} must hold real numbers; got dtype complex128"),
    "ragged": ([[1.0], [1.0, 2.0]], "{} must be an array of numbers; got rows of unequal length"),
}
BAD_NUMBERS = {
    "NaN": (np.nan, "{} must be finite; got 1 "),
    "infinite": (np.inf, "{} must be finite; got 1 "),
    "a string": ("1", "{} must hold real numbers; got dtype <U1"),
    "complex": (1j, "{} must hold real numbers; got dtype complex128"),
    "several": ([1.0, 2.0], r"{} must have 0 axes; got shape \(2,\)"),
}


@pytest.mark.parametrize(
    "name, call",
    [
        ("x", lambda value: features.polynomial(value, 2)),
        ("x", lambda value: features.gaussian(value, [0.0], 1.0)),
        ("centers", lambda value: features.gaussian([0.0], value, 1.0)),
        ("w", lambda value: features.power_coefficients(value, 1.0)),
    ],
)
@pytest.mark.parametrize("value, message", BAD_VECTORS.values(), ids=BAD_VECTORS)
def test_bad_vectors_are_named(name, call, value, message):
    with pytest.raises(ValueError, match=f"^{message.format(name)}"):
        call(value)


@pytest.mark.parametrize(
    "name, call",
    [
        ("x", lambda: features.polynomial([], 2)),
        ("x", lambda: features.gaussian([], [0.0], 1.0)),
        ("centers", lambda: features.gaussian([0.0], [], 1.0)),
    ],
)
def test_empty_vectors_are_named(name, call):
    with pytest.raises(ValueError, match=rf"^{name} must not be empty; got shape \(0,\)"):
        call()


@pytest.mark.parametrize(
    "name, call",
    [
        ("b", lambda value: features.power_coefficients([1.0], value)),
        ("width", lambda value: features.gaussian([0.0], [0.0], value)),
    ],
)
@pytest.mark.parametrize("value, message", BAD_NUMBERS.values(), ids=BAD_NUMBERS)
def test_bad_numbers_are_named(name, call, value, message):
    with pytest.raises(ValueError, match=f"^{message.format(name)}"):
        call(value)


@pytest.mark.parametrize("width", [0, -0.1])
def test_a_width_is_positive(width):
    with pytest.raises(ValueError, match=f"width must be greater than 0; got {width}"):
        features.gaussian([0.0], [0.0], width)


@pytest.mark.parametrize("degree", [-1, 2.0, True, "2", None, np.nan, [1, 2]])
def test_a_degree_is_a_whole_number(degree):
    with pytest.raises(ValueError, match="degree must be a whole number, 0 or greater; got "):
        features.polynomial([0.5], degree)


@pytest.mark.parametrize(
    "domain", [(1, 0), (0.5, 0.5), (0, 1, 2), (0,), (), 1.0, (0, np.nan), (0, np.inf), "ab", [[0, 1]]]
)
def test_a_domain_is_an_interval(domain):
    for call in (
        lambda: features.polynomial([0.5], 2, domain=domain),
        lambda: features.power_coefficients([1.0], 0.0, domain=domain),
    ):
        with pytest.raises(ValueError, match="^domain must .*; got "):
            call()


STAMPS = np.array([0.0, 1e3, 5e3])


@pytest.mark.parametrize(
    "column, centred",
    [
        (1e9 + np.arange(2000) * 1e-7, None),
        # Nanoseconds since 1970: a float tells 256 of them apart.
        (1.7e18 + 256 * STAMPS, STAMPS),
        (1e-163 * STAMPS, STAMPS),
        (1e-320 * np.array([1.0, 2.0, 4.0]), [1.0, 2.0, 4.0]),
        (1e300 * STAMPS, STAMPS),
        (np.array([1.0, 0.5, -1.7]) * 1e308, [1.0, 0.5, -1.7]),
        (1e15 + np.array([0.0, 1.0, 0.0, 0.0]), [0.0, 1.0, 0.0, 0.0]),
    ],
)
def test_columns_far_from_the_origin_tiny_or_huge_are_standardized_all_the_same(column, centred):
    Z, Z_new = features.standardize(column[:, None], column[:1, None])
    assert close(Z.mean(), 0) and close(Z.std(), 1) and Z_new[0, 0] == Z[0, 0]
    # What the floats of the column say, and for the last but one denormal numbers, of three digits.
    exact = column - column[0] if centred is None else np.array(centred) - centred[0]
    scale = exact.std()
    assert close(Z[:, 0], (exact - exact.mean()) / scale, digits=1e-3 if column.max() < 1e-310 else 1e-12)


def test_only_a_column_whose_entries_are_all_equal_counts_as_constant():
    X = np.full((20, 2), 1 / 3)
    X[-1, 1] = np.nextafter(1 / 3, 1)
    Z, Z_new = features.standardize(X, X + 1)
    assert (Z[:, 0] == 0).all() and close(Z_new[:, 0], 1) and close(Z[:, 1].std(), 1) and Z[-1, 1] > 4


def test_new_inputs_too_far_away_for_a_float_are_named():
    with pytest.raises(
        ValueError, match="^X_new must lie nearer to X; got 1e.300 in column 1, where X goes up to 2e-300"
    ):
        features.standardize([[0.0, 1e-300], [1.0, 2e-300]], [[0.0, 1e300]])


@pytest.mark.parametrize(
    "x, degree, domain",
    [
        ([1e10], 40, (0, 1)),
        ([-1e200, 0.5], 1, (0, 1)),
        (np.arange(1990, 2026), 5, (0, 1)),
        (np.linspace(0, 10, 50), 15, (0, 1)),
        ([0.0, 1e308], 2, (-1e308, 1e308)),
    ],
)
def test_inputs_far_outside_the_domain_are_told_so(x, degree, domain):
    with pytest.raises(
        ValueError, match=rf"^x must lie in or near domain = \(.*\) at degree {degree}; got .* the inputs span"
    ):
        features.polynomial(x, degree, domain=domain)


@pytest.mark.parametrize("x, degree", [([1.5, -0.5], 15), ([1.01], 640), ([100.0], 2), (np.arange(1990, 2026), 3)])
def test_inputs_outside_the_domain_are_served_as_long_as_the_polynomials_are_told_apart(x, degree):
    t = 2 * np.asarray(x, dtype=float) - 1
    assert features.polynomial(x, degree) == pytest.approx(legendre.legvander(t, degree)[:, 1:], rel=1e-9)


def test_far_away_a_gaussian_is_0_without_a_warning():
    with np.errstate(all="raise"):
        X = features.gaussian([1e200, -1e308, 1.0, 0.0], [0.0, 1e308], 1e-5)
        assert X.tolist() == [[0, 0], [0, 0], [0, 0], [1, 0]]
        assert features.gaussian([1e-300, 0.0], [0.0], 1e-320).tolist() == [[0], [1]]


def test_projections_and_powers_beyond_the_largest_float_are_refused():
    with np.errstate(all="raise"):
        with pytest.raises(
            ValueError, match="^directions must be so small that projections are finite; got up to 1e.200"
        ):
            features.relu([[1e200, 1e200]], [[1e200, -1e200]])
        with pytest.raises(
            ValueError, match="^w must be so small, and domain so wide, that coefficients of powers are"
        ):
            features.power_coefficients([1e308] * 5, 1.0)
        with pytest.raises(ValueError, match=r"^w must be .* on \(0, 1e-200\)"):
            features.power_coefficients([1.0] * 5, 1.0, domain=(0, 1e-200))
        assert features.relu([[1e-200]], [[1e-200]]).tolist() == [[0]]
