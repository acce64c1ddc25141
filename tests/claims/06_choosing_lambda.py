"""What chapter 6 says."""

import numpy as np

from chapters import number, quoted, statement
from utils import datasets, features, linear, validation

CHANGES = [
    ("m = 50", "m = 40"),
    ("m = 50", "m = 100"),
    ("10 * curvature[0], 51", "10 * curvature[0], 21"),
    ("cv_errors(train, 10, rng)", "cv_errors(train, 5, rng)"),
    ("[2, 5, 10, 25]", "[3, 6]"),
    ("lam = 0.3", "lam = 1.0"),
    ("(50, 300), 100, {}", "(30, 200), 20, {}"),
]


def every(*parts):
    return all(np.all(part) for part in parts)


# --- Take turns


@number("c02", "442", "50", "392", after="c03")
def patients_in_all_in_training_and_in_the_drawer(c):
    return [len(c.X), len(c.train), len(c.test)]


@statement("c02", after="c05")
def each_row_is_predicted_once_by_a_fit_that_has_not_seen_it(c):
    folds = validation.k_fold(c.m, 10, c.spare)
    apart = [not set(fit) & set(judge) and len(fit) + len(judge) == c.m for fit, judge in folds]
    judges = np.concatenate([judge for _, judge in folds])
    return every(apart, np.sort(judges) == np.arange(c.m))


@statement("c03a", after="c03b")
def at_the_ends_of_the_grid_nothing_is_missed(c):
    h = c.curvature
    return every(h / (h + c.lams[0]) > 0.99, h / (h + c.lams[-1]) < 0.1)


@number("c03a", "99%", after="c03b")
def what_the_weakest_direction_keeps_at_the_left_end(c):
    return [c.curvature[-1] / (c.curvature[-1] + c.lams[0])]


@number("c06 c07a")
def on_our_patients_the_minimum_is_inside_and_the_dip_less_deep_than_the_band(c):
    return c.lams[0] < c.lam_min < c.lams[-1] and 0 < c.mean[0] - c.mean[c.lowest] < c.se[c.lowest]


@number("c08", "370", "184", "724")
def what_the_smallest_penalty_loses_and_how_well_that_and_the_level_are_known(c):
    return [c.excess, c.excess_se, c.se[c.lowest]]


@statement("c08", often="as a rule", between=(0.7, 1.0))
def the_difference_is_known_better_than_the_level(c):
    return c.excess_se < c.se[c.lowest]


@statement("c08")
def between_neighbours_the_difference_is_known_several_times_better(c):
    neighbour = max(c.lowest - 1, 0)
    return c.mean_and_se(c.errors[neighbour] - c.errors[c.lowest])[1] < c.se[c.lowest] / 4


def choices(c, k):
    return np.sort([c.lams[c.curve(k, split).argmin()] for split in c.splits])


def wandering(c, k):
    chosen = choices(c, k)
    return chosen[-1] / chosen[0]


@number("c11")
def how_far_the_choices_of_six_splits_are_apart(c):
    step, chosen = c.lams[1] / c.lams[0], choices(c, 2)
    without_one = min(chosen[-1] / chosen[1], chosen[-2] / chosen[0])
    return every(
        wandering(c, 2) > 5, 2.2 < without_one < 2.5, 2.2 < wandering(c, 5) < 2.5, wandering(c, 25) < 1.01 * step
    )


@statement("c11")
def the_more_folds_the_less_the_level_depends_on_the_split(c):
    levels = [[c.curve(k, split).min() for split in c.splits] for k in (2, 25)]
    return np.ptp(levels[0]) > np.ptp(levels[1])


@statement("c11")
def two_folds_wander_at_least_as_far_as_twenty_five(c):
    return wandering(c, 2) >= 0.99 * wandering(c, 25)


@number("c11b", "0.72", "0.35")
def medians_of_two_and_of_ten_folds(c):
    return [c.medians[0], c.medians[2]]


