"""What chapter 3 says."""

import re

import numpy as np

from chapters import number, statement
from utils import bias_variance, datasets, linear

CHANGES = [
    ("m, sigma = 30, 0.3", "m, sigma = 40, 0.3"),
    ("m, sigma = 30, 0.3", "m, sigma = 20, 0.3"),
    ("m, sigma = 30, 0.3", "m, sigma = 30, 1.0"),
    ("np.linspace(0.02, 0.98, 97)", "np.linspace(0, 1, 51)"),
    ("n_sets=200", "n_sets=50"),
    ("for degree in (1, 3, 15)", "for degree in (0, 5, 12)"),
    ("polynomial_smoother(1, x, x_new) @ y", "polynomial_smoother(3, x, x_new) @ y"),
]


def spread(c, degree, places, m=None):
    """The standard deviation of a prediction, from the weights."""
    inputs = datasets.fixed_design(m or c.m)
    return c.sigma * np.sqrt((linear.polynomial_smoother(degree, inputs, np.atleast_1d(places)) ** 2).sum(axis=1))


def printed(c, cell):
    return [float(found) for found in re.findall(r"\d+\.\d+", c.printed[cell])]


def simulated(c, degree, x_new=None):
    H = linear.polynomial_smoother(degree, c.x, c.x_test if x_new is None else x_new)
    return bias_variance.decompose((H @ c.Y).T, c.f_test if x_new is None else c.f)


@number("f4ef5b1c c08", "0.8", after="c08")
def two_laboratories_differ_by_a_root_of_two_more_than_one_from_the_average(c):
    return np.sqrt(2) * spread(c, 15, c.x_test[0])


@number("c05 932fb967", "0.3", after="c06")
def the_noise_of_one_observation(c):
    return c.sigma


@number("c08", "0.02", "0.30")
def the_first_place_lies_between_the_first_two_inputs(c):
    return c.x_test[0], c.sigma


@number("c08", "0.08", "0.18", "0.54")
def the_spreads_that_were_measured(c):
    middle_3, _, middle_15, end_15 = (value for value in printed(c, "c06") if value not in (0.5, 0.02))
    return middle_3, middle_15, end_15


@statement("c08")
def the_two_places_are_those_that_are_named(c):
    return np.isclose(c.x_test[[c.middle, 0]], [0.5, 0.02]) & (c.x[0] < c.x_test[0] < c.x[1])


@statement("c04 c05", after="c06")
def the_sleeve_of_degree_15_is_about_twice_as_wide_in_the_middle(c):
    three, fifteen = (simulated(c, degree).variance for degree in (3, 15))
    return 1.75 < np.sqrt(fifteen[c.middle] / three[c.middle]) < 2.35


@statement("c04 c05", after="c06")
def it_opens_like_a_trumpet_at_both_ends(c):
    variance = simulated(c, 15).variance
    return np.sqrt(variance[[0, -1]] / variance[c.middle]) > 2


@statement("c08")
def in_the_middle_the_fits_are_more_precise_than_an_observation_and_at_the_end_less(c):
    three, fifteen = (np.sqrt(simulated(c, degree).variance) for degree in (3, 15))
    return three[c.middle] < fifteen[c.middle] < c.sigma < fifteen[0]


@statement("c08")
def the_nearest_data_point_is_a_better_reading_there_than_the_curve(c):
    nearest = abs(c.x - c.x_test[0]).argmin()
    return np.hypot(c.sigma, c.f[nearest] - c.f_test[0]) < np.sqrt(simulated(c, 15).variance[0])


@statement("366caecb", after="c09")
def the_weights_give_the_mean_variance_at_the_inputs(c):
    hats = {p: linear.polynomial_smoother(p - 1, c.x) for p in (2, 4, 16)}
    return [
        np.allclose(H @ H.T, H) and np.isclose(c.sigma**2 * (H**2).sum(axis=1).mean(), c.sigma**2 * p / c.m)
        for p, H in hats.items()
    ]


@statement("366caecb c11 c12", after="c12")
def the_simulation_agrees_with_both_formulas(c):
    pairs = [(simulated(c, degree, c.x), c.sigma**2 * (degree + 1) / c.m) for degree in (1, 3, 15)]
    means = [abs(found.mean_variance - right) < 3.5 * found.mean_variance_se for found, right in pairs]
    pairs = [(simulated(c, degree), spread(c, degree, c.x_test) ** 2) for degree in (1, 3, 15)]
    points = [(abs(found.variance - right) < 5 * found.variance_se).all() for found, right in pairs]
    return means + points


