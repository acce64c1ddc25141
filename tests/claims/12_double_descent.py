"""What chapter 12 says."""

import numpy as np

from chapters import number, statement
from utils import features, linear

CHANGES = [
    ("m, sigma = 20, 0.3", "m, sigma = 30, 0.3"),
    ("m, sigma = 20, 0.3", "m, sigma = 14, 0.8"),
    ("m_network = 60", "m_network = 45"),
    ("for _ in range(100)", "for _ in range(30)"),
    ("lams = np.geomspace(0.002, 20, 13)", "lams = np.geomspace(0.01, 5, 6)"),
    (
        "m_board, sigma_board, beta = 40, 0.2, np.full(100, 0.1)",
        "m_board, sigma_board, beta = 30, 0.5, 1 / np.r_[1:101]",
    ),
    ("for _ in range(200)", "for _ in range(50)"),
    ("d, sigma_data = 500, 0.5", "d, sigma_data = 200, 1.0"),
]

# Polynomials: one set of observations, everything else exact.


def ladder_errors(c):
    return {degree: c.sigma**2 + sum(c.polynomial_parts(degree)) for degree in c.ladder.tolist()}


@statement("8909f389 c02 be129c62", after="c06")
def a_polynomial_of_degree_19_and_each_higher_one_passes_through_all_points(c):
    degrees = c.ladder[c.ladder >= c.m - 1]
    fits = [(features.polynomial(c.x, degree), *c.fit(degree, c.y)) for degree in degrees]
    # Observations are of the order of 1; the design of degree 19 has a condition number of some 1e3.
    return len(c.x) == 20 and max(np.abs(X @ w + b - c.y).max() for X, w, b in fits) < 1e-8


@statement("c04", after="c03parts")
def fits_to_the_columns_of_the_identity_make_up_the_hat_matrix(c):
    for degree in (3, 19, 40):
        H = features.polynomial(c.x_test, degree) @ c.fit(degree, np.eye(c.m))[0] + c.fit(degree, np.eye(c.m))[1]
        w, b = c.fit(degree, c.y)
        if not np.allclose(H @ c.y, features.polynomial(c.x_test, degree) @ w + b, rtol=1e-8, atol=1e-8):
            return False
    return True


@statement("c07", after="c06")
def at_degree_19_the_curve_leaves_the_picture_in_the_outer_gaps_and_not_in_the_middle(c):
    w, b = c.fit(19, c.y)
    outside = np.abs(features.polynomial(c.grid, 19) @ w + b) > 1.9
    first, last = c.grid < c.x[1], c.grid > c.x[-2]
    return outside[first].any() and outside[last].any() and not outside[np.abs(c.grid - 0.5) < 0.1].any()


@statement("c07", after="c06")
def at_degree_28_the_error_is_between_those_of_degrees_12_and_13(c):
    error = ladder_errors(c)
    return error[12] < error[28] < error[13]


@statement("c07 c11", after="c06")
def up_to_degree_19_the_variance_only_rises_and_past_it_only_falls(c):
    variance = np.array([c.polynomial_parts(degree)[1] for degree in c.ladder])
    before, after = variance[c.ladder <= 19], variance[c.ladder >= 19]
    return (np.diff(before) > 0).all() and (np.diff(after) < 0).all()


@statement("c07", after="c06")
def what_one_observation_moves_at_degree_640_is_a_thin_spike(c):
    w, b = c.fit(640, np.eye(c.m))
    # A tenth of a gap away from its own point an observation counts for little more than half, midway for a third.
    limits = ((0.0, 1.0), (0.1, 0.6), (0.5, 0.35))
    away = [features.polynomial((np.arange(19) + share) / 19, 640) @ w + b for share, _ in limits]
    return [np.diag(one).max() < most + 1e-8 for one, (_, most) in zip(away, limits, strict=True)]


