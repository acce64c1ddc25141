"""What chapter 7 says."""

import numpy as np

from chapters import number, quoted, statement
from utils import bias_variance, linear

CHANGES = [
    ("m, sigma, degree = 30, 0.3, 15", "m, sigma, degree = 40, 0.3, 15"),
    ("m, sigma, degree = 30, 0.3, 15", "m, sigma, degree = 30, 0.6, 9"),
    ("lr, lam = 0.5, 0.1", "lr, lam = 0.2, 0.5"),
    ("lr_image, lam_image = 0.1, 0.0005", "lr_image, lam_image = 0.01, 0.1"),
    ("for lr_batch in (0.2, 0.05)", "for lr_batch in (0.1, 0.02, 0.01)"),
    ("n, d = 20, 200", "n, d = 30, 100"),
    ("for lam_wide in (0, 3)", "for lam_wide in (0, 1, 10)"),
]


def all_of(*parts):
    return all(np.all(part) for part in parts)


def standard_error(values):
    return values.std(ddof=1) / np.sqrt(len(values))


def rest(c, lam):
    """Where the explorer's path comes to rest, for a bottom at 1."""
    return c.curvature / (c.curvature + lam)


# From the penalty to the step.


@number("ba17ce77", "0.99995", after="c06")
def the_line_with_the_number(c):
    return 1 - c.lr_image * c.lam_image


@statement("c02", after="c03")
def centred_the_best_intercept_is_zero(c):
    w, b = linear.ridge(c.X, c.y, 0.1)
    return abs(b) < 1e-12


@statement("c05")
def penalty_and_decay_are_equal_to_rounding(c):
    return np.abs(c.by_penalty - c.by_decay).max() < 1e-14


@statement("c05")
def where_coordinates_are_rescaled_the_two_part_ways(c):
    scale = np.linspace(0.2, 1, c.degree)
    inside, outside = np.zeros((2, c.degree))
    for _ in range(200):
        inside = inside - 0.5 * scale * (c.gradient(inside) + 0.1 * inside)
        outside = (1 - 0.5 * 0.1) * outside - 0.5 * scale * c.gradient(outside)
    return np.linalg.norm(inside - outside) > 0.1 * np.linalg.norm(inside)


# Decay alone.


@number("c2db2ec7", "0.1", "0.0005", after="c06")
def numbers_often_seen_with_image_networks(c):
    return [c.lr_image, c.lam_image]


@number("c08", "13863", "35")
def the_half_life_in_steps_and_in_passes(c):
    half_life = np.log(2) / (c.lr_image * c.lam_image)
    return [half_life, half_life / (50_000 / 128)]


def steps_to_half(c, coupled, mu=0.9):
    w, velocity, count = 1.0, 0.0, 0
    while w > 0.5:
        velocity = mu * velocity + coupled * c.lam_image * w
        w, count = (1 - c.lr_image * c.lam_image * (not coupled)) * w - c.lr_image * velocity, count + 1
    return count


@number("c08 92d311a2", "0.9", "1390", "13863")
def half_lives_with_momentum_if_the_decay_passes_through_it_and_if_not(c):
    return [*steps_to_half.__defaults__, round(steps_to_half(c, True), -1), steps_to_half(c, False)]


@statement("c08 92d311a2")
def that_is_three_and_a_half_passes_and_ten_times_as_fast(c):
    steps = steps_to_half(c, True)
    return all_of(abs(steps / (50_000 / 128) - 3.5) < 0.1, abs(10 * steps / steps_to_half(c, False) - 1) < 0.01)


# Where it comes to rest.


@number("afac6ec3", "0.15", after="c09")
def the_curvature_of_the_shallow_direction(c):
    return c.curvature[1]


@number("c11", "0.15", "0.87", "1.95", after="c09")
def what_the_steep_coordinate_keeps_where_the_shallow_one_is_halved(c):
    halved = c.curvature[1]
    assert np.isclose(rest(c, halved)[1], 0.5)
    return [halved, rest(c, halved)[0], 1.95]