@statement("c11b")
def two_folds_choose_a_larger_penalty_than_ten(c):
    few, _, many = np.transpose(c.chosen)
    return every(c.medians[0] > 1.2 * c.medians[2], (few > many).sum() > 1.5 * (few < many).sum())


@statement("c11b")
def multiplied_the_medians_lie_within_a_factor_of_one_and_a_half(c):
    corrected = c.medians * (1 - 1 / c.fold_numbers)
    return corrected.max() < 1.5 * corrected.min()


@statement("c11b")
def a_tenth_is_less_than_a_step_of_the_grid(c):
    return c.lams[1] / c.lams[0] > 10 / 9


@statement("c11b")
def halving_the_choice_of_two_folds_lowers_the_error_on_new_patients_by_about_one_per_cent(c):
    gains = []
    for child in c.spare.spawn(200):
        order = child.permutation(len(c.X))
        rows, rest = order[: c.m], order[c.m :]
        lam = validation.choose(c.lams, c.cv_errors(rows, 2, child))
        Z, Z_rest = features.standardize(c.X[rows], c.X[rest])
        W, b = linear.ridge_path(Z, c.y[rows], [lam, lam / 2])
        gains.append(np.divide(*((W @ Z_rest.T + b[:, None] - c.y[rest]) ** 2).mean(axis=1)) - 1)
    error = np.std(gains) / np.sqrt(len(gains))
    return 0.007 - 2 * error < np.mean(gains) < 0.016 + 2 * error


# --- Leave one out


@statement("c14", after="c12")
def short_cut_and_refits_agree_to_rounding(c):
    return np.allclose(c.shortcut, c.refitted, rtol=1e-9)


@statement("a0240765", after="c12")
def a_row_put_back_onto_the_curve_does_not_change_the_fit(c):
    Z, target, lam = c.Z, c.y[c.train], 0.3
    rest = np.arange(1, c.m)
    w, b = linear.ridge(Z[rest], target[rest], lam * c.m / (c.m - 1))
    again = linear.ridge(Z, np.r_[Z[0] @ w + b, target[rest]], lam)
    return every(np.allclose(again[0], w), np.isclose(again[1], b))


def neighbours(x, x_new, k):
    order = np.argsort(np.abs(x_new[:, None] - x), axis=1, kind="stable")[:, :k]
    H = np.zeros((len(x_new), len(x)))
    np.put_along_axis(H, order, 1 / k, axis=1)
    return H


@statement("c14 5e2c9fd5", after="c14a")
def for_neighbours_the_short_cut_takes_the_mean_of_the_others(c):
    x, k = c.spare.random(30), 5
    H = neighbours(x, x, k)
    quick = (c.y_wave - H @ c.y_wave) / (1 - np.diag(H))
    fewer, slow = [], []
    for i in range(30):
        rest = np.delete(np.arange(30), i)
        for answers, n in ((fewer, k - 1), (slow, k)):
            answers.append(c.y_wave[i] - (neighbours(x[rest], x[[i]], n) @ c.y_wave[rest])[0])
    return every(np.allclose(quick, fewer), not np.allclose(quick, slow, rtol=0.05))


def quick_and_slow(c, factor):
    H = factor * linear.polynomial_smoother(15, c.x_wave)
    quick = (c.y_wave - H @ c.y_wave) / (1 - np.diag(H))
    slow = np.array([c.left_out(factor, i) for i in range(30)])
    return np.mean(quick**2), np.mean(slow**2)


@number("c14c", "0.8", "0.145", "413", after="c14b")
def the_factor_and_what_the_short_cut_makes_of_it(c):
    quick, slow = quick_and_slow(c, c.factor)
    return [c.factor, quick, slow / quick]


@statement("c14c", after="c14b")
def for_the_polynomial_itself_the_two_agree_and_at_the_ends_the_leverage_is_nearly_1(c):
    quick, slow = quick_and_slow(c, 1.0)
    h = np.diag(linear.polynomial_smoother(15, c.x_wave))
    return every(np.isclose(quick, slow, rtol=1e-6), slow > 1, h[[0, -1]] > 0.95)


