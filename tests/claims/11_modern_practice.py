"""What chapter 11 says."""

import inspect

import numpy as np

from chapters import number, quoted, statement
from utils import linear

CHANGES = [
    ("d, sigma = 20, 0.5", "d, sigma = 30, 0.3"),
    ("lr, lam, replicas = 0.1, 0.01, 40", "lr, lam, replicas = 0.2, 0.02, 12"),
    ("starts = [0.3, 2.0, 10.0]", "starts = [0.5, 20.0]"),
    (
        "lams = np.array([0, 0, 0.01, 0.0025, 0.04, 0.01])",
        "lams = np.array([0, 0, 0.02, 0.005, 0.04, 0])",
    ),
    (
        "grid_lams, grid_lrs = [0.0, 0.005, 0.01, 0.02, 0.04], [0.05, 0.1, 0.2, 0.4]",
        "grid_lams, grid_lrs = [0.0, 0.03], [0.1, 0.2, 0.3]",
    ),
    ("lr_peak, lam_llm, T = 0.0003, 0.1, 250_000", "lr_peak, lam_llm, T = 0.001, 0.2, 10_000"),
    ("m = 60", "m = 40"),
]


def within(found, expected, share):
    return np.abs(np.asarray(found) / expected - 1) < share


# A unit that does not see its length


@statement("c02", after="c03b")
def the_gradient_is_orthogonal_and_half_as_long_at_twice_the_weights(c):
    return abs(np.vdot(c.w_one, c.g_one)) < 1e-13 and np.allclose(2 * c.g_far, c.g_one, rtol=1e-13, atol=0)


@statement("c02", after="c03b")
def the_formula_is_the_gradient_of_the_scale_invariant_loss(c):
    [x], [y] = c.one

    def loss(w):
        return (x @ w / np.linalg.norm(w) - y) ** 2 / 2

    [w], [g] = c.w_one, c.g_one
    differences = [(loss(w + s) - loss(w - s)) / 2e-6 for s in 1e-6 * np.eye(c.d)]
    return np.allclose(g, differences, atol=1e-7 * (1 + np.abs(g).max())) and np.isclose(
        loss(7 * w), loss(w), rtol=1e-12
    )


# Without decay


@statement("7a5b39e5", after="c11")
def every_step_without_decay_makes_the_weights_longer(c):
    # A gradient that happens to be tiny adds less than rounding.
    return np.diff(c.six.length[:, c.lams == 0], axis=0) > -1e-12


@statement("7a5b39e5 c51", after="c49")
def with_all_examples_in_every_step_the_length_stops(c):
    rates = np.array(c.quiet)
    return within(rates[:, 1000], rates[:, -1], 1e-4)


# With decay


@number("a895456a", "0.1", "0.01", "0.3", after="c06d")
def settings_of_the_three_starts(c):
    return c.lr, c.lam, c.starts[0]


@number("c09 c07", "0.3", after="c07")
def the_short_start(c):
    return c.starts[0]


def three_lengths(c):
    return c.three.length.mean(axis=2)


@statement("c07", after="c07")
def all_starts_come_to_the_same_balance_between_2_and_3(c):
    # The starts share the examples; what differs is the mean of forty fluctuating lengths from the level.
    return np.all(within(three_lengths(c)[-1], c.level, 0.03)) and 2 < c.level < 3


@statement("c07 c09", after="c07")
def too_long_takes_some_1600_steps(c):
    return 1550 < np.argmax(three_lengths(c)[:, 2] < 1.1 * c.level) < 1690


@statement("c07", after="c07")
def the_start_at_10_falls_on_top_of_the_prediction(c):
    return within(three_lengths(c)[c.every, 2], c.path, 0.04)


@statement("c09", after="c07")
def the_first_step_makes_the_short_weights_several_times_as_long(c):
    return three_lengths(c)[1, 0] > 3 * c.starts[0]


@statement("c07 c09", after="c07")
def from_fifty_steps_on_the_short_ones_stay_a_little_above_the_balance(c):
    short = three_lengths(c)[50:300, :2]
    return (c.level < short) & (short < 1.3 * c.level)


