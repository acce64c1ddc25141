"""What the appendix "Before you begin" says."""

import numpy as np
from scipy import stats

from chapters import number, statement
from utils import bias_variance, datasets, linear

CHANGES = [
    ("sigma = 0.5", "sigma = 1.0"),
    ("np.array([2.0, 1.0]), np.array([1.0, 2.0])", "np.array([3.0, 1.0]), np.array([0.5, 1.5])"),
    ("A = np.array([[2.0, 1.0], [1.0, 2.0]])", "A = np.array([[3.0, -1.0], [-1.0, 2.0]])"),
    ("X = np.array([[2.0, 1.0], [0.0, 1.0]])", "X = np.array([[1.0, 1.0], [0.5, 2.0]])"),
    ("L = 25", "L = 4"),
    ("w = np.array([1.0, 0.0])", "w = np.array([0.0, 1.0])"),
    ("u = 0.01", "u = 0.1"),
    ("tau, observed = 1.0, 1.0", "tau, observed = 0.3, 0.8"),
]


# Expectation and variance


@number("b13", "4.25")
def the_expectation_of_the_square(c):
    return 2**2 + c.sigma**2


@statement("b10 b13", after="b12")
def the_mean_of_a_square_is_the_square_of_the_mean_plus_the_variance(c):
    return np.isclose(np.mean(c.draws**2), c.draws.mean() ** 2 + c.draws.var(), rtol=1e-12)


@statement("b13", after="b12")
def the_draws_are_near_what_endlessly_many_would_give(c):
    squares = c.draws**2
    return abs(squares.mean() - 4 - c.sigma**2) < 4 * squares.std() / np.sqrt(len(squares))


@statement("b12")
def the_band_holds_most_of_the_draws(c):
    return np.mean(np.abs(c.draws - c.draws.mean()) < c.draws.std()) > 0.6


# Projections


@statement("b20 b22 b23", after="b21")
def the_projection_is_symmetric_and_idempotent_and_what_is_left_goes_to_zero(c):
    residual = c.y - c.H @ c.y
    same = np.allclose(c.H, c.H.T) and np.allclose(c.H @ c.H, c.H)
    return same and abs(residual @ c.x) < 1e-12 and np.allclose(c.H @ residual, 0)


@statement("b20", after="b21")
def the_projection_is_least_squares(c):
    w, _ = linear.least_squares(c.x[:, None], c.y, intercept=False)
    return np.allclose(c.x[:, None] @ w, c.H @ c.y)


# Eigenvalues and trace


@statement("b30", after="b31")
def the_trace_is_the_sum_of_the_eigenvalues_and_the_inverse_has_their_reciprocals(c):
    h = np.linalg.eigvalsh(c.A)
    inverse = np.linalg.eigvalsh(np.linalg.inv(c.A))
    return np.isclose(h.sum(), np.trace(c.A)) and np.allclose(np.sort(1 / h), inverse)


@statement("b32")
def the_ellipse_is_three_times_as_long_as_the_circle_and_as_wide(c):
    return np.allclose(np.linalg.eigvalsh(c.A), [1, 3])


@number("b33", "4", "26")
def the_dimensions_of_the_cubics_and_those_across_them(c):
    trace = np.trace(linear.polynomial_smoother(3, datasets.fixed_design(30)))
    return [trace, 30 - trace]


# Covariance and standard errors


@statement("b50", after="b52")
def the_estimated_covariance_agrees_with_the_formula(c):
    formula = c.sigma**2 * c.A @ c.A.T
    # Of normal numbers: the variance of an estimated covariance, times the number of draws.
    se = np.sqrt((np.outer(np.diag(formula), np.diag(formula)) + formula**2) / c.noise.shape[1])
    return np.abs(np.cov(c.A @ c.noise) - formula) < 4 * se


@statement("b53", after="b52")
def the_mean_of_two_has_half_the_variance(c):
    of_mean = c.noise.mean(axis=0).var()
    return abs(of_mean - c.sigma**2 / 2) < 4 * of_mean * np.sqrt(2 / c.noise.shape[1])


@number("b60", "82", "88", "94")
def the_share_of_means_that_two_measured_standard_errors_hold(c):
    return [100 * (1 - 2 * stats.t.sf(2, L - 1)) for L in (3, 5, 20)]


@statement("b60", after="b60")
def a_measured_variance_is_held_less_often_than_a_mean(c):
    for L in (3, 5, 20):
        found = bias_variance.decompose(np.random.default_rng([1, L]).standard_normal((L, 4000)), np.zeros(4000))
        held = np.abs(found.variance - 1) < 2 * found.variance_se
        # The shares are 15, 14 and 6 points apart, and each is known to one.
        assert held.mean() < 1 - 2 * stats.t.sf(2, L - 1) - 0.03
    return True


