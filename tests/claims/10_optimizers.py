"""What chapter 10 says."""

import inspect
import re

import numpy as np

from chapters import number, quoted, statement
from utils import optimizers

CHANGES = [
    ("m, sigma, degree = 30, 0.3, 15", "m, sigma, degree = 40, 0.3, 15"),
    ("m, sigma, degree = 30, 0.3, 15", "m, sigma, degree = 30, 0.6, 9"),
    ("lr=0.5, mu=0.9", "lr=0.5, mu=0.8"),
    ("heavy_ball(0.1, coupled)", "heavy_ball(0.3, coupled)"),
    ("weight_decay=2.0)\ng =", "weight_decay=0.01)\ng ="),
    ("lam, s_two = 0.5, np.array([0.3, 6.0])", "lam, s_two = 1.0, np.array([0.3, 1.0, 6.0])"),
    ("np.geomspace(0.3, 6, 6)", "np.geomspace(0.1, 2, 5)"),
]


def first_step(optimizer):
    """How far the first step goes on a gradient of one: for every Adam, by the learning rate."""
    params, _ = optimizer.step([(0.0, 0.0)], [(1.0, 0.0)], optimizer.init([(0.0, 0.0)]))
    return params[0][0]


def usual(name):
    return inspect.signature(optimizers.adam).parameters[name].default


def slack(goal, s, lam, lr, burn_in):
    """What moves AdamW's mean beside luck: the jitter of the weight in v, and what v remembers of the start.

    v = s**2 + jitter + (lam w)**2 v at rest, jitter <= lr / 2 / (1 / sqrt(v) + lam); the memory fades with the rate
    (1 - beta2) (1 - (lam w)**2), from at most 1 - beta2 times the 1 / lr / (1 + lam) steps that the weight was on its way.
    """
    root = np.sqrt(s**2 + (1 - goal) ** 2)
    fading = 1 - (lam * goal) ** 2
    excess = lr / 2 / (1 / root + lam) / fading + 0.001 / lr * np.exp(-burn_in * 0.001 * fading)
    return lam * goal**2 * excess / (2 * root)


def goals(c, s):
    return np.array([c.rest(1, each, c.lam) for each in s])


def near_two_thirds(c, s, mean, se):
    """Adam with L2 has forgotten its start, but for what its slow steps leave, and is as near as luck allows."""
    left = np.exp(-5000 * 0.01 * (1 + c.lam) / s.max() / 1.1)
    return np.abs(mean - 1 / (1 + c.lam)) < 5 * se + left


# Momentum


@number("c02 c04", "0.9", "0.1", after="c04")
def the_share_and_the_decay_of_the_heavy_ball(c):
    return c.heavy_ball.__defaults__[1], float(re.search(r"ridge\((.+?)\)", c.printed["c04"])[1])


@number("c06", "0.9")
def the_momentum_at_which_the_same_number_penalizes_a_tenth(c):
    return c.heavy_ball.__defaults__[1]


@statement("c02 c06", after="c04")
def a_steady_pull_moves_the_weights_ten_times_as_far(c):
    return np.isclose(np.sum(c.heavy_ball.__defaults__[1] ** np.arange(1000)), 10)


@statement("c06")
def both_are_ridge_regression_to_rounding_and_the_decoupled_one_has_a_tenth_of_the_penalty(c):
    coupled, decoupled = c.heavy_ball(0.1, True), c.heavy_ball(0.1, False)
    near = max(c.distance(coupled, 0.1), c.distance(decoupled, 0.01)) < 1e-12
    return near and min(c.distance(coupled, 0.01), c.distance(decoupled, 0.1)) > 0.1


@statement("c02", after="c04")
def the_form_with_the_velocity_is_that_with_the_last_movement(c):
    before, w = np.zeros(c.degree), np.zeros(c.degree)
    for _ in range(20):
        before, w = w, w - 0.5 * (c.gradient(w) + 0.1 * w) + 0.9 * (w - before)
    return np.allclose(w, c.heavy_ball(0.1, True, n_steps=20), atol=1e-12)


