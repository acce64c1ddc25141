"""What the appendix "Nine statements often met" says."""

import numpy as np

from chapters import number, statement
from utils import linear, optimizers

CHANGES = [
    ("m, sigma, degree, lam = 30, 0.3, 15, 0.1", "m, sigma, degree, lam = 40, 0.3, 15, 0.1"),
    ("m, sigma, degree, lam = 30, 0.3, 15, 0.1", "m, sigma, degree, lam = 30, 1.0, 9, 0.5"),
    ("n_sets=500", "n_sets=60"),
    ("fixed_design(8)", "fixed_design(6)"),
    ("truth = 0.7", "truth = 0.2"),
    ("h = np.array([1.0, 100.0])", "h = np.array([0.5, 3.0])"),
    ("for p in (20, 38, 60, 100)", "for p in (5, 45)"),
]


# 1 and 2. Cross-entropy


@statement("c02 c04", after="c05")
def without_the_minus_nearly_every_label_is_missed_and_with_it_hardly_one(c):
    return c.accuracy(-1) < 0.2 and c.accuracy(1) > 0.95 and abs(c.at_zero - np.log(2)) < 1e-14


@statement("c07", after="c08")
def the_values_of_a_line_leave_the_interval(c):
    return c.line.min() < 0 and c.line.max() > 1 and c.outside > 100


@statement("c09", after="c10")
def the_gradient_is_that_of_the_formula(c):
    # Central differences of 1e-6 in a loss of order one: rounding of 1e-16 / 1e-6, and a third derivative times 1e-12.
    return np.abs(c.formula - c.numeric).max() < 1e-8


# 3. Three penalties


@statement("c12", after="c13")
def the_same_number_makes_three_models(c):
    lengths = [np.linalg.norm(linear.ridge(c.X, c.y, lam)[0]) for lam in c.ours.values()]
    return lengths[0] > 1.1 * lengths[2] > 1.1**2 * lengths[1]


@statement("c14", after="c15")
def converted_they_agree_with_a_library_that_writes_it_the_other_way(c):
    w, _ = linear.ridge(c.X, c.y, c.lam)
    return np.abs(c.theirs - w).max() < 1e-9


# 4. Bias


@statement("c17", after="eight")
def degree_15_has_next_to_no_bias_and_a_training_error(c):
    return c.bias_sq < 1e-12 and c.train > 0.01


@statement("c17", after="eight")
def the_fit_through_eight_points_has_no_training_error_and_a_large_bias(c):
    return c.train_few < 1e-20 and c.bias_sq_few > 0.1


@number("c19", "500", after="c20")
def the_training_sets(c):
    return len(c.fits)


@statement("c19", after="c20")
def the_estimate_agrees_with_the_exact_value(c):
    return abs(c.parts.mean_bias_sq - c.bias_sq) < 4 * c.parts.mean_bias_sq_se


# 5. The noise


@statement("c22 c24", after="c25")
def without_the_noise_the_sum_misses_most_of_the_error_and_with_it_agrees(c):
    # Fits and new observations share the sets: the difference varies no more than the errors and the parts do by themselves.
    se = np.hypot(c.errors.std(ddof=1), np.mean((c.fits - c.fits.mean(axis=0)) ** 2, axis=1).std(ddof=1))
    se = se / np.sqrt(len(c.errors))
    return c.both < 0.5 * c.errors.mean() and abs(c.sigma**2 + c.both - c.errors.mean()) < 4 * se


@statement("c24", after="heskes")
def about_the_average_logit_the_three_parts_of_cross_entropy_add_up(c):
    total = c.noise + c.bias + c.variance
    return abs(total - c.expected) < 1e-12 and min(c.noise, c.variance) > 0.05


@statement("c24", after="heskes")
def about_the_average_probability_they_do_not(c):
    q = c.q.mean()
    parts = c.cross_entropy(c.truth, q) + np.mean(c.cross_entropy(q, c.q)) - c.cross_entropy(q, q)
    return abs(parts - c.expected) > 1e-3


# 6. Weight decay and L2


@statement("c27 c29", after="c30")
def only_the_coupled_run_finds_the_minimum_of_the_penalized_loss(c):
    penalized = c.h / (c.h + c.lam)
    # At a rate of 0.01 the last steps are below a thousandth.
    coupled = np.abs(c.coupled - penalized).max() < 2e-3 < np.abs(c.decoupled - penalized).max()
    return coupled and np.abs(c.decoupled - 1).max() < 2e-3


@statement("c29", after="c30")
def without_noise_adamw_shrinks_only_what_lies_beyond_one_over_lambda_and_to_there(c):
    """With a larger decay than the chapter's, so that 1 / lambda is reached soon: half of the ceiling, and twice as much."""
    lam, ends = 5 * c.lam, []
    for place in np.array([0.5, 2.0]) / lam:
        optimizer = optimizers.adamw(0.01, betas=c.betas, weight_decay=lam)
        params = [(np.zeros(2), 0.0)]
        state = optimizer.init(params)
        for _ in range(3000):
            grads = [(c.h * (params[0][0] - place), 0.0)]
            params, state = optimizer.step(params, grads, state)
        ends.append(params[0][0] * lam)
    return np.abs(ends - np.array([[0.5], [1.0]])) < 2e-3


@number("c29", "10", "1")
def the_ceiling_here_and_the_minimum(c):
    return 1 / c.lam, 1.0


@statement("c27", after="c28")
def the_curvatures_differ_a_hundredfold(c):
    return np.isclose(c.h.max() / c.h.min(), 100)


@statement("c29", after="c30")
def for_plain_gradient_descent_the_two_are_one(c):
    return c.far < 1e-12


# 7. Parameters and variance


@statement("c32 c34", after="c36")
def the_variance_peaks_where_the_two_numbers_meet_and_falls_beyond(c):
    rises = c.table[10] < c.table[20] < c.table[30] < c.table[38]
    return rises and c.table[38] > 2 * c.table[50] > 2 * c.table[70] > 2 * c.table[100]


@statement("c34", after="c36")
def at_the_training_inputs_it_is_sigma_squared_p_over_m_whatever_the_features(c):
    features = np.exp(c.spare.standard_normal((40, 30)))
    H = [linear.hat_matrix(features[:, :p], intercept=False) for p in (5, 20, 30)]
    return np.allclose([np.sum(one**2) / 40 for one in H], np.array([5, 20, 30]) / 40)


# 8. Length and complexity


@statement("c37", after="c38")
def the_function_does_not_notice_its_length(c):
    return np.abs(c.change).max() < 1e-12


@statement("c39", after="c38")
def the_shorter_the_weights_the_larger_the_turn(c):
    sideways = np.linalg.svd(c.w_unit[None])[2][1] / 10
    turns = [np.arctan(np.linalg.norm(sideways) / np.linalg.norm(c.w_unit / k)) for k in (1, 10, 100)]
    return np.diff(turns) > 0


@statement("c39", after="c40")
def a_larger_penalty_makes_the_weights_shorter_and_leaves_fewer_degrees_of_freedom(c):
    return np.append(np.diff(c.lengths), np.diff(c.dofs)) < 0


# 9. The intercept


@number("c42", "100", after="c45")
def the_free_intercept_follows_the_new_zero(c):
    return c.moves(c.X, True)


@statement("c42 c44", after="c45")
def the_penalized_intercept_does_not_follow(c):
    return c.moves(c.ones, False) < 99 and np.isclose(c.moves(c.X, True), 100)