# Does the triangle hold?


def late(c, values, i):
    return values[3000:, i]


def turns(c):
    return np.sqrt((c.six.turn[3000:] ** 2).mean(axis=(0, 2)))


@number("c13 c14d", "0.001", "2.6", after="a2281083")
def product_and_turn_of_two_settings(c):
    assert np.isclose(c.lrs[2] * c.lams[2], c.lrs[3] * c.lams[3])
    assert f"{np.degrees(turns(c)[2]):.1f}" == f"{np.degrees(turns(c)[3]):.1f}"
    return c.lrs[2] * c.lams[2], np.degrees(turns(c)[2])


@number("c13", "0.004", "5.1", after="a2281083")
def product_and_turn_of_the_other_two(c):
    assert f"{np.degrees(turns(c)[4]):.1f}" == f"{np.degrees(turns(c)[5]):.1f}"
    return c.lrs[4] * c.lams[4], np.degrees(turns(c)[4])


@statement("c13", after="a2281083")
def four_times_the_product_is_twice_the_turn(c):
    return within(turns(c)[[4, 5]] / turns(c)[[2, 3]], 2, 0.01)


@statement("c13", after="a2281083")
def lengths_and_turns_agree_with_the_prediction_within_one_per_cent(c):
    G = (c.six.slope[3000:] ** 2).mean(axis=(0, 2))[2:]
    lengths = c.six.length[3000:].mean(axis=(0, 2))[2:]
    lrs, lams = c.lrs[2:], c.lams[2:]
    return within(lengths, (lrs * G / 2 / lams) ** 0.25, 0.01) & within(turns(c)[2:], np.sqrt(2 * lrs * lams), 0.01)


@statement("c13", after="a2281083")
def no_two_lengths_are_the_same(c):
    lengths = np.sort(c.six.length[3000:].mean(axis=(0, 2))[2:])
    return lengths[1:] > 1.1 * lengths[:-1]


@statement("c13", after="a2281083")
def the_geometric_mean_of_the_cosines_is_exact_up_to_the_ends(c):
    logs = np.log1p(-(c.six.turn[3000:-1] ** 2) / 2).sum(axis=0)
    ends = np.log(c.six.length[-1] / c.six.length[3000])
    steps = len(c.six.turn) - 3001
    return np.allclose(logs, steps * np.log1p(-c.lrs * c.lams)[:, None] - ends, atol=1e-8)


@statement("c13", after="a2281083")
def at_the_larger_product_the_turn_is_a_little_below_its_prediction(c):
    return turns(c)[4:] < np.sqrt(2 * c.lrs * c.lams)[4:]


@number("c14d", "1.9", "0.59", after="c14c")
def turns_with_momentum_and_adamw_in_degrees(c):
    return [np.degrees(np.sqrt((run.turn**2).mean())) for run in (c.ball_late, c.adamw_late)]


@statement("c14d 794a6c60", after="c14c")
def the_table_of_optimizers_is_right_within_two_per_cent(c):
    found = [
        (run.length.mean() / length, np.sqrt((run.turn**2).mean()) / turn) for run, length, turn in c.by_table.values()
    ]
    return within(found, 1, 0.02)


@number("c14d", "0.999", after="c14c")
def the_second_memory_of_the_table(c):
    return inspect.signature(c.optimizers.adamw).parameters["betas"].default[1]


@statement("c14d 794a6c60", after="c14c")
def with_a_short_second_memory_the_length_is_not_that_of_the_table(c):
    optimizer = c.optimizers.adamw(0.01, betas=(0.9, 0.95), weight_decay=0.1)
    run = c.train_with(optimizer, np.tile(c.e_star, (40, 1)), 3000, c.spare)
    return (run.length[1500:] ** 2).mean() < 0.94 * 0.01 * c.d / (2 * 0.1)


@statement("c14d", after="c14c")
def momentum_is_near_its_balance_after_some_80_steps(c):
    return 70 < c.ball_steps < 90


