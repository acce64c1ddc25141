"""What chapter 5 says."""

import numpy as np

from chapters import number, quoted, statement
from utils import _factors, bias_variance, datasets, features, linear

CHANGES = [
    ("m, sigma, degree = 30, 0.3, 15", "m, sigma, degree = 40, 0.3, 15"),
    ("m, sigma, degree = 30, 0.3, 15", "m, sigma, degree = 12, 0.3, 15"),
    ("m, sigma, degree = 30, 0.3, 15", "m, sigma, degree = 30, 1.0, 15"),
    ("m, sigma, degree = 30, 0.3, 15", "m, sigma, degree = 30, 0.3, 7"),
    ("lams = np.geomspace(1e-6, 10, 71)", "lams = np.geomspace(1e-4, 1, 20)"),
    ("np.full(40, 0.6)", "np.full(40, 0.2)"),
    ("n_sets, errors = 20, {}", "n_sets, errors = 5, {}"),
    ("lam = 0.1\n", "lam = 1.0\n"),
]

PUBLISHED_BY_BISHOP = quoted("c32", "0.31", "2.4", "2.6", "0.3", source="Bishop, PRML, section 3.2 and Appendix A")
PUBLISHED_TABLE = quoted("c41", "519.8", "489.7", "751.3", "443.8", "0.1", source="Efron and Hastie, CASI, table 7.3")


def every(*parts):
    return all(np.all(part) for part in parts)


# --- A second pull; directions


@statement("c02")
def the_two_pulls_balance_where_the_formula_for_one_weight_says(c):
    h, lam, w_hat = np.exp(c.spare.standard_normal((3, 20)))
    w = h / (h + lam) * w_hat
    return np.isclose(h * (w_hat - w), lam * w)


@statement("c02", after="5d0a17b1")
def the_best_intercept_on_centred_columns_is_the_mean_of_y(c):
    Z = c.X - c.X.mean(axis=0)
    return np.allclose(linear.ridge_path(Z, c.y, c.lams)[1], c.y.mean(), atol=1e-12)


@statement("c02", after="5d0a17b1")
def ridge_has_one_answer_where_there_are_more_features_than_examples(c):
    few = c.X[:9]
    Z = few - few.mean(axis=0)
    product = Z.T @ Z
    return every(
        np.linalg.matrix_rank(product) < Z.shape[1],
        np.linalg.eigvalsh(product).min() > -1e-12,
        np.linalg.cond(product + 9 * 0.1 * np.eye(Z.shape[1])) < 1e4,
        np.allclose(np.linalg.solve(product + 0.9 * np.eye(15), Z.T @ c.y[:9]), linear.ridge(few, c.y[:9], 0.1)[0]),
    )


@statement("c02", after="5d0a17b1")
def with_nearly_dependent_columns_least_squares_throws_the_weights_far_about_and_ridge_does_not(c):
    first, second = c.spare.standard_normal((2, 30))
    twins = np.column_stack([first, first + 0.01 * second])
    Y = datasets.observe(first, 0.3, c.spare, n_sets=200)
    free, tamed = (linear.ridge(twins, Y, lam)[0].std(axis=1).max() for lam in (0.0, 0.01))
    return free > 1 and tamed < 0.1


@statement("fdfcf396", after="5d0a17b1")
def the_sum_over_directions_is_the_formula_with_the_inverse(c):
    Z, lam = c.X - c.X.mean(axis=0), 0.1
    U, s, Vt = np.linalg.svd(Z, full_matrices=False)
    total = sum(s[j] ** 2 / (s[j] ** 2 + c.m * lam) * Vt[j] * (U[:, j] @ c.y) / s[j] for j in range(len(s)))
    inverse = np.linalg.inv(Z.T @ Z + c.m * lam * np.eye(c.degree)) @ Z.T @ c.y
    return every(
        np.allclose(total, inverse, atol=1e-10), np.allclose(total, linear.ridge(c.X, c.y, lam)[0], atol=1e-10)
    )


@statement("fdfcf396", after="5d0a17b1")
def the_code_takes_the_product_within_a_factor_of_300(c):
    return np.sqrt(1 / _factors.WELL_CONDITIONED) // 100 == 3