@statement("3427fe2d", after="helper")
def the_helper_couples_its_decay(c):
    return np.abs(c.w - c.heavy_ball(0.1, True)).max() < 1e-12


# Adam


@number("c09", "0.9", "0.999")
def the_usual_shares(c):
    return usual("betas")


@statement("c12")
def adam_with_l2_notices_the_tenfold_gradient_and_the_others_do_not(c):
    moved = {k: np.abs(c.adam(c.tenfold, **v) - c.adam(c.gradient, **v)).max() for k, v in c.places.items()}
    return max(moved["Adam"], moved["AdamW"]) < 1e-4 and moved["Adam with L2"] > 0.02


@statement("c12", after="737943b0")
def the_penalty_on_that_weight_is_a_tenth(c):
    penalties = np.where(np.arange(c.degree) == 0, 0.1, 1) * 0.1
    right = np.linalg.solve(c.X.T @ c.X / c.m + np.diag(penalties), c.X.T @ c.y / c.m)
    return np.abs(c.full_batch(optimizers.adam, c.tenfold, l2=0.1) - right).max() < 10 * c.falling(3000)


@statement("f2e731e9", after="737943b0")
def the_optimizers_agree_with_the_loop(c):
    start = np.zeros(c.degree)
    l2 = c.run(optimizers.adam(0.01, l2=0.1), c.gradient, start, 200)
    decay = c.run(optimizers.adamw(0.01, weight_decay=0.1), c.gradient, start, 200)
    return (
        max(np.abs(l2 - c.adam(c.gradient, l2=0.1)).max(), np.abs(decay - c.adam(c.gradient, decay=0.1)).max()) < 1e-10
    )


# Where do they rest?


@number("f2e731e9", "0.99", "0.1", after="c13")
def the_second_memory_and_the_decay_of_the_full_batch(c):
    seen = []

    def make(lr, *, betas):
        seen.append(betas[1])
        return optimizers.adam(lr, betas=betas)

    c.full_batch(make, c.gradient)
    return seen[0], float(re.search(r"ridge\((.+?)\)", c.printed["c13"])[1])


@statement("c15")
def adam_with_l2_ends_at_ridge_regression_and_adamw_at_least_squares(c):
    # The last steps have the length falling(3000).
    last = c.falling(3000)
    near = c.distance(c.full_l2, 0.1) < last and c.distance(c.full_w, 0.0) < last
    return near and min(c.distance(c.full_l2, 0.0), c.distance(c.full_w, 0.1)) > 50 * last


@statement("c15")
def the_weights_are_all_below_two(c):
    return np.abs(c.full_w).max() < 2


@statement("c18 58b6aaad", after="c16")
def at_the_edge_the_data_push_outwards_and_inside_the_gradient_is_next_to_nothing(c):
    outwards = np.sign(c.g[c.at_edge]) == -np.sign(c.boxed[c.at_edge])
    small = np.abs(c.g[~c.at_edge]).max() < 0.1 * np.abs(c.g[c.at_edge]).max()
    return c.at_edge.any() and outwards.all() and small and np.abs(c.boxed).max() < 0.501


@statement("c15 c18", after="c18")
def it_is_the_minimum_in_the_box_and_not_the_weights_cut_off(c):
    from scipy.optimize import lsq_linear

    box = lsq_linear(c.X, c.y, (-0.5, 0.5), tol=1e-14).x

    def above(w):
        return np.mean((c.X @ w - c.y) ** 2) - np.mean((c.X @ box - c.y) ** 2)

    cut = np.clip(c.full_w, -0.5, 0.5)
    return above(c.boxed) < 1e-3 * above(0 * box) and above(c.boxed) < 0.1 * above(cut)


# Then comes the noise


@number("889c75ee", "0.3", "0.5", "0.01", after="twoways")
def the_two_noises_the_penalty_and_the_rate(c):
    return c.s_two[0], c.lam, first_step(c.both["AdamW"])