@statement("afac6ec3 c11", after="c09")
def the_path_ends_at_rest_at_any_stable_rate_and_a_rate_near_the_limit_is_pushed_over_it(c):
    ends = [c.path(0.15, lr, n_steps=2000)[-1] for lr in (0.05, 0.3, 1.0, 1.7)]
    calm, pushed = (np.linalg.norm(c.path(lam, 1.95)[-1] - rest(c, lam)) for lam in (0.0, 0.5))
    return all_of(np.allclose(ends, rest(c, 0.15)), calm < 0.3, pushed > 10)


@statement("c11", after="c09")
def decay_speeds_up_the_arrival_along_the_shallow_direction_until_the_factor_is_zero(c):
    def left(lam):
        return abs(c.path(lam, 1.0, n_steps=20)[-1] - rest(c, lam))[1]

    lams = [0.0, 0.05, 0.15, 0.5, 0.8]
    assert lams[-1] + c.curvature[1] < 1 < 1.5 + c.curvature[1]
    return all_of(np.diff([left(lam) for lam in lams]) < 0, left(1.5) > left(0.8))


@number("c11", "0.05", "60", "0.3", after="c09")
def with_a_small_decay_the_path_ends_farther_from_its_rest_at_the_first_of_these_rates_and_nearer_at_the_other(c):
    def left(lam, lr):
        return np.linalg.norm(c.path(lam, lr)[-1] - rest(c, lam))

    assert left(0.0, 0.05) < left(0.05, 0.05) < left(0.15, 0.05)
    assert left(0.0, 0.3) > left(0.05, 0.3) > left(0.15, 0.3)
    return [0.05, len(c.path(0.0, 0.05)) - 1, 0.3]


@statement("c11", after="c09")
def the_distance_shrinks_by_the_factor_in_each_step(c):
    off = c.path(0.15, 0.3) - rest(c, 0.15)
    return np.allclose(off[1:], (1 - 0.3 * (c.curvature + 0.15)) * off[:-1])


@statement("afac6ec3", after="c09")
def for_squared_loss_the_balance_is_ridge_regression(c):
    w, _ = linear.ridge(c.X, c.y, c.lam)
    return np.abs(c.gradient(w) + c.lam * w).max() < 1e-12


# Batch by batch.


@statement("batchread batches", after="batchout")
def the_average_is_at_ridge_regression_up_to_chance_and_the_square_of_the_jitter_goes_with_the_rate(c):
    rates, jitters, near = (0.2, 0.05), [], []
    residuals = c.X @ c.goal - c.y
    noise = np.cov((c.X * residuals[:, None]).T) / 5
    A = np.linalg.inv(c.X.T @ c.X / c.m + c.lam * np.eye(c.degree))
    for rate in rates:
        visited = c.by_batches(rate, c.lam, c.spare)
        jitters.append(np.mean(((visited - c.goal) ** 2).sum(axis=1)))
        # The error of an average of many steps is A times the average of their noise; the curvature of a batch is noisy, too,
        # and makes the noise of the gradients larger away from rest.
        luck = np.sqrt(np.trace(A @ noise @ A) / len(visited))
        near.append(np.linalg.norm(visited.mean(axis=0) - c.goal) < 4 * luck)
    return all_of(near, 1.75**2 < jitters[0] / jitters[1] < 2.25**2)


def growth_of_squares(c, rate):
    """By what factor the mean squares of the weights' distances grow in a step on a batch of five."""
    C, A = c.X.T @ c.X / c.m, (1 - rate * c.lam) * np.eye(c.degree)
    fourth = sum(np.kron(square, square) for square in (np.outer(x, x) for x in c.X)) / c.m
    squares = fourth / 5 + 4 / 5 * np.kron(C, C)
    step = np.kron(A, A) - rate * (np.kron(A, C) + np.kron(C, A)) + rate**2 * squares
    return np.abs(np.linalg.eigvals(step)).max()


