"""What chapter 2 says."""

import numpy as np

from chapters import number, statement
from utils import bias_variance, datasets, linear

CHANGES = [
    ("m, sigma = 30, 0.3", "m, sigma = 40, 0.3"),
    ("m, sigma = 30, 0.3", "m, sigma = 30, 0.6"),
    ("n_sets=200", "n_sets=60"),
    ("np.linspace(0.02, 0.98, 97)", "np.linspace(0.05, 0.95, 50)"),
    ("for degree in (1, 3, 15)", "for degree in (2, 5, 9)"),
    ("degree=range(16)", "degree=range(11)"),
    ("datasets.observe(parabola, 2.0", "datasets.observe(parabola, 0.5"),
]


def all_of(*parts):
    return all(np.all(part) for part in parts)


def smoother(c, degree, x_new=None):
    return linear.polynomial_smoother(degree, c.x, c.x_test if x_new is None else x_new)


def bias(c, degree):
    return smoother(c, degree) @ c.f - c.f_test


def deviations(c, degree):
    """Of the average fit from the fit to noiseless data, at each place, in standard errors."""
    fits = (smoother(c, degree) @ c.Y).T
    return np.abs(fits.mean(axis=0) - smoother(c, degree) @ c.f) / (fits.std(axis=0, ddof=1) / np.sqrt(len(fits)))


# One fit cannot tell.


@number("c02", "0.3", "97", "0.02", "0.98", after="c03")
def the_noise_and_the_places(c):
    return [c.sigma, len(c.x_test), c.x_test[0], c.x_test[-1]]


@statement("c04", after="c05")
def a_row_of_weights_for_each_place(c):
    # The weights of a row add up to one, which the speaker asks for.
    return all_of(c.H_1.shape == (len(c.x_test), c.m), np.isclose(c.H_1.sum(axis=1), 1))


@number("c07", "0.37", "1", "0.63")
def the_first_line_the_truth_and_what_is_missing(c):
    return [c.lines[0, c.quarter], c.f_test[c.quarter], 1 - c.lines[0, c.quarter]]


# Draw the training set again.


@number("c10", "0.25", "0.07", "0.43", "0.63", "0.57")
def the_bundle_of_lines_at_the_crest(c):
    at_crest = c.lines[:, c.quarter]
    return [c.x_test[c.quarter], at_crest.std(ddof=1), at_crest.mean(), at_crest[0] - 1, at_crest.mean() - 1]


@statement("c08 c10")
def the_lines_agree_with_each_other_and_not_with_the_truth_and_the_rest_is_small(c):
    at_crest = c.lines[:, c.quarter]
    return all_of(
        abs(at_crest - at_crest.mean()) < abs(at_crest.mean() - 1),
        abs(at_crest[0] - at_crest.mean()) < abs(at_crest.mean() - 1) / 2,
    )


# Which degree has no bias?


@statement("c13")
def each_odd_degree_from_3_on_closes_most_of_the_gap_and_each_even_degree_nothing(c):
    largest = np.array([np.abs(bias(c, degree)).max() for degree in range(16)])
    # From degree 13 on the gap is rounding.
    return all_of(np.isclose(largest[1:15:2], largest[2:16:2]), largest[3:13:2] < 0.2 * largest[1:11:2])


@statement("c13")
def even_terms_cannot_help_wherever_the_inputs_lie_symmetrically(c):
    half = c.spare.random(15) / 2
    x = np.concatenate([half, 1 - half])
    fits = [linear.polynomial_smoother(degree, x, c.x_test) @ datasets.sine(x) for degree in (1, 2)]
    return np.allclose(*fits)


@number("c13", "0.02", "0.98", "0.70", "0.10", "0.008")
def the_largest_bias_of_degrees_1_3_and_5_between_these_places(c):
    return [c.x_test[0], c.x_test[-1], *(np.abs(bias(c, degree)).max() for degree in (1, 3, 5))]


@statement("c13")
def that_of_the_line_lies_at_the_two_ends(c):
    sizes = np.abs(bias(c, 1))
    return np.sort(np.argsort(sizes)[-2:]) == [0, len(sizes) - 1]


@statement("c13")
def at_degree_5_it_is_less_than_a_tenth_of_degree_3_and_beyond_it_no_eye_sees_it(c):
    three, five, seven = (np.abs(bias(c, degree)).max() for degree in (3, 5, 7))
    return all_of(five < three / 10, seven < 0.001)


@statement("c13")
def the_spread_of_the_lines_grows(c):
    spreads = [np.sqrt((smoother(c, degree) ** 2).sum(axis=1).mean()) for degree in range(16)]
    return np.diff(spreads) > 0


# The average fit is the fit to noiseless data.