@number("c07", "0.001", "0.2", after="c06")
def a_little_ridge_brings_degree_19_below_a_fifth(c):
    lam = 0.001
    error = c.sigma**2 + sum(c.polynomial_parts(19, lam))
    return [lam, np.ceil(10 * error) / 10 if sum(c.polynomial_parts(19)) > 2000 else np.nan]


@statement("c11 84ca08c1", after="c08")
def more_than_nine_thousand_at_degree_19_and_at_640_less_than_at_8(c):
    eight, nineteen, last = (c.polynomial_parts(degree)[1] for degree in (8, 19, 640))
    return 9000 < nineteen < 10_000 and last < eight


@number("c11", "0.0248", "0.0355")
def variances_at_degrees_640_and_8(c):
    return [c.polynomial_parts(degree)[1] for degree in (640, 8)]


@number("c11", "0.110", "0.140")
def lowest_errors_on_both_sides_of_the_threshold(c):
    error = ladder_errors(c)
    return [error[3], min(error[degree] for degree in error if degree > 19)]


@statement("c11 7ab9dd9a")
def the_lowest_error_of_all_is_at_degree_3(c):
    error = ladder_errors(c)
    return min(error, key=error.get) == 3


@statement("c11")
def far_to_the_right_the_squared_bias_grows_again(c):
    bias_sq = [c.polynomial_parts(degree)[0] for degree in c.ladder if degree >= 40]
    return (np.diff(bias_sq) > 0).all() and bias_sq[-1] > 0.02


@statement("f3736ce7")
def degree_640_is_on_average_closer_to_the_truth_than_degree_12_and_degree_19_is_off_by_thousands(c):
    last, twelve, nineteen = (sum(c.polynomial_parts(degree)) for degree in (640, 12, 19))
    w, b = c.fit(12, c.y)
    left = np.mean((features.polynomial(c.x, 12) @ w + b - c.y) ** 2)
    return last < twelve and nineteen > 2000 and left > 0


@number("84ca08c1", "0.001", "0.157", "0.084")
def with_a_penalty_the_variance_falls_below_the_threshold(c):
    variances = [c.polynomial_parts(degree, 0.001)[1] for degree in range(15, 19)]
    assert (np.diff(variances) < 0).all() and c.m == 20
    return 0.001, variances[0], variances[-1]


@statement("f3736ce7")
def most_of_the_noise_stays_in_the_spikes(c):
    return c.polynomial_parts(640)[1] < c.sigma**2 / 2


@statement("f3736ce7")
def the_weights_of_degree_640_are_shorter_by_far_than_those_of_degree_19(c):
    return 20 * np.linalg.norm(c.fit(640, c.y)[0]) < np.linalg.norm(c.fit(19, c.y)[0])


# The network: a hundred studies.


def valleys(c):
    """The lowest medians without a penalty before the threshold and after it."""
    at = c.sizes.index(c.m_network)
    return c.no_penalty[:at].min(), c.no_penalty[at + 1 :].min()


@number("515c0335", "0.3", after="c12draw")
def noise_of_the_network(c):
    return c.random_features.__defaults__[-1]


@number("c13", "0.09")
def what_new_observations_add(c):
    return c.random_features.__defaults__[-1] ** 2


@number("c15 c17 0ef12e40", "0.2")
def the_fixed_penalty_is_one_of_the_thirteen(c):
    return c.lams[6] if len(c.lams) == 13 else np.nan


@statement("c17 0ef12e40")
def without_a_penalty_the_peak_of_more_than_ten_is_where_units_equal_examples(c):
    return c.sizes[c.no_penalty.argmax()] == c.m_network and c.no_penalty.max() > 10


@statement("c17 0ef12e40 7ab9dd9a")
def the_second_valley_is_above_the_first_but_not_twice_as_high(c):
    first, second = valleys(c)
    return first < second < 2 * first