@statement("c14d", after="c14c")
def the_balance_with_momentum_is_nearly_twice_as_long(c):
    return 1.9 < c.ball_late.length.mean() / c.level < 2


@number("c19", "0.01", "0.2", "0.02", "0.1", "0.005", "0.4", "0.002", "3.6", after="c17")
def three_settings_of_the_explorer_turn_alike(c):
    places = [(c.grid_lams.index(lam), c.grid_lrs.index(lr)) for lam, lr in ((0.01, 0.2), (0.02, 0.1), (0.005, 0.4))]
    ends = [c.grid_turn[-20:, i, j].mean() for i, j in places]
    assert len({f"{end:.1f}" for end in ends}) == 1
    return [value for i, j in places for value in (c.grid_lams[i], c.grid_lrs[j])] + [0.01 * 0.2, ends[0]]


@statement("c19", after="c17")
def settings_of_one_product_turn_alike_at_three_lengths(c):
    places = [(c.grid_lams.index(lam), c.grid_lrs.index(lr)) for lam, lr in ((0.01, 0.2), (0.02, 0.1), (0.005, 0.4))]
    rows, columns = np.transpose(places)
    turn, length = c.grid_turn[-20:, rows, columns].mean(axis=0), np.sort(c.grid_length[-1, rows, columns])
    return np.all(within(turn, turn[0], 0.02)) and np.all(length[1:] > 1.2 * length[:-1])


@statement("c19", after="c17")
def without_decay_the_length_goes_on_growing_and_the_turn_dies_away(c):
    growing = (np.diff(c.grid_length[:, 0], axis=0) > 0).all()
    return growing and (c.grid_turn[-1, 0] < c.grid_turn[2, 0] / 2).all()


# A learning rate in disguise


@statement("a8ea60e6 c22", after="c20b")
def both_disguises_give_the_same_directions(c):
    return max(np.abs(c.scaled - c.decayed).max(), np.abs(c.undecayed - c.decayed).max()) < 1e-11


@statement("a8ea60e6", after="c20b")
def without_the_growth_of_the_rate_the_directions_are_others(c):
    return np.abs(c.directions(c.w_any, c.constant, 0.0, c.stream) - c.decayed).max() > 1e-3


@statement("c25", after="c23")
def rates_ten_times_apart_are_within_a_few_per_cent_after_two_thousand_steps(c):
    gap = c.effective[1:, 0] / c.effective[1:, 1]
    return np.isclose(c.effective[0, 1] / c.effective[0, 0], 10) and np.all(within(gap[2000:], 1, 0.05))


@statement("c25 c23", after="c23")
def they_reach_the_line_from_below(c):
    G = (c.six.slope[3000:, 0] ** 2).mean()
    to_line = c.effective[:, :2].mean(axis=1)[1:] * np.sqrt(2 * G * np.arange(1, 6000))
    return np.all(to_line[2000:] < 1) and np.all(to_line[3000:] > 0.85)


@statement("c25 c23", after="c23")
def with_decay_the_rate_levels_out_at_the_formula(c):
    G = (c.six.slope[3000:] ** 2).mean(axis=(0, 2))[2:]
    return within(c.effective[3000:, 2:].mean(axis=0), np.sqrt(2 * c.lrs * c.lams)[2:] / np.sqrt(G), 0.02)


@statement("c23", after="c23")
def more_decay_levels_out_higher(c):
    return c.effective[-1, 4] > 1.5 * c.effective[-1, 2] > 4 * c.effective[-1, 0]


@statement("c25", after="c26")
def the_excess_is_near_rho_g_quarter(c):
    def holds(i):
        measured, se = c.mean_and_se(c.excess[5500:, i])
        rho = c.effective[5500:, i].mean()
        expected = rho * (c.six.slope[5500:, i] ** 2).mean() / 4
        # The dropped terms are of relative order rho; where rho falls like the root of t, it lags behind by 1/(4 rho t).
        return abs(measured / expected - 1) < 2 * rho + 1 / (4 * rho * 5500) + 4 * se / measured

    return [holds(i) for i in (0, 1, 2, 4)]