@statement("c11")
def all_three_are_lowest_about_the_middle_and_rise_towards_both_ends(c):
    curves = [spread(c, degree, c.x_test) for degree in (1, 3, 15)]
    return [abs(c.x_test[s.argmin()] - 0.5) < 0.1 and min(s[0], s[-1]) > 1.5 * s.min() for s in curves]


@statement("c11 c12", after="c12")
def only_degree_15_rises_above_the_noise_and_only_near_the_ends(c):
    low = all((spread(c, degree, c.x_test) < c.sigma).all() for degree in (1, 3))
    above = c.x_test[spread(c, 15, c.x_test) > c.sigma]
    return low and above[0] < 0.1 and above[-1] > 0.9 and (abs(above - 0.5) > 0.4).all()


@number("c11", "0.3")
def the_level_line(c):
    return c.sigma


@statement("c12")
def at_an_input_the_variance_never_exceeds_that_of_an_observation(c):
    return [(spread(c, degree, c.x) <= c.sigma * (1 + 1e-12)).all() for degree in (1, 3, 15)]


@statement("c12")
def at_the_first_place_it_is_more_than_three_times_that_of_an_observation(c):
    return spread(c, 15, c.x_test[0]) ** 2 > 3 * c.sigma**2


@number("c12", "0.02", "1.1")
def the_places_where_one_asks(c):
    return c.x_test[0], 1.1


@number("c15", "0.12", "0.39", "892")
def the_spreads_outside(c):
    return [spread(c, degree, 1.1) for degree in (1, 3, 15)]


@number("decb46f6 c18", "0.02", after="c18")
def the_place_near_the_left_end(c):
    return c.x_test[0]


@number("decb46f6", "0.15", "0.11", "0.35", "0.24")
def what_the_rule_promises_for_forty_points(c):
    middle, end = (spread(c, 15, c.x_test[place], m=40) for place in (c.middle, 0))
    return middle, middle / np.sqrt(2), end, end / np.sqrt(2)


@number("c18", "0.11", "0.10", "0.21", "0.17", "0.30", "0.29", "0.27")
def what_twice_the_points_and_half_the_parameters_bring(c):
    middle, end, first = (
        [spread(c, degree, place, m) for m, degree in ((40, 15), (80, 15), (40, 7))]
        for place in (c.x_test[c.middle], c.x_test[0], 0)
    )
    return *middle[1:], *end[1:], *first


@statement("c18", after="d73c0b68")
def the_largest_spread_is_halved_by_other_places_for_the_same_number_of_inputs(c):
    places = np.linspace(0, 1, 1001)
    H = linear.polynomial_smoother(15, c.crowded, places)
    return c.sigma * np.sqrt((H**2).sum(axis=1)).max() < spread(c, 15, places).max() / 2


@statement("c18 c41", after="d73c0b68")
def on_equally_spaced_inputs_the_variance_is_largest_near_the_ends_and_elsewhere_it_need_not_be(c):
    places = np.linspace(0, 1, 1001)
    largest = [places[spread(c, degree, places).argmax()] for degree in range(1, 16)]
    clusters = np.concatenate([np.linspace(0, 0.1, 15), np.linspace(0.9, 1, 15)])
    cubic = (linear.polynomial_smoother(3, clusters, places) ** 2).sum(axis=1)
    return [abs(place - 0.5) > 0.4 for place in largest] + [cubic[500] > cubic[[0, -1]].max()]


@statement("c18", after="c18")
def a_fit_departs_from_the_average_fit_by_the_same_whatever_the_truth(c):
    H, noise = linear.polynomial_smoother(3, c.x, c.x_test), c.Y[:, 0] - c.f
    return [
        np.allclose(H @ (truth(c.x) + noise) - H @ truth(c.x), H @ noise)
        for truth in (datasets.sine, datasets.quadratic, datasets.cosine)
    ]


@number("c20", "0.006", "0.022")
def the_variance_of_the_line_at_fixed_inputs_and_at_redrawn_ones(c):
    return 2 * c.sigma**2 / c.m, c.nature.mean_variance


@statement("c20")
def it_is_several_times_larger_when_the_inputs_are_redrawn(c):
    return c.nature.mean_variance > 3 * 2 * c.sigma**2 / c.m


