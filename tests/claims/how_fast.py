"""What the appendix "How fast is it, and why" says; what it says of times holds of those in the file."""

import numpy as np

from chapters import number, quoted, statement

CHANGES = [
    ("for p in (1, 3, 5)", "for p in (2, 4)"),
]


FORKS = quoted("c17", "3.14", source="Python, What's New in Python 3.14: processes start by forkserver")


@statement("c05", after="c06")
def leverages_are_the_squares_of_u_weighted_with_the_filters(c):
    return np.abs(c.leverages - c.diagonals).max() < 1e-14


@statement("hidden", after="squares")
def the_relative_error_is_rounding_over_the_square_of_the_ratio(c):
    return all(0.002 < error / (np.finfo(float).eps / ratio**2) < 50 for ratio, error in c.errors.items())


@number("hidden", after="squares")
def twelve_digits_six_and_none_are_left(c):
    return [round(-np.log10(error)) for error in c.errors.values()] in ([12, 6, 0], [11, 5, 0], [12, 5, 0], [11, 6, 0])


def smallest_square(X):
    """The smallest square of a singular value of X centred, as a share of the largest."""
    m, d = X.shape
    s = np.linalg.svd(X - X.mean(axis=0), compute_uv=False)[: min(d, m - 1)]
    return (s[-1] / s[0]) ** 2


def design(m, d):
    """The inputs of the benchmark, whose spreads fall from 1 to 1/100."""
    return np.random.default_rng(0).standard_normal((m, d)) * np.logspace(0, -2, d)


@statement("hidden")
def every_design_of_ridge_in_the_table_is_well_conditioned(c):
    designs = [c.datasets.diabetes()[0], design(2000, 200), design(200, 2000), design(20_000, 10)]
    return c.linear.factors.WELL_CONDITIONED == 1e-5 and min(map(smallest_square, designs)) > 5e-5


@number("c15")
def with_as_many_columns_as_examples_the_design_is_not_well_conditioned(c):
    return smallest_square(design(300, 100)) > c.linear.factors.WELL_CONDITIONED > smallest_square(design(300, 300))


@number("c19")
def half_the_digits_gain_about_a_seventh_in_pytorch(c):
    [row] = [row for name, row in c.timings["rows"].items() if name.startswith("one network")]
    return 1 / 12 < 1 - row["PyTorch, fused, half the digits"] / row["PyTorch, fused"] < 1 / 4


@statement("c07", after="c08")
def the_code_of_one_training_set_is_the_code_of_two_hundred(c):
    return len(c.W) == 200 and np.abs(c.W - c.one_by_one).max() < 1e-13


@statement("c09", after="moments")
def what_is_linear_in_the_targets_needs_their_moments_alone(c):
    more = c.datasets.observe(c.datasets.sine(c.x), 0.3, c.spare, n_sets=5000)
    usual = c.bias_variance.decompose((c.H @ more).T, c.truth).variance
    return np.abs(c.gaps).max() < 1e-14 and np.allclose((c.H @ np.cov(more) * c.H).sum(axis=1), usual, rtol=1e-12)


@statement("nested", after="c10")
def the_fit_of_the_first_columns_is_the_projection_on_the_first_of_q(c):
    return all(
        np.allclose(c.fits[:, p - 1], c.Z[:, :p] @ np.linalg.lstsq(c.Z[:, :p], c.y)[0], rtol=0, atol=1e-12)
        for p in range(1, 6)
    )


@statement("c11", after="c12")
def between_corners_the_slopes_are_straight_lines(c):
    return np.ptp(np.count_nonzero(c.W, axis=1)) == 0 and np.abs(np.diff(c.W, 2, axis=0)).max() < 1e-10


@statement("c03", after="c02")
def all_rows_have_times(c):
    rows = c.timings["rows"].values()
    return len(rows) == 14 and all("ours" in row and min(row.values()) > 0 for row in rows)


@statement("c03")
def no_row_of_ours_is_the_only_one(c):
    return all(len(row) > 1 for row in c.timings["rows"].values())


def ratios(c, what):
    """How many times as long scikit-learn took, by size."""
    [curves] = [curves for name, curves in c.timings["growth"].items() if name.startswith(what)]
    sizes, ours, theirs = curves.values()
    return dict(zip(sizes, np.divide(theirs["seconds"], ours["seconds"]), strict=True))


@number("c15")
def how_much_longer_scikit_learn_took(c):
    many, wide = ratios(c, "penalties"), ratios(c, "columns")
    return many[300] > 10 and 0.7 < many[1] < 2 and 0.7 < wide[3000] < 2 and 0.5 < wide[300] < 1.2


@number("c15")
def behind_as_many_columns_as_examples_the_curve_is_flatter(c):
    [curves] = [curves for name, curves in c.timings["growth"].items() if name.startswith("columns")]
    slopes = np.diff(np.log(curves["ours"]["seconds"])) / np.diff(np.log(curves["sizes"]))
    return max(slopes[-2:]) < min(1, 0.75 * slopes[2])


@number("c15")
def three_times_as_many_sets_take_about_three_times_as_long(c):
    [curves] = [curves for name, curves in c.timings["growth"].items() if name.startswith("training sets")]
    *_, before, last = curves["ours"]["seconds"]
    return 2 < last / before < 5


@number("c19")
def on_two_cores_dask_costs_about_what_the_second_core_brings(c):
    return 0.65 < c.alone / c.maps["seconds"]["Dask"] < 1.3


@number("c19")
def decompose_takes_several_times_as_long_as_the_predictions(c):
    rows = c.timings["rows"]
    [ours] = [row["ours"] for name, row in rows.items() if name.startswith("predictions, degrees")]
    [both] = [row["our predictions, and decompose"] for row in rows.values() if "our predictions, and decompose" in row]
    return 3 < both / ours - 1 < 12