@number("batches", "3", "0.7", after="batchrun")
def up_to_which_rates_descent_is_stable_on_all_data_and_on_batches(c):
    low, high = 0.1, 2.0
    while high - low > 1e-3:
        middle = (low + high) / 2
        low, high = (middle, high) if growth_of_squares(c, middle) < 1 else (low, middle)
    return 2 / (np.linalg.eigvalsh(c.X.T @ c.X / c.m)[-1] + c.lam), low


@statement("batches", after="robust")
def beyond_the_rate_for_batches_the_weights_blow_up_while_descent_on_all_data_rests(c):
    with np.errstate(over="ignore", invalid="ignore"):
        far = np.abs(c.by_batches(1.5, c.lam, c.spare, n_steps=1000)).max()
    return not far < 1e3 and np.allclose(c.descend(c.gradient, c.lam, lr=1.5), linear.ridge(c.X, c.y, c.lam)[0])


@statement("batchread", after="robust")
def for_another_loss_the_point_moves_with_the_rate_and_comes_nearer_to_rest(c):
    rest, distances = c.descend(c.robust_gradient, 0.1), []
    for rate in (0.4, 0.1):
        rng, w, total = c.spare, np.tile(rest, (100, 1)), 0.0
        for t in range(int(800 / rate)):
            rows = rng.integers(c.m, size=len(w))
            r = (w * c.X[rows]).sum(axis=1) - c.y[rows]
            push = (r / np.sqrt(1 + (r / c.sigma) ** 2))[:, None] * c.X[rows]
            w = (1 - rate * 0.1) * w - rate * push
            total = total + w if t * rate > 60 else total
        averages = total / np.sum(np.arange(int(800 / rate)) * rate > 60)
        luck = np.sqrt((averages.var(axis=0, ddof=1) / len(averages)).sum())
        distances.append((np.linalg.norm(averages.mean(axis=0) - rest), luck))
    (far, luck), (near, _) = distances
    return far > luck and near < far


@statement("batches", after="batchrun")
def on_average_over_the_batches_the_step_is_that_of_all_data(c):
    w = c.spare.standard_normal(c.degree)
    singles = c.X * (c.X @ w - c.y)[:, None]
    return np.allclose(singles.mean(axis=0), c.gradient(w))


@statement("batches", after="batchrun")
def penalty_and_decay_are_the_same_on_every_batch(c):
    rng, (inside, outside) = c.spare, np.zeros((2, c.degree))
    for _ in range(200):
        rows = rng.integers(c.m, size=5)
        pulls = [c.X[rows].T @ (c.X[rows] @ w - c.y[rows]) / 5 for w in (inside, outside)]
        inside = inside - 0.05 * (pulls[0] + 0.1 * inside)
        outside = (1 - 0.05 * 0.1) * outside - 0.05 * pulls[1]
    return np.allclose(inside, outside, atol=1e-12)


# Near a minimum of any loss.


def foretold(c, lam):
    """How far the weights move, in lengths of theirs, and the error of the prediction as a share of the way."""
    w = c.descend(c.robust_gradient, lam)
    predicted = c.V_robust @ (c.h_robust / (c.h_robust + lam) * (c.V_robust.T @ c.w_hat))
    moved = np.linalg.norm(w - c.w_hat)
    return moved / np.linalg.norm(c.w_hat), np.linalg.norm(predicted - w) / moved


@number("d093990f", "0.1", after="c12")
def the_decay_of_our_descent(c):
    return c.lam


@number("hessread", "0.001", "2%", "0.01", "16%", "6%", "0.1", "60%", "15%")
def how_far_the_weights_move_and_how_well_it_is_foretold(c):
    (a, _), (b, error_b), (e, error_e) = (foretold(c, lam) for lam in (0.001, 0.01, 0.1))
    return [0.001, a, 0.01, b, error_b, c.lam_robust, e, error_e]