@statement("c28", after="c26")
def the_more_decay_the_more_excess(c):
    last = c.excess[5500:].mean(axis=(0, 2))
    return last[4] > 1.5 * last[2] > 3 * max(last[:2])


# AdamW


@statement("1fe56657 1d3b51b5", after="c29c")
def the_weights_are_the_average(c):
    return np.abs(c.w_last - c.rebuilt).max() < 1e-10


@number("1d3b51b5", "0.135")
def what_is_left_of_the_start_after_two_timescales(c):
    assert np.isclose(c.steps_adam * c.forget, 2)
    return c.first_left


@number("5a46cbe0", "0.2")
def size_in_noise(c):
    return c.rms[0.01, 0.1]


@statement("5a46cbe0")
def ten_times_the_tokens_want_a_third_of_the_fraction_by_a_square_root(c):
    return np.isclose(10**-0.5, 1 / 3, rtol=0.06) and np.isclose(10 * 10**-0.5, 3, rtol=0.06)


@statement("1d3b51b5 5a46cbe0", after="c31d")
def in_noise_the_size_is_the_root_of_eta_over_two_lambda(c):
    predicted = {pair: np.sqrt(pair[0] / 2 / pair[1]) for pair in c.rms}
    # Four standard errors of a root mean square of a thousand weights, and what the start still lacks.
    return [within(c.rms[pair], predicted[pair], 4 / np.sqrt(2 * 1000) + np.exp(-6)) for pair in c.rms]


@statement("5a46cbe0", after="c31d")
def the_ceiling_is_rarely_touched(c):
    return [rms < 0.1 / pair[1] for pair, rms in c.rms.items()]


# Schedules


@number("b625cd13", "0.1", "0.0003", "250 000", after="c32")
def settings_of_the_schedules(c):
    return c.lam_llm, c.lr_peak, c.T


@number("c35", "0.0006", "0.0235", after="c32b")
def left_of_the_start(c):
    left = {name: c.shares_of(c.lr_peak * falling, c.lam_llm)[0] for name, falling in c.shapes.items()}
    assert np.isclose(left["cosine to zero"], left["linear to zero"], rtol=1e-3)
    return left["constant"], left["linear to zero"]


@number("c35", "9%", "42%", after="c32b")
def how_far_the_newest_half_reaches_back(c):
    return [
        np.searchsorted(c.made_of[name][::-1].cumsum(), c.made_of[name].sum() / 2) / c.T
        for name in ("constant", "linear to zero")
    ]


