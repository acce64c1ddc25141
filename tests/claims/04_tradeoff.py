"""What chapter 4 says."""

import re

import numpy as np

from chapters import number, statement
from utils import bias_variance, datasets, linear

CHANGES = [
    ("m, sigma = 30, 0.3", "m, sigma = 40, 0.3"),
    ("m, sigma = 30, 0.3", "m, sigma = 20, 0.3"),
    ("m, sigma = 30, 0.3", "m, sigma = 30, 1.0"),
    ("np.linspace(0.02, 0.98, 97)", "np.linspace(0, 1, 51)"),
    ("Y = datasets.observe(f, sigma, rng, n_sets=2000)", "Y = datasets.observe(f, sigma, rng, n_sets=500)"),
    ("for degree in (1, 3, 15):\n    H", "for degree in (0, 5, 12):\n    H"),
    ("def shrunk_smoother(s, degree=15)", "def shrunk_smoother(s, degree=9)"),
    ("chance = 0.8", "chance = 0.6"),
]


def at_degree(c, degree):
    """Expected test error over the 97 places."""
    return c.sigma**2 + sum(c.exact_parts(degree))


def shrunk_error(c, s, **others):
    return c.sigma**2 + sum(c.shrunk_parts(s, **others))


def best_degree(c, sigma, m):
    return np.argmin([sum(c.exact_parts(degree, m, sigma)) for degree in c.degrees])


def printed(c, cell):
    return [float(found) for found in re.findall(r"\d+\.\d+", c.printed[cell])]


@statement("c06")
def sum_and_measurement_differ_by_no_more_than_their_errors_explain(c):
    holds = []
    for degree in (1, 3, 15):
        H = linear.polynomial_smoother(degree, c.x, c.x_test)
        found = bias_variance.decompose((H @ c.Y_other).T, c.f_test)
        expected = c.sigma**2 + found.mean_bias_sq + found.mean_variance
        errors = ((c.Y_test - H @ c.Y) ** 2).mean(axis=0)
        own = ((H @ c.Y_other - c.f_test[:, None]) ** 2).mean(axis=0)
        standard_error = np.sqrt((errors.var(ddof=1) + own.var(ddof=1)) / len(errors))
        holds.append(abs(errors.mean() - expected) < 3 * standard_error)
    return holds


@statement("c02", after="c07")
def at_a_training_point_the_cross_term_is_the_optimism(c):
    """The noise times the third step, averaged over the training sets, against minus sigma**2 H_ii."""
    H, E = linear.polynomial_smoother(3, c.x), c.Y - c.f[:, None]
    products = (E * -(H @ E)).mean(axis=0)
    right = -(c.sigma**2) * 4 / c.m
    return abs(products.mean() - right) < 4 * products.std(ddof=1) / np.sqrt(len(products))


@statement("30bcce7e", after="c07")
def degree_15_has_no_bias_and_a_constant_hardly_any_variance(c):
    return c.exact_parts(15)[0] < 1e-12 and c.exact_parts(0)[1] < c.sigma**2 / 20


@number("c08", "2000")
def how_many_sets_were_measured(c):
    return c.Y.shape[1]


@statement("c08")
def the_dots_lie_on_the_upper_edge(c):
    spreads = [
        ((c.Y_test - linear.polynomial_smoother(degree, c.x, c.x_test) @ c.Y) ** 2).mean(axis=0).std(ddof=1)
        for degree in c.degrees
    ]
    return abs(np.array(c.measured) - c.total) < 4 * np.array(spreads) / np.sqrt(c.Y.shape[1])


@statement("c08 c10", after="c10")
def the_sum_is_lowest_at_degree_3_and_tied_with_degree_5(c):
    return c.total.argmin() == 3 and c.total[5] < c.total[3] * 1.01 and (np.delete(c.total, [3, 5]) > c.total[5]).all()