@statement("c14 c14c c36 5e2c9fd5", after="c14b")
def where_the_penalty_changes_with_the_rows_the_short_cut_refits_with_the_old_penalty(c):
    H, m = linear.polynomial_smoother(15, c.x_wave), len(c.x_wave)
    # Values f of the curve are the unknowns: squares plus a quarter of theirs give 0.8 times the polynomial.
    A = features.polynomial(c.x_wave, 15)
    A = np.column_stack([np.ones(m), A])
    left_out = []
    for i in range(m):
        rest = np.delete(np.arange(m), i)
        w = np.linalg.solve(A[rest].T @ A[rest] + A.T @ A / 4, A[rest].T @ c.y_wave[rest])
        left_out.append(c.y_wave[i] - A[i] @ w)
    whole = A @ np.linalg.solve(1.25 * A.T @ A, A.T @ c.y_wave)
    quick = (c.y_wave - 0.8 * H @ c.y_wave) / (1 - 0.8 * np.diag(H))
    return every(np.allclose(whole, 0.8 * H @ c.y_wave), np.allclose(quick, left_out, rtol=1e-6))


@statement("c14c", after="c14b")
def times_a_factor_the_short_cut_promises_far_too_little(c):
    quick, slow = quick_and_slow(c, 0.8)
    return every(slow > 10 * quick)


@statement("c14c")
def gcv_is_the_formula_with_the_mean_leverage(c):
    hats = [linear.hat_matrix(c.Z, lam=lam) for lam in c.lams]
    target, df = c.y[c.train], linear.effective_dof(c.Z, c.lams)
    squares = np.array([np.mean((target - H @ target) ** 2) for H in hats])
    traces = np.array([np.trace(H) for H in hats])
    scores = validation.gcv(c.Z, target, c.lams)
    return every(np.allclose(traces, df + 1), np.allclose(scores, squares / (1 - (df + 1) / c.m) ** 2))


@statement("c14c")
def the_training_error_flatters_by_twice_the_trace_for_any_hat_matrix(c):
    H = 0.7 * linear.polynomial_smoother(6, c.x_wave) + 0.02 * c.spare.standard_normal((30, 30))
    f, noise, fresh = datasets.sine(c.x_wave), *c.spare.standard_normal((2, 30, 40_000))
    fits = H @ (f[:, None] + noise)
    new, old = f[:, None] + fresh - fits, f[:, None] + noise - fits
    gap = (new**2 - old**2).sum(axis=0)
    return abs(gap.mean() - 2 * np.trace(H)) < 5 * gap.std() / np.sqrt(gap.size)


@statement("c14c")
def with_few_parameters_gcv_is_training_error_plus_flattery(c):
    many = np.arange(len(c.X))
    Z = features.standardize(c.X, c.X)[0][many]
    H = linear.hat_matrix(Z, lam=0.1)
    share = np.trace(H) / len(Z)
    flattered = np.mean((c.y - H @ c.y) ** 2) * (1 + 2 * share)
    return abs(validation.gcv(Z, c.y, [0.1])[0] / flattered - 1) < 4 * share**2 < 0.01


@number("c14c", "1.44", "1.64", after="c15")
def flattery_and_gcv_for_least_squares(c):
    share = (linear.effective_dof(c.Z, c.lams[:1])[0] + 1) / c.m
    return [1 + 2 * share, 1 / (1 - share) ** 2]


def apart(values):
    return max(values) / min(values)


def three_judges_agree(c):
    scores = c.judges.values()
    return apart([c.lams[s.argmin()] for s in scores]) < 2 and apart([s.min() for s in scores]) < 1.1


@number("c15 c17")
def on_our_patients_the_judges_agree_within_a_factor_of_two_and_a_tenth(c):
    return three_judges_agree(c)


@statement("c17", often="on most draws", between=(0.6, 1.0))
def so_it_is_on_most_draws(c):
    return three_judges_agree(c)