@statement("c17")
def without_a_penalty_the_error_falls_then_rises_to_the_peak_and_falls_again(c):
    at, lowest = c.sizes.index(c.m_network), c.no_penalty[: c.sizes.index(c.m_network)].argmin()
    steps = np.diff(c.no_penalty)
    return 0 < lowest and (steps[:lowest] < 0).all() and (steps[lowest:at] > 0).all() and (steps[at:] < 0).all()


@statement("c17 0ef12e40")
def with_the_fixed_penalty_there_is_no_peak_and_the_curve_turns_up_at_the_right(c):
    lowest = c.fixed.argmin()
    falls = (np.diff(c.fixed[: lowest + 1]) < 0).all()
    return falls and 50 < c.sizes[lowest] < 300 and c.fixed[-1] > 1.1 * c.fixed.min() and c.fixed[-1] < c.fixed[0]


@statement("c17 0ef12e40 84ca08c1 7ab9dd9a")
def with_the_best_penalty_the_error_falls_all_the_way(c):
    return np.diff(c.tuned) < 0


@statement("0ef12e40")
def at_every_size_some_penalty_beats_none(c):
    return c.tuned < c.no_penalty


@statement("0ef12e40")
def the_best_penalty_grows_with_the_network(c):
    chosen = c.lams[np.median(c.ridge, axis=0).argmin(axis=1)]
    at = c.sizes.index(c.m_network)
    return (np.diff(chosen[at:]) >= 0).all() and chosen[-1] > 2 * chosen[at]


@statement("c21")
def away_from_the_threshold_mean_and_median_agree(c):
    columns = [c.ridgeless[:, c.sizes.index(p)] for p in (20, 400)]
    return [abs(column.mean() / np.median(column) - 1) < 0.1 for column in columns]


@statement("c21")
def at_the_threshold_five_of_the_hundred_studies_are_more_than_half_of_the_mean(c):
    column = np.sort(c.ridgeless[:, c.sizes.index(c.m_network)])
    return len(column) == 100 and column[-5:].sum() > 0.5 * column.sum() and column.mean() > 3 * np.median(column)


@statement("c21")
def the_square_of_a_ratio_of_normal_numbers_has_a_tail_like_one_over_the_root(c):
    n, levels = 200_000, np.array([1.0, 100.0, 10_000.0])
    ratio_sq = (c.spare.standard_normal(n) / c.spare.standard_normal((2, n))[1]) ** 2
    # A Cauchy variable: the share above a level, a half at 1, its limit, and the standard error of a share.
    share = 2 / np.pi * np.arctan(1 / np.sqrt(levels))
    limit = np.abs(share[1:] * np.sqrt(levels[1:]) * np.pi / 2 - 1) < 0.01
    measured = np.array([np.mean(ratio_sq > level) for level in levels])
    return [*limit, np.isclose(share[0], 0.5), *(np.abs(measured - share) < 5 * np.sqrt(share * (1 - share) / n))]


# The blackboard.


@number("c23", "0.2", after="c24")
def noise_on_the_blackboard(c):
    return c.sigma_board


@statement("c23", after="c24")
def all_hundred_coefficients_are_equal_and_their_length_is_1(c):
    return len(c.beta) == 100 and np.ptp(c.beta) == 0 and np.isclose(c.beta @ c.beta, 1) and c.m_board == 40


@statement("c23", after="c24")
def one_over_chi_squared_has_the_mean_that_is_quoted(c):
    draws = 1 / c.spare.chisquare(11, 100_000)
    return abs(draws.mean() - 1 / 9) < 5 * draws.std() / np.sqrt(len(draws))


@statement("c23", after="c24")
def one_weight_is_what_remains_of_its_column_along_the_noise(c):
    X, e = c.spare.standard_normal((40, 20)), c.spare.standard_normal(60)[20:]
    r = X[:, 0] - X[:, 1:] @ np.linalg.lstsq(X[:, 1:], X[:, 0], rcond=None)[0]
    inverse = np.linalg.inv(X.T @ X)
    return np.isclose((inverse @ X.T @ e)[0], r @ e / (r @ r)), np.isclose(inverse[0, 0], 1 / (r @ r))


