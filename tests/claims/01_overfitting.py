"""What chapter 1 says."""

import numpy as np

from chapters import number, statement
from utils import datasets, linear

CHANGES = [
    ("m, sigma = 30, 0.3", "m, sigma = 40, 0.3"),
    ("m, sigma = 30, 0.3", "m, sigma = 30, 0.6"),
    ("n_sets=200)\ny = ", "n_sets=50)\ny = "),
    ("Y[:, 0]", "Y[:, 7]"),
    ("for degree in (1, 3, 15)", "for degree in (0, 2, 9)"),
    ("random_design(1000, rng)", "random_design(100, rng)"),
    ("degrees = np.arange(16)", "degrees = np.arange(13)"),
]

THREE = (1, 3, 15)


def errors(c, x_new, y_new):
    return [c.mean_squared_error(c.fit_polynomial(c.x, c.y, degree, x_new), y_new) for degree in THREE]


def expected_over_interval(c, degree, places=None):
    """Expected test error at inputs uniform over the interval, by midpoints; the truth and the noise are known."""
    places = (np.arange(20_000) + 0.5) / 20_000 if places is None else places
    H = linear.polynomial_smoother(degree, c.x, places)
    bias_sq = np.mean((H @ datasets.sine(c.x) - datasets.sine(places)) ** 2)
    return c.sigma**2 * (1 + (H**2).sum(axis=1).mean()) + bias_sq


def expected_training_error(c, degree):
    H = linear.polynomial_smoother(degree, c.x)
    f = datasets.sine(c.x)
    return np.mean((H @ f - f) ** 2) + c.sigma**2 * (1 - (degree + 1) / c.m)


def standard_error(values):
    return values.std(axis=-1, ddof=1) / np.sqrt(values.shape[-1])


def all_of(*parts):
    return all(np.all(part) for part in parts)


# Three fits.


@number("c02", "0.3", after="c03")
def the_noise(c):
    return c.sigma


@number("c10", "0.326", "0.084", "0.051")
def training_errors_of_the_three_fits(c):
    return errors(c, c.x, c.y)


@statement("c10")
def the_training_error_never_rises_with_the_degree(c):
    fits = [c.fit_polynomial(c.x, c.y, degree, c.x) for degree in range(16)]
    return np.diff([c.mean_squared_error(fit, c.y) for fit in fits]) <= 1e-12


# Fresh points.


@number("c13", "0.315", "0.103", "0.158", "0.09")
def test_errors_of_the_three_fits_and_the_noise(c):
    return [*errors(c, c.x_test, c.y_test), c.sigma**2]


@statement("c13")
def the_ranking_has_changed_from_wildest_first_to_cubic_first_and_line_last(c):
    line, cubic, wild = errors(c, c.x_test, c.y_test)
    return cubic < wild < line


@statement("c13", after="c24")
def the_line_errs_about_as_much_on_new_points_as_on_old_ones(c):
    # On average over the sets, and on the single set within what its noise does to the training error of a line.
    old, new = c.train_all[1], c.distance[1] + c.sigma**2
    return all_of(abs(new.mean() / old.mean() - 1) < 0.1, abs(new[0] / old[0] - 1) < 0.6)


@statement("c13", after="c24")
def on_average_too_the_line_errs_a_little_more_on_the_old_points(c):
    return 1 < expected_training_error(c, 1) / expected_over_interval(c, 1) < 1.1


@number("c13")
def on_the_printed_set_the_line_errs_a_little_more_on_the_old_points(c):
    old, new = errors(c, c.x, c.y)[0], errors(c, c.x_test, c.y_test)[0]
    return 1 < old / new < 1.1


@statement("c13")
def the_cubic_is_close_to_the_best_that_anyone_can_do(c):
    return all_of(expected_over_interval(c, 3) < 1.2 * c.sigma**2, errors(c, c.x_test, c.y_test)[1] < 1.5 * c.sigma**2)


@statement("c13")
def degree_15_errs_more_than_twice_as_much_as_its_training_error_promised(c):
    return errors(c, c.x_test, c.y_test)[2] > 2 * errors(c, c.x, c.y)[2]


@statement("c13")
def degree_15_has_learnt_a_good_part_of_the_noise_by_heart(c):
    # The share that is left has a beta distribution of mean 14/30.
    noise = c.y - datasets.sine(c.x)
    return c.mean_squared_error(c.fit_polynomial(c.x, noise, 15, c.x), noise) < 3 / 4 * np.mean(noise**2)