@statement("c08 c10", after="c10")
def bias_falls_in_steps_and_variance_climbs_steadily(c):
    steps = np.diff(c.bias_sq)
    odd = np.array([c.bias_sq[d] < c.bias_sq[d - 1] / 2 for d in (1, 3, 5)])
    return odd.all() and (steps < 0.02).all() and (np.diff(c.variance) > 0).all() and c.bias_sq[6:].max() < 1e-4


@number("c10 c17", "0.1048", after="c17")
def the_lowest_error(c):
    return c.total.min()


@number("c10", "0.1050", "0.0046", "0.0103", "0.0149", "0.2809", "0.1402")
def the_errors_of_the_other_degrees_and_their_parts(c):
    return c.total[5], c.bias_sq[3], c.variance[3], c.variance[5], c.total[1], c.total[15]


@number("c10", "0.138", "0.147")
def degree_15_at_the_inputs_and_over_the_whole_interval(c):
    everywhere = np.linspace(0, 1, 10_001)
    H = linear.polynomial_smoother(15, c.x, everywhere)
    gap = H @ c.f - datasets.sine(everywhere)
    over_all = c.sigma**2 + np.mean(gap**2) + c.sigma**2 * np.mean((H**2).sum(axis=1))
    return c.sigma**2 * (1 + 16 / c.m), over_all


@number("c10")
def four_places_in_the_outermost_gaps_bring_the_value_above_that_at_the_inputs(c):
    outer = (c.x_test < c.x[1]) | (c.x_test > c.x[-2])
    inner = linear.polynomial_smoother(15, c.x, c.x_test[~outer])
    inner_variance = (inner**2).sum(axis=1).mean()
    return outer.sum() == 4 and inner_variance < 16 / c.m < c.exact_parts(15)[1] / c.sigma**2


@statement("c10")
def degree_5_has_no_bias_to_speak_of(c):
    return c.bias_sq[5] < c.variance[5] / 100


@statement("c10")
def at_the_minimum_the_variance_is_more_than_twice_the_squared_bias(c):
    return c.variance[3] > 2 * c.bias_sq[3]


@number("c14", "0.1402", "0.1369", "0.1364")
def the_first_steps_of_the_dial(c):
    return [shrunk_error(c, s) for s in (1.0, 0.95, 0.9)]


@statement("c14")
def a_third_step_costs(c):
    return shrunk_error(c, 0.85) > shrunk_error(c, 0.9) < shrunk_error(c, 0.95) < shrunk_error(c, 1.0)


@statement("c14")
def the_formula_of_the_error_on_the_dial_is_right(c):
    x, H = c.x, linear.polynomial_smoother(15, c.x, c.x_test)
    A = np.mean((c.f_test - datasets.sine(x).mean()) ** 2)
    B = c.sigma**2 * np.mean(((H - 1 / c.m) ** 2).sum(axis=1))
    formula = [c.sigma**2 + c.sigma**2 / c.m + (1 - s) ** 2 * A + s**2 * B for s in (0.3, 0.5, 0.9)]
    return np.isclose(formula, [shrunk_error(c, s) for s in (0.3, 0.5, 0.9)]) & np.allclose(H.sum(axis=1), 1)


@number("c17", "0.0036", "0.0426", "0.1402", "0.1363")
def the_parts_at_the_best_setting_and_the_gain(c):
    return *c.at_best, shrunk_error(c, 1.0), shrunk_error(c, c.s_best)


@statement("c17")
def the_slopes_cancel_at_the_best_setting(c):
    h = 1e-6
    slopes = (np.array(c.shrunk_parts(c.s_best + h)) - c.shrunk_parts(c.s_best - h)) / (2 * h)
    return abs(slopes.sum()) < 1e-6 < abs(slopes[0])


@statement("c17")
def no_other_linear_unbiased_rule_has_a_smaller_variance(c):
    """Gauss and Markov. What is added to the weights is zero on every curve of the family, so each rule is unbiased."""
    H, onto = linear.polynomial_smoother(3, c.x, c.x_test), linear.polynomial_smoother(3, c.x)
    others = [H + c.spare.normal(size=H.shape) / c.m @ (np.eye(c.m) - onto) for _ in range(20)]
    unbiased = [np.allclose(other @ onto, H) for other in others]
    return unbiased + [((H**2).sum(axis=1) < (other**2).sum(axis=1)).all() for other in others]