@number("hessread")
def at_the_weakest_decay_the_prediction_errs_by_less_than_a_hundredth_of_the_way(c):
    return foretold(c, 0.001)[1] < 0.01


@statement("hessread anyloss")
def for_a_weak_decay_the_filters_foretell_well_what_it_does(c):
    weak, strong = foretold(c, 0.001)[1], foretold(c, 0.1)[1]
    return all_of(weak < 0.05, weak < strong)


@statement("hessread")
def at_the_strongest_the_filters_are_a_fair_guess(c):
    moved, error = foretold(c, 0.1)
    return all_of(moved > 0.5, error < 1 / 3)


@statement("anyloss", after="hessian")
def the_loss_that_distrusts_large_residuals_has_this_gradient_and_this_hessian(c):
    def loss(w):
        return np.mean(c.sigma**2 * (np.sqrt(1 + ((c.X @ w - c.y) / c.sigma) ** 2) - 1))

    def slope(function, step):
        shifts = step * np.eye(c.degree)
        return np.array([(function(c.w_hat + e) - function(c.w_hat - e)) / (2 * step) for e in shifts])

    hessian = c.V_robust @ np.diag(c.h_robust) @ c.V_robust.T
    at_minimum = np.abs(c.robust_gradient(c.w_hat)).max() < 1e-8
    shifted = c.w_hat + 0.1
    gradient = [(loss(shifted + e) - loss(shifted - e)) / 2e-5 for e in 1e-5 * np.eye(c.degree)]
    return all_of(
        at_minimum,
        np.allclose(gradient, c.robust_gradient(shifted), atol=1e-8),
        np.allclose(slope(c.robust_gradient, 1e-5), hessian, atol=1e-7),
    )


@number("hessread", "4.25", after="hessian")
def the_larger_curvature_of_the_smallest_network(c):
    u, v = 2.0, 0.5
    curvatures = np.linalg.eigvalsh([[v**2, 2 * u * v - 1], [2 * u * v - 1, u**2]])
    assert abs(curvatures[0]) < 1e-12
    return curvatures[1]


@statement("hessread c41", after="hessian")
def along_a_curved_floor_a_weak_decay_ends_at_the_shortest_weights_and_not_where_the_filters_say(c):
    w = np.array([2.0, 0.5])
    for _ in range(60_000):
        w = w - 0.05 * ((w[0] * w[1] - 1) * w[::-1] + 0.01 * w)
    flat = np.array([2, -0.5]) / np.hypot(2, 0.5)
    return all_of(np.abs(w - 1).max() < 0.02, flat @ w > 0.3 * (flat @ [2, 0.5]))


@statement("anyloss", after="hessian")
def for_squared_loss_nothing_is_approximate(c):
    h, V = np.linalg.eigh(c.X.T @ c.X / c.m)
    w_hat = linear.least_squares(c.X, c.y)[0]
    return np.allclose(V @ (h / (h + 0.1) * (V.T @ w_hat)), linear.ridge(c.X, c.y, 0.1)[0])


@statement("c14")
def descent_agrees_with_ridge_regression_and_with_scikit_learn(c):
    return max(np.abs(c.at_rest - c.goal).max(), np.abs(c.at_rest - c.library).max()) < 1e-9


# A cousin.


@number("c18 c41", "0.204", "2.51", after="c16")
def how_far_the_filters_are_apart_and_where(c):
    return [(c.stopping - c.ridge).max(), c.u[c.far]]


@statement("c16 c18", after="c16")
def the_filter_of_early_stopping_lies_above_and_is_farthest_at_about_two_and_a_half(c):
    return all_of(c.stopping > c.ridge, abs(c.u[c.far] - 2.5) < 0.05, np.diff(c.stopping) >= 0, np.diff(c.ridge) >= 0)


@number("c16", "2.5", after="c16")
def where_the_short_line_marks_the_distance(c):
    return c.u[c.far]