@statement("c13")
def on_average_the_error_of_degree_15_is_half_of_the_lines(c):
    return abs(expected_over_interval(c, 15) / expected_over_interval(c, 1) - 0.5) < 0.02


@number("c15", "3", "0.09")
def the_test_error_turns_back_here_and_the_noise(c):
    return [c.test.argmin(), c.sigma**2]


@statement("c15")
def the_training_error_never_rises_and_the_test_error_is_lower_in_between_than_at_both_ends(c):
    return all_of(np.diff(c.train) <= 1e-12, 0 < c.test.argmin() < 15)


@number("c17", "3")
def on_our_set_the_training_error_passes_below_the_noise_at_this_degree(c):
    return np.flatnonzero(c.train < c.sigma**2)[0]


@statement("c17")
def no_degree_has_an_expected_test_error_below_the_noise(c):
    return [expected_over_interval(c, degree) > c.sigma**2 for degree in range(16)]


@statement("c17")
def the_second_degree_pays_where_the_two_halves_do_not_bend_alike(c):
    def squared_bias(degree, end):
        x = end * c.x
        off = linear.polynomial_smoother(degree, x) @ datasets.sine(x) - datasets.sine(x)
        return np.mean(off**2)

    return all_of(np.isclose(squared_bias(1, 1), squared_bias(2, 1)), squared_bias(2, 0.8) < 0.5 * squared_bias(1, 0.8))


@number("c15")
def on_our_set_two_steep_steps_and_hardly_a_change_from_4_to_7(c):
    steps = -np.diff(c.test)
    return all_of(steps[[0, 2]] > 0.15, np.abs(np.delete(steps, [0, 2])[:5]) < 0.02, c.test[3] == c.test.min())


@statement("c25", after="c24")
def level_from_1_to_2_and_a_small_dip_at_5(c):
    predicted = c.predicted_test
    small = abs(predicted[2] / predicted[1] - 1) < 0.02 and predicted[5] < min(predicted[4], predicted[6])
    return small and predicted[3] < 0.5 * predicted[2]


@statement("e289d1a3 17e380ab", after="c24")
def the_flattery_is_the_same_on_average_and_larger_on_the_sets_that_the_fit_suits_well(c):
    # For normal noise the gap falls by as much as the training error rises.
    slopes = [np.polyfit(c.train_all[d], (c.test_all - c.train_all)[d], 1)[0] for d in (1, 3, 5)]
    return np.abs(np.array(slopes) + 1) < 0.5


@number("c29b", "14", "24", after="c24")
def residuals_to_spare(c):
    return c.m - 16, c.m - 6


@statement("c17")
def degree_2_is_hardly_better_than_degree_1(c):
    return all_of(c.train[1] - c.train[2] < 0.1 * c.train[1], c.test[1] - c.test[2] < 0.1 * c.test[1])


@number("c17")
def on_the_new_points_of_our_set_degree_2_is_a_little_worse(c):
    return 1 < c.test[2] / c.test[1] < 1.05


@number("c17", "15", "0.009")
def the_jump_of_our_test_error_and_what_the_step_to_this_degree_costs_on_average(c):
    return [np.diff(c.test)[9:].argmax() + 10, expected_over_interval(c, 15) - expected_over_interval(c, 14)]


# Was that luck?


@number("c20", "3", "5", after="c18")
def the_best_degrees_of_the_first_three_sets(c):
    first, second, third = c.test_3.argmin(axis=0)
    assert first == second
    return [first, third]


@statement("c20", after="c18")
def on_none_of_the_three_does_the_training_error_give_a_sign(c):
    return np.diff(c.train_3, axis=0) <= 1e-12


@number("c20", "3", after="c18")
def the_corner_of_all_three_training_curves(c):
    bends = np.diff(c.train_3[2:], n=2, axis=0).argmax(axis=0) + 3
    assert (bends == bends[0]).all()
    return bends[0]


@number("c20", "0.340", "0.313", after="c18")
def the_line_on_the_second_set(c):
    return [c.train_3[1, 1], c.test_3[1, 1]]


def sets_on_which_the_line_errs_more_on_its_own_points(c):
    return np.sum(c.train_all[1] > c.distance[1] + c.sigma**2)


@number("c20", "101", "200", after="c24")
def sets_on_which_the_gap_of_the_line_has_the_wrong_sign(c):
    return [sets_on_which_the_line_errs_more_on_its_own_points(c), c.Y.shape[1]]