@statement("fdfcf396", after="5d0a17b1")
def the_shares_add_up_to_the_effective_degrees_of_freedom_from_all_to_none(c):
    df = linear.effective_dof(c.X, np.r_[0, c.lams, 1e6])
    shares = (c.h / (c.h + c.lams[:, None])).sum(axis=1)
    return every(np.allclose(df[1:-1], shares), np.diff(df) < 0, np.isclose(df[0], c.degree), df[-1] < 1e-4)


def lost_digits(c, columns, lam):
    """What the product of the columns loses, and the decomposition, as shares of the weights' length: medians over sets."""
    Z, Y = columns - columns.mean(axis=0), datasets.observe(c.f, c.sigma, c.spare, n_sets=50)
    # Without any square: the penalty as further observations, of zeros.
    taller = np.vstack([Z, np.sqrt(c.m * lam) * np.eye(c.degree)])
    W = np.linalg.lstsq(taller, np.vstack([Y - Y.mean(axis=0), np.zeros((c.degree, 50))]), rcond=None)[0]
    solved = np.linalg.solve(Z.T @ Z + c.m * lam * np.eye(c.degree), Z.T @ Y)
    U, singular, Vt = np.linalg.svd(Z, full_matrices=False)
    summed = Vt.T @ ((singular / (singular**2 + c.m * lam))[:, None] * (U.T @ Y))
    off = [np.linalg.norm(V - W, axis=0) / np.linalg.norm(W, axis=0) for V in (solved, summed)]
    return np.median(off, axis=1)


@statement("5d0a17b3")
def on_the_legendre_columns_product_and_decomposition_agree_to_rounding(c):
    return lost_digits(c, c.X, c.lam) < 1e-13


@statement("5d0a17b3")
def on_the_powers_the_product_keeps_about_five_digits_of_sixteen_and_the_decomposition_far_more(c):
    product, ours = lost_digits(c, c.powers, c.lam)
    return 1e-7 < product < 1e-4 and ours < 1e-9


@statement("5d0a17b3")
def the_singular_values_of_the_powers_span_eleven_powers_of_ten(c):
    s = np.linalg.svd(c.powers - c.powers.mean(axis=0), compute_uv=False)
    return round(np.log10(s[0] / s[-1])) == 11


@statement("5d0a17b3")
def a_penalty_of_usual_size_hides_the_loss_and_without_one_no_digit_is_left(c):
    return lost_digits(c, c.powers, 0.001)[0] < 1e-11 and lost_digits(c, c.powers, 0.0)[0] > 0.1


# --- The explorer, and the filters


def joint_lengths_kept(c, y):
    w, w_hat = linear.ridge(c.X, y, 0.1)[0], linear.ridge(c.X, y, 0.0)[0]
    waves = np.isin(np.arange(c.degree), [0, 2])
    return [np.linalg.norm(w[part], axis=0) / np.linalg.norm(w_hat[part], axis=0) for part in (waves, ~waves)]


@number("c06", "0.1", "0.65", "0.31", "0.05", "0.57", "0.013")
def the_bars_of_our_draw(c):
    degree_5 = linear.ridge_path(c.X, c.y, c.stops)[0][:, 4]
    return [c.stops[12], *joint_lengths_kept(c, c.y), degree_5.min(), c.h[0], c.h[-1]]


@number("c06 e0e0d31e", "5", "13")
def the_bars_that_grow_from_nothing_and_change_their_sign(c):
    W = linear.ridge_path(c.X, c.y, c.stops)[0]
    growth = np.abs(W).max(axis=0) / np.abs(W[0])
    signs = np.minimum(-W.min(axis=0), W.max(axis=0))
    signs[growth.argmax()] = 0
    return [growth.argmax() + 1, signs.argmax() + 1]


@statement("c06")
def on_nearly_every_training_set_the_two_keep_more_than_half_and_the_others_less(c):
    Y = datasets.observe(c.f, c.sigma, c.spare, n_sets=400)
    two, others = joint_lengths_kept(c, Y)
    return np.mean((two > 0.5) & (others < 0.5)) > 0.95


