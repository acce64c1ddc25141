"""What the appendix "λ in every library" says."""

import numpy as np

from chapters import number, quoted, statement
from utils import conventions, linear, logistic

CHANGES = [
    ("m, lam = 200, 0.05", "m, lam = 120, 0.05"),
    ("m, lam = 200, 0.05", "m, lam = 200, 0.5"),
    ("beta = np.array([2.0, -1.0, 1.0, 0.0, 0.5])", "beta = np.array([1.0, -2.0, 0.5])"),
    ("for k in (1, 3)", "for k in (2, 5)"),
    ("for batch_size in (10, m)", "for batch_size in (20, 50)"),
    ("mu=0.9, lr=0.1", "mu=0.8, lr=0.1"),
    ("for lr in (0.001, 0.01)", "for lr in (0.003,)"),
]


def decays_and_half_lives(c):
    return c.defaults, {name: np.log(2) / (0.001 * decay) for name, decay in c.defaults.items()}


def keras_with(c, share, weight_decay, nesterov=False):
    """Keras' SGD with momentum, started in ridge's weights, after its velocity has settled."""
    Z, target = c.X - c.X.mean(axis=0), c.y - c.y.mean()
    w, u = c.w, np.zeros(len(c.w))
    for _ in range(2000):
        g = Z.T @ (Z @ w - target) / c.m
        u = share * u + g
        w = w - 0.1 * (share * u + g if nesterov else u) - 0.1 * weight_decay * w
    return w


# The calculator


@number("c02", "37%", after="c01")
def what_a_memory_leaves(c):
    return np.exp(-c.conventions.forgetting(0.1, np.full(100_000, 0.0001))[-1])


@statement("c02", after="c01")
def for_a_solver_it_converts_and_no_more(c):
    setting = {"optimizer": "solver", "goal": "strength", "value": 0.05, "source": "book"}
    found = c.calculator.answer(**setting, target="sklearn Ridge", batch=20, examples=200)
    return np.isclose(found.number, 10) and found.memory is None


# Sum or mean


@number("c05", "200", after="data")
def the_factor_between_the_two_letters(c):
    return conventions.convert(c.lam, "book", "sklearn Ridge", m=c.m) / c.lam


@statement("c05 c08", after="c06")
def ridge_needs_m_lam_and_the_sgd_regressor_lam(c):
    fitted = c.Ridge(c.m * c.lam).fit(c.X, c.y).coef_
    # Constant steps of 0.001 leave the averaged weights within a few thousandths.
    near = np.abs(fitted - c.w).max() < 1e-12 and np.abs(c.sgd.coef_ - c.w).max() < 0.01
    return near and np.abs(c.Ridge(c.lam).fit(c.X, c.y).coef_ - c.w).max() > 5 * np.abs(c.sgd.coef_ - c.w).max()


@statement("c05", after="data")
def under_adam_the_families_have_no_equal(c):
    refused = []
    for name in conventions.NAMES:
        try:
            conventions.convert(0.05, "book", name, m=200, lr=0.001)
            refused.append(False)
        except ValueError:
            refused.append(True)
    return [refused[k] == row.decoupled for k, row in enumerate(conventions.CONVENTIONS.values())]


@statement("c05", after="data")
def keras_sgd_stands_among_the_penalties(c):
    return not conventions.CONVENTIONS["keras SGD"].decoupled


# Half or whole


@statement("c08 c11", after="pulls")
def with_k_outputs_the_decay_at_rest_is_two_lam_over_k(c):
    rng = c.spare
    at_rest = [c.pull(k, 2 * c.lam / k, rng) < 1e-12 for k in (1, 2, 3, 10)]
    at_rest += [conventions.convert(c.lam, "book", "torch SGD", m=c.m, loss=2 / k) == 2 / k * c.lam for k in (1, 2, 3)]
    return at_rest + [c.pull(k, c.lam, rng) > 1e-3 for k in (1, 3, 10)]


