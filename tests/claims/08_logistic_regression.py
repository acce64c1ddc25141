"""What chapter 8 says."""

import numpy as np
from scipy.optimize import linprog, minimize
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from chapters import number, statement
from utils import features, logistic, validation

CHANGES = [
    ("m = 300", "m = 200"),
    ("m = 300", "m = 450"),
    ("range(12)", "range(3)"),
    ("0.01: train(0.01, 1000)", "0.03: train(0.03, 3000)"),
    ("np.repeat([0.0, 1.0], 20)\n", "np.repeat([0.0, 1.0], 15)\n"),
    ("np.array([1.5, 0.75])", "np.array([0.7, 0.7])"),
    ("n_cases=600, tau=0.5", "n_cases=333, tau=1.0"),
]


def standard_error(values):
    return np.std(values, axis=0, ddof=1) / np.sqrt(len(values))


def wrong(w, b, X, y):
    return (X @ w + b > 0) != y


def means(c, lam, t):
    """Over the deals: the length of the weights, the wrong answers, the loss, and the loss of a wrong answer."""
    length, mistakes, loss, charged = c.looks[lam, t].mean(axis=0)
    return length, mistakes, loss, charged / mistakes


def column(c, k, lam, t):
    return c.looks[lam, t][:, k]


# The opening: means over the deals of the table.


@number("8f81e5c1", "97", "96", after="bce01916")
def right_answers_of_a_hundred(c):
    return [100 - 100 * means(c, 0, t)[1] / len(c.y_test) for t in (100, 10_000)]


@statement("8f81e5c1 c11", after="bce01916")
def the_loss_grows_more_than_the_mistakes_do(c):
    _, mistakes, loss, _ = np.divide(means(c, 0, 10_000), means(c, 0, 100))
    return loss > 1.2 * mistakes


# The loss and its gradient.


@number("c02 5c46d90b", "0.693", "0.69", after="163871a3")
def the_loss_at_zero(c):
    return 2 * [logistic.loss(c.zero, 0.0, c.Z, c.y_train, 0.0)]


@statement("6354d979", after="163871a3")
def the_derivative_agrees_with_the_difference_in_many_digits_and_not_in_all(c):
    # The difference of losses near ln 2 is rounded at 1e-16 / 2e-6.
    slope = (c.up - c.down) / 2e-6
    return 0 < abs(slope - c.dw[0]) < 1e-9, 1e-8 < abs(c.up - c.down) / np.log(2) < 1e-5


@number("c02", "300", "269", "569", after="c03b")
def tumours(c):
    return len(c.Z), len(c.Z_test), len(c.X)