@statement("c06")
def the_two_tallest_bars_are_mostly_those_of_degrees_1_and_3(c):
    W = linear.ridge(c.X, datasets.observe(c.f, c.sigma, c.spare, n_sets=400), c.stops[0])[0]
    tallest = np.sort(np.argsort(-np.abs(W), axis=0)[:2], axis=0)
    return np.mean((tallest.T == [0, 2]).all(axis=1)) > 0.9


@statement("c06 e0e0d31e")
def on_nearly_every_training_set_some_bar_grows_at_a_step_and_some_bar_changes_its_sign(c):
    W = linear.ridge_path(c.X, datasets.observe(c.f, c.sigma, c.spare, n_sets=400), c.stops)[0]
    grows = (np.diff(np.abs(W), axis=0) > 1e-6).any(axis=(0, 1))
    changes = (W.min(axis=0) * W.max(axis=0) < 0).any(axis=0)
    return grows.mean() > 0.95 and changes.mean() > 0.95


@statement("c06 e0e0d31e c46")
def each_directions_part_shrinks_at_every_step_and_with_it_the_weight_vector(c):
    W, Vt = linear.ridge_path(c.X, c.y, c.lams)[0], np.linalg.svd(c.X - c.X.mean(axis=0))[2]
    parts = np.abs(W @ Vt[: len(c.h)].T)
    return every(np.diff(parts, axis=0) < 0, np.diff(np.linalg.norm(W, axis=1)) < 0)


@number("c07 c09", "42")
def how_much_later_the_strongest_direction_gives_way(c):
    return c.h[0] / c.h[-1]


@statement("c09")
def a_tenth_and_ten_times_the_curvature(c):
    def share(lam):
        return c.h / (c.h + lam)

    return every(np.isclose(share(c.h), 0.5), share(c.h / 10) > 0.9, share(c.h * 10) < 0.1)


@statement("7d7f34f1", after="c12")
def the_training_loss_only_grows(c):
    W, b = linear.ridge_path(c.X, c.y, c.lams)
    return np.diff(((c.y - W @ c.X.T - b[:, None]) ** 2).mean(axis=1)) > -1e-12


@statement("7d7f34f1", after="c12")
def each_bound_that_is_felt_has_its_penalty(c):
    Z, radius = c.X - c.X.mean(axis=0), np.linalg.norm(linear.ridge(c.X, c.y, 0.0)[0]) / 2
    bounded = np.zeros(c.degree)
    for _ in range(2000):
        bounded = bounded - Z.T @ (Z @ bounded - c.y) / c.m
        bounded = bounded * min(1.0, radius / np.linalg.norm(bounded))
    # At the best point within the bound the slope of the loss points along the weights, and the ratio is the penalty.
    slope = -Z.T @ (Z @ bounded - c.y) / c.m
    lam = slope @ bounded / radius**2
    return lam > 0 and np.allclose(linear.ridge(c.X, c.y, lam)[0], bounded, atol=1e-6)


# --- Costs and savings


@statement("c11", after="5d0a17b9")
def the_hat_matrix_has_this_form_and_its_trace_is_one_more_than_the_degrees_of_freedom(c):
    Z, lam = c.X - c.X.mean(axis=0), 0.1
    slopes = np.linalg.solve(Z.T @ Z + c.m * lam * np.eye(c.degree), Z.T)
    H = 1 / c.m + (c.X_test - c.X.mean(axis=0)) @ slopes
    trace = np.trace(linear.hat_matrix(c.X, lam=lam))
    return every(
        np.allclose(H, linear.hat_matrix(c.X, c.X_test, lam=lam)),
        np.isclose(trace, linear.effective_dof(c.X, [lam])[0] + 1),
    )


def expected_errors(c, columns, columns_test, lams, sigma):
    """Over the test inputs, for each penalty."""
    found = bias_variance.exact_ridge(columns, c.f, sigma, lams, columns_test, c.f_test)
    return sigma**2 + found.mean_bias_sq + found.mean_variance


def best_error(c, columns, columns_test):
    return expected_errors(c, columns, columns_test, np.geomspace(1e-7, 100, 400), c.sigma).min()