def line_on_the_dial(c):
    """The error of the line is a parabola in s: its lowest point, from three of its points."""
    low, half, one = (sum(c.shrunk_parts(s, degree=1)) for s in (0.0, 0.5, 1.0))
    a, b = 2 * (low - 2 * half + one), 4 * half - 3 * low - one
    return -b / (2 * a)


@number("c17", "0.2809", "0.2861", "0.95", "1.72", "2.08", "1.20", "0.99")
def the_dial_on_the_straight_line(c):
    slopes = [np.polyfit(x, datasets.sine(x), 1)[0] for x in (c.x, c.x_test)]
    # The best factor at its own inputs, as in the text.
    H = linear.polynomial_smoother(1, c.x)
    A, B = np.mean((H @ c.f - c.f.mean()) ** 2), c.sigma**2 / c.m
    best = A / (A + B)
    return shrunk_error(c, 1.0, degree=1), shrunk_error(c, 0.95, degree=1), 0.95, *slopes, line_on_the_dial(c), best


@statement("c17 c41", after="c17")
def pulling_the_line_does_harm_at_the_places_of_the_test(c):
    errors = [shrunk_error(c, s, degree=1) for s in np.linspace(0.5, 1.0, 51)]
    return (np.diff(errors) < 0).all() and line_on_the_dial(c) > 1


@statement("c17", after="c17")
def at_its_own_inputs_the_squared_bias_of_every_fit_starts_flat(c):
    def bias_sq(s, degree):
        fit = linear.polynomial_smoother(degree, c.x) @ c.f
        return np.mean((c.f.mean() + s * (fit - c.f.mean()) - c.f) ** 2)

    return [abs(bias_sq(1 + 1e-4, d) - bias_sq(1 - 1e-4, d)) < 1e-12 for d in (1, 3, 15)]


@statement("c17 c14 04e28a8d c41", after="04e28a8d")
def starting_from_an_unbiased_fit_a_little_bias_pays_whatever_the_noise(c):
    return [shrunk_error(c, 0.999, sigma=sigma) < shrunk_error(c, 1.0, sigma=sigma) for sigma in (0.1, 0.3, 1.0)]


@statement("c41 fd2baa28", after="fd2baa28")
def at_an_end_of_a_dial_the_slopes_need_not_cancel(c):
    # From 0 to 1 the line is best at 1, where it would gain from being stretched further.
    h = 1e-6
    slopes = (np.array(c.shrunk_parts(1 + h, degree=1)) - c.shrunk_parts(1 - h, degree=1)) / (2 * h)
    return slopes.sum() < -0.01


@number("cab52d0b", "0.1", "2.4")
def the_ends_of_the_noise(c):
    return 0.1, 2.4


@number("c20", "0.1", "2.4", "5", "3", "1")
def the_best_degrees_at_thirty_points(c):
    return 0.1, 2.4, *(best_degree(c, sigma, 30) for sigma in (0.1, 0.3, 2.4))


@statement("c20")
def three_is_the_best_degree_over_a_wide_range_and_sixty_points_bring_it_back(c):
    return all(best_degree(c, sigma, 30) == 3 for sigma in (0.3, 0.6, 1.2)) and best_degree(c, 2.4, 60) == 3


@statement("c20")
def noise_pulls_the_best_degree_down_and_data_push_it_up_and_even_degrees_never_win(c):
    noises, points = (0.1, 0.3, 0.6, 1.2, 2.4), (20, 30, 60, 240, 960)
    table = np.array([[best_degree(c, sigma, m) for m in points] for sigma in noises])
    return (np.diff(table, axis=0) <= 0).all() and (np.diff(table, axis=1) >= 0).all() and (table % 2 == 1).all()


@number("c21", "0.2", "0.004")
def the_levels_in_the_figure(c):
    return c.exact_parts(1, 960)[0], c.exact_parts(3, 960)[0]