# --- How sure is the choice?


@number("c20")
def in_our_drawer_the_minimum_beats_least_squares_and_the_rule_is_worse_than_both(c):
    plain, minimum, one_se = c.opened
    return minimum < plain < one_se


def shares(c):
    return {size: np.mean(c.gains[size][0] > 0) for size in c.sizes}


@number("c24", "7.4%")
def the_mean_gain_with_50_patients(c):
    return [c.gains[50][0].mean()]


@statement("c23 c24")
def with_50_patients_the_minimum_gains_more_than_five_per_cent_beyond_doubt(c):
    gain = c.gains[50][0]
    return gain.mean() > 0.05 and gain.mean() > 3 * gain.std() / np.sqrt(len(gain))


@statement("c23 c24")
def with_300_the_mean_gain_is_less_than_one_per_cent_either_way(c):
    return abs(c.gains[300][0].mean()) < 0.01


@statement("c23 c24")
def more_than_three_quarters_gain_with_50_and_about_half_with_300(c):
    return shares(c)[50] > 0.75 and 0.35 <= shares(c)[300] <= 0.65


@statement("c24")
def one_standard_error_throws_away_the_gain_and_more_and_loses_several_per_cent_on_300(c):
    return every(c.gains[50][1].mean() < 0, -0.12 < c.gains[300][1].mean() < -0.03)


def off_and_regret(c, size):
    _, minimum, _, best_possible, picked, in_hindsight = c.studies[size]
    return np.exp(np.abs(np.log(picked / in_hindsight))), minimum / best_possible - 1


@number("c24b", "2.3", "2.1%", "12%", after="c24a")
def how_far_the_choice_is_off_with_50_patients_and_what_it_costs(c):
    off, regret = off_and_regret(c, 50)
    return [np.median(off), np.median(regret), np.quantile(regret, 0.9)]


@statement("c24b", after="c24a")
def with_300_it_misses_by_far_more_and_loses_less(c):
    (off, regret), (off_many, regret_many) = (off_and_regret(c, size) for size in (50, 300))
    return np.median(off_many) > 2 * np.median(off) and np.median(regret_many) < np.median(regret)


@statement("c24b", after="c24a")
def in_a_third_of_the_studies_with_300_the_best_was_the_smallest_of_the_grid(c):
    best = c.studies[300][5]
    luck = np.sqrt(1 / 3 * 2 / 3 / len(best))
    return abs(np.mean(np.isclose(best, c.lams[0])) - 1 / 3) < 0.03 + 3 * luck


@statement("c24b", after="c24a")
def the_costs_are_small_at_the_median(c):
    return np.median(off_and_regret(c, 50)[1]) < 0.04


# --- Rows that belong together


def row_and_patient_folds(c):
    rows = c.train[c.visits]
    found = []
    for folds in (c.by_row, c.by_patient):
        scores = validation.cross_validate(c.learner, c.X[rows], c.y[rows], folds)
        found.append((validation.choose(c.lams, scores), scores.mean(axis=1).min()))
    return found


@statement("c25c", after="c25b")
def folds_of_rows_promise_too_little_and_choose_too_small_a_penalty(c):
    (lam_rows, promised), (lam, fair) = row_and_patient_folds(c)
    return promised < 0.95 * fair and lam_rows < lam


@statement("c25c", after="c25b")
def nearly_every_row_that_judges_has_a_twin_that_trains(c):
    twins = [np.isin(c.visits[judge], c.visits[fit]).mean() for fit, judge in c.by_row]
    strangers = [np.isin(c.visits[judge], c.visits[fit]).any() for fit, judge in c.by_patient]
    return np.mean(twins) > 0.9 and not any(strangers)


@statement("c25c", after="c25b")
def with_whole_patients_three_copies_change_nothing(c):
    once = [(np.unique(c.visits[fit]), np.unique(c.visits[judge])) for fit, judge in c.by_patient]
    rows = c.train[c.visits]
    three = validation.cross_validate(c.learner, c.X[rows], c.y[rows], c.by_patient)
    return np.allclose(three, validation.cross_validate(c.learner, c.X[c.train], c.y[c.train], once))