def blunt_error(c):
    """The expected error of chapter 4's factor at its best."""
    signal = np.mean((c.f_test - c.f.mean()) ** 2)
    variance = bias_variance.exact_ridge(c.X, c.f, c.sigma, [0.0], c.X_test, c.f_test).mean_variance[0]
    wriggle = variance - c.sigma**2 / c.m
    return c.sigma**2 + c.sigma**2 / c.m + signal * wriggle / (signal + wriggle)


@number("c15", "0.1284")
def the_best_error_with_standardized_columns(c):
    return best_error(c, *features.standardize(c.X, c.X_test))


@statement("c15 1e56ef63 c46 c30 c02")
def the_columns_get_smaller_and_mixed_to_equal_curvatures_ridge_is_the_blunt_factor(c):
    center, spread = c.X.mean(axis=0), c.X.std(axis=0)
    _, s, Vt = np.linalg.svd(c.X - center, full_matrices=False)
    mixed, mixed_test = ((X - center) @ (Vt.T / s) for X in (c.X, c.X_test))
    costs = (spread.max() / spread) ** 2
    return every(
        np.isclose(best_error(c, mixed, mixed_test), blunt_error(c), rtol=1e-3),
        3.5 < costs.max() < 4.5,
        np.argmax(spread) == 0,
        costs[8:].min() > 2,
    )


@number("c15", "0.1402", "0.1209", "0.025", "10.7", "0.1363", "0.1048")
def expected_errors_of_least_squares_ridge_the_blunt_factor_and_degree_3(c):
    squares, cubic = (expected_errors(c, c.X[:, :k], c.X_test[:, :k], [0.0], c.sigma)[0] for k in (15, 3))
    return [
        squares,
        c.total[c.best],
        c.lams[c.best],
        linear.effective_dof(c.X, [c.lams[c.best]])[0],
        blunt_error(c),
        cubic,
    ]


@number("c14", "0.025")
def where_the_dip_is(c):
    return c.lams[c.best]


@statement("c15 c14")
def the_variance_falls_before_any_bias_shows(c):
    first = bias_variance.exact_ridge(c.X, c.f, c.sigma, [0.0, 0.001], c.X_test, c.f_test)
    return -np.diff(first.mean_variance)[0] > 50 * np.diff(first.mean_bias_sq)[0] > 0


@statement("c15")
def a_simulation_finds_the_same_bias_and_variance(c):
    H = linear.hat_matrix(c.X, c.X_test, lam=c.lams[c.best])
    found = bias_variance.decompose((H @ datasets.observe(c.f, c.sigma, c.spare, n_sets=1000)).T, c.f_test)
    return every(
        abs(found.mean_bias_sq - c.parts.mean_bias_sq[c.best]) < 5 * found.mean_bias_sq_se,
        abs(found.mean_variance - c.parts.mean_variance[c.best]) < 5 * found.mean_variance_se,
    )


@statement("80b527db")
def on_a_fixed_design_the_variance_falls_at_every_point(c):
    return np.diff(c.parts.variance, axis=0) < 0


@statement("80b527db")
def on_redrawn_inputs_a_penalty_can_create_variance(c):
    def variance_of_the_slope(lam):
        designs = (datasets.random_design(c.m, child)[:, None] for child in c.spare.spawn(50))
        return np.var([linear.ridge(x, 2 * x[:, 0], lam)[0][0] for x in designs])

    return variance_of_the_slope(0.0) < 1e-20 and variance_of_the_slope(0.1) > 1e-3


# --- The theorem


def mse(c, lam, s, alpha):
    a = c.m * lam
    return (a / (s**2 + a)) ** 2 * alpha**2 + c.sigma**2 * s**2 / (s**2 + a) ** 2


@statement("c17", after="c18")
def the_mean_squared_error_of_a_weight_falls_with_this_slope(c):
    s, alpha, step = np.sqrt(c.m * c.h), 1.3, 1e-7 * c.h
    slope = (mse(c, step, s, alpha) - mse(c, 0, s, alpha)) / step
    return np.allclose(slope, -2 * c.m * c.sigma**2 / s**4, rtol=1e-4)