@statement("c20 c57", after="c21")
def adam_with_l2_brings_both_to_two_thirds(c):
    return near_two_thirds(c, c.s_two, *c.results["Adam with L2"])


@statement("c20 5f95db95 c57 dcde67a4", after="c07")
def for_batches_whose_noise_is_not_symmetric_adam_with_l2_needs_a_long_second_memory(c):
    def rests(beta2):
        rng = c.spare

        def one_example(w):
            x, noise = rng.standard_normal((2, *w.shape))
            return x * (x * (w - 1) - noise)

        optimizer = optimizers.adam(0.01, betas=(0.9, beta2), l2=0.5)
        return c.run(optimizer, one_example, np.full((300, 1), 2 / 3), 4000, tail=2500).mean()

    # The mean of 300 copies has a standard error of 0.001.
    return [abs(rests(0.999) - 2 / 3) < 0.006, 2 / 3 - rests(0.95) > 0.01]


@statement("c20", after="c21")
def adamw_shrinks_the_quiet_weight_a_little_and_the_noisy_one_to_a_quarter(c):
    mean, _ = c.results["AdamW"]
    return 0.8 < mean[0] < 0.9 and 0.23 < mean[1] < 0.27


@statement("c20 8580fc70", after="c21")
def the_formula_of_adamw_agrees_with_the_runs(c):
    mean, se = c.results["AdamW"]
    return np.abs(mean - c.by_formula) < 5 * se + slack(c.by_formula, c.s_two, c.lam, 0.01, 5000)


@number("c24", "0.858", "0.249")
def by_the_formula(c):
    return c.by_formula


@statement("c22 c24")
def over_a_factor_of_a_hundred_in_the_noise_the_runs_follow_the_formulas(c):
    (mean, se), goal = c.runs["AdamW"], goals(c, c.s_range)
    near = np.abs(mean - goal) < 5 * se + slack(goal, c.s_range, c.lam, 0.01, 5000)
    return near.all() and near_two_thirds(c, c.s_range, *c.runs["Adam with L2"]).all()


@statement("c22")
def the_curve_falls_from_near_one_to_below_a_fifth(c):
    goal = goals(c, c.s_line)
    return (
        (np.diff(goal) < 0).all() and goal[0] > 0.94 and goal[-1] < 0.2 and np.isclose(c.s_line[-1] / c.s_line[0], 100)
    )


@statement("c57", after="c22")
def of_weights_that_differ_in_noise_alone_the_noisiest_shrink_most(c):
    # Not so where the data want other values: near the ceiling a quiet weight can shrink more than a noisy one far below it.
    shares = [[c.rest(wanted, s, c.lam) / wanted for s in c.s_line] for wanted in (0.1, 1.0, 20.0)]
    return (np.diff(shares, axis=1) < 0).all() and shares[2][0] < shares[1][-1]


@statement("c22 c24")
def the_curves_cross_near_noise_one_where_the_root_of_v_is_one(c):
    s = np.sqrt(1 - (1 - 1 / (1 + c.lam)) ** 2)
    return 0.8 < s < 1 and np.isclose(c.rest(1, s, c.lam), 1 / (1 + c.lam), atol=1e-4)


@statement("c24 c27", after="c25")
def without_noise_the_curve_is_the_diagonal_up_to_the_box_and_the_ceiling_stays(c):
    lams = (0.3, 0.5, 1.0, 2.0)
    diagonal = all(np.allclose(c.rest(c.c_line, 0.0, lam), np.minimum(c.c_line, 1 / lam), atol=1e-4) for lam in lams)
    return diagonal and all(c.rest(1e6, s, lam) < 1 / lam for s in (0.3, 6.0) for lam in lams)


@statement("c24 c27", after="c25")
def noise_tilts_the_beginning_to_the_slope_of_ridge_with_lam_times_s(c):
    return [
        np.isclose(c.rest(0.01, s, lam), 0.01 / (1 + lam * s), rtol=1e-3)
        and (np.diff(c.rest(c.c_line, s, lam)) > 0).all()
        for s in (0.3, 1.0, 6.0)
        for lam in (0.3, 0.5, 1.0, 2.0)
    ]