@statement("c20", after="c24")
def the_wrong_sign_is_no_rare_accident(c):
    return sets_on_which_the_line_errs_more_on_its_own_points(c) > c.Y.shape[1] / 3


@number("c20", "0.06", after="c24")
def how_far_chance_moves_the_training_error_of_the_line(c):
    return c.train_all[1].std(ddof=1)


@statement("c20", after="c24")
def that_is_far_more_than_the_line_can_learn_by_heart(c):
    # Than twice the flattery of its two parameters.
    return c.train_all[1].std(ddof=1) > 2 * 2 * c.sigma**2 * 2 / c.m


@statement("c20 c28", after="c24")
def the_line_is_worst_at_the_ends_and_the_old_points_are_harder_for_it(c):
    gaps = np.abs(c.fit_polynomial(c.x, c.f, 1, c.x) - c.f)
    return all_of(gaps.argmax() in (0, c.m - 1), c.predicted_test[1] > expected_over_interval(c, 1))


@number("c23", "105", "200", "69", "3")
def wins_of_degrees_5_3_and_4_among_all_sets(c):
    return [c.won[5], c.won.sum(), c.won[3], c.won[4]]


@statement("c23")
def degree_4_wins_rarely_and_its_neighbours_most_of_the_sets(c):
    return all_of(c.won[4] < min(c.won[3], c.won[5]) / 4, c.won[3] + c.won[5] > 0.75 * c.won.sum())


@statement("c23")
def degree_4_wins_rarely_because_the_wave_is_antisymmetric_about_the_middle(c):
    # The same noise on a wave moved by a tenth lets it win on many more sets.
    noise, moved = c.Y - datasets.sine(c.x)[:, None], [datasets.sine(places + 0.1)[:, None] for places in (c.x, c.t)]
    won = np.sum(c.error_curve(c.x, moved[0] + noise, c.t, moved[1]).argmin(axis=0) == 4)
    return won > 2 * c.won[4] + c.Y.shape[1] / 20


@statement("c23")
def even_terms_have_nothing_to_fit_on_inputs_symmetric_about_the_middle(c):
    f = datasets.sine(c.x)
    for even in (2, 4, 14):
        assert np.allclose(c.fit_polynomial(c.x, f, even, c.t), c.fit_polynomial(c.x, f, even - 1, c.t))
    mirrored = np.concatenate([c.x**2, 1 - c.x**2])
    wave = datasets.sine(mirrored)
    assert np.allclose(c.fit_polynomial(mirrored, wave, 2, c.t), c.fit_polynomial(mirrored, wave, 1, c.t))
    aside = 0.9 * c.x
    wave = datasets.sine(aside)
    return not np.allclose(c.fit_polynomial(aside, wave, 2, aside), c.fit_polynomial(aside, wave, 1, aside), atol=0.01)


@number("c23", "0.002")
def degree_2_is_worse_than_degree_1_by(c):
    return (c.distance[2] - c.distance[1]).mean()


@statement("c23")
def on_average_degree_2_is_worse_than_degree_1(c):
    return c.distance[2].mean() > c.distance[1].mean()


@statement("c23")
def beyond_degree_5_the_odd_terms_find_hardly_anything(c):
    f = datasets.sine(c.x)
    return np.mean((c.fit_polynomial(c.x, f, 5, c.x) - f) ** 2) < 1e-4


@statement("c23", often="In most draws of 200 sets", between=(0.75, 1.0))
def degree_5_wins_more_often_than_degree_3(c):
    return c.won[5] > c.won[3]


@statement("c23")
def degrees_3_and_5_are_equally_good_on_average(c):
    return abs(c.distance[5].mean() / c.distance[3].mean() - 1) < 0.1


@statement("c23")
def where_degree_5_loses_to_degree_3_it_loses_by_more(c):
    lost = c.distance[5] - c.distance[3]
    return lost[lost > 0].mean() > -lost[lost < 0].mean()


@number("c23b", "48", "92")
def fewest_and_most_wins_of_degree_3_by_the_six_verdicts(c):
    wins = [counts[3] for counts in c.verdicts]
    return [min(wins), max(wins)]


@statement("c23b")
def a_thousand_points_do_not_settle_who_wins(c):
    wins = [counts[3] for counts in c.verdicts]
    return max(wins) - min(wins) > 0.08 * c.Y.shape[1]