@statement("a4a00475")
def the_average_of_the_fits_is_the_fit_to_the_average_of_the_data(c):
    return [np.allclose((smoother(c, d) @ c.Y).mean(axis=1), smoother(c, d) @ c.Y.mean(axis=1)) for d in (1, 3, 15)]


@statement("a4a00475 c16", after="c14")
def the_average_fit_agrees_with_it_within_a_few_standard_errors(c):
    return [deviations(c, degree) < 4 for degree in (1, 3, 15)]


@number("c16", "1.8", "2.0", "2.4", "0.25", "0.57")
def the_largest_deviations_and_the_exact_bias_at_the_crest(c):
    largest = [deviations(c, degree).max() for degree in (1, 3, 15)]
    return [*largest, c.x_test[c.quarter], bias(c, 1)[c.quarter]]


@statement("c16")
def from_0_to_1_the_average_lines_of_thirty_points_and_of_three_thousand_differ_by_less_than_a_tenth(c):
    many, ends = datasets.fixed_design(3000), np.array([0.0, 1.0])
    average = linear.polynomial_smoother(1, many, ends) @ datasets.sine(many)
    return np.abs(average - smoother(c, 1, ends) @ c.f) < 0.1


@statement("c16")
def more_data_lower_the_variance_of_the_line(c):
    few, many = (linear.polynomial_smoother(1, datasets.fixed_design(m), c.x_test) ** 2 for m in (c.m, 10 * c.m))
    return many.sum(axis=1) < few.sum(axis=1) / 8


def bias_of_neighbours(c, k):
    """At the crest, and what the parabola there makes of it."""
    nearest = np.abs(c.x - c.x_test[c.quarter]).argsort()[:k]
    distance_sq = np.mean((c.x[nearest] - c.x_test[c.quarter]) ** 2)
    return c.f[nearest].mean() - c.f_test[c.quarter], -((2 * np.pi) ** 2) / 2 * distance_sq


@number("c16b", "0.05", "0.15", "0.39")
def the_bias_of_five_nine_and_fifteen_neighbours(c):
    return [bias_of_neighbours(c, k)[0] for k in (5, 9, 15)]


@statement("c16b")
def the_bias_of_neighbours_is_negative_grows_with_their_number_and_is_about_that_of_a_parabola(c):
    exact, about = np.array([bias_of_neighbours(c, k) for k in (1, 5, 9, 15)]).T
    return all_of(exact < 0, np.diff(exact) < 0, abs(exact - about)[:3] < 0.05 * abs(about)[:3] + 1e-3)


# Estimating a squared bias.


EXCESS = 2.0**2 * 8 / (32 * 10)


@statement("1d816f8f", after="c17a")
def a_parabola_is_fitted_without_bias_by_eight_parameters(c):
    return all_of(np.allclose(c.H_7 @ c.parabola, c.parabola), np.isclose(np.trace(c.H_7), 8))


@number("c19", "0.1", "0.3", "0.0024", after="c17")
def the_excess_here_and_with_the_points_of_the_wave(c):
    return [EXCESS, c.sigma, c.sigma**2 * 8 / (c.m * 10)]


@statement("c19 c22", after="c17")
def the_plug_in_estimate_is_too_large_by_the_excess_on_average_and_every_time(c):
    # An estimate is the excess over p times a chi-squared variable with p degrees of freedom, whose variance is 2 p.
    error = EXCESS * np.sqrt(2 / 8) / np.sqrt(len(c.plug_in))
    return all_of(abs(c.plug_in.mean() - EXCESS) < 4 * error, c.plug_in > 0)


@number("c22", "0.1", after="c17")
def where_the_plug_in_estimates_lie(c):
    return c.plug_in.mean()


@statement("c19 c22", after="c20")
def the_corrected_estimate_is_right_on_average(c):
    # Mean and sample variance of normal fits are independent; the second has p (L - 1) degrees of freedom.
    error = EXCESS * np.sqrt(2 / 8 * (1 + 1 / 9)) / np.sqrt(len(c.corrected))
    return abs(c.corrected.mean()) < 4 * error


@statement("c22 c23", after="c20")
def more_than_half_of_the_corrected_estimates_are_negative(c):
    # Below zero is an F variable with 8 and 72 degrees of freedom below 1: 0.556 of the cases.
    return np.mean(c.corrected < 0) > 0.5


@statement("c22 c23", after="c20")
def the_tail_to_the_right_is_the_longer_one(c):
    low, middle, high = np.quantile(c.corrected, [0.01, 0.5, 0.99])
    return high - middle > 1.2 * (middle - low)


@statement("c23", after="c20")
def decompose_subtracts_in_this_way(c):
    found = [bias_variance.decompose(fits, c.parabola).mean_bias_sq for fits in c.experiments[:50]]
    return np.allclose(found, c.corrected[:50], atol=1e-12)