def apart(c, lr, n_steps):
    """Of the two filters after so many steps, in each direction."""
    return 1 - (1 - lr * c.h) ** n_steps - c.h / (c.h + 1 / (lr * n_steps))


@number("c18", "0.5", "0.238", after="c19")
def how_far_apart_they_are_with_our_steps(c):
    gaps = np.array([apart(c, c.lr, t) for t in range(1, 1000)])
    t, direction = np.unravel_index(gaps.argmax(), gaps.shape)
    assert (t + 1, direction) == (7, 0) and np.argmax(c.h) == 0
    return [c.lr, gaps.max()]


@statement("c18", after="c19")
def larger_steps_take_the_filters_farther_apart(c):
    furthest = [max(apart(c, lr, t).max() for t in range(1, int(40 / lr))) for lr in (0.05, 0.1, 0.5, 1.0)]
    return np.diff(furthest) > 0


ALI = quoted("c18", "1.69", source="Ali, Kolter and Tibshirani 2019, abstract: no more than 1.69 times")


@number("c21", "0.1139", "0.1209", "0.09", after="50c609d6")
def the_expected_errors_at_the_best_setting_of_each(c):
    return [min(c.stopped), min(c.decayed), c.sigma**2]


@statement("c21", after="50c609d6")
def the_sum_of_noise_squared_bias_and_variance_is_that_of_the_exact_formula(c):
    from utils import datasets, features

    X_test = features.polynomial(c.x_test, c.degree)
    exact = bias_variance.exact_ridge(
        features.polynomial(c.x, c.degree), datasets.sine(c.x), c.sigma, c.lams, X_test, c.f_test
    )
    return np.allclose(c.decayed, c.sigma**2 + exact.mean_bias_sq + exact.mean_variance)


@statement("c21", after="50c609d6")
def above_the_noise_it_is_nearly_a_quarter_less(c):
    return 0.75 < (min(c.stopped) - c.sigma**2) / (min(c.decayed) - c.sigma**2) < 0.8


@statement("c21", after="50c609d6")
def it_keeps_more_of_the_five_strongest_which_saves_bias_and_less_of_the_ten_weakest_which_saves_variance(c):
    stopping, ridge = 1 - (1 - 0.5 * c.h) ** c.t_best, c.h / (c.h + c.lam_best)

    def parts(shares):
        H = 1 / c.m + (c.directions * shares) @ c.U.T
        return np.mean((H @ c.f - c.f_test) ** 2), c.sigma**2 * (H**2).sum(axis=1).mean()

    (bias, variance), strong, weak = (
        parts(shares) for shares in (ridge, [*stopping[:5], *ridge[5:]], [*ridge[:5], *stopping[5:]])
    )
    more = all_of(stopping[:5] > ridge[:5], stopping[5:] < ridge[5:], len(ridge) == 15)
    return all_of(more, strong[0] < 0.75 * bias, weak[1] < 0.85 * variance)


@statement("c21", after="50c609d6")
def on_average_over_random_truths_ridge_is_ahead(c):
    spread = np.mean(c.directions**2, axis=0) * c.s**2

    def average_error(shares, tau):
        return spread @ ((1 - shares) ** 2 * tau**2 + shares**2 * c.sigma**2 / c.s**2)

    ahead = []
    for tau in (0.1, 0.3, 1.0):
        ridge = average_error(c.h / (c.h + c.sigma**2 / (c.m * tau**2)), tau)
        ahead.append(ridge < min(average_error(1 - (1 - 0.5 * c.h) ** t, tau) for t in c.times))
    return ahead


# The textbook example.


@number("ecff6008", "0.01", "0.05", "0.01", "0.01", after="trainwide")
def the_settings_of_the_textbook(c):
    return [c.w_true[0], c.b_true, c.noise, c.train.__defaults__[0]]