@statement("c05", after="c06")
def at_a_logit_of_40_the_formula_as_it_stands_is_infinite(c):
    naive = 1 - 1 / (1 + np.exp(-40.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        right_answer = 1 * np.log(1 - naive) + (1 - 1) * np.log(naive)
    return naive == 0 and 1e-18 < np.exp(-40.0) < 1e-17 and np.isnan(right_answer)


@statement("c08", after="c06")
def the_stable_loss_of_a_confident_mistake_is_its_margin(c):
    return [np.isclose(np.logaddexp(0, z), z, rtol=1e-9) for z in (40.0, 10_000.0)] + [c.stable == 10_000]


# Training on.


@number("793ab000", "0.5", "0.01", after="c09b")
def the_rate_and_the_decay(c):
    return c.descend.__defaults__[0], list(c.runs)[1]


@number("c11", "2.6", "5.2", "13.1", after="bce01916")
def lengths_without_decay(c):
    return [means(c, 0, t)[0] for t in (100, 1000, 10_000)]


@statement("c11", after="bce01916")
def without_decay_the_weights_show_no_sign_of_stopping(c):
    first, second, third = (column(c, 0, 0, t) for t in (100, 1000, 10_000))
    return (third - second > second - first) & (second > first)


@number("c11", "6.9", "10.7", "0.6", "0.082", "0.218", after="bce01916")
def mistakes_and_losses_without_decay(c):
    increase = column(c, 1, 0, 10_000) - column(c, 1, 0, 100)
    early, late = means(c, 0, 100), means(c, 0, 10_000)
    return early[1], late[1], standard_error(increase), early[2], late[2]


@statement("c11 c45", after="bce01916")
def the_wrong_answers_become_about_half_as_many_again(c):
    ratio = means(c, 0, 10_000)[1] / means(c, 0, 100)[1]
    return 1.25 < ratio < 1.9


@statement("c11", after="bce01916")
def the_increase_of_wrong_answers_is_no_accident_of_one_deal(c):
    increase = column(c, 1, 0, 10_000) - column(c, 1, 0, 100)
    return increase.mean() > 2 * standard_error(increase)


@statement("c11 c45", after="bce01916")
def the_test_loss_becomes_more_than_twice_as_large(c):
    return means(c, 0, 10_000)[2] > 2 * means(c, 0, 100)[2]


@number("c11", "0.01", "2.3", "0.090", after="bce01916")
def where_decay_brings_the_weights_to_rest(c):
    lam = list(c.runs)[1]
    length, _, loss, _ = means(c, lam, 1000)
    return lam, length, loss


@statement("c11", after="bce01916")
def with_decay_descent_is_at_rest_after_a_thousand_steps(c):
    ends = [logistic.fit(Z, y_train, 0.01)[0] for Z, y_train, *_ in c.deals]
    return [np.linalg.norm(W[-1] - w) < 0.01 * np.linalg.norm(w) for (W, _), w in zip(c.runs[0.01], ends, strict=True)]


@statement("c11", after="bce01916")
def stopping_after_a_hundred_steps_does_a_little_better_than_decay(c):
    ratio = means(c, 0.01, 1000)[2] / means(c, 0, 100)[2]
    return 1 < ratio < 1.2


def turns(c):
    """For each deal, by how many degrees the weights turn between 100 and 10 000 steps."""
    pairs = [(W[100], W[10_000]) for W, _ in c.runs[0.0]]
    return [np.degrees(np.arccos(u @ v / np.linalg.norm(u) / np.linalg.norm(v))) for u, v in pairs]


def changes(c):
    """For each deal, how many answers get better and how many worse between 100 and 10 000 steps."""
    found = []
    for (W, b), (*_, Z_test, y_test) in zip(c.runs[0.0], c.deals, strict=True):
        early, late = (wrong(W[t], b[t], Z_test, y_test) for t in (100, 10_000))
        found.append((np.sum(early & ~late), np.sum(late & ~early)))
    return np.array(found)


@number("c11", "43", "7", after="bce01916")
def the_plane_turns_and_few_answers_change(c):
    return np.mean(turns(c)), changes(c).sum(axis=1).mean()


@statement("c11", after="bce01916")
def some_answers_change_for_the_better_and_more_for_the_worse(c):
    better, worse = changes(c).sum(axis=0)
    return 0 < better < worse


@number("c11", "1.6", "5.2", after="bce01916")
def the_loss_of_a_wrong_answer(c):
    return means(c, 0, 100)[3], means(c, 0, 10_000)[3]


@statement("c11", after="bce01916")
def a_wrong_answer_costs_several_times_as_much_in_the_end(c):
    early, late = means(c, 0, 100)[3], means(c, 0, 10_000)[3]
    return late > 2 * early


@statement("c11", after="bce01916")
def whoever_pays_5_2_gave_the_truth_one_chance_in_two_hundred(c):
    return 1 / 250 < np.exp(-5.2) < 1 / 150


# Separable data.


def separable(X, y):
    """Whether some plane has every point on its side, at a margin of 1."""
    signed = np.where(y == 1, 1, -1)[:, None] * np.column_stack([X, np.ones(len(X))])
    found = linprog(np.zeros(signed.shape[1]), A_ub=-signed, b_ub=-np.ones(len(X)), bounds=(None, None))
    return found.status == 0


@statement("c13", after="c03b")
def a_plane_separates_all_the_tumours(c):
    return separable(features.standardize(c.X, c.X)[0], c.y)


def deals_with_a_tumour_on_the_wrong_side(c):
    return [
        wrong(W[-1], b[-1], Z, y_train).any() for (W, b), (Z, y_train, *_) in zip(c.runs[0.0], c.deals, strict=True)
    ]


@number("c13", "9", "12", after="bce01916")
def deals_in_which_descent_has_not_separated_the_tumours(c):
    found = deals_with_a_tumour_on_the_wrong_side(c)
    return sum(found), len(found)


@statement("c13", after="bce01916")
def descent_is_slow_to_find_a_separating_plane(c):
    return sum(deals_with_a_tumour_on_the_wrong_side(c)) > 0


@statement("c13", after="bce01916")
def the_weights_grow_much_as_they_would_if_no_plane_separated(c):
    rng, growth = c.spare, []
    for Z, y, *_ in c.deals[:3]:
        some = rng.choice(len(y), 6, replace=False)
        flipped = np.where(np.isin(np.arange(len(y)), some), 1 - y, y)
        if not separable(Z, flipped):
            paths = [c.descend(Z, labels, 0.0, 10_000)[0][[100, 10_000]] for labels in (y, flipped)]
            growth.append([np.divide(*np.linalg.norm(path, axis=1)[::-1]) for path in paths])
    own, without = np.mean(growth, axis=0)
    return without > 3.5 and 0.7 < without / own < 1.4


@statement("c13", after="c14")
def weights_that_do_not_separate_leave_ln_2_on_some_example_and_multiples_of_those_that_do_next_to_none(c):
    w, b = logistic.fit(c.points, c.labels, 0.001)
    signs = np.where(c.labels == 1, 1, -1)

    def worst(w, b):
        return np.logaddexp(0, -signs * (c.points @ w + b)).max()

    return worst(-w, b) >= np.log(2), worst(w, b + 100) >= np.log(2), worst(1000 * w, 1000 * b) < 1e-6


@number("c13", "0.1", "0.5", "0.9", after="c15")
def the_lines_of_the_explorer(c):
    return 0.1, 0.5, 0.9


@statement("c13", after="c14")
def a_line_separates_the_two_clouds(c):
    return separable(c.points, c.labels)


STEPS, PENALTIES = (10, 50, 200, 1000, 4000), (0.0, 0.001, 0.01, 0.1, 1.0)


def frames(c):
    """Weights and intercept of each picture of the explorer."""
    found = {}
    for lam in PENALTIES:
        W, b = c.descend(c.points, c.labels, lam, max(STEPS))
        found |= {(lam, t): (W[t], b[t]) for t in STEPS}
    return found


@statement("c17", after="c15")
def all_forty_points_are_right_in_every_picture(c):
    return [not wrong(w, b, c.points, c.labels).any() for w, b in frames(c).values()]


@statement("c17", after="c15")
def without_decay_the_outer_lines_close_in_and_decay_keeps_them_apart(c):
    length = {key: np.linalg.norm(w) for key, (w, _) in frames(c).items()}
    closing = np.diff([length[0.0, t] for t in STEPS]) > 0
    apart = np.diff([length[lam, 4000] for lam in PENALTIES]) < 0
    return [*closing, *apart, length[0.0, 4000] > 2 * length[0.0, 50]]


@number("c17", "0.1", "0.9", after="c15")
def the_outer_lines(c):
    return 0.1, 0.9


@statement("c17", after="c15")
def with_a_penalty_of_one_no_point_gets_a_probability_beyond_the_outer_lines(c):
    p = np.array([logistic.sigmoid(c.points @ w + b) for (lam, _), (w, b) in frames(c).items() if lam == 1])
    return (p > 0.1) & (p < 0.9)


@number("c18", "0.001", "0.01", "0.1")
def penalties_of_the_figure(c):
    return list(c.growth)[1:]


@statement("c18 c20", after="c18")
def equal_factors_of_time_add_about_equal_lengths_and_a_little_more_each_time(c):
    added = np.diff(c.growth[0.0][[10, 100, 1000, 10_000]])
    return 1 < added[1] / added[0] < 1.3, 1 < added[2] / added[1] < 1.3


def where_descent_leads(c):
    """Weights and intercept with a smallest margin of 1 and the least length, the intercept counted."""
    # A column of ones makes the intercept a weight.
    A = np.column_stack([c.points, np.ones(len(c.points))])
    signed = np.where(c.labels == 1, 1, -1)[:, None] * A
    best = minimize(
        lambda v: v @ v,
        5 * signed.mean(axis=0),
        jac=lambda v: 2 * v,
        constraints={"type": "ineq", "fun": lambda v: signed @ v - 1, "jac": lambda v: signed},
    )
    assert best.success
    return best.x[:2], best.x[2]


def length_of_the_widest_plane(c):
    return np.linalg.norm(where_descent_leads(c)[0])


@statement("c20", after="c18")
def the_slope_rises_towards_the_inverse_of_the_widest_margin(c):
    return np.diff(c.growth[0.0][[1000, 10_000]])[0] < np.log(10) * length_of_the_widest_plane(c)


@number("c20", "2.5", after="c18")
def the_limit_of_the_length_that_is_added_by_a_tenfold_time(c):
    return np.log(10) * length_of_the_widest_plane(c)


@number("c20", "1.5", "1.7", "1.9", after="c18")
def lengths_added_by_each_tenfold_time(c):
    return np.diff(c.growth[0.0][[10, 100, 1000, 10_000]])


@statement("c18 c20", after="c18")
def decay_stops_the_weights_at_the_length_of_the_optimum_and_the_earlier_the_stronger(c):
    lams = list(c.growth)[1:]
    optima = np.array([np.linalg.norm(logistic.fit(c.points, c.labels, lam)[0]) for lam in lams])
    ends = np.array([c.growth[lam][-1] for lam in lams])
    arrived = [np.argmax(c.growth[lam] > 0.95 * optimum) for lam, optimum in zip(lams, optima, strict=True)]
    return [*(np.abs(ends - optima) < 0.02 * optima), *(np.diff(arrived) < 0)]


# Newton's method, and the conventions of a library.


@statement("1e481ab1", after="c21")
def newton_and_descent_meet_at_the_optimum(c):
    dw, db = logistic.gradient(c.w, c.b, c.Z, c.y_train, 0.01)
    return max(np.abs(dw).max(), abs(db)) < 1e-10 and np.linalg.norm(c.w - c.W[-1]) < 1e-10


@statement("1e481ab1", after="c21")
def the_curvature_is_that_of_a_weighted_ridge_regression(c):
    # Differences of the gradient, whose third derivatives are below one hundred here.
    p = logistic.sigmoid(c.Z @ c.w + c.b)
    curvature = c.Z.T @ ((p * (1 - p))[:, None] * c.Z) / len(c.Z) + 0.01 * np.eye(c.d)
    nudge = 1e-5 * np.eye(c.d)[0]
    up, down = (logistic.gradient(c.w + v, c.b, c.Z, c.y_train, 0.01)[0] for v in (nudge, -nudge))
    return np.allclose((up - down) / 2e-5, curvature[0], atol=1e-6)


@statement("6d26c714", after="c21")
def the_default_of_scikit_learn_is_one_over_m(c):
    theirs = LogisticRegression(tol=1e-10, max_iter=10_000).fit(c.Z, c.y_train).coef_[0]
    ours = logistic.fit(c.Z, c.y_train, 1 / len(c.Z))[0]
    return LogisticRegression().C == 1 and np.allclose(theirs, ours, atol=1e-4)


@number("6d26c714", "1.0", after="c21")
def the_default_C(c):
    return LogisticRegression().C


# Calibration.


@number("c23", "0.5", "0.04", after="c24b")
def the_prior_and_its_penalty(c):
    tau, [m] = c.truth.__defaults__[1], c.forecasts.__defaults__
    return tau, 1 / (m * tau**2)


@number("c25", "0.04", "0.4", "2000")
def the_series_of_the_diagram(c):
    return list(c.diagram)[1:] + [len(c.bins[0])]


@number("c27", "0.04", "0.04", "0.15", "0.26", "0.09", after="c25")
def the_penalty_of_the_prior_and_deviations_from_the_diagonal(c):
    (_, bold_share), (said, share), (timid, timid_share) = c.diagram.values()
    return list(c.diagram)[1], np.abs(share - said).max(), bold_share[0], timid[0], timid_share[0]


@statement("c25 c27 c45", after="c25")
def hardly_any_decay_is_too_bold_and_ten_times_the_prior_too_modest(c):
    (bold, bold_share), (timid, timid_share) = c.diagram[1e-5], c.diagram[0.4]
    bar = 2 * np.sqrt(0.25 / len(c.bins[-1]))
    above = np.append((bold_share - bold)[:4], (bold - bold_share)[-4:])
    below = np.append((timid - timid_share)[:3], (timid_share - timid)[-3:])
    return np.append(above, below) > bar


@statement("c27 c25 c45", after="c25")
def with_the_penalty_of_the_prior_the_forecasts_lie_near_the_diagonal(c):
    bold, apt, timid = (np.abs(share - said).max() for said, share in c.diagram.values())
    return apt < 0.07 and apt < 0.6 * min(bold, timid)


@statement("c27", after="c25")
def of_what_the_boldest_calls_as_good_as_impossible_much_comes_true(c):
    said, share = c.diagram[1e-5]
    return said[0] < 0.005 and share[0] > 0.05


@statement("c27", after="c25")
def with_the_true_prior_the_forecasts_are_still_a_little_bold_at_both_ends(c):
    said, share = c.diagram[0.04]
    return said[0] < share[0] < said[0] + 0.05 and said[-1] - 0.05 < share[-1] < said[-1]


def averaged(c, lam=0.04, n_seen=100):
    """Forecasts with a single w, and averaged over the normal distribution about it that has the curvature's width."""
    single, mean = [], []
    for cases, *_, came in c.truths:
        A = np.column_stack([cases, np.ones(len(cases))])
        w, b = logistic.fit(cases[:n_seen], came[:n_seen], lam)
        z = A @ np.append(w, b)
        p = logistic.sigmoid(z[:n_seen])
        curvature = A[:n_seen].T @ ((p * (1 - p))[:, None] * A[:n_seen])
        curvature[np.diag_indices(len(w))] += n_seen * lam
        spread = np.sqrt((A * np.linalg.solve(curvature, A.T).T).sum(axis=1))[n_seen:]
        nodes, weights = np.polynomial.hermite_e.hermegauss(21)
        mean.append(logistic.sigmoid(z[n_seen:, None] + spread[:, None] * nodes) @ weights / weights.sum())
        single.append(logistic.sigmoid(z[n_seen:]))
    return np.concatenate(single), np.concatenate(mean)


@statement("c27", after="c25")
def of_the_overconfidence_the_free_intercept_is_the_smaller_part(c):
    def excess(free, n_seen=100, lam=0.04):
        over = []
        for cases, chances, came in c.truths:
            model = LogisticRegression(C=1 / (n_seen * lam), fit_intercept=free, tol=1e-8)
            said = model.fit(cases[:n_seen], came[:n_seen]).predict_proba(cases[n_seen:])[:, 1]
            over.append(np.mean(np.sign(said - 0.5) * (said - chances[n_seen:])))
        return np.array(over)

    with_intercept, without = excess(True), excess(False)
    part = with_intercept - without
    return without.mean() > 2 * standard_error(without), part.mean() < without.mean(), part.mean() > 0


@statement("c27", after="c25")
def averaging_over_the_probable_weights_draws_the_forecasts_towards_one_half(c):
    single, mean = averaged(c)
    return np.abs(mean - 0.5) <= np.abs(single - 0.5) + 1e-9


@number("c27", "0.01", after="c25")
def nearly_every_forecast_without_decay_is_near_0_or_1(c):
    return 0.01


@statement("c27", after="c25")
def on_the_tumours_the_bins_between_would_be_almost_empty(c):
    found = []
    for Z, y_train, Z_test, _ in c.deals:
        w, b = logistic.fit(Z, y_train, 1e-5)
        found.append(logistic.sigmoid(Z_test @ w + b))
    p = np.concatenate(found)
    return np.mean(np.minimum(p, 1 - p) < 0.01) > 0.9


def table(c):
    """How sure, how often right, and at what loss, at each penalty; and the standard error of a share of 569."""
    sure, right, loss = c.calibration.mean(axis=1).T
    return sure, right, loss, np.sqrt(right * (1 - right) / len(c.X))


@number("c30", "0.99", "0.01", "0.001", after="ddbe843c")
def sureness_and_penalties_of_the_table(c):
    return table(c)[0][0], c.lams[2], c.lams[1]


@statement("c30 c45", after="ddbe843c")
def hardly_any_decay_is_surer_than_right_and_a_penalty_of_one_is_timid(c):
    sure, right, _, error = table(c)
    return sure[0] > right[0] + 2 * error[0], sure[-1] < right[-1] - 2 * error[-1], (np.diff(sure) < 0).all()


@statement("23017c6a", after="ddbe843c")
def with_a_penalty_of_one_nearly_all_mistakes_lean_to_the_more_frequent_label_and_the_direction_is_worse(c):
    towards, mistakes, refitted, best = 0, 0, 0, 0
    for Z, y_train, Z_test, y_test in c.deals:
        w, b = logistic.fit(Z, y_train, 1.0)
        off = wrong(w, b, Z_test, y_test)
        frequent = y_train.mean() > 0.5
        towards, mistakes = towards + np.sum(off & (y_test != frequent)), mistakes + off.sum()
        # The same direction, with its length and the intercept fitted without a penalty.
        scale, shift = logistic.fit((Z @ w)[:, None], y_train, 1e-6)
        refitted += wrong(scale * w, shift, Z_test, y_test).sum()
        best += wrong(*logistic.fit(Z, y_train, 0.01), Z_test, y_test).sum()
    return towards > 0.85 * mistakes, mistakes > refitted > 1.2 * best


@statement("c30 23017c6a", after="ddbe843c")
def a_penalty_of_one_is_wrong_more_than_twice_as_often(c):
    right = table(c)[1]
    return 1 - right[-1] > 2 * (1 - right[2])


@statement("c30 c45", after="ddbe843c")
def in_between_sureness_and_accuracy_agree_up_to_a_standard_error(c):
    sure, right, _, error = table(c)
    return [abs(sure[1] - right[1]) < error[1], 0.005 < error[1] < 0.0095]


@statement("c30", after="ddbe843c")
def the_loss_is_lowest_where_the_model_is_a_little_too_modest(c):
    sure, right, loss, _ = table(c)
    return loss.argmin() == 2 and 0 < right[2] - sure[2] < 0.04


@statement("c30 23017c6a", after="ddbe843c")
def hardly_any_decay_has_about_four_times_the_loss_and_more_than_half_as_many_mistakes_again(c):
    _, right, loss, _ = table(c)
    return 3.4 < loss[0] / loss[2] < 5.2, (1 - right[0]) / (1 - right[2]) > 1.55


@statement("23017c6a", after="ddbe843c")
def decay_takes_away_more_than_a_third_of_the_errors(c):
    right = table(c)[1]
    return 0.0135 < right[2] - right[0] < 0.0265, (right[2] - right[0]) / (1 - right[0]) > 1 / 3


# Quizzes and exercises.


@number("490f82fb", "0.9")
def a_right_answer_that_still_costs(c):
    return 0.9


@number("23017c6a", "0.01", after="ddbe843c")
def the_penalty_of_the_question(c):
    return c.lams[2]


@statement("c35", after="c33")
def without_weights_every_tumour_gets_the_share_of_benign_ones(c):
    return abs(c.fitted - c.share_benign) < 1e-6


@statement("c35", after="c33")
def the_mean_prediction_is_the_mean_label(c):
    w, b = logistic.fit(c.Z, c.y_train, 0.01)
    return abs(logistic.sigmoid(c.Z @ w + b).mean() - c.y_train.mean()) < 1e-9


@number("c35", "0.5", after="c36")
def the_rate_of_the_exercise(c):
    return 0.5


@statement("c38", after="c36")
def the_model_has_learnt_to_be_wrong(c):
    return c.wrong_sign(c.w_random, 0.0, 100) < 0.12


@statement("c41", often="on nearly nine draws in ten", between=(0.75, 0.97), after="c39")
def the_distance_rises_both_times(c):
    return c.found[1e-2] < c.found[1e-4] < c.found[1e-6]


def widest(c):
    """The distance of the nearest point from the line that keeps all of them farthest away."""
    best = SVC(C=1e8, kernel="linear", tol=1e-8).fit(c.points, c.labels)
    return c.narrowest(best.coef_[0], best.intercept_[0])


@statement("c41", after="c39")
def the_line_that_descent_tends_to_is_nearly_the_widest(c):
    return 0.99 < c.narrowest(*where_descent_leads(c)) / widest(c) < 1 + 1e-6


@statement("c41", often="on about nine draws in ten", between=(0.8, 0.99), after="c39")
def a_small_penalty_keeps_the_points_farther_away_than_descent(c):
    return c.found[1e-6] > c.found[0]


@statement("c41", after="c39")
def at_a_small_penalty_the_distance_is_within_a_tenth_of_the_widest(c):
    return 0.9 < c.found[1e-6] / widest(c) < 1 + 1e-6


@statement("c44", after="c42")
def accuracy_hardly_moves_where_the_log_loss_changes_threefold(c):
    return 0.008 < np.ptp(c.by_accuracy[:9]) < 0.035 and c.by_loss[:9].max() > 3 * c.by_loss[:9].min()


@statement("c44", after="c42")
def dealt_again_the_choice_of_the_log_loss_stays_and_that_of_the_accuracy_changes(c):
    rng, chosen = c.spare, []
    for _ in range(8):
        folds = validation.k_fold(len(c.X), 5, rng)
        accuracy, loss = np.transpose([c.scores(lam, folds) for lam in c.penalties])
        chosen.append((c.penalties[accuracy.argmax()], c.penalties[loss.argmin()]))
    by_accuracy, by_loss = np.transpose(chosen)
    return by_loss.max() < 3.5 * by_loss.min(), by_accuracy.max() > 2 * by_accuracy.min()


@statement("c44", after="c42")
def the_log_loss_has_a_clear_minimum(c):
    return 0 < c.by_loss.argmin() < len(c.by_loss) - 1 and (np.diff(np.sign(np.diff(c.by_loss))) != 0).sum() == 1