@statement("c23b")
def on_most_sets_they_differ_by_a_few_thousandths_and_noise_shifts_this_by_one_or_two(c):
    three, five = (c.fit_polynomial(c.x, c.Y, degree, c.t) for degree in (3, 5))
    # Of the difference of two mean squares at 1000 places, that share the noise.
    shifts = 2 * c.sigma * np.sqrt(np.mean((five - three) ** 2, axis=0) / 1000)
    return all_of(np.median(np.abs(c.distance[5] - c.distance[3])) < 0.005, 0.001 < np.median(shifts) < 0.0025)


@statement("c23b")
def no_verdict_lets_a_straight_line_win(c):
    return [counts[:2].sum() == 0 for counts in c.verdicts]


# How much does the training error flatter?


@statement("e289d1a3")
def the_hat_matrix_is_a_symmetric_projection_with_p_ones(c):
    for degree in (1, 3, 15):
        H = linear.polynomial_smoother(degree, c.x)
        eigenvalues = np.sort(np.linalg.eigvalsh((H + H.T) / 2))
        expected = np.repeat([0, 1], [c.m - degree - 1, degree + 1])
        if not (np.allclose(H @ H, H) and np.allclose(H, H.T) and np.allclose(eigenvalues, expected)):
            return False
    return True


def deviations(c):
    """Of the marks from the lines, in standard errors: the training errors and the test errors."""
    pairs = (c.train_all, c.predicted_train), (c.test_all, c.predicted_test)
    return np.array([abs(simulated.mean(axis=1) - line) / standard_error(simulated) for simulated, line in pairs])


@number("c28", "1.3", "0.096", "16", after="c24")
def the_farthest_mark_the_flattery_of_degree_15_and_its_parameters(c):
    return [deviations(c).max(), 2 * c.sigma**2 * 16 / c.m, c.p[15]]


@statement("c25 c28", after="c24")
def the_marks_follow_the_lines(c):
    return deviations(c) < 4


@statement("c25 c28", after="c24")
def the_gap_is_twice_the_noise_times_parameters_over_points(c):
    gap = c.test_all - c.train_all
    return abs(gap.mean(axis=1) - 2 * c.sigma**2 * c.p / c.m) < 4 * standard_error(gap)


@statement("c25", after="c24")
def from_degree_3_on_the_training_error_falls_and_the_test_error_rises(c):
    return all_of(np.diff(c.predicted_train) <= 1e-12, c.predicted_test[3] < c.predicted_test[4:].min())


@statement("c28", after="c37")
def after_choosing_from_the_same_data_the_gap_is_larger_than_the_rule(c):
    gap = (c.test_all - c.train_all)[c.chosen, np.arange(c.Y.shape[1])]
    return gap.mean() > (2 * c.sigma**2 * c.p[c.chosen] / c.m).mean()


@number("c28", "0.147", "0.138", "0.295", "0.316", "0.304")
def new_inputs_for_degree_15_and_for_the_line_and_its_training_error(c):
    return [
        *(value for d in (15, 1) for value in (expected_over_interval(c, d), c.predicted_test[d])),
        c.predicted_train[1],
    ]


@statement("c28")
def only_the_two_outermost_gaps_make_new_inputs_harder_for_degree_15(c):
    inner = np.linspace(c.x[1], c.x[-2], 20_001)
    return expected_over_interval(c, 15, inner) < c.predicted_test[15] < expected_over_interval(c, 15)


@statement("c28")
def a_comparison_with_new_inputs_hides_the_flattery_of_the_line(c):
    return expected_over_interval(c, 1) < c.predicted_train[1]


# In practice.


def estimates(c):
    """Of the variance of the noise, by the residuals of degrees 1, 5 and 15, one a set."""
    return [c.train_all[degree] * c.m / (c.m - degree - 1) for degree in (1, 5, 15)]


@number("c29b", "0.09", "0.320")
def the_noise_and_what_the_line_takes_for_it(c):
    return [c.sigma**2, estimates(c)[0].mean()]


@statement("c29b")
def degrees_5_and_15_estimate_the_noise_and_the_line_far_too_much(c):
    line, five, fifteen = estimates(c)
    right = [abs(one.mean() - c.sigma**2) < 4 * standard_error(one) for one in (five, fifteen)]
    return all_of(*right, line.mean() > 3 * c.sigma**2, fifteen.std() > five.std())


# Check yourself.