@statement("ecff6008", after="trainwide")
def the_loss_expected_on_new_examples_is_known(c):
    w = 0.01 * c.spare.standard_normal(c.d)
    X_new = c.spare.standard_normal((20_000, c.d))
    y_new = X_new @ c.w_true + c.b_true + c.noise * c.spare.standard_normal(len(X_new))
    losses = (X_new @ w - y_new) ** 2 / 2
    return abs(losses.mean() - c.new_loss(w, 0.0)) < 4 * standard_error(losses)


def ends(c):
    """Weights and intercept after training from the random start, without decay and with it."""
    return c.train(c.wide, c.start, 0), c.train(c.wide, c.start, 3)


def training_loss(c, w, b):
    return np.mean((c.X_wide @ w + b - c.y_wide) ** 2) / 2


@statement("c24", after="bdd0c21a")
def without_decay_the_loss_on_new_examples_falls_a_little_and_with_decay_by_about_half(c):
    before = c.new_loss(c.start, 0.0)
    without, with_decay = (c.new_loss(*end) / before for end in ends(c))
    return all_of(0.75 < without < 1, 0.4 < with_decay < 0.6)


@statement("c24", after="bdd0c21a")
def the_training_loss_falls_to_almost_nothing_and_the_norm_stays_where_it_was(c):
    (w, b), _ = ends(c)
    fallen = training_loss(c, w, b) / training_loss(c, c.start, 0.0)
    return all_of(fallen < 0.01, abs(w @ w / (c.start @ c.start) - 1) < 0.2)


@statement("c24", after="bdd0c21a")
def with_decay_half_the_squared_norm_falls_to_less_than_a_fifth(c):
    _, (w, _) = ends(c)
    return w @ w < c.start @ c.start / 5


@statement("c24", after="bdd0c21a")
def along_180_directions_the_start_stays_for_ever_unless_it_decays(c):
    outside = np.linalg.svd(c.X_wide)[2][c.n :]
    (w, _), (w_decay, _) = ends(c)
    kept = 0.97 ** len(c.batches)
    return all_of(
        np.allclose(outside @ w, outside @ c.start, atol=1e-12),
        np.allclose(outside @ w_decay, kept * (outside @ c.start), atol=1e-12),
    )


@number("c27", "1.08", after="c25")
def the_gain_of_a_start_at_zero_in_units_of_that_of_the_decay(c):
    random, decayed, zero, _ = c.means
    return (random - zero) / (random - decayed)


@statement("c27", after="c25")
def a_start_at_zero_brings_as_much_as_the_decay_did_even_a_little_more(c):
    more = c.losses[:, 1] - c.losses[:, 2]
    gain = np.mean(c.losses[:, 0] - c.losses[:, 1])
    return 4 * standard_error(more) < more.mean() < 0.15 * gain


@statement("c27", after="c25")
def from_zero_the_decay_makes_a_difference_of_one_per_cent(c):
    return abs(1 - c.means[3] / c.means[2] - 0.01) < 0.0025


@statement("c27", after="c25")
def neither_is_better_than_the_true_intercept_but_with_it_both_are_nine_per_cent_better(c):
    without, rng = c.new_loss(np.zeros(c.d), c.b_true), c.spare
    ends = [[c.train(wide, np.zeros(c.d), lam) for lam in (0, 3)] for wide in (c.draw_wide(rng) for _ in range(100))]
    own, mended, offs = (
        np.array([[part(*end) for end in pair] for pair in ends])
        for part in (c.new_loss, lambda w, b: c.new_loss(w, c.b_true), lambda w, b: (b - c.b_true) ** 2 / 2)
    )
    errors = [standard_error(values) for values in own.T]
    gain = own[:, 0] - own[:, 1]
    in_weights = mended[:, 0] - mended[:, 1]
    return all_of(
        c.means[2:] > without - 2 * np.array(errors),
        c.means[2:] < 1.03 * without,
        np.abs(1 - mended.mean(axis=0) / without - 0.09) < 0.01,
        offs.mean(axis=0) > 0.7 * c.b_true**2 / 2,
        in_weights.mean() < 0.1 * gain.mean(),
    )