@number("c20b", "0.006", "0.015")
def the_two_parts_of_the_variance(c):
    return np.mean(c.from_noise), c.from_inputs


@statement("c20b")
def the_noise_brings_about_as_much_as_on_the_grid(c):
    return abs(np.mean(c.from_noise) / (2 * c.sigma**2 / c.m) - 1) < 0.2


@statement("c20b")
def the_inputs_bring_the_larger_part_of_the_lines_variance(c):
    return c.from_inputs > np.mean(c.from_noise)


@statement("c20 c20b", after="c20b")
def the_two_parts_add_up_to_the_variance(c):
    error = np.var(c.from_noise, ddof=1) / len(c.from_noise)
    # Of the second part, as of a variance of so many noiseless fits.
    error += bias_variance.decompose(c.noiseless_fits, c.f_test).mean_variance_se ** 2
    error += c.nature.mean_variance_se**2
    return abs(np.mean(c.from_noise) + c.from_inputs - c.nature.mean_variance) < 3 * np.sqrt(error)


@number("c23 ff9ea554", "0.021", "0.022", after="c23")
def the_bootstrap_of_the_line_and_nature(c):
    return c.variances.mean(), c.nature.mean_variance


@number("c23", "0.001", "0.009", "0.037", "0.18", "0.0001", "0.006")
def how_the_bootstrap_of_the_line_scatters_and_what_it_says_of_the_bias(c):
    bias_sq = c.nature.mean_bias_sq, c.biases_sq.mean()
    return c.standard_error, c.variances.min(), c.variances.max(), *bias_sq, 2 * c.sigma**2 / c.m


@statement("c23 ff9ea554 c41", after="c23")
def the_bootstrap_finds_the_variance_of_the_line_on_average(c):
    return abs(c.variances.mean() / c.nature.mean_variance - 1) < 0.2


@statement("c23")
def on_a_single_data_set_it_can_be_off_by_more_than_half(c):
    return abs(c.variances / c.nature.mean_variance - 1).max() > 0.5


@statement("c23 c41 ff9ea554", after="c23")
def the_bootstrap_does_not_notice_the_bias(c):
    return c.biases_sq.mean() < c.nature.mean_bias_sq / 100


@statement("c23")
def natures_squared_bias_is_the_largest_part_of_the_error(c):
    return c.nature.mean_bias_sq > c.sigma**2 > c.nature.mean_variance


@number("c23", "0.02", "19", after="c24b")
def pairs_on_the_fixed_grid(c):
    rng = c.spare
    found = [c.bootstrap(c.line, c.x, y, c.x_test, 50, rng).var(axis=0, ddof=1).mean() for y in c.Y.T[:20]]
    return np.mean(found), c.m * (1 - (1 - 1 / c.m) ** c.m)


@statement("c23")
def on_the_fixed_grid_drawing_pairs_reports_more_than_twice_too_much(c):
    rng = c.spare
    found = [c.bootstrap(c.line, c.x, y, c.x_test, 50, rng).var(axis=0, ddof=1).mean() for y in c.Y.T[:10]]
    return np.mean(found) > 2 * 2 * c.sigma**2 / c.m


@number("c24a", "0.02", "0.02", "3.0%", "0.3%", "3.0%")
def how_far_off_the_fits_of_degree_5_are(c):
    medians = np.median(c.in_bootstrap), np.median(c.in_nature)
    wild = np.mean(np.array(c.in_bootstrap) > 1)
    return *medians, wild, np.mean(c.in_nature > 1), wild


@statement("c24a")
def in_the_median_the_bootstrap_is_as_far_off_as_nature(c):
    return abs(np.median(c.in_bootstrap) / np.median(c.in_nature) - 1) < 0.4


@statement("c24a c23", after="c24a")
def the_bootstrap_has_far_more_wild_fits_than_nature(c):
    return np.mean(np.array(c.in_bootstrap) > 1) > 3 * np.mean(c.in_nature > 1)


@statement("c24a")
def the_few_wild_fits_carry_the_mean(c):
    ordered = np.sort(np.ravel(c.in_bootstrap))
    return ordered[ordered > 1].sum() > ordered.sum() / 2