@statement("0ed02639")
def only_the_noise_in_units_of_the_curvature_enters(c):
    def scaled(w):
        return 3 * c.noisy_gradient(c.s_two / 3, np.random.default_rng([c.seed, 2]))(w)

    def plain(w):
        return c.noisy_gradient(c.s_two / 3, np.random.default_rng([c.seed, 2]))(w)

    start = np.zeros((5, len(c.s_two)))
    return np.allclose(*(c.run(c.both["AdamW"], g, start, 50) for g in (scaled, plain)), atol=1e-5)


# Whose rate?


@number("5230eda1", "0.003", "0.03", after="settings")
def the_two_rates(c):
    return c.rates


@number("c30", "0.65", "0.65", "462", "46", "139", "139", "0.33", "0.85")
def the_rests_and_half_lives_of_the_two_conventions(c):
    _, _, half, rests, _ = zip(*c.ends, strict=True)
    return rests[0], rests[1], *half, rests[2], rests[3]


@statement("c30")
def the_rests_are_those_of_the_formula(c):
    wanted = [(c.rest(1, 1.0, lam), lam, lr, mean, se) for lr, lam, _, mean, se in c.ends]
    return [abs(mean - goal) < 5 * se + slack(goal, 1.0, lam, lr, 3000) for goal, lam, lr, mean, se in wanted]


@number("c30", "0.03", "0.985", after="c31")
def the_first_rate_and_the_line_that_somebody_typed(c):
    return c.schedule(0), 1 - c.schedule(0) * 0.5


@statement("c32 c34")
def with_both_scaled_the_balance_stays_and_with_the_decay_left_alone_the_weight_follows_it_down(c):
    # The mean of 300 copies varies by less than a hundredth.
    tail = c.balance[-20:]
    stays = abs(c.with_rate[-1000:].mean() - c.rest(1, 1.0, 0.5)) < 0.015
    return stays and c.left_alone.max() > 0.5 and abs(c.left_alone[-200:].mean() - np.mean(tail)) < 0.02


@statement("c34")
def the_decay_in_units_of_the_rate_is_sixteen_times_as_large_at_the_end(c):
    return np.isclose(c.schedule(0) / c.schedule(3000), 16)


# Is AdamW's penalty a better one?


@number("c36", "0.3", after="c37")
def the_smallest_of_six_noises(c):
    return c.s_six[0]


@statement("c39 c41")
def adamw_has_gone_more_than_two_thirds_of_the_way(c):
    return c.error_best < c.error_w.min() < c.error_best + (c.error_l2.min() - c.error_best) / 3


@statement("c39")
def the_curve_of_adamw_dips_at_a_smaller_penalty(c):
    return c.lams_w[c.error_w.argmin()] < c.lams[c.error_l2.argmin()]


@statement("c41", after="equalright")
def where_large_truths_go_with_large_noise_the_best_penalties_are_all_equal(c):
    return np.ptp(c.s_six**2 / c.m_few / c.tau**2) < 1e-12


@statement("c41 nobest")
def adamw_comes_second_and_loses_little(c):
    return 0.99 < c.prop_w.min() / c.prop_l2.min() < 1.2


@statement("nobest")
def the_two_noisiest_weights_make_up_most_of_the_error(c):
    return (c.s_six[-2:] ** 2).sum() > 0.9 * (c.s_six**2).sum() and c.s_six[-1] / c.s_six[-2] < 2


@number("nobest", "0.3", "0.5", after="switchedoff")
def the_unit_that_the_data_want_and_the_penalty(c):
    return c.unit_gradient(0.3, 0.0, c.spare)(np.array([[0.0, 1.0]]))[0, 0], c.lam