@statement("c17 8f7cc975", after="c18")
def the_parts_of_a_prediction_are_the_sums_over_directions(c):
    Z, lam = c.X - c.X.mean(axis=0), 0.02
    _, s, Vt = np.linalg.svd(Z, full_matrices=False)
    w, b = linear.least_squares(c.X, c.f)
    alpha, along = Vt @ w, (c.X_test - c.X.mean(axis=0)) @ Vt.T
    truth_test = c.X_test @ w + b
    parts = bias_variance.exact_ridge(c.X, Z @ w, c.sigma, [lam], c.X_test, truth_test - b - c.X.mean(axis=0) @ w)
    bias = -along @ (c.m * lam / (s**2 + c.m * lam) * alpha)
    variance = c.sigma**2 * (1 / c.m + along**2 @ (s / (s**2 + c.m * lam)) ** 2)
    return every(np.allclose(parts.bias_sq[0], bias**2), np.allclose(parts.variance[0], variance))


@statement("c17 8f7cc975", after="c18")
def near_zero_the_bias_is_flat_and_the_variance_falls(c):
    return abs(c.slope_bias) < 1e-3 and c.slope_variance < -1


@statement("c19")
def in_one_direction_the_best_penalty_is_this(c):
    s, alpha = np.sqrt(c.m * c.h), np.linspace(0.5, 2, len(c.h))
    best = c.sigma**2 / (c.m * alpha**2)
    here = mse(c, best, s, alpha)
    return every(here < mse(c, best * 0.99, s, alpha), here < mse(c, best * 1.01, s, alpha))


@statement("c19")
def an_enormous_penalty_costs_everything_that_was_to_be_learnt(c):
    crushed = bias_variance.exact_ridge(c.X, c.f, c.sigma, [1e6], c.X_test, c.f_test)
    return np.isclose(crushed.mean_bias_sq[0], np.mean((c.f_test - c.f.mean()) ** 2), rtol=1e-4)


def cubic_parts(c, X_at, f_at):
    lams = np.r_[0, np.geomspace(1e-6, 10, 141)]
    parts = bias_variance.exact_ridge(c.X[:, :3], c.f, c.sigma, lams, X_at[:, :3], f_at)
    return parts.mean_bias_sq + parts.mean_variance


@statement("c19")
def for_degree_3_no_penalty_is_best_at_the_test_inputs_and_a_small_one_at_the_training_inputs(c):
    return cubic_parts(c, c.X_test, c.f_test).argmin() == 0 and cubic_parts(c, c.X, c.f).argmin() > 0


@statement("c19")
def at_the_training_inputs_the_bias_that_the_penalty_adds_is_orthogonal_to_what_the_model_misses(c):
    missed, ridged = ((linear.hat_matrix(c.X[:, :3], lam=lam) - np.eye(c.m)) @ c.f for lam in (0.0, 0.05))
    return abs(missed @ (ridged - missed)) < 1e-10


@number("c19", "97")
def the_number_of_test_inputs(c):
    return len(c.x_test)


# --- Circles and diamonds


@statement("c22 c24")
def the_diamond_is_touched_in_its_upper_corner_and_the_disc_where_both_weights_are_positive(c):
    best = {
        k: np.unravel_index(np.where(v <= 1 + 1e-9, c.loss, np.inf).argmin(), c.loss.shape) for k, v in c.sizes.items()
    }
    step, corner, disc = c.grid[1] - c.grid[0], best["lasso"], best["ridge"]
    return every(
        abs(c.w1[corner]) < step,
        c.w2[corner] > 1 - 2 * step,
        c.w1[disc] > 0.1,
        c.w2[disc] > 0.1,
    )


@statement("c24", after="c25")
def the_lasso_of_one_weight_subtracts_and_cuts_at_zero(c):
    column, lam = c.spare.standard_normal((40, 1)), 0.3
    column = column - column.mean()
    h = np.mean(column**2)
    for slope in (0.1, 1.0, -1.0):
        y = slope * column[:, 0]
        expected = np.sign(slope) * max(h * abs(slope) - lam, 0) / h
        if not np.isclose(linear.lasso(column, y, lam)[0][0], expected, atol=1e-9):
            return False
    return True