@statement("b60 b62", after="b62")
def the_means_scatter_a_fifth_as_much(c):
    # The relative standard error of an estimated standard deviation.
    error = 1 / np.sqrt(2 * len(c.means))
    return np.isclose(c.sigma / np.sqrt(c.L), c.sigma / 5) and abs(c.means.std() / (c.sigma / 5) - 1) < 4 * error


@statement("b60", after="b62")
def one_mean_in_twenty_is_off_by_more_than_two_standard_errors_and_hardly_one_by_more_than_three(c):
    off = np.abs(c.means - 2) / (c.sigma / np.sqrt(c.L))
    return 0.035 < np.mean(off > 2) < 0.06 and np.mean(off > 3) < 0.006


# Singular values


@statement("b40 b42", after="b42")
def the_images_of_the_directions_are_perpendicular_and_as_long_as_the_singular_values(c):
    images = c.X @ c.Vt.T
    return np.allclose(images, c.U * c.s) and np.allclose(images.T @ images, np.diag(c.s**2))


@statement("b40", after="b41")
def the_eigenvalues_of_the_product_are_the_squares(c):
    return np.allclose(np.linalg.eigvalsh(c.X.T @ c.X)[::-1], c.s**2)


@statement("b42")
def one_image_is_longer_than_one_and_one_is_shorter(c):
    return c.s[0] > 1 > c.s[1]


# Gradients and the chain rule


@statement("b70", after="b72")
def the_gradient_is_that_of_the_formula(c):
    # The loss is a parabola: what is left is rounding, 1e-16 over steps of 1e-6.
    return np.abs(c.X.T @ (c.X @ c.w - c.y) / len(c.y) - c.slopes) < 1e-8


@statement("b70", after="b72")
def the_chain_rule_holds_for_products_of_matrices(c):
    H, W, T = (c.spare.standard_normal(shape) for shape in ((4, 3), (3, 2), (4, 2)))
    delta = H @ W - T  # of half the sum of squares
    direction = c.spare.standard_normal(W.shape)
    half = [np.sum((H @ (W + t * direction) - T) ** 2) / 2 for t in (1e-4, -1e-4)]
    across = c.spare.standard_normal(H.shape)
    other = [np.sum(((H + t * across) @ W - T) ** 2) / 2 for t in (1e-4, -1e-4)]
    return np.isclose((half[0] - half[1]) / 2e-4, np.sum(direction * (H.T @ delta)), atol=1e-8) and np.isclose(
        (other[0] - other[1]) / 2e-4, np.sum(across * (delta @ W.T)), atol=1e-8
    )


@statement("b72")
def the_gradient_is_zero_at_the_dot_and_points_uphill(c):
    lowest = np.linalg.solve(c.X, c.y)
    gradient = c.X.T @ (c.X @ c.w - c.y)
    return np.allclose(c.X @ lowest, c.y) and c.J(c.w + 0.01 * gradient) > c.J(c.w)


# Exponentials and logarithms


@statement("b80", after="b81")
def the_approximate_half_life_is_near_the_exact_one(c):
    return abs(np.log(2) / c.u / (np.log(1 / 2) / np.log(1 - c.u)) - 1) < c.u


@statement("b82")
def the_straight_line_lies_above_the_logarithm(c):
    return c.t - 1 >= np.log(c.t)


@number("b83", "6.6", "6.9")
def the_half_life_of_a_weight_that_loses_a_tenth(c):
    return [np.log(2) / -np.log(9 / 10), np.log(2) / (1 / 10)]


@statement("b83")
def after_five_and_six_steps_more_than_half_is_left_and_after_seven_less(c):
    return (9 / 10) ** 6 > 1 / 2 > (9 / 10) ** 7


# Bayes' rule


@statement("b90 b92", after="b92")
def the_peak_of_the_posterior_lies_between_nearer_to_the_narrower(c):
    formula = c.observed * c.tau**2 / (c.tau**2 + c.sigma**2)
    near = abs(c.observed - c.best) < abs(c.best) if c.sigma < c.tau else abs(c.best) < abs(c.observed - c.best)
    return near and abs(c.best - formula) <= c.spacing


@statement("b93", after="b92")
def with_equal_spreads_the_peak_is_halfway(c):
    posterior = np.exp(-((1 - c.weights) ** 2) / 2 - c.weights**2 / 2)
    peaks = np.flatnonzero(np.diff(np.sign(np.diff(posterior))))
    return len(peaks) == 1 and abs(c.weights[posterior.argmax()] - 1 / 2) <= c.spacing