@statement("c21", after="c23")
def degree_15_plunges_and_then_falls_in_a_nearly_straight_line(c):
    above = np.array([sum(c.exact_parts(15, size)) for size in c.sizes])
    slopes = np.diff(np.log(above[1:])) / np.diff(np.log(c.sizes[1:]))
    return above[1] < above[0] / 10 and (abs(slopes + 1) < 0.3).all()


@statement("c23 c21", after="c23")
def degree_15_is_level_with_degree_3_at_240_points_and_ahead_soon_after(c):
    three, fifteen = (sum(c.exact_parts(degree, 240)) for degree in (3, 15))
    later = [sum(c.exact_parts(15, m)) < sum(c.exact_parts(3, m)) for m in (250, 300, 480, 960)]
    return three < fifteen < 1.02 * three and all(later)


@number("c23", "0.18", "0.61", "0.0037", "0.18")
def the_ends_of_the_learning_curves(c):
    return sum(c.exact_parts(1, 960)), sum(c.exact_parts(15, 20)), c.exact_parts(3, 960)[0], c.exact_parts(1, 960)[0]


@statement("c21", after="c23")
def of_the_fall_of_degree_1_more_than_half_is_squared_bias_and_of_the_others_little(c):
    shares = []
    for degree in (1, 3, 15):
        bias, variance = np.array(c.exact_parts(degree, 20)) - c.exact_parts(degree, 960)
        shares.append(bias / (bias + variance))
    return shares[0] > 0.5 and max(shares[1:]) < 0.15


@statement("c23")
def the_straight_line_has_learnt_nearly_all_it_can_from_sixty_points(c):
    return sum(c.exact_parts(1, 60)) < 1.05 * c.exact_parts(1, 960)[0]


@statement("c23 c41", after="c23")
def more_data_take_the_variance_towards_zero_and_the_squared_bias_to_a_limit(c):
    ratios = [c.exact_parts(d, 960)[1] / c.exact_parts(d, 60)[1] for d in (1, 3, 15)]
    limits = [
        abs(c.exact_parts(d, 960)[0] - c.exact_parts(d, 480)[0]) < 0.05 * c.exact_parts(d, 960)[0] for d in (1, 3)
    ]
    return max(ratios) < 0.1 and all(limits) and c.exact_parts(15, 960)[0] < 1e-12


@number("6ef07273", "0.8", "0.2", "0.16", after="c24")
def the_chance_of_a_label_and_the_noise_of_that(c):
    return c.chance, 1 - c.chance, c.chance * (1 - c.chance)


@number("c26", "0.80", "0.68", "0.56")
def the_errors_of_those_who_waver(c):
    return [c.chance * (1 - q) + (1 - c.chance) * q for q in (0.0, 0.2, 0.4)]


@number("c26", "0.8", "0.6")
def the_error_as_a_line_in_q(c):
    return c.chance, 2 * c.chance - 1


@statement("6ef07273 c26", after="c26")
def the_three_formulas_are_one_and_the_measurement_agrees(c):
    q = np.linspace(0, 1, 11)
    errors = 0.8 * (1 - q) + 0.2 * q
    same = np.isclose(errors, 0.16 + (q - 0.8) ** 2 + q * (1 - q)) & np.isclose(errors, 0.8 - 0.6 * q)
    # With the variance v it is .8 - .6 v where the main prediction is wrong, and .2 + .6 v where it is right.
    v = np.minimum(q, 1 - q)
    signs = np.isclose(errors, np.where(q < 0.5, 0.8 - 0.6 * v, 0.2 + 0.6 * v))
    found = np.array(printed(c, "c24")).reshape(3, 3)[:, 1]
    right = np.array([0.8, 0.68, 0.56])
    return same.all() and signs.all() and (abs(found - right) < 0.0005 + 4 * np.sqrt(right * (1 - right) / 1e5)).all()


@number("a637cc37", "0.105", "0.015", "0.09", "0.1048")
def how_far_it_is_from_perfection(c):
    return at_degree(c, 3), at_degree(c, 3) - c.sigma**2, c.sigma**2, at_degree(c, 3)