@number("c26", "0.1852", "0.0046", after="c24")
def the_exact_squared_bias_of_the_line_and_of_degree_3(c):
    return [np.mean(bias(c, degree) ** 2) for degree in (1, 3)]


@number("c26", after="c24")
def on_our_draw_the_simulation_agrees_within_two_standard_errors(c):
    found = {d: bias_variance.decompose((smoother(c, d) @ c.Y).T, c.f_test) for d in (1, 3, 15)}
    return [abs(one.mean_bias_sq - np.mean(bias(c, d) ** 2)) < 2 * one.mean_bias_sq_se for d, one in found.items()]


@statement("c26", after="c24")
def the_simulation_agrees_and_degree_3_has_forty_times_less_and_degree_15_none(c):
    exact = {degree: np.mean(bias(c, degree) ** 2) for degree in (1, 3, 15)}
    for degree in exact:
        result = bias_variance.decompose((smoother(c, degree) @ c.Y).T, c.f_test)
        if abs(result.mean_bias_sq - exact[degree]) > 4 * result.mean_bias_sq_se:
            return False
    return all_of(abs(exact[1] / exact[3] / 40 - 1) < 0.05, exact[15] < 1e-12)


# In practice.


@statement("edafe114", after="c24")
def a_line_leaves_residuals_in_four_runs_of_one_sign(c):
    # As the speaker says of the residuals without noise.
    residuals = c.f - smoother(c, 1, c.x) @ c.f
    return np.sum(np.diff(np.sign(residuals)) != 0) + 1 == 4


@statement("edafe114", after="c24")
def without_bias_further_features_only_add_variance_at_every_place(c):
    variances = [(smoother(c, degree) ** 2).sum(axis=1) for degree in range(16)]
    return np.diff(variances, axis=0) > -1e-12


def lead_of_the_larger(degrees, x, y, x_new, y_new):
    """By how much the larger of two degrees errs less on each of the data kept out of the fit."""
    small, large = ((linear.polynomial_smoother(degree, x, x_new) @ y - y_new) ** 2 for degree in degrees)
    return small - large


@statement("edafe114", after="c24")
def a_fall_on_one_division_may_be_luck_however_many_data_are_kept_out(c):
    # Degree 7 has no bias, and degree 8 is better by more than two standard errors on about a fifth of the sets.
    rng, lucky = c.spare, []
    for _ in range(150):
        x, x_new = datasets.random_design(30, rng), datasets.random_design(1000, rng)
        y, y_new = (datasets.observe(datasets.sine(t), 0.3, rng) for t in (x, x_new))
        lead = lead_of_the_larger((7, 8), x, y, x_new, y_new)
        lucky.append(lead.mean() > 2 * lead.std(ddof=1) / np.sqrt(1000))
    return np.mean(lucky) > 0.05


@statement("edafe114", after="c24")
def a_fall_on_nearly_every_division_speaks_of_bias(c):
    rng, shares = c.spare, []
    for degrees in ((7, 8), (1, 3)):
        falls = []
        for _ in range(30):
            x = datasets.random_design(60, rng)
            y = datasets.observe(datasets.sine(x), 0.3, rng)
            parts = [np.split(rng.permutation(60), 2) for _ in range(10)]
            leads = [lead_of_the_larger(degrees, x[fit], y[fit], x[out], y[out]).mean() for fit, out in parts]
            falls.append(np.mean(np.array(leads) > 0))
        shares.append(np.mean(np.array(falls) > 0.85))
    return all_of(shares[0] < 0.1, shares[1] > 0.9)


@statement("edafe114", after="c24")
def with_more_features_than_observations_the_conclusion_fails(c):
    # No bias with 28 features on 30 points, and the smallest of all fits with 600 is better.
    rng, errors = c.spare, []
    for _ in range(20):
        X, X_new = rng.standard_normal((30, 600)), rng.standard_normal((500, 600))
        w = np.zeros(600)
        w[:28] = rng.standard_normal(28)
        w *= 0.5 / np.linalg.norm(w)
        y = X @ w + rng.standard_normal(30)
        fits = [linear.minimum_norm(X[:, :d], y) for d in (28, 600)]
        errors.append([np.mean((X_new[:, : len(v)] @ v + b - X_new @ w) ** 2) for v, b in fits])
    small, large = np.median(errors, axis=0)
    return large < small


# Check yourself.


@number("413c64c9", "0.042", "0.09", after="c24")
def the_expected_training_error_of_degree_15_and_the_noise(c):
    return [c.sigma**2 * (1 - 16 / c.m), c.sigma**2]


@number("9a0eccff", "0.5", "0.4", after="c24")
def where_the_bias_of_the_line_is_zero_and_what_it_is_a_tenth_further_on(c):
    middle = np.array([0.5, 0.6])
    at_middle, further = smoother(c, 1, middle) @ c.f - datasets.sine(middle)
    assert abs(at_middle) < 1e-12
    return [middle[0], further]