@statement("nobest unitread", after="switchedoff")
def adam_with_l2_switches_the_unit_off_and_adamw_leaves_it_on_at_less_than_half(c):
    product = c.products["AdamW"]
    se = product.std(ddof=1) / len(product) ** 0.5
    off = np.abs(c.products["Adam with L2"]).max() < 1e-12
    return off and 0 < product.mean() - 5 * se and product.mean() + 2 * se < 0.3 / 2


@statement("unitread", after="switchedoff")
def the_balance_of_the_unit_is_near_the_run(c):
    r = np.linspace(0, 1, 100_001)
    r = r[np.argmin(np.abs(0.3 - r**2 - c.lam * r * np.sqrt(1 + (0.3 - r**2) ** 2)))]
    product = c.products["AdamW"]
    se = product.std(ddof=1) / len(product) ** 0.5
    # The jitter of a weight has a variance of at most lr / (2 lam), steps of lr against a pull of lr * lam or more; the
    # product of two such weights is off by no more.
    return abs(product.mean() - r**2) < 5 * se + 0.01 / (2 * c.lam)


@statement("unitread nobest", after="unit")
def the_balance_needs_small_steps_and_a_unit_that_was_off_comes_back(c):
    def course(rate, n_steps=8000, beta2=0.999):
        optimizer = optimizers.adamw(rate, betas=(0.9, beta2), weight_decay=0.5)
        params, gradient = [(np.full((500, 2), 0.7), 0.0)], c.unit_gradient(0.1, 1.0, c.spare)
        state = optimizer.init(params)
        for _ in range(n_steps):
            params, state = optimizer.step(params, [(gradient(params[0][0]), 0.0)], state)
            yield np.abs(params[0][0].prod(axis=1))

    products = np.array(list(course(0.01)))
    off = products[4000] < 1e-6
    # A share of 500 units has a standard error of 0.022.
    back = (products[4000:, off].max(axis=0) > 0.01).mean() > 0.9
    found = [0.32 < off.mean() < 0.48, back, 0.24 < (products[-1] < 1e-6).mean() < 0.46]
    *_, shorter = course(0.01, 4000, beta2=0.95)
    *_, falling = course(lambda t: 0.01 / (1 + t / 400), 4000)
    return [*found, (shorter < 1e-6).mean() < 0.1, falling.min() > 1e-5]


@number("unitread", "0.1", "0.01", "0.01", after="unit")
def what_the_data_want_of_the_weaker_unit_and_the_rate(c):
    rate = first_step(c.both["AdamW"])
    return -c.unit_gradient(0.1, 0.0, c.spare)(np.array([[0.0, 1.0]]))[0, 0], rate, rate


SMALL_AND_LARGE = quoted(
    "357fd2f6",
    "0.01",
    "0.1",
    "0.0001",
    source="the default of PyTorch's AdamW, the decay of GPT-3, and that of PyTorch's ImageNet example with SGD",
)

# Exercises


@number("c44", "0.9", "0.01", "0.5", after="c45")
def the_settings_of_exercise_1(c):
    lr, mu, _ = c.heavy_ball.__defaults__
    return mu, c.lam_line * (1 - mu), lr


@number("c47", "0.1", "0.01", "14", "20", "139", after="c45")
def the_line_of_exercise_1_and_the_half_life_without_momentum(c):
    alone = np.log(2) / (0.5 * c.lam_line / 10)
    assert round(alone / c.steps_coupled) == 7
    return c.lam_line, c.lam_line / 10, c.steps_line, c.steps_coupled, alone


@statement("c47", after="c45")
def the_coupled_decay_has_to_get_up_to_speed_and_the_wrong_line_is_ten_times_as_slow(c):
    slow = c.count_to_half(0.01, coupled=False)
    same_rest = c.distance(c.heavy_ball(c.lam_line, False), 0.01) < 1e-12
    return same_rest and c.steps_line < c.steps_coupled < 2 * c.steps_line and 9 < slow / c.steps_line < 11