@statement("c23", after="c24")
def the_rows_keep_the_share_m_over_p_of_the_squared_length(c):
    X = c.spare.standard_normal((400, 40, 60))
    beta = c.beta[:60]
    kept = np.array([beta @ np.linalg.pinv(rows) @ rows @ beta for rows in X])
    return abs(kept.mean() - beta @ beta * 40 / 60) < 5 * kept.std() / np.sqrt(len(kept))


@statement("c23 7ab9dd9a 679ea897", after="c24")
def the_mean_is_infinite_at_three_sizes_and_finite_at_all_others(c):
    return [np.isinf(c.theory(p)) == (p in (39, 40, 41)) for p in range(101)]


@statement("c27 c30 c32")
def four_features_or_more_from_the_threshold_theory_and_simulation_agree_within_the_errors(c):
    standard_error = c.test_errors.std(axis=0, ddof=1) / np.sqrt(len(c.test_errors))
    theory = np.array([c.theory(p) for p in c.counts])
    off = (np.abs(c.test_errors.mean(axis=0) - theory) / standard_error)[c.safe]
    # Sixteen means from the same sets: four standard errors, and a few of the bars, which hold two, may miss.
    return off.max() < 4 and (off > 2).sum() <= 4


@statement("c27")
def medians_next_to_the_gap_lie_well_below_the_curve(c):
    medians = np.median(c.test_errors, axis=0)
    return [medians[i] < c.theory(p) / 1.5 for i, p in enumerate(c.counts) if not c.safe[i]]


@statement("c27")
def the_curve_rises_from_one_to_more_than_twenty_and_falls_to_below_one(c):
    below, above = ([c.theory(p) for p in piece] for piece in (c.below, c.above))
    rises, falls = (np.diff(below) > 0).all(), (np.diff(above) < 0).all()
    return rises and falls and 1 < below[0] < 1.1 and min(below[-1], above[0]) > 20 and above[-1] < 1


@number("c30", "1.04", "0.667")
def best_errors_on_both_sides_on_the_blackboard(c):
    return [min(c.theory(p) for p in range(39)), min(c.theory(p) for p in range(42, 101))]


@statement("c30 7ab9dd9a")
def no_features_are_best_on_the_left_and_all_of_them_on_the_right(c):
    left, right = min(range(39), key=c.theory), min(range(42, 101), key=c.theory)
    return left == 0 and right == 100 and c.theory(right) < c.theory(left)


@statement("c32 c34 679ea897")
def the_measured_parts_are_the_exact_ones(c):
    exact = np.array([c.theory_parts(p) for p in c.counts]).T
    parts = np.array([[one.mean_bias_sq, one.mean_variance] for one in c.measured]).T * len(c.beta)
    errors = np.array([[one.mean_bias_sq_se, one.mean_variance_se] for one in c.measured]).T * len(c.beta)
    return (np.abs(parts - exact) < 5 * errors)[:, c.safe]


@statement("c32 c34 c60 b9d1efca")
def with_new_inputs_the_peak_is_variance_and_squared_bias_falls_from_end_to_end(c):
    below, above = (np.array([c.theory_parts(p) for p in piece]).T for piece in (c.below, c.above))
    bias_falls = (np.diff(np.r_[below[0], above[0]]) < 0).all()
    peak = below[1, -1] > 40 * below[0, -1] and above[1, 0] > 40 * above[0, 0]
    return bias_falls and peak and (np.diff(below[1]) > 0).all() and (np.diff(above[1]) < 0).all()


@statement("c32")
def where_there_are_as_many_features_as_examples_and_beside_it_the_mean_is_infinite(c):
    return [np.isinf(c.theory(p)) == (abs(p - c.m_board) <= 1) for p in range(c.m_board - 5, c.m_board + 6)]


@statement("c32")
def the_squared_bias_falls_from_one_to_about_a_third(c):
    return np.isclose(c.theory_parts(0)[0], 1) and 0.3 < c.theory_parts(100)[0] < 0.4