@statement("c27", after="trainwide")
def in_the_twenty_directions_lies_a_tenth_of_the_squared_length(c):
    shares, rng = [], c.spare
    for _ in range(100):
        X, _, _ = c.draw_wide(rng)
        inside = np.linalg.lstsq(X, X @ c.w_true, rcond=None)[0]
        shares.append(inside @ inside / (c.w_true @ c.w_true))
    return abs(np.mean(shares) - c.n / c.d) < 4 * standard_error(np.array(shares))


@statement("c27", after="c25")
def run_on_from_zero_it_ends_at_the_shortest_weights_that_fit_the_intercept_counted(c):
    w, b = np.zeros(c.d), 0.0
    for _ in range(4000):
        residual = c.X_wide @ w + b - c.y_wide
        w, b = w - 0.05 * c.X_wide.T @ residual / c.n, b - 0.05 * residual.mean()
    shortest, _ = linear.minimum_norm(np.column_stack([c.X_wide, np.ones(c.n)]), c.y_wide, intercept=False)
    return np.allclose(np.append(w, b), shortest, atol=1e-8)


# Check yourself.


@number("410130f7", "0.1", after="c25")
def the_decay_of_question_4(c):
    assert np.isclose(1 - 30 * c.lam, -2)
    return c.lam


# Exercises.


@number("c28", "0.5", "0.1", after="c29")
def the_settings_of_exercise_1(c):
    return [0.5, np.log(2) / (c.rule * 0.5)]


@number("c31", "13.9", "13.5", "14", after="c29")
def the_half_lives_of_exercise_1(c):
    return [c.rule, c.exact, c.counted]


@number("c31", "0.5", "0.1", after="c32")
def the_settings_of_exercise_2(c):
    return c.run.__defaults__


@number("c34", "100", "90.9", after="c32")
def how_far_the_predictions_move(c):
    return [np.mean(c.run(c.y + 100, 0) - c.run(c.y, 0)), c.moved]


@statement("c34", after="c32")
def the_intercept_keeps_its_share_in_a_valley_of_curvature_1(c):
    return abs(c.moved - 100 / 1.1) < 1e-6


@number("c34", "1.9", "0.001", "0.01", "0.1", after="c35")
def the_rate_and_the_decays_of_exercise_3(c):
    # The steepest direction overshoots by the factor 1 - 1.9; that is what sets the number of steps at a large decay.
    first = abs(np.log(1e-6 / abs(c.h.max() / (c.h.max() + 1) * (c.U[:, 0] @ c.y) / c.s[0])) / np.log(0.9))
    assert abs(c.counts[-1] - first) < 2
    return [
        1.9,
        *(lam for lam, count in zip((0.001, 0.01, 0.1), c.counts, strict=False) if c.steps_to_rest(lam) == count),
    ]


@statement("c37", after="c35")
def more_decay_fewer_steps_up_to_a_point(c):
    counts = np.array(c.counts)
    return all_of(counts[0] > 1.4 * counts[1], np.diff(counts) < 0, counts[3] > 0.8 * counts[2])


@statement("c37", after="c35")
def at_first_the_shallowest_direction_is_the_slowest_and_beyond_the_steepest(c):
    def factors(lam):
        return np.abs(1 - 1.9 * (np.array([c.h.min(), c.h.max()]) + lam) / (c.h.max() + lam))

    return all_of(factors(0.001)[0] > factors(0.001)[1], factors(1.0)[0] < factors(1.0)[1])


@number("c37", "0.9", after="c35")
def the_factor_of_the_steepest_direction(c):
    return 1 - 1.9


@number("c40", "0.03", "0.30", after="c38")
def what_the_outside_part_keeps(c):
    return [1 - c.kept ** (1 / len(c.batches)), c.kept]