@statement("c27")
def the_lasso_wins_or_loses_beyond_doubt(c):
    for name, sign in (("sparse", 1), ("dense", -1)):
        gain = sign * (c.errors[name][:, 0] - c.errors[name][:, 1])
        if gain.mean() < 5 * gain.std(ddof=1) / np.sqrt(len(gain)):
            return False
    return True


def ratios(c):
    return [np.divide(*c.errors[name].mean(axis=0)[::-1]) for name in ("sparse", "dense")]


@number("c27", "0.31", "1.6")
def the_errors_of_the_lasso_over_those_of_ridge(c):
    return ratios(c)


@number("c27", "4", "3.8")
def the_lengths_of_the_two_truths(c):
    return [np.linalg.norm(c.truths[name]) for name in ("sparse", "dense")]


@statement("c27")
def the_error_of_ridge_is_nearly_the_same_for_truths_of_the_same_length(c):
    means = [c.errors[name][:, 0].mean() for name in ("sparse", "dense")]
    lengths = [np.linalg.norm(c.truths[name]) for name in ("sparse", "dense")]
    return abs(means[0] / means[1] - 1) < 0.2 and abs(lengths[0] / lengths[1] - 1) < 0.1


@statement("c27")
def less_than_half_and_larger_by_far(c):
    sparse, dense = ratios(c)
    return sparse < 0.5 and dense > 1.25


@statement("5d0a17b5 5d0a17b4")
def under_ridge_some_weights_cross_zero_none_stays_there_and_the_length_falls(c):
    W = c.paths["ridge"]
    crossed = (W.min(axis=0) < 0) & (W.max(axis=0) > 0)
    grown = np.abs(W).max(axis=0) > 1.1 * np.abs(W[0])
    near = np.abs(W[-1]).max() < 0.3
    return every(W != 0, crossed.any(), grown.any(), np.diff(np.linalg.norm(W, axis=1)) < 0, near)


@statement("5d0a17b5 5d0a17b4")
def under_the_lasso_useless_weights_drop_out_one_after_the_other_and_the_four_have_lost_a_piece(c):
    W = c.paths["lasso"]
    left = (W[:, 4:] != 0).sum(axis=1)
    at = np.flatnonzero(left == 0)[0]
    return left[0] > 25 and len(set(left)) > 10 and np.abs(W[at, :4]).mean() < np.abs(W[0, :4]).mean()


@statement("5d0a17b4")
def of_the_forty_four_are_2_in_truth_and_the_others_0(c):
    return every(c.truths["sparse"][:4] == 2, c.truths["sparse"][4:] == 0)


@statement("5d0a17b5", often="on most draws the four that matter are the last to go", between=(0.75, 1.0))
def the_four_that_matter_are_the_last_to_go(c):
    W = c.paths["lasso"]
    last = np.where((W != 0).any(axis=0), len(W) - 1 - (W[::-1] != 0).argmax(axis=0), -1)
    return last[:4].min() > last[4:].max()


# --- Belief, hygiene, practice


@statement("3ea76267", after="c28")
def if_the_belief_is_right_all_directions_agree_on_the_best_penalty(c):
    tau, s = 0.7, np.sqrt(c.m * c.h)
    best = c.sigma**2 / (c.m * tau**2)
    here = mse(c, best, s, tau)
    return every(here < mse(c, best * 0.99, s, tau), here < mse(c, best * 1.01, s, tau))


@statement("3ea76267", after="c28")
def ridge_finds_the_most_probable_weights(c):
    tau = 0.7
    w, b = linear.ridge(c.X, c.y, c.sigma**2 / (c.m * tau**2))
    gradient = -c.X.T @ (c.y - c.X @ w - b) / c.sigma**2 + w / tau**2
    return np.abs(gradient).max() < 1e-8


@statement("1e56ef63", after="c28")
def least_squares_does_not_care_about_units_and_ridge_does(c):
    in_other_units = c.X * np.r_[1000, np.ones(c.degree - 1)]

    def predictions(columns, lam):
        w, b = linear.ridge(columns, c.y, lam)
        return columns @ w + b

    same = [np.allclose(predictions(in_other_units, lam), predictions(c.X, lam)) for lam in (0.0, 0.1)]
    return same == [True, False]