@number("c34", "0.27", "0.88")
def variances_at_a_hundred_features_and_at_twenty(c):
    return [c.theory_parts(p)[1] for p in (100, 20)]


@number("c34", "0.62", "0.66", "94%")
def share_of_the_peak_that_is_squared_bias_at_fixed_inputs(c):
    unseen = np.sum(c.beta[38:] ** 2)
    # Of what the fit amplifies the unseen features are the same in every training set: an error without noise.
    return [unseen, unseen + c.sigma_board**2, c.theory(38, sigma=0.0) / (c.theory(38) - c.sigma_board**2)]


@statement("c34 b9d1efca")
def at_fixed_inputs_the_unseen_features_are_bias_and_mostly_the_larger_part(c):
    larger = []
    for X in c.spare.standard_normal((200, c.m_board, len(c.beta))):
        H = np.linalg.pinv(X[:, :38])
        lost = H @ X[:, 38:] @ c.beta[38:]
        bias_sq, variance = lost @ lost + np.sum(c.beta[38:] ** 2), c.sigma_board**2 * np.sum(H**2)
        larger.append(bias_sq > variance)
    # Where one direction makes the peak, the ratio is 0.62 / 0.04 times a squared normal number: four designs of five.
    return np.mean(larger) > 0.8 - 5 * (0.8 * 0.2 / 200) ** 0.5


@statement("c34")
def the_peak_of_the_polynomials_is_variance_at_fixed_inputs(c):
    bias_sq, variance = c.polynomial_parts(19)
    return bias_sq < 1e-12 * variance


# Lengths.


@statement("aaeef977 9afcc064")
def the_length_peaks_where_the_error_does(c):
    return np.median(c.norms, axis=0).argmax() == c.no_penalty.argmax() == c.sizes.index(c.m_network)


@statement("aaeef977 9afcc064 c60")
def beyond_the_threshold_the_length_falls_on_every_data_set(c):
    lengths = [np.linalg.norm(c.fit(degree, c.y)[0]) for degree in c.ladder[c.ladder >= 19]]
    return (np.diff(c.norms[:, c.sizes.index(c.m_network) :], axis=1) < 0).all() and (np.diff(lengths) < 0).all()


@number("9afcc064", "200", "400", "2")
def from_and_to_so_many_units_the_length_falls_by_more_than_the_root_of(c):
    two = [c.sizes.index(units) for units in (200, 400)]
    before, after = np.median(c.norms[:, two], axis=0)
    assert before / after > 1.1 * np.sqrt(2)
    return [c.sizes[k] for k in two] + [2]


@statement("aaeef977")
def before_the_threshold_the_median_length_rises(c):
    return np.diff(np.median(c.norms, axis=0)[: c.sizes.index(c.m_network) + 1]) > 0


@number("9afcc064", "7.9", "5.5")
def parameters_that_the_variance_counts_at_degrees_8_and_640(c):
    return [c.m / c.sigma**2 * c.polynomial_parts(degree)[1] for degree in (8, 640)]


@statement("9afcc064")
def at_its_own_inputs_least_squares_uses_all_its_parameters(c):
    H = linear.polynomial_smoother(8, c.x)
    return np.isclose(np.sum(H**2), 9)


# More data.


@number("c36 c42", "0.5", after="c37")
def noise_of_the_growing_data(c):
    return c.sigma_data


@number("c42", "1.001", "0.25", "0.501")
def without_a_penalty_at_250_and_1000_examples(c):
    return [c.without(250), c.sigma_data**2, c.without(1000)]


@number("c42", "0.890", "0.640", "0.425")
def with_the_right_penalty_at_250_500_and_1000_examples(c):
    return [c.in_the_limit(size) for size in (250, 500, 1000)]


@number("c42", "668")
def examples_that_give_the_error_of_250_again(c):
    return next(size for size in range(502, 1000) if c.without(size) < c.without(250))