@number("c24a")
def most_other_data_sets_give_more_wild_fits_than_ours(c):
    rng, share = c.spare, np.mean(np.array(c.in_bootstrap) > 1)
    others = []
    for _ in range(400):
        data = c.sample(rng)
        fits = c.bootstrap(c.quintic, *data, c.x_test, 10, rng)
        others.append(np.mean(c.distance(fits, c.quintic(*data, c.x_test)) > 1))
    forties = np.reshape(others, (10, 40)).mean(axis=1)
    return np.mean(forties > share) > 0.5 and forties.max() > 2 * share


@statement("c24a")
def the_share_of_wild_fits_depends_on_the_forty_data_sets(c):
    # Its standard error, in which the fits to one data set stand and fall together.
    shares = np.mean(np.array(c.in_bootstrap) > 1, axis=1)
    return shares.std(ddof=1) / np.sqrt(len(shares)) > 0.15 * shares.mean()


@statement("c24a c23", after="c24a")
def most_wild_fits_come_from_sets_that_leave_an_end_empty(c):
    rng, wild, empty = c.spare, [], []
    for _ in range(20):
        inputs, y = c.sample(rng)
        for pick in rng.integers(0, c.m, (40, c.m)):
            fit = c.quintic(inputs[pick], y[pick], c.x_test)
            wild.append(np.mean((fit - c.quintic(inputs, y, c.x_test)) ** 2) > 1)
            empty.append(max(inputs[pick].min(), 1 - inputs[pick].max()))
    wild, empty = np.array(wild), np.array(empty)
    return np.mean(empty[wild] > np.quantile(empty, 0.8)) > 0.5 or not wild.any()


def weights_of_neighbours(c):
    """What the average over all sets of the bootstrap gives to the nearest observation, the second nearest, and so on."""
    j = np.arange(1, c.m + 1)
    return (1 - (j - 1) / c.m) ** c.m - (1 - j / c.m) ** c.m


@number("c24d", "0.0001", "0.36", "0.64", "0.24", "0.08", "0.47", "0.09", "0.042")
def what_averaging_the_bootstrap_fits_brings(c):
    weights = weights_of_neighbours(c)
    squares = (weights**2).sum()
    missed = (1 - 1 / c.m) ** c.m
    return c.biases_sq.mean(), missed, *weights[:3], squares, c.sigma**2, c.sigma**2 * squares


@statement("c24d")
def the_weights_of_the_averaged_neighbour_are_those(c):
    nearest = c.spare.integers(0, c.m, (4000, c.m)).min(axis=1)
    found = np.bincount(nearest, minlength=c.m) / 4000
    weights = weights_of_neighbours(c)
    return abs(found - weights) < 4.5 * np.sqrt(weights * (1 - weights) / 4000) + 1e-3


@statement("c24d")
def at_the_inputs_it_costs_a_little_bias_and_on_average_the_squared_bias_falls_to_a_third(c):
    def bias(places, weights):
        order = np.abs(places[:, None] - c.x).argsort(axis=1)
        return c.f[order] @ weights - datasets.sine(places)

    weights = weights_of_neighbours(c)
    single, averaged = (np.mean(bias(c.x_test, w) ** 2) for w in (np.eye(c.m)[0], weights))
    at_inputs = np.mean(bias(c.x, weights) ** 2)
    return 0.25 < averaged / single < 0.4 and 0 < at_inputs < c.sigma**2 / 20 and weights[0] > 0.5


@statement("c26 c37", after="d73c0b68")
def where_the_noise_is_unequal_exchanged_residuals_mislead(c):
    noise = 0.1 + 0.4 * c.x
    onto, H = linear.polynomial_smoother(5, c.x), linear.polynomial_smoother(5, c.x, c.x_test)
    rest = np.eye(c.m) - onto
    # The mean square of the residuals, scaled as the exercise scales it.
    pooled = ((rest**2 @ noise**2).sum() + np.sum((rest @ c.f) ** 2)) / (c.m - 6)
    ratio = pooled * (H**2).sum(axis=1) / (H**2 @ noise**2)
    return ratio[0] > 4, ratio[-1] < 0.6


@statement("c08")
def degree_3_averages_over_many_and_degree_15_over_few(c):
    effective = [1 / (linear.polynomial_smoother(d, c.x, c.x_test)[c.middle] ** 2).sum() for d in (3, 15)]
    return effective[0] > 10 and effective[1] < 4