@statement("c47", after="c45")
def the_coupled_decay_overshoots_unless_the_rate_times_the_decay_is_small(c):
    def lowest(lam):
        w, u, least = 1.0, 0.0, 1.0
        for _ in range(3000):
            u = 0.9 * u + lam * w
            w = w - 0.5 * u
            least = min(least, w)
        return least

    tenfold = c.count_to_half(0.0002, coupled=False) / c.count_to_half(0.0002, coupled=True)
    return -0.1 < lowest(0.01) < 0 < lowest(0.0002) and 9 < tenfold < 10.5


@number("c47", "0.01", "0.5", after="c48")
def the_settings_of_exercise_2(c):
    return first_step(c.w_only), 0.5


@number("c50", "139", "832", "0.1", after="c51")
def the_half_lives_of_exercise_2_and_the_penalty_of_exercise_3(c):
    return np.log(2) / (0.01 * 0.5), 6 * np.log(2) / (0.01 * 0.5), c.penalty * c.m


@statement("c50", after="c48")
def adamw_forgets_alike_whatever_the_noise_and_adam_with_l2_in_proportion_to_it(c):
    # The mean of 1000 copies has a standard error of 0.01 * sqrt(steps / 1000), and falls by 0.005 / (2 root) a step near
    # one half; beside that there are the ten steps of the first memory, and the root, which falls a little with the weight.
    for s, with_l2, with_adamw in zip((1.0, 6.0), c.steps_l2, c.steps_adamw, strict=True):
        root = np.sqrt(s**2 + 0.5**2)
        for count, rate in ((with_l2, 0.0025 / root), (with_adamw, 0.0025)):
            expected = 0.5 * np.log(2) / rate
            if abs(count - expected) > 5 * 0.01 * np.sqrt(expected / 1000) / rate + 20:
                return False
    return True


@statement("c50", after="c48")
def with_little_noise_the_weight_falls_in_steps_of_about_the_rate(c):
    return [45 < c.steps_to_half(c.l2, s, c.spare) < 65 for s in (0.01, 0.1)]


@statement("c53", after="c51")
def descent_on_a_sum_ends_at_the_same_weaker_ridge_or_diverges(c):
    def ends(lr):
        w = np.zeros(c.degree)
        for _ in range(20_000):
            w = (1 - lr * 0.1) * w - lr * c.summed(w)
        return c.distance(w, 0.1 / c.m)

    steepest = np.linalg.eigvalsh(c.X.T @ c.X)[-1]
    with np.errstate(all="ignore"):
        return ends(1 / steepest) < 1e-6 and not ends(2.5 / steepest) < 1


@statement("c53", after="c51")
def adam_with_l2_ends_at_a_weaker_ridge_and_adamw_does_not_see_the_factor(c):
    last = c.falling(3000)
    weaker = c.distance(c.sum_l2, 0.1 / c.m) < 10 * last < c.distance(c.sum_l2, 0.1)
    return weaker and np.abs(c.sum_w - c.boxed).max() < last


@number("c53", "0.5", "0.01", "0.9", "0.999", "0.95", after="c54")
def the_settings_of_exercise_4(c):
    return c.lam, first_step(c.both["AdamW"]), *usual("betas"), 1 - 1 / 20


@statement("c53 c56 c20", after="c54")
def with_the_usual_memory_the_formula_is_right_and_the_short_one_shrinks_much_less(c):
    return abs(c.usual - c.formula) < 0.01 and c.short > 2 * c.formula and abs(c.short - 0.6) < 0.03


@statement("c56", after="c54")
def half_of_the_time_the_root_of_the_short_memory_is_below_three(c):
    rng, v = c.spare, np.zeros(20_000)
    for _ in range(300):
        rare = rng.choice([-60, 0, 60], p=[0.005, 0.99, 0.005], size=len(v))
        v = 0.95 * v + 0.05 * (c.short - 1 + rare) ** 2
    return abs(np.mean(v < 3**2) - 0.5) < 0.05 and abs(np.sqrt(c.s_rare**2 + (1 - c.formula) ** 2) - 6) < 0.1


@number("c56", "0.6", after="c54")
def where_the_short_memory_leaves_the_weight(c):
    return c.short