@statement("1e56ef63", after="c28")
def with_a_free_intercept_the_predictions_move_by_exactly_100(c):
    return np.allclose(c.moved, 100, atol=1e-9)


@statement("5d0a17b6", after="5d0a17b7")
def with_a_penalized_intercept_they_move_by_less_than_100_on_average_and_not_by_the_same(c):
    return c.moved.mean() < 99 and np.ptp(c.moved) > 1


@number("c30", "10.7", "0.025", "99%")
def the_best_penalty_of_the_sweep_and_the_shares_at_the_end_of_the_grid(c):
    low = c.h[-1] / 100
    return [linear.effective_dof(c.X, [c.lams[c.best]])[0], c.lams[c.best], (c.h / (c.h + low)).min()]


@statement("c30")
def at_the_ends_of_the_grid_all_or_nearly_nothing_is_kept_and_a_longer_one_adds_little_unless_noise_is_small(c):
    def smallest_error(lams, sigma):
        return expected_errors(c, c.X, c.X_test, lams, sigma).min()

    low, high = c.h[-1] / 100, c.h[0] * 10
    within, beyond = np.geomspace(low, high, 51), np.geomspace(low / 1e3, high * 1e3, 301)
    loss = [smallest_error(within, sigma) / smallest_error(beyond, sigma) for sigma in (c.sigma, 0.03, 0.0003)]
    return every(c.h / (c.h + low) > 0.99, c.h / (c.h + high) < 0.1, max(loss[:2]) < 1.01, loss[2] > 2)


@statement("c30", after="c36")
def for_nearly_dependent_columns_the_best_penalty_lies_far_from_such_a_start(c):
    h = np.linalg.svd(c.P - c.P.mean(axis=0), compute_uv=False)[-1] ** 2 / c.m
    return h / 100 < 1e-20 < 1e-12 * c.best_small


@statement("c30")
def least_squares_on_blurred_inputs_is_ridge(c):
    Z, lam, v = c.X - c.X.mean(axis=0), 0.1, c.y - c.y.mean()
    w = linear.ridge(c.X, c.y, lam)[0]
    n_copies = 4000
    blurred = Z + np.sqrt(lam) * c.spare.standard_normal((n_copies, *Z.shape))
    losses = ((v - blurred @ w) ** 2).mean(axis=1) / 2
    expected = ((v - Z @ w) ** 2).mean() / 2 + lam / 2 * w @ w
    return abs(losses.mean() - expected) < 5 * losses.std() / np.sqrt(n_copies)


@statement("c30")
def the_dual_form_gives_the_same_weights(c):
    few = c.X[:9]
    Z = few - few.mean(axis=0)
    dual = Z.T @ np.linalg.solve(Z @ Z.T + 9 * 0.1 * np.eye(9), c.y[:9])
    return np.allclose(dual, linear.ridge(few, c.y[:9], 0.1)[0], atol=1e-10)


@statement("c30")
def the_elastic_net_keeps_both_of_two_like_features_and_drops_the_useless(c):
    from sklearn.linear_model import ElasticNet, Lasso

    found = []
    for child in c.spare.spawn(60):
        first, second, noise = child.standard_normal((3, 100))
        X = np.column_stack([first, first + 0.05 * second, child.standard_normal((100, 5))])
        y = X[:, 0] + X[:, 1] + noise
        lasso, net = Lasso(alpha=0.3).fit(X, y).coef_, ElasticNet(alpha=0.6, l1_ratio=0.5).fit(X, y).coef_
        found.append([(lasso[:2] != 0).sum() == 1, (net[:2] != 0).all(), (net[2:] == 0).mean() > 0.7])
    lasso_drops_one, net_keeps_both, net_drops_useless = np.mean(found, axis=0)
    return lasso_drops_one > 0.3 and net_keeps_both > 0.95 and net_drops_useless > 0.95