@statement("c36 c42", after="c39")
def at_500_examples_the_error_without_a_penalty_is_infinite(c):
    return np.isinf(c.without(500))


@statement("c39 c42 4b3c1a6e")
def with_the_right_penalty_the_error_falls_everywhere(c):
    return (np.diff(c.in_the_limit(np.arange(20, 1501))) < 0).all() and (np.diff(c.best) < 0).all()


@statement("c39 c42")
def the_dots_of_the_right_penalty_lie_on_their_limit(c):
    # In units of the error they scatter like 1/d.
    return np.abs(np.array(c.best) / c.in_the_limit(np.array(c.sizes_of_data)) - 1) < 5 / c.d


@number("c42", "0.96")
def a_tenth_of_the_right_penalty_at_250_examples(c):
    return c.tenth[c.sizes_of_data.index(250)]


@statement("c39 c42")
def a_tenth_of_it_leaves_a_low_hump(c):
    before, top = (c.tenth[c.sizes_of_data.index(size)] for size in (250, 500))
    return before < top < 1.1 * before and abs(top - 1) < 0.05 and c.tenth[-1] < before / 2


@statement("4cc4497e", after="c37run")
def the_expected_error_is_that_of_ridge_regression(c):
    rng, gaps = c.spare, []
    for _ in range(200):
        X, beta = rng.standard_normal((25, 50)), rng.standard_normal(50)
        beta, m_lam = beta / np.linalg.norm(beta), 50 * 0.5**2
        w, _ = linear.ridge(X, X @ beta + 0.5 * rng.standard_normal(25), m_lam / 25, intercept=False)
        s_sq = np.r_[np.linalg.svd(X, compute_uv=False) ** 2, np.zeros(25)]
        gaps.append(0.5**2 + np.sum((w - beta) ** 2) - c.expected_error(s_sq, m_lam, sigma=0.5))
    return abs(np.mean(gaps)) < 4 * np.std(gaps) / np.sqrt(len(gaps))


def error_at_degree_640(c, lam):
    """Exact, for a penalty that may be negative."""
    X, X_new = (features.polynomial(x, 640) for x in (c.x, c.x_test))
    center = X.mean(axis=0)
    U, s, Vt = np.linalg.svd(X - center, full_matrices=False)
    gains = np.where(s > 1e-10 * s[0], s / (s**2 + c.m * lam), 0.0)
    H = 1 / c.m + (X_new - center) @ (Vt.T * gains) @ U.T
    return np.mean((H @ c.f - c.f_test) ** 2) + c.sigma**2 * np.mean((H**2).sum(axis=1))


@number("4b3c1a6e", "0.01")
def a_negative_penalty_that_helps_at_degree_640(c):
    lam = -0.01
    return lam if error_at_degree_640(c, lam) < error_at_degree_640(c, 0.0) else np.nan


@statement("4b3c1a6e")
def at_degree_640_every_positive_penalty_makes_the_error_larger(c):
    errors = [error_at_degree_640(c, lam) for lam in (0.0, *np.geomspace(1e-6, 10, 29))]
    return np.isclose(errors[0], sum(c.polynomial_parts(640))) and (np.diff(errors) > 0).all()


@statement("0f4fc62b", after="c42")
def decay_gained_most_at_the_peak_in_every_setting(c):
    gain = {degree: sum(c.polynomial_parts(degree)) - sum(c.polynomial_parts(degree, 0.01)) for degree in c.ladder}
    network = c.sizes[(c.no_penalty - c.tuned).argmax()] == c.m_network
    data = [c.without(size) - error for size, error in zip(c.sizes_of_data, c.best, strict=True)]
    return max(gain, key=gain.get) == 19 and network and c.sizes_of_data[int(np.argmax(data))] == c.d


# Exercises.


@number("c49", "24.18", "0.60")
def errors_without_noise(c):
    return [c.theory(p, sigma=0.0) for p in (38, 100)]