@statement("c11", after="pulls")
def a_sum_over_the_batch_needs_another_number_and_another_rate(c):
    def path(optimizer, times):
        params = [(np.ones(len(c.w)), 0.0)]
        state = optimizer.init(params)
        for k in range(20):
            X, y = c.X[10 * k : 10 * k + 10], c.y[10 * k : 10 * k + 10] - c.b
            gradient = times * X.T @ (X @ params[0][0] - y) / 10
            params, state = optimizer.step(params, [(gradient, 0.0)], state)
        return params[0][0]

    def same(make, rate, keys):
        mean = path(make(0.1, **{key: c.lam for key in keys}), 1)
        summed = path(make(0.1 / rate, **{key: keys[key] * c.lam for key in keys}), 10)
        # The ε in Adam's denominator sees the scale.
        return np.abs(mean - summed).max() < 1e-6

    sgd, adam, adamw = c.optimizers.sgd, c.optimizers.adam, c.optimizers.adamw
    right = [same(sgd, 10, {"weight_decay": 10}), same(adam, 1, {"l2": 10}), same(adamw, 1, {"weight_decay": 1})]
    wrong = [same(sgd, 10, {"weight_decay": 1}), same(adam, 1, {"l2": 1}), same(adamw, 1, {"weight_decay": 10})]
    return right + [not equal for equal in wrong]


@statement("c08", after="pulls")
def for_a_single_output_the_l2_of_keras_is_lam(c):
    return np.isclose(2 * conventions.convert(c.lam, "book", "keras l2", m=c.m), c.lam)


# C, the inverse


@statement("c14", after="c12")
def the_default_is_lam_of_one_over_m_and_a_larger_c_means_less_decay(c):
    one = conventions.convert(1.0, "sklearn LogisticRegression", "book", m=c.m) == 1 / c.m
    return one and c.far < 1e-5 and np.linalg.norm(c.weaker) > 1.1 * np.linalg.norm(c.default)


# The batch


@statement("c17", after="c15")
def alpha_is_the_batch_size_times_lam(c):
    # Constant steps of 0.02 on batches of ten jitter by a hundredth or so.
    return [abs(theirs / ours - 1) < 0.03 for theirs, ours in c.lengths]


@statement("c17", after="c15")
def with_full_batches_the_weights_are_three_times_as_long(c):
    (few, _), (full, _) = c.lengths
    return 2.5 < full / few < 3.5


# One name, two decays


@number("c20", "0.001", "0.0005", after="c18")
def the_rate_and_the_share_of_a_step(c):
    first = [c.decay_alone(optimizer, n_steps=1) for optimizer in (c.adam, c.adamw)]
    return 1 - first[0][0], 1 - first[1][0]


@statement("c20", after="c18")
def under_adam_both_weights_move_by_about_the_rate_and_the_small_one_is_halved(c):
    large, small = c.decay_alone(c.adam)
    return np.isclose(large, 1 - 5 * 0.001, atol=1e-4) and np.isclose(small, -0.01 / 2, atol=2e-4)


@statement("c20", after="c18")
def adamw_multiplies_both(c):
    return np.allclose(c.decay_alone(c.adamw), np.array([1.0, -0.01]) * (1 - 0.0005) ** 5)


# A decoupled decay that is a penalty


@number("c20", "0.9", after="sgdw")
def the_momentum_at_which_nine_tenths_are_lost(c):
    return 1 - (1 - c.keras_sgd.__defaults__[0])


@statement("c20", after="sgdw")
def with_momentum_keras_sgd_rests_at_its_number_times_one_less_the_share(c):
    converted = np.abs(c.keras_sgd(c.lam / (1 - 0.9)) - c.w).max() < 1e-10
    tenth = np.abs(c.keras_sgd(c.lam) - linear.ridge(c.X, c.y, c.lam / 10)[0]).max() < 1e-10
    return converted and tenth and np.abs(c.keras_sgd(c.lam) - c.w).max() > 0.01