@statement("c25c", after="c25b")
def a_row_between_training_rows_is_easier_to_predict_than_the_future(c):
    steps, series = c.spare.standard_normal((20, 3000)), np.zeros((20, 3000))
    for day in range(1, 3000):
        series[:, day] = 0.9 * series[:, day - 1] + steps[:, day]
    between = series[:, 1:-1] - (series[:, :-2] + series[:, 2:]) / 2
    ahead = series[:, 1:] - 0.9 * series[:, :-1]
    return np.mean(between**2) < np.mean(ahead**2)


# --- Check yourself


@number("e0d6f7fa")
def all_patients_are_about_nine_times_fifty(c):
    return round(len(c.X) / c.m) == 9


# --- Exercises

EXAMPLE = quoted("c26", "0.408", "0.0432", "1.8", source="scikit-learn, Underfitting vs. Overfitting")
LATER = quoted("c29", "0.22", source="scikit-learn 1.9, Underfitting vs. Overfitting")


@number("c26", "0.408", "0.0432", "1.8", after="c27")
def the_published_errors_come_out(c):
    line, quartic, wild = np.mean(c.fold_errors, axis=1)
    return [line, quartic, wild / 1e8]


@number("c26", "1.5", "0.1", after="c27")
def the_curve_and_its_noise(c):
    frequency = np.arccos(datasets.cosine(np.array([0.1]))) / (np.pi * 0.1)
    legacy = np.random.RandomState(0)
    t, z = np.sort(legacy.rand(30)), legacy.randn(30)
    return [*frequency, *np.unique(((c.values - datasets.cosine(t)) / z).round(9))]


@number("c29", "0.1", "0.22", after="c27")
def the_bound_on_the_median_fold_and_the_error_where_small_singular_values_are_dropped(c):
    assert np.median(c.fold_errors[2]) < 0.1

    def with_cut(X_train, y_train, X_new):
        powers, new = (X ** np.arange(1, 16) for X in (X_train, X_new))
        center, level = powers.mean(axis=0), y_train.mean()
        w = np.linalg.lstsq(powers - center, y_train - level, rcond=1e-6)[0]
        return (new - center) @ w + level

    return [0.1, validation.cross_validate(with_cut, c.places[:, None], c.values, c.unshuffled).mean()]


@statement("c29", after="c27")
def the_hundred_million_come_from_one_fold_at_the_end(c):
    wild = c.fold_errors[2]
    return wild.argmax() in (0, 9) and wild.max() > 0.99 * wild.sum() and wild.max() > 1e8


@statement("c32", after="cfa006cd")
def selected_outside_noise_seems_predictable_and_selected_inside_it_is_worse_than_the_mean(c):
    outside, inside = c.noise_errors
    return every((outside < 1).mean() >= 0.9, outside.mean() < 0.75, inside.mean() > 1)


@number("e64", "0.73", "0.15", after="e63a")
def what_the_short_cut_says_of_early_stopping_and_what_refitting_gives(c):
    return [np.mean(c.short**2), np.mean(np.square(c.long))]


@statement("c14c e64", after="e63a")
def for_early_stopping_the_short_cut_is_far_too_pessimistic(c):
    return np.mean(c.short**2) > 1.2 * np.mean(np.square(c.long))


@statement("e64", after="e63a")
def near_the_ends_the_stopped_curve_comes_close_to_the_points(c):
    return np.diag(c.H_early)[[0, -1]] > 0.8


@statement("e64d", after="e64b")
def the_smallest_is_below_the_nested_error_on_nearly_every_draw(c):
    nested, smallest = c.judged
    return every((nested > smallest).mean() > 0.9, 0 < nested.mean() / smallest.mean() - 1 < 0.1)


@number("e64d")
def on_our_patients_the_smallest_is_below_the_nested_error(c):
    return c.smallest < c.nested