@statement("c12")
def fits_at_neighbouring_dots_are_alike_at_degrees_1_and_3_and_not_at_15(c):
    alike = []
    for degree in (1, 3, 15):
        H = linear.polynomial_smoother(degree, c.x, c.x_test[::4])
        cross = H @ H.T
        rho = np.diag(cross, 1) / np.sqrt(np.diag(cross)[1:] * np.diag(cross)[:-1])
        alike.append(np.mean(rho**2))
    return min(alike[:2]) > 0.9 and alike[2] < 0.5


@number("932fb967", "0.09", "0.012", "0.003")
def the_choices_of_the_first_question(c):
    return c.sigma**2, c.sigma**2 * 4 / c.m, c.sigma**2 / c.m


@statement("12241cc7")
def with_redrawn_inputs_a_cubic_has_less_variance_than_the_line(c):
    rng = c.spare
    sets = [c.sample(rng) for _ in range(1000)]
    line, cubic = (np.array([linear.polynomial_smoother(d, x, c.x_test) @ y for x, y in sets]) for d in (1, 3))
    return cubic.var(axis=0, ddof=1).mean() < line.var(axis=0, ddof=1).mean()


@statement("ff9ea554")
def the_line_misses_the_crest_by_about_half_its_height(c):
    rng, crest = c.spare, np.array([0.25])
    on_the_grid = 1 - linear.polynomial_smoother(1, c.x, crest) @ c.f
    redrawn = 1 - np.mean([c.line(*c.sample(rng), crest) for _ in range(500)])
    return np.abs(np.append(on_the_grid, redrawn) - 0.5) < 0.1


@number("c28", "0.1")
def the_spread_that_is_wanted(c):
    return 0.1


@number("c31", "0.09", "0.01", "144", after="c29")
def how_many_points_it_takes(c):
    return c.sigma**2, 0.1**2, c.needed


@statement("c31")
def at_the_inputs_the_rule_is_exact(c):
    return np.isclose(c.rms_spread(c.needed), 0.1, rtol=1 / c.needed)


@number("c34", "0.64", "0.30")
def the_largest_spreads(c):
    return c.largest


@statement("c34")
def in_the_middle_the_crowded_inputs_have_a_slightly_larger_spread(c):
    H = linear.polynomial_smoother(15, c.crowded, [0.5])
    return 1 < c.sigma * np.sqrt((H**2).sum()) / spread(c, 15, 0.5) < 1.25


def from_residuals(c, degree):
    """Means over the training sets of the residual bootstrap's variance, had it drawn for ever, with their error."""
    H = linear.polynomial_smoother(degree, c.x)
    found = ((c.Y - H @ c.Y) ** 2).sum(axis=0) / (c.m - degree - 1) * (spread(c, degree, c.x_test) ** 2).mean()
    found = found / c.sigma**2
    return found.mean(), found.std(ddof=1) / np.sqrt(len(found))


@number("c37", "0.020", "0.006")
def the_residual_bootstrap_of_the_line(c):
    return printed(c, "c35")[0], (spread(c, 1, c.x_test) ** 2).mean()


@statement("c37")
def the_residual_bootstrap_is_right_on_average_at_degrees_5_and_15(c):
    pairs = [(from_residuals(c, degree), (spread(c, degree, c.x_test) ** 2).mean()) for degree in (5, 15)]
    return [abs(mean - right) < 3 * error for (mean, error), right in pairs]


@statement("c34 c37", after="c37")
def the_residual_bootstrap_is_misled_at_degree_1(c):
    return from_residuals(c, 1)[0] > 2 * (spread(c, 1, c.x_test) ** 2).mean()


@number("c40", "0.1", after="c38")
def below_which_the_median_set_is(c):
    return 0.1


@statement("c40")
def the_median_set_is_harmless(c):
    return c.typical < 0.1


@statement("c40")
def a_few_sets_make_nearly_all_of_the_mean(c):
    return c.carried > 0.9


@statement("c40")
def the_wild_sets_leave_an_end_empty(c):
    at = abs(c.fits_9 - np.median(c.fits_9, axis=0)).argmax(axis=1)[c.wild]
    ends = np.isin(at, (0, len(c.x_test) - 1)).mean()
    return np.median(c.empty[c.wild]) > 2 * np.median(c.empty) and ends > 0.75


@statement("c40")
def a_single_set_makes_more_than_a_tenth_of_the_sum(c):
    return c.squares.max() > 0.1 * c.squares.sum()