@statement("rate", after="sgdw")
def the_calculator_divides(c):
    number = conventions.convert(c.lam, "torch SGD", "keras SGD", m=c.m, momentum=0.9)
    return np.abs(c.keras_sgd(number) - c.w).max() < 1e-10


@statement("c20", after="sgdw")
def nesterov_momentum_does_not_change_the_factor(c):
    moved = [np.abs(keras_with(c, 0.9, c.lam / (1 - 0.9), nesterov) - c.w).max() for nesterov in (False, True)]
    return max(moved) < 1e-10


# Whose learning rate


@number("c23", "0.1", "0.001", "0.0001", after="c21")
def a_tenth_in_pytorch_at_a_rate_of_a_thousandth(c):
    return 0.1, 0.001, conventions.convert(0.1, "torch AdamW", "AdamW paper", m=c.m, lr=0.001)


@statement("rate c23", after="c21")
def in_the_papers_convention_the_decay_stays_when_the_base_rate_rises(c):
    shares = [
        0.0001 * conventions.convert(1.0, "AdamW paper", "torch AdamW", m=c.m, lr=lr) * lr for lr in (0.001, 0.01)
    ]
    return np.isclose(*shares)


# The default of Composer's DecoupledAdamW, at its default rate.
COMPOSER = quoted("c26", "0.00001", source="the documentation of Composer")


@number("c26", "69 000", "0.001", after="c24")
def the_half_life_of_pytorchs_default(c):
    _, half_lives = decays_and_half_lives(c)
    return round(half_lives["torch AdamW"], -3), 0.001


@statement("c26", after="c24")
def the_three_defaults_are_a_factor_of_a_hundred_apart(c):
    decays, _ = decays_and_half_lives(c)
    return np.isclose(max(decays.values()) / min(decays.values()), 100)


@statement("c26", after="c24")
def optax_needs_almost_seven_million_and_composers_default_is_pytorchs(c):
    _, half_lives = decays_and_half_lives(c)
    almost = 6.5e6 < half_lives["optax adamw"] < 7e6
    return almost and np.isclose(c.independent, half_lives["torch AdamW"])


# Who decays the intercept


@number("c29", "1.05", after="c27")
def the_intercept_is_divided_by(c):
    return [1 + c.lam]


@statement("c29", after="c27")
def the_intercept_is_low_by_about_one_half(c):
    return 0.44 < c.b - c.w_ones[0] < 0.57


@statement("rate", after="sgdw")
def a_decay_beside_momentum_that_only_the_schedule_multiplies_is_this_penalty(c):
    Z, target, lr, mu = c.X - c.X.mean(axis=0), c.y - c.y.mean(), 0.1, 0.9
    decay = lr * c.lam / (1 - mu)
    w, u = np.zeros((2, len(c.beta)))
    for t in range(4000):
        factor = 1 - t / 8000
        u = mu * u + Z.T @ (Z @ w - target) / c.m
        w = w - factor * lr * u - factor * decay * w
    return np.abs(w - c.w).max() < 1e-6


@statement("c29", after="c27")
def every_prediction_is_low_and_the_intercept_divided_by_about_one_more_than_lam(c):
    lower = c.X @ c.w + c.b - c.ones @ c.w_ones
    return (lower > 0).all() and abs(c.w_ones[0] * (1 + c.lam) / c.b - 1) < 0.02


@statement("c26", after="c27")
def the_intercept_is_near_ten(c):
    # Its standard error is sigma / sqrt(m).
    return abs(c.b - 10) < 4 / np.sqrt(c.m)


@statement("c14", after="c12")
def the_coefficients_reported_are_shrunken_ones(c):
    free, _ = logistic.fit(c.X, c.labels, 1e-6)
    return np.linalg.norm(c.default) < np.linalg.norm(free)
