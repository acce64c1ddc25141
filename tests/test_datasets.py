"""Targets, designs and noise: known values, known statistics, no numbers but those of rng."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import EPS, derandomized
from utils import datasets


def test_the_targets_take_their_known_values():
    x = np.array([0, 0.25, 0.5, 0.75, 1])
    assert datasets.sine(x) == pytest.approx([0, 1, 0, -1, 0], abs=1e-15)
    assert datasets.cosine([0, 1 / 3, 2 / 3, 1]) == pytest.approx([1, 0, -1, 0], abs=1e-15)
    assert datasets.quadratic(x) == pytest.approx([0, 0.75, 1, 0.75, 0], abs=1e-15)


@pytest.mark.parametrize("target", [datasets.sine, datasets.cosine, datasets.quadratic])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,)])
def test_a_target_keeps_the_shape_of_its_input(target, shape):
    assert target(np.zeros(shape)).shape == shape
    assert np.shape(target(np.zeros(shape).tolist())) == shape


@pytest.mark.parametrize("m", [2, 3, 30])
def test_a_fixed_design_is_equally_spaced_from_0_to_1(m):
    x = datasets.fixed_design(m)
    assert x.shape == (m,) and x[0] == 0 and x[-1] == 1
    assert np.diff(x) == pytest.approx(1 / (m - 1))


@pytest.mark.parametrize("m", [1, 2, 1000])
def test_a_random_design_is_sorted_in_the_unit_interval(m):
    x = datasets.random_design(m, np.random.default_rng(0))
    assert x.shape == (m,) and (np.diff(x) >= 0).all() and 0 <= x[0] and x[-1] < 1


def test_a_random_design_is_uniform():
    m = 100_000
    x = datasets.random_design(m, np.random.default_rng(0))
    # The distance of an empirical distribution exceeds this in one of a million samples (Massart's bound).
    assert abs(x - (np.arange(m) + 0.5) / m).max() < 2.7 / np.sqrt(m)


@pytest.mark.parametrize("sigma", [0.3, 5.0])
@pytest.mark.parametrize("shape", [(200_000, None), (20, 10_000), (2_000, 100)])
def test_observations_are_the_truth_and_normal_noise(sigma, shape):
    m, n_sets = shape
    truth = 10 * datasets.sine(datasets.fixed_design(m))
    y = datasets.observe(truth, sigma, np.random.default_rng(0), n_sets=n_sets)
    z = (y.T - truth) / sigma
    # Five standard errors each of the first four moments of a normal, whose variances are 1, 2, 15 and 96.
    for power, moment, variance in ((1, 0, 1), (2, 1, 2), (3, 0, 15), (4, 3, 96)):
        assert abs((z**power).mean() - moment) < 5 * np.sqrt(variance / z.size)


def test_noise_is_independent_between_points_and_between_sets():
    z = datasets.observe(np.zeros(20), 1.0, np.random.default_rng(0), n_sets=20_000)
    # Products of independent normals have variance 1. Six standard errors, where the largest of 190 is taken.
    between_points = z @ z.T / z.shape[1]
    assert abs(between_points[~np.eye(20, dtype=bool)]).max() < 6 / np.sqrt(z.shape[1])
    for lag in (1, 2, 10):
        assert abs((z[:, lag:] * z[:, :-lag]).mean()) < 5 / np.sqrt(z[:, lag:].size)


@pytest.mark.parametrize("n_sets", [None, 1, 4])
def test_without_noise_the_observations_are_the_truth(n_sets):
    truth = datasets.sine(datasets.fixed_design(7))
    y = datasets.observe(truth, 0, np.random.default_rng(0), n_sets=n_sets)
    assert y.shape == ((7,) if n_sets is None else (7, n_sets))
    assert (y.T == truth).all()


@pytest.mark.parametrize("sigma", [0.1, 2.0])
def test_the_noise_is_what_the_generator_gives_times_sigma(sigma):
    truth = datasets.sine(datasets.fixed_design(7))
    noise = np.random.default_rng(3).standard_normal((7, 2))
    assert (datasets.observe(truth, sigma, np.random.default_rng(3), n_sets=2).T == truth + sigma * noise.T).all()


DRAWS = {
    "random_design": lambda rng: datasets.random_design(10, rng),
    "observe": lambda rng: datasets.observe(np.zeros(10), 1.0, rng),
    "observe, many sets": lambda rng: datasets.observe(np.zeros(10), 1.0, rng, n_sets=3),
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_the_same_seed_gives_the_same_numbers_and_the_next_call_gives_others(draw):
    rng = np.random.default_rng(5)
    first, second = draw(rng), draw(rng)
    assert (draw(np.random.default_rng(5)) == first).all()
    assert (first != second).all()


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_the_global_random_state_is_neither_used_nor_advanced(draw):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    draw(np.random.default_rng(0))
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
@pytest.mark.parametrize("rng", [0, None, np.random, np.random.RandomState(0), np.random.SeedSequence(0)])  # noqa: NPY002
def test_rng_is_a_generator(draw, rng):
    with pytest.raises(ValueError, match=r"rng must be a numpy\.random\.Generator, .*default_rng.*; got "):
        draw(rng)


@pytest.mark.parametrize("m", [1, 0, -3, 2.0, True, "5", None, np.nan])
def test_a_fixed_design_needs_two_points_or_more(m):
    with pytest.raises(ValueError, match="m must be a whole number, 2 or greater; got "):
        datasets.fixed_design(m)


@pytest.mark.parametrize("m", [0, -3, 2.0, True, "5", None])
def test_a_random_design_needs_a_point(m):
    with pytest.raises(ValueError, match="m must be a whole number, 1 or greater; got "):
        datasets.random_design(m, np.random.default_rng(0))


@pytest.mark.parametrize("n_sets", [0, -1, 2.0, True, "5", (2, 3)])
def test_the_number_of_training_sets_is_a_whole_number(n_sets):
    with pytest.raises(ValueError, match="n_sets must be a whole number, 1 or greater; got "):
        datasets.observe([0.0], 1.0, np.random.default_rng(0), n_sets=n_sets)


@pytest.mark.parametrize(
    "truth, message",
    [
        ([np.nan, 0.0], "truth must be finite; got 1 "),
        ([np.inf, -np.inf], "truth must be finite; got 2 "),
        ([], r"truth must not be empty; got shape \(0,\)"),
        (0.0, r"truth must have 1 axes; got shape \(\)"),
        ([[0.0]], r"truth must have 1 axes; got shape \(1, 1\)"),
        (["a"], "truth must hold real numbers; got dtype <U1"),
        ([1j], "truth must hold real numbers; got dtype complex128"),
        ([[0.0], [0.0, 1.0]], "truth must be an array of numbers; got rows of unequal length"),
    ],
)
@pytest.mark.parametrize("n_sets", [None, 2])
def test_a_bad_truth_is_named(truth, message, n_sets):
    with pytest.raises(ValueError, match=message):
        datasets.observe(truth, 1.0, np.random.default_rng(0), n_sets=n_sets)


@pytest.mark.parametrize(
    "sigma, message",
    [
        (-0.1, "sigma must be at least 0; got -0.1"),
        (np.nan, "sigma must be finite; got 1 "),
        (np.inf, "sigma must be finite; got 1 "),
        ("0.1", "sigma must hold real numbers; got dtype <U3"),
        ([0.1, 0.2], r"sigma must have 0 axes; got shape \(2,\)"),
    ],
)
def test_a_bad_sigma_is_named(sigma, message):
    with pytest.raises(ValueError, match=message):
        datasets.observe([0.0], sigma, np.random.default_rng(0))


TARGETS = pytest.mark.parametrize("target", [datasets.sine, datasets.cosine, datasets.quadratic])


@TARGETS
@given(st.lists(st.integers(-128, 127), min_size=1, max_size=5))
@derandomized
def test_whole_numbers_of_any_size_are_floats_first(target, numbers):
    expected = target(np.array(numbers, dtype=float))
    for dtype in (np.int8, np.int64, object):
        assert (target(np.array(numbers, dtype)) == expected).all()
    assert (target(numbers) == expected).all()


def test_a_parabola_of_small_integers_is_no_remainder():
    assert datasets.quadratic(np.array([100], np.int8)).tolist() == [4 * 100 * -99]


@TARGETS
@pytest.mark.parametrize("dtype", ["int8", "float16", "float32", "bool"])
def test_a_target_computes_in_double_precision(target, dtype):
    assert target(np.array([0, 1], dtype)).dtype == float


def test_a_wave_keeps_nine_digits_to_the_ends_of_its_range():
    x = np.array([-1e6, -999_999.0, 4.0, 999_999.0, 1e6])
    # The angle, at most 2 pi 1e6, is rounded twice.
    assert datasets.sine(x) == pytest.approx(0, abs=2 * EPS * 2 * np.pi * 1e6)
    assert datasets.cosine(4 * x[2:3]) == pytest.approx([1.0])


@TARGETS
@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.nextafter(1e6, 2e6), "x must be from -1e6 to 1e6, where .*; got 1e"),
        ([0.0, -1e200], r"x must be from -1e6 to 1e6, where .*; got 1e\+200"),
        ([0.0, np.nan], r"x must be finite; got 1 values that are NaN or infinite, the first at \(1,\)"),
        (np.inf, "x must be finite; got 1 "),
        (["a"], "x must hold real numbers; got dtype <U1"),
        ([1j], "x must hold real numbers; got dtype complex128"),
        ([[1.0], [1.0, 2.0]], "x must be an array of numbers; got rows of unequal length"),
        (None, "x must hold real numbers; got dtype object, with None in it"),
        ((k for k in [1.0]), "x must be an array; got a generator: make it a list first"),
        (np.ma.masked_array([1.0, 2.0], [0, 1]), "x must have no masked entries; got 1"),
    ],
)
def test_inputs_that_have_no_target_are_named(target, x, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        target(x)


@pytest.mark.parametrize("sigma", [1e-300, 1e200, 1e307])
def test_noise_of_any_size_that_floats_hold_is_drawn(sigma):
    unit = datasets.observe(np.zeros(5), 1.0, np.random.default_rng(0))
    assert datasets.observe(np.zeros(5), sigma, np.random.default_rng(0)) == pytest.approx(sigma * unit, rel=1e-12)


@pytest.mark.parametrize("n_sets", [None, 3])
def test_observations_that_floats_do_not_hold_are_refused(n_sets):
    with pytest.raises(ValueError, match=r"^sigma must leave truth \+ sigma \* noise below 1.8e308; got 1e\+308"):
        datasets.observe(np.full(20, 1.7e308), 1e308, np.random.default_rng(0), n_sets=n_sets)


@pytest.mark.parametrize("many", [10**9 + 1, 2**44, 2**62, 2**64, 10**400])
def test_more_numbers_than_a_memory_holds_are_refused(many):
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="^m must be at most 1000000000; got "):
        datasets.fixed_design(many)
    with pytest.raises(ValueError, match="^m must be at most 1000000000; got "):
        datasets.random_design(many, rng)
    with pytest.raises(ValueError, match="^n_sets must be at most 500000000; got "):
        datasets.observe([0.0, 1.0], 1.0, rng, n_sets=many)


def test_one_training_set_is_the_first_of_a_stack_of_one():
    f = datasets.sine(datasets.fixed_design(5))
    alone, stacked = (datasets.observe(f, 0.3, np.random.default_rng(0), n_sets=n) for n in (None, 1))
    assert (alone == stacked[:, 0]).all() and stacked.shape == (5, 1)