@statement("8a05d4bd", after="c24")
def the_average_of_lines_is_a_line(c):
    return np.abs(np.diff(c.lines.mean(axis=0), 2)) < 1e-12


# Exercises.


@number("c31", "0.196", "0.2197", "0.1852", "0.02", "0.98", "0.199")
def the_squared_bias_of_the_line_in_the_limit_at_thirty_points_in_the_chapter_and_over_the_interval(c):
    everywhere = np.linspace(0, 1, 10_001)
    off = smoother(c, 1, everywhere) @ c.f - datasets.sine(everywhere)
    at_thirty = c.squared_bias_of_line(30), np.mean(bias(c, 1) ** 2)
    return [c.limit, *at_thirty, c.x_test[0], c.x_test[-1], np.mean(off**2)]


@statement("c31")
def more_data_take_it_to_the_limit(c):
    return abs(c.squared_bias_of_line(3000) - c.limit) < 1e-3


@number("c34", "0.04", "0.23", "0.77", "0.96", "0.02", "0.98", "0.11", "0.89", "0.14")
def where_the_bias_of_degree_3_vanishes_and_is_largest(c):
    worst = c.x_test[np.abs(c.bias).argmax()]
    assert len(c.places) == 5
    ends = min(worst, 1 - worst), max(worst, 1 - worst)
    return [*c.places[[0, 1, 3, 4]], c.x_test[0], c.x_test[-1], *ends, (smoother(c, 3, c.x) @ c.f - c.f)[0]]


@statement("c34", after="c14")
def the_places_are_near_the_zeros_of_the_next_odd_term_for_other_antisymmetric_truths_too(c):
    zeros = (np.polynomial.legendre.legroots([0, 0, 0, 0, 0, 1]) + 1) / 2
    fine = np.linspace(0, 1, 4001)
    found = []
    for truth in (
        datasets.sine,
        lambda x: (2 * x - 1) ** 5,
        lambda x: np.tanh(6 * x - 3),
        lambda x: np.sin(1.5 * np.pi * (x - 0.5)),
        lambda x: np.arctan(4 * x - 2),
    ):
        off = smoother(c, 3, fine) @ truth(c.x) - truth(fine)
        places = fine[np.flatnonzero(off[:-1] * off[1:] <= 0)]
        places = places[np.diff(places, prepend=-1) > 0.001]
        found.append(len(places) == 5 and np.abs(places - zeros).max() < 0.025)
    left = np.mean(bias(c, 5) ** 2) / np.mean(bias(c, 3) ** 2)
    at_inputs = smoother(c, 3, c.x) @ c.f - c.f
    perpendicular = np.abs(np.vander(c.x, 4).T @ at_inputs).max() < 1e-10
    return all_of(found, left < 0.01, perpendicular)


def exact_errors(c, sizes):
    """Standard errors of the mean squared bias of degree 3, from sizes training sets of normal observations."""
    gap, S = bias(c, 3), c.sigma**2 * smoother(c, 3) @ smoother(c, 3).T
    along, trace = gap @ S @ gap, np.trace(S @ S)
    return np.sqrt(4 * along / sizes + 2 * trace / (sizes * (sizes - 1))) / len(gap)


@statement("c37")
def four_times_the_sets_for_half_of_the_error_and_with_few_sets_a_little_more(c):
    exact = exact_errors(c, np.array([20, 80, 320, 1280]))
    falls = exact[:-1] / exact[1:]
    # An estimated standard error is itself off by one part in about sqrt(L / 2).
    off = np.log(c.errors / exact) * np.sqrt(np.array([20, 80, 320, 1280]) / 2)
    return all_of(2.1 < falls[0] < 2.5, 2 < falls[2] < 2.03, np.diff(falls) < 0, np.abs(off) < 5)


@statement("c40")
def the_average_of_the_choosing_method_is_more_than_five_standard_errors_off(c):
    return c.deviation.max() > 5


@statement("c40")
def on_noiseless_data_it_takes_degree_3(c):
    return np.allclose(c.choose_and_fit(c.f), smoother(c, 3) @ c.f)


@statement("c40")
def on_noisy_data_it_often_takes_a_higher_degree(c):
    same = [np.allclose(c.choose_and_fit(y), smoother(c, 3) @ y) for y in c.Y.T]
    return 0.2 < np.mean(same) < 0.8


@statement("c32")
def the_bias_of_degree_3_is_largest_a_tenth_of_the_way_in_from_either_end(c):
    sizes = np.abs(c.bias)
    place = c.x_test[sizes.argmax()]
    return all_of(abs(min(place, 1 - place) - 0.1) < 0.02, np.allclose(sizes, sizes[::-1]))