@number("c33", "7.5", "1.6", "2", "0.75", after="c32b")
def heights_in_the_figure_of_the_schedules(c):
    height = {name: share * c.T for name, share in c.made_of.items()}
    peaks = [height[name].max() for name in ("cosine to a tenth", "linear to zero", "cosine to zero")]
    assert 1.6 < min(peaks) < max(peaks) < 2
    assert height["constant"][: c.T // 2].max() < 0.2 and height["linear to zero"][-1] < 0.01
    return height["constant"][-1], min(peaks), max(peaks), height["cosine to a tenth"][-1]


@statement("c33", after="c32b")
def the_humps_are_near_the_middle_or_a_little_later(c):
    return [0.45 < share.argmax() / c.T < 0.7 for name, share in c.made_of.items() if name != "constant"]


# What to leave out


@statement("4dd02674 07592377", after="c36c")
def a_decayed_gain_is_ridge_regression(c):
    return np.abs(np.array(c.v_gains) - c.v_ridge).max() < 1e-8


@statement("07592377", after="c36c")
def the_gain_shrinks_with_its_decay(c):
    return np.diff(np.linalg.norm(c.v_gains, axis=1)) < 0


@statement("07592377 c39", after="c36c")
def where_a_free_gain_meets_the_weights_their_decay_pulls_less_and_less_on_the_product(c):
    lr, lam = 0.05, 0.5
    w, gains, lengths = c.e_star, np.ones(c.d), []
    for t in range(20_001):
        if t in (400, 20_000):
            lengths.append(np.linalg.norm(w * gains))
        slope = c.X.T @ (c.X @ (w * gains) - c.y) / c.m
        w, gains = (1 - lr * lam) * w - lr * slope * gains, gains - lr * slope * w
    squares = np.linalg.norm(linear.least_squares(c.X, c.y, intercept=False)[0])
    ridge = np.linalg.norm(linear.ridge(c.X, c.y, lam, intercept=False)[0])
    return ridge < lengths[0] < lengths[1] < squares and lengths[1] > (ridge + 3 * squares) / 4


# Language models and practice

GPT = quoted(
    "39bee288", "0.1", source="Brown and others (2020), and Touvron and others (2023), appendix and section 2.2"
)


@number("c39", "33 333", "13%", after="c33")
def memory_of_the_schedules(c):
    memory = 1 / (c.lr_peak * c.lam_llm)
    return memory, memory / c.T


@number("c39", "100 000", "90%", "0.001", "0.01")
def memory_of_the_defaults(c):
    return 1 / (0.001 * 0.01), (1 - 0.001 * 0.01) ** 10_000, 0.001, 0.01


@number("c39", "0.1")
def a_decay_from_a_goal(c):
    return 1 / (0.001 * 50_000 / 5)


@number("c39b", "0.1", "0.00002", "0.03", "0.3%")
def what_fine_tuning_forgets(c):
    lrs = 0.00002 * (1 - np.arange(3000) / 3000)
    return 0.1, lrs[0], lrs.sum(), 1 - np.prod(1 - 0.1 * lrs)


# Questions and exercises


@number("27327ab2", "0.1", "0.01")
def settings_of_the_third_question(c):
    return c.lr, c.lam


@statement("27327ab2", after="a2281083")
def with_one_product_length_goes_with_the_fourth_root_of_the_ratio(c):
    # Settings 2 and 3 have the same product, and ratios 16 times apart.
    return np.allclose(c.six.length[4500:, 3] / c.six.length[4500:, 2], 2, rtol=1e-5)


@number("c42 c45", "0.2", "0.02", "0.1", "0.32", "625", after="c43")
def settings_of_the_first_exercise(c):
    return 0.2, 0.02, 0.1, np.sqrt(0.1), 1 / (4 * 0.02 * 0.02)


@statement("c45", after="c43")
def the_rate_falls_to_a_tenth_and_climbs_to_a_little_more_than_a_third(c):
    end = c.ratio[3000:].mean()
    return 0.095 < c.ratio[0] < 0.105 and 1 / 3 < end < 0.39 and within(end, c.predicted, 0.03)


@statement("c45", after="c43")
def the_loss_climbs_back_to_more_than_twice_its_lowest(c):
    blocks = c.loss.reshape(-1, 200).mean(axis=1)
    return blocks[20:].mean() > 2 * blocks.min()


@statement("c45 c35", after="c43")
def the_gradients_become_longer(c):
    return c.steep[4000:].mean() > 1.4 * c.steep[200:400].mean()


@statement("c45 c35", after="c43")
def with_both_cut_the_rate_stays_at_a_tenth_and_the_loss_down(c):
    return np.all(within(c.ratio_both, 0.1, 0.15)) and c.loss_both[4000:].mean() < c.loss[4000:].mean() / 2


@number("c45", "0.1", after="c46")
def bound_of_the_recovery(c):
    return 0.1


@number("c48", "0.03", "0.3", "0.5", "0.01", after="c49b")
def settings_of_the_third_exercise(c):
    return 0.03, 0.3, 0.5, 0.01


@statement("c48 c28", after="c46")
def without_decay_recovery_takes_several_times_as_many_steps(c):
    assert max(c.recovery) < 1500
    return min(c.recovery[:2]) > 3 * max(c.recovery[2:])


@number("c51", "0.995", after="c49b")
def the_geometric_mean_without_noise(c):
    return c.geometric_mean


@statement("c51", after="c49b")
def the_geometric_mean_is_near_its_value(c):
    # The length moves by a factor of ten at most, over 2500 steps.
    return abs(np.log(c.geometric_mean) - np.log(0.995)) < np.log(10) / 2500


@statement("c51", after="c49b")
def each_run_keeps_a_rate_of_its_own_a_little_lowered(c):
    low, high = c.still
    return high > 5 * low and low < 0.03 and 0.15 < high < 0.3


@statement("c51", after="c49b")
def the_rate_grows_past_the_limit_and_bursts_follow(c):
    best = np.linalg.lstsq(c.X, c.y)[0]
    e = best / np.linalg.norm(best)
    for _ in range(2000):
        e = e - 0.2 * c.slopes(e, 1.0)[0]
        e = e / np.linalg.norm(e)
    tangent = np.eye(c.d) - np.outer(e, e)
    pull = c.X.T @ (c.X @ e - c.y) / c.m
    steepest = np.linalg.eigvalsh(tangent @ (c.X.T @ c.X / c.m - (pull @ e) * np.eye(c.d)) @ tangent)[-1]
    rates, losses = np.array(c.burst_rates), np.array(c.burst_losses)
    jumps = losses > 1.05 * losses.min()
    return max(rates[500:]) > 2 / steepest and jumps[500:].any()


@number("c51", "0.01", "0.1", "0.9", after="c52")
def settings_of_the_fourth_exercise(c):
    return 0.01, 0.1, 0.9


@statement("c54", after="c52")
def on_an_axis_the_squared_length_is_about_four_times_the_prediction(c):
    return 3.75 < c.measured_sq / c.predicted_sq < 4.25


@statement("c54", after="c52")
def and_it_is_on_its_way_to_nearly_six_times(c):
    early, late = ((c.along.length[a : a + 500] ** 2).mean() for a in (1500, 2500))
    optimizer = c.optimizers.adamw(0.01, weight_decay=0.1)
    run = c.train_with(optimizer, np.tile(2.4 * c.axis, (20, 1)), 8000, c.spare, c.axis)
    return late > 1.08 * early and 5.5 < (run.length[4000:] ** 2).mean() / c.predicted_sq < 6


@statement("c54", after="c52")
def on_an_axis_the_turn_is_less_than_half(c):
    return c.turn_ratio < 0.5


@statement("c51 c54", after="c52")
def divided_coordinate_by_coordinate_the_gradient_points_outwards_on_the_axis_and_not_for_our_truth(c):
    def along_over_across(truth):
        """By how much a step along the last gradient, divided, would lengthen w along itself, in lengths across."""
        optimizer, rng = c.optimizers.adamw(0.01, weight_decay=0.1), c.spare
        params, along, across = [(np.tile(truth, (40, 1)), 0.0)], 0.0, 0.0
        state = optimizer.init(params)
        for t in range(1, 3001):
            w = params[0][0]
            g = c.gradient(w, *c.examples(len(w), rng, truth))
            params, state = optimizer.step(params, [(g, 0.0)], state)
            if t > 1500:
                v = state.moments[1][:-1].reshape(w.shape)
                divided = -0.01 * g / np.sqrt(0.001 * v / (1 - 0.999**t))
                along, across = along + 2 * np.sum(w * divided), across + np.sum(divided**2)
        return along / across

    return along_over_across(c.axis) > 2, abs(along_over_across(c.e_star)) < 0.2


@statement("c51 c54", after="c52")
def of_the_gradient_itself_the_first_coordinate_alone_points_outwards_more_often(c):
    # AdamW's updates of the others do so too, by a hair: they balance the decay.
    rng = c.spare
    w = 2 * c.axis + 0.065 * rng.standard_normal((200_000, c.d))
    outwards = np.mean(-c.gradient(w, *c.examples(len(w), rng, c.axis)) * w > 0, axis=0)
    return outwards[0] > 0.52 and outwards[1:].max() < 0.5