@number("fd2baa28", "0.0046", "0.0103", "0.0036", "0.0426")
def the_parts_at_two_best_settings(c):
    return c.bias_sq[3], c.variance[3], *c.at_best


@statement("fd2baa28")
def of_degrees_0_and_1_the_line_is_better_and_most_of_its_error_is_bias(c):
    return sum(c.exact_parts(1)) < sum(c.exact_parts(0)) and c.exact_parts(1)[0] > 10 * c.exact_parts(1)[1]


@number("04e28a8d", "0.5")
def where_the_dial_stands(c):
    return 0.5


@statement("04e28a8d")
def at_one_half_it_has_eaten_up_what_was_saved(c):
    return shrunk_error(c, 0.5) > shrunk_error(c, 1.0)


@statement("d800add6 c31", after="c29")
def odd_columns_take_two_fifths_off_the_variance_without_bias(c):
    return c.odd_bias_sq < 1e-12 and 0.57 < c.odd_variance / c.variance[15] < 0.63


@number("c34", "10.25", "10.25", "0.3", after="c32")
def by_how_much_the_variances_differ_at_the_test_inputs(c):
    variances = [c.exact_parts(degree, c.winner)[1] for degree in (3, 15)]
    apart = np.diff(variances)[0] * c.winner / c.sigma**2
    return apart, apart, c.sigma


@statement("c34", after="c32")
def the_estimate_is_a_bit_under_300_and_the_crossing_a_bit_above_240(c):
    corrected = c.estimate * 10.25 / 12
    return 280 < c.estimate < 300 and 240 < c.winner < 250 and abs(corrected - 249) < 1


@statement("c34", after="c32")
def the_correction_follows_the_crossing_to_other_places(c):
    off = []
    for places in (np.linspace(0, 1, 101), np.linspace(0.05, 0.95, 91), np.linspace(0.1, 0.9, 81)):

        def parts(degree, m, places=places):
            inputs = datasets.fixed_design(m)
            H = linear.polynomial_smoother(degree, inputs, places)
            off = H @ datasets.sine(inputs) - datasets.sine(places)
            return np.mean(off**2), c.sigma**2 * np.mean((H**2).sum(axis=1))

        crossing = next(m for m in range(150, 400) if sum(parts(15, m)) < sum(parts(3, m)))
        apart = parts(15, crossing)[1] - parts(3, crossing)[1]
        off.append(abs(apart * crossing / parts(3, 960)[0] - crossing) < 10)
    return off


@statement("c34", after="c32")
def from_the_winner_on_degree_15_stays_ahead(c):
    sizes = range(c.winner - 60, c.winner + 60, 3)
    return [(c.learning_curve(15, m) < c.learning_curve(3, m)) == (m >= c.winner) for m in sizes]


@number("c34", "0.3", after="c35")
def the_noise_before_it_is_doubled(c):
    return c.sigma


@number("c37", "0.73")
def the_factor_at_twice_the_noise(c):
    return c.s_doubled


@statement("c37", after="c35")
def the_gain_grows_more_than_twelvefold_and_less_than_sixteenfold(c):
    return 12 < c.gain_ratio < 16 and np.isclose(c.gains[0], c.B**2 / (c.A + c.B))


@number("c40", "5", "0.1137", "0.0057", "0.0180")
def the_best_number_of_neighbours(c):
    k = c.best_k
    return k, c.neighbour_error[k - 1], c.neighbour_bias_sq[k - 1], c.neighbour_variance[k - 1]


@statement("c40")
def its_error_lies_between_those_of_degree_3_and_15(c):
    return c.total[3] < c.neighbour_error.min() < c.total[15]


@statement("c40")
def from_two_neighbours_on_more_bring_more_bias_and_always_less_variance(c):
    bias_sq = c.neighbour_bias_sq
    return (
        bias_sq[1] < bias_sq[0] and (np.diff(bias_sq[1:]) > -1e-12).all() and (np.diff(c.neighbour_variance) < 0).all()
    )