@statement("eb312610")
def the_alphas_of_scikit_learn_are_related_to_our_penalty_as_it_is_said(c):
    from sklearn.linear_model import Lasso, Ridge, SGDRegressor

    X, y, lam = c.X, c.y, 0.1
    step = SGDRegressor(alpha=lam, learning_rate="constant", eta0=0.01, max_iter=1, tol=None, fit_intercept=False)
    w = np.linspace(-1, 1, X.shape[1])
    step.fit(X[:1], y[:1], coef_init=w.copy())
    return every(
        np.allclose(Ridge(alpha=c.m * lam).fit(X, y).coef_, linear.ridge(X, y, lam)[0], atol=1e-9),
        np.allclose(Lasso(alpha=lam, tol=1e-12).fit(X, y).coef_, linear.lasso(X, y, lam)[0], atol=1e-6),
        np.allclose(step.coef_, w - 0.01 * ((X[0] @ w - y[0]) * X[0] + lam * w), atol=1e-12),
    )


# --- Exercises


@number("c32", "0.1", "400", after="c33")
def the_width_of_the_bumps_and_the_number_of_sets(c):
    return [c.width, 400]


@number("c35", "0.07", "0.01", after="c33")
def squared_bias_and_variance_at_the_strongest_penalty(c):
    return [c.bias_sq[0], c.variance[0]]


@statement("c35", after="c33")
def the_squared_bias_falls_to_nearly_nothing_and_the_variance_rises(c):
    return every(np.diff(c.bias_sq) < 0, c.bias_sq[2] < c.bias_sq[0] / 30, np.diff(c.variance) > 0)


@statement("c35", after="c33")
def the_middle_one_of_the_three_has_the_smallest_sum(c):
    return np.argmin(np.add(c.bias_sq, c.variance)) == 1


@number("c38", "0.1053", "0.1209", "0.1054", after="c36")
def the_best_errors_on_powers_on_legendre_columns_and_on_standardized_powers(c):
    return [c.best_error, c.total[c.best], best_error(c, *features.standardize(c.P, c.P_test))]


@statement("c38", after="c36")
def the_powers_are_about_as_good_as_degree_3(c):
    cubic = c.sigma**2 + cubic_parts(c, c.X_test, c.f_test)[0]
    return abs(c.best_error - cubic) < (c.total[c.best] - cubic) / 10


@statement("c41 e0e0d31e", after="c39")
def the_useless_twin_starts_near_zero_and_grows_until_they_share_the_work(c):
    useful, useless = c.W_twins.T
    return every(
        abs(useless[0]) < 0.15,
        useless.max() > 0.3,
        (np.diff(useful) < 0).all(),
        np.allclose(useful[60:], useless[60:], rtol=0.15),
    )


@statement("c41", after="c39")
def beyond_the_peak_a_larger_penalty_shrinks_both_and_brings_them_closer_together(c):
    useful, useless = c.W_twins[c.W_twins[:, 1].argmax() :].T
    return np.diff([useful, useless, useful - useless, useful / useless]) < 0


@statement("c41", after="c39")
def a_half_each_predicts_nearly_as_well_and_is_shorter(c):
    halves = ((c.twins @ [0.5, 0.5] - c.twins[:, 0]) ** 2).mean()
    return halves < 0.05 * c.twins[:, 0].var()


@number("c44", "7.642", "0.1", "41%", "6%", after="c42")
def degrees_of_freedom_and_what_the_two_weights_lose(c):
    fall = 1 - c.table[1] / c.table[0]
    return [c.df, c.penalties[1] * 442, fall[c.names.index("s5")], fall[c.names.index("bmi")]]


@number("c41", "519.8", "489.7", "751.3", "443.8", after="c42")
def the_table_comes_out_to_the_digit(c):
    return [*c.table[:, c.names.index("bmi")], *c.table[:, c.names.index("s5")]]


@statement("c44", after="c42")
def how_much_of_the_two_columns_the_others_predict(c):
    for name, share in (("s5", 9 / 10), ("bmi", 1 / 3)):
        at = c.names.index(name)
        column, others = c.patients[:, at], np.delete(c.patients, at, axis=1)
        residual = column - linear.hat_matrix(others) @ column
        if abs(1 - residual.var() / column.var() - share) > 0.02:
            return False
    return True