@statement("c49 c60", after="c47")
def the_polynomial_of_degree_19_represents_the_wave_almost_perfectly(c):
    return c.bias_only < 1e-12


@number("c46 c49", "0.2", after="c50")
def noise_of_exercise_12_2(c):
    return c.sigma_board


@statement("c60 7ab9dd9a", after="c24")
def on_which_side_the_deeper_valley_lies_depends_on_the_noise_too(c):
    def lowest(sizes, sigma):
        return min(c.theory(p, sigma=sigma) for p in sizes)

    left, right = range(c.m_board - 1), range(c.m_board + 2, len(c.beta) + 1)
    return lowest(right, 0.2) < lowest(left, 0.2), lowest(left, 1.0) < lowest(right, 1.0)


@number("c52", "14", "0.119", "0.440", "53", "0.667")
def best_features_when_coefficients_fall(c):
    left, right = c.best_left, c.best_right
    return [left, c.curve[left], c.curve[right], right, c.curve[100]]


@statement("c55")
def for_a_straight_truth_the_second_valley_is_well_below_the_first_at_the_largest_network(c):
    return c.second_valley < 0.8 * c.first_valley and c.shortest_fit.argmin() == len(c.sizes) - 1


@statement("c55 515c0335", after="c14")
def the_odd_part_of_such_a_network_is_linear(c):
    X, V, w = c.spare.standard_normal((3, 30, 30))
    there, back = (features.relu(rows, V) @ w.T for rows in (X, -X))
    return np.allclose((there - back) / 2, X @ (V.T @ w.T) / 2)


def best_line_of_the_step():
    """Its slope, and the variance of what it leaves of the step, for a standard normal input."""
    t, weights = np.polynomial.hermite_e.hermegauss(200)
    weights, step = weights / np.sqrt(2 * np.pi), np.tanh(2 * t)
    slope = weights @ (t * step)
    return slope, weights @ (step - slope * t) ** 2


@number("c55", "0.10", "0.09", "0.6", "0.3", after="c14")
def the_remainder_of_the_step_beside_its_best_line_and_the_noises(c):
    sigma = c.random_features.__defaults__[-1]
    return best_line_of_the_step()[1], sigma**2, 0.6, sigma


@statement("c55", after="c14")
def a_line_with_the_remainder_as_noise_has_the_valleys_of_the_step_and_more_noise_lifts_the_second(c):
    slope, remainder = best_line_of_the_step()
    at = c.sizes.index(c.m_network)

    def medians(truth, sigma):
        rng, errors = c.spare, []
        for _ in range(40):
            Z, y, Z_test, f_test = c.random_features(rng, truth, sigma=sigma)
            fits = (linear.minimum_norm(Z[:, :p], y, intercept=False)[0] for p in c.sizes)
            errors.append([np.mean((Z_test[:, : len(w)] @ w - f_test) ** 2) for w in fits])
        return np.median(errors, axis=0)

    step = medians(c.soft_step, 0.3)
    line = medians(lambda X: slope * X[:, 0], np.sqrt(0.3**2 + remainder)) + remainder
    noisy = medians(lambda X: X[:, 0], 0.6)
    away = np.arange(len(c.sizes)) != at
    return np.abs(line / step - 1)[away].max() < 0.3, noisy[at + 1 :].min() > noisy[:at].min()


@statement("c55")
def the_best_penalty_wins_from_20_units_on_and_by_more_than_two_at_the_largest(c):
    best = c.by_penalty[1:].min(axis=0)
    at = c.sizes.index(20)
    return (best[at:] < c.shortest_fit[at:]).all() and 2 * best[-1] < c.shortest_fit[-1]


@statement("c58")
def leave_one_out_stays_close_to_the_oracle_and_far_below_no_penalty(c):
    peak = c.no_penalty[c.sizes.index(c.m_network)]
    return c.chosen < 1.15 * c.oracle, c.chosen < peak / 30