@number("3a66752e", "0.10", "0.11", "0.02", "0.08", "0.01", "0.06")
def two_models_that_are_made_up_and_their_gaps(c):
    return [0.10, 0.11, 0.02, 0.08, 0.11 - 0.10, 0.08 - 0.02]


@statement("29b32fda")
def the_truth_falls_below_the_noise_in_about_half_of_all_cases(c):
    # The exact share is that of a chi-squared variable below its mean, 0.534.
    below = np.mean(((c.Y - c.f[:, None]) ** 2).mean(axis=0) < c.sigma**2)
    return abs(below - 0.534) < 4 * 0.5 / np.sqrt(c.Y.shape[1])


@number("29b32fda")
def degree_3_falls_below_the_noise_on_our_first_set(c):
    return c.train_all[3, 0] < c.sigma**2


def line_over_sine(c):
    a = c.f @ c.y / (c.f @ c.f)
    return c.train_all[1, 0] / np.mean((c.y - a * c.f) ** 2)


@statement("500e352e")
def a_sine_with_one_parameter_beats_the_line_by_far(c):
    return line_over_sine(c) > 1.5


@number("500e352e")
def on_our_points_the_lines_training_error_is_more_than_twice_as_large(c):
    return line_over_sine(c) > 2


# Exercises.


@number("c33", "0.085", "0.095", "0.010", "300", "0.014", "0.009")
def formulas_for_300_points_and_what_one_draw_and_a_thousand_points_can_be_off(c):
    # The covariance of the errors on the fresh points is that of new noise and of the noise in the fit.
    H = linear.polynomial_smoother(15, c.x_many, c.x_test)
    C = np.eye(len(H)) + H @ H.T
    return [
        *c.sigma**2 * (1 + np.array([-16, 16]) / 300),
        2 * c.sigma**2 * 16 / 300,
        len(c.x_many),
        # Two standard deviations.
        2 * c.sigma**2 * np.sqrt(2 * (300 - 16)) / 300,
        2 * c.sigma**2 * np.sqrt(2 * np.sum(C**2)) / len(C),
    ]


@statement("c33")
def with_300_inputs_new_ones_hardly_differ_from_old_ones(c):
    H = linear.polynomial_smoother(15, c.x_many, (np.arange(20_000) + 0.5) / 20_000)
    return abs((H**2).sum(axis=1).mean() - 16 / 300) < 0.1 * 16 / 300


@number("c36", "1.6")
def how_far_out_the_curve_through_ten_points_goes_on_a_typical_set(c):
    return c.typical


@statement("c36")
def on_other_draws_it_goes_about_as_far_and_the_training_error_is_zero(c):
    return all_of(1.3 < c.typical < 1.9, c.largest < 1e-24)


@statement("c36")
def mostly_in_the_two_outermost_gaps(c):
    farthest = c.t[abs(c.fit_polynomial(c.x_few, c.Y_few, 9, c.t)).argmax(axis=0)]
    return np.mean((farthest < c.x_few[1]) | (farthest > c.x_few[-2])) > 0.5


@number("c39", "0.009", "0.011")
def regret_of_the_corrected_choice_with_and_without_knowing_the_noise(c):
    return [c.regret, c.regret_without]


@number("c39", "0.023", "0.058", "0.014")
def squared_distances_of_the_chosen_degree_of_degree_15_and_of_an_oracle(c):
    return c.compared


@statement("c39")
def the_chosen_degree_is_on_average_far_nearer_to_the_truth_than_degree_15(c):
    chosen, last, oracle = c.compared
    return oracle < chosen < last / 2


@statement("c39")
def the_corrected_choice_is_mostly_3_4_or_5_and_now_and_then_high(c):
    return all_of(np.isin(c.chosen, (3, 4, 5)).mean() > 0.5, 0 < np.mean(c.chosen >= 8) < 0.25)


@statement("c39")
def the_raw_training_error_chooses_degree_15_on_every_set(c):
    return c.train_all.argmin(axis=0) == 15


@statement("c39")
def the_choice_also_works_without_knowing_the_noise(c):
    return all_of(c.regret_without < 2 * c.regret, c.regret_without < 0.25 * c.distance[15].mean())


@number("c42", "0.48")
def what_is_left_of_the_training_error(c):
    return c.factor


@statement("c42")
def with_nothing_to_learn_the_training_error_falls_and_the_test_error_rises_from_the_start(c):
    return all_of(np.diff(c.train_noise) < 0, c.test_noise.argmin() == 0, np.diff(c.test_noise).mean() > 0)
