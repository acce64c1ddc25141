"""Squared bias and variance: unbiased, with honest standard errors, the same whoever runs the simulation."""

import dataclasses
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from itertools import permutations

import joblib
import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from tools import derandomized
from utils import bias_variance, datasets, features, linear

FIELDS = [field.name for field in dataclasses.fields(bias_variance.Decomposition)]


def test_a_decomposition_is_itself_alone_and_may_be_a_key():
    """Its arrays have no one truth value, by which two could be compared."""
    one, other = (bias_variance.decompose(np.eye(2), np.zeros(2)) for _ in range(2))
    assert one == one and one != other and {one: 1}[one] == 1


def same(one, other, *, exactly=True):
    pairs = [(getattr(one, name), getattr(other, name)) for name in FIELDS]
    return all(np.array_equal(a, b) if exactly else np.allclose(a, b, rtol=1e-10, atol=1e-14) for a, b in pairs)


def random_predictions(n_sets=7, n_points=5, *, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n_sets, n_points)), rng.standard_normal(n_points)


@pytest.mark.parametrize("n_sets, n_points", [(2, 1), (2, 5), (7, 5), (5, 7)])
def test_variance_is_numpys_with_one_degree_of_freedom_spent_on_the_average(n_sets, n_points):
    predictions, truth = random_predictions(n_sets, n_points)
    d = bias_variance.decompose(predictions, truth)
    assert d.variance == pytest.approx(predictions.var(axis=0, ddof=1))
    assert d.mean_variance == pytest.approx(d.variance.mean())


@pytest.mark.parametrize("n_sets, n_points", [(2, 1), (2, 5), (7, 5), (5, 7)])
def test_squared_bias_is_the_mean_product_of_the_errors_of_two_different_sets(n_sets, n_points):
    predictions, truth = random_predictions(n_sets, n_points)
    d = bias_variance.decompose(predictions, truth)
    products = [one * other for one, other in permutations(predictions - truth, 2)]
    assert d.bias_sq == pytest.approx(np.mean(products, axis=0))
    assert d.mean_bias_sq == pytest.approx(d.bias_sq.mean())


def test_the_noise_of_the_average_is_taken_off_the_squared_bias():
    predictions, truth = random_predictions()
    d = bias_variance.decompose(predictions, truth)
    plug_in = (predictions.mean(axis=0) - truth) ** 2
    assert plug_in - d.bias_sq == pytest.approx(predictions.var(axis=0, ddof=1) / len(predictions))


def test_squared_bias_and_variance_add_up_to_the_mean_squared_error_of_single_fits():
    predictions, truth = random_predictions()
    d = bias_variance.decompose(predictions, truth)
    assert d.bias_sq + d.variance == pytest.approx(((predictions - truth) ** 2).mean(axis=0))


def test_each_attribute_has_the_shape_of_the_truth_or_none():
    d = bias_variance.decompose(*random_predictions(7, 5))
    for name in FIELDS:
        assert np.shape(getattr(d, name)) == (() if name.startswith("mean_") else (5,))
        assert not name.startswith("mean_") or isinstance(getattr(d, name), float)


def test_a_single_point_is_its_own_mean():
    d = bias_variance.decompose(*random_predictions(7, 1))
    for name in ("bias_sq", "variance", "bias_sq_se", "variance_se"):
        assert getattr(d, f"mean_{name}") == pytest.approx(getattr(d, name)[0])


def test_copies_of_a_point_are_one_point():
    predictions, truth = random_predictions(7, 1)
    one, many = (
        bias_variance.decompose(predictions, truth),
        bias_variance.decompose(np.tile(predictions, 9), np.tile(truth, 9)),
    )
    # Nine equal points say no more than one: neither the mean nor its standard error moves.
    for name in FIELDS:
        if name.startswith("mean_"):
            assert getattr(many, name) == pytest.approx(getattr(one, name))


def test_the_order_of_the_training_sets_does_not_matter():
    predictions, truth = random_predictions()
    shuffled = np.random.default_rng(1).permutation(predictions, axis=0)
    assert same(bias_variance.decompose(shuffled, truth), bias_variance.decompose(predictions, truth), exactly=False)


@pytest.mark.parametrize("unit", [1e-100, 1e-6, -3.0, 1e6, 1e100])
def test_a_change_of_units_is_squared(unit):
    predictions, truth = random_predictions()
    d, in_unit = (
        bias_variance.decompose(predictions, truth),
        bias_variance.decompose(unit * predictions, unit * truth),
    )
    for name in FIELDS:
        assert getattr(in_unit, name) == pytest.approx(unit**2 * getattr(d, name), rel=1e-9)


@derandomized
@given(st.integers(0, 2**32 - 1), st.integers(-498, 497))
def test_in_any_unit_predictions_are_decomposed_to_the_last_bit_or_refused(seed, exponent):
    """A power of two as unit is exact."""
    predictions, truth = random_predictions(seed=seed)
    unit = 2.0**exponent
    largest = unit * abs(predictions - truth).max()
    if not 1e-150 <= largest <= 1e150:
        with pytest.raises(ValueError, match="^predictions must (be within 1e150 of|meet) truth"):
            bias_variance.decompose(unit * predictions, unit * truth)
        return
    d, in_unit = bias_variance.decompose(predictions, truth), bias_variance.decompose(unit * predictions, unit * truth)
    for name in FIELDS:
        assert getattr(in_unit, name) == pytest.approx(unit**2 * getattr(d, name), rel=1e-12, abs=0)


@pytest.mark.parametrize("unit", [3e-151, 1e-170, 1e-300, 5e-324])
def test_errors_whose_squares_are_too_small_for_floats_are_refused(unit):
    with pytest.raises(
        ValueError, match="^predictions must meet truth, or differ by 1e-150 or more; got .*: change the unit"
    ):
        bias_variance.decompose([[unit], [3 * unit]], [0.0])


@pytest.mark.parametrize("far, got", [(2e150, r"2e\+150"), (1.7e308, r"1.7e\+308")])
def test_errors_whose_squares_are_too_large_for_floats_are_refused(far, got):
    with pytest.raises(ValueError, match=f"^predictions must be within 1e150 of truth; got a distance of {got}"):
        bias_variance.decompose([[far], [0.0]], [0.0])
    with pytest.raises(ValueError, match="^predictions must be within 1e150 of truth; got a distance of inf"):
        bias_variance.decompose([[1.7e308], [0.0]], [-1.7e308])


def test_only_the_errors_matter():
    predictions, truth = random_predictions()
    d = bias_variance.decompose(predictions + 8, truth + 8)
    assert same(d, bias_variance.decompose(predictions, truth), exactly=False)


def test_equal_predictions_have_no_variance_and_a_bias_that_is_known_exactly():
    d = bias_variance.decompose([[1.0, 2.0]] * 3, [0.5, 2.0])
    assert d.bias_sq.tolist() == [0.25, 0] and d.variance.tolist() == [0, 0]
    assert d.bias_sq_se.tolist() == d.variance_se.tolist() == [0, 0]


# In the next tests each point is an independent repetition of one experiment: Gaussian predictions with known
# bias b and variance v, from n_sets sets.
N_REPETITIONS = 10_000


def repetitions(b, v, n_sets):
    rng = np.random.default_rng(n_sets)
    predictions = 3 + b + np.sqrt(v) * rng.standard_normal((n_sets, N_REPETITIONS))
    return bias_variance.decompose(predictions, np.full(N_REPETITIONS, 3.0))


@pytest.mark.parametrize("n_sets", [2, 5, 40])
@pytest.mark.parametrize("b, v", [(0.0, 2.0), (-0.3, 2.0), (5.0, 2.0)])
def test_squared_bias_and_variance_are_unbiased(b, v, n_sets):
    d = repetitions(b, v, n_sets)
    for estimates, expected in ((d.bias_sq, b**2), (d.variance, v)):
        assert abs(estimates.mean() - expected) < 5 * estimates.std() / np.sqrt(N_REPETITIONS)


def relative_error_of_a_variance(kurtosis, n):
    """Five standard errors of the sample variance of n numbers, relative to the variance."""
    return 5 * np.sqrt((kurtosis - 1) / n)


@pytest.mark.parametrize("n_sets", [20, 60])
def test_the_standard_error_of_a_large_squared_bias_is_the_spread_of_its_estimates(n_sets):
    d = repetitions(5.0, 2.0, n_sets)
    # The average is Gaussian, so its square is Gaussian too where the bias exceeds the noise by far.
    limit = relative_error_of_a_variance(3, N_REPETITIONS)
    assert (d.bias_sq_se**2).mean() / d.bias_sq.var() == pytest.approx(1, abs=limit)


@pytest.mark.parametrize("b", [0.0, 0.1])
@pytest.mark.parametrize("n_sets", [20, 60])
def test_the_standard_error_of_a_small_squared_bias_errs_on_the_safe_side_by_little(b, n_sets):
    d = repetitions(b, 2.0, n_sets)
    # The square of a standard normal z has kurtosis 15. The estimate of 4 b**2 v is cut off at zero,
    # which adds up to 2 E[max(z**2 - 1, 0)] = 4 phi(1) to the square; squaring v adds 2 / (n_sets - 1).
    limit = relative_error_of_a_variance(15, N_REPETITIONS)
    largest = (1 + 4 * np.exp(-1 / 2) / np.sqrt(2 * np.pi)) * (1 + 2 / (n_sets - 1))
    assert 1 - limit < (d.bias_sq_se**2).mean() / d.bias_sq.var() < largest * (1 + limit)


@pytest.mark.parametrize("n_sets", [3, 5, 20, 60])
@pytest.mark.parametrize("b", [0.0, 5.0])
def test_the_standard_error_of_the_variance_is_the_spread_of_its_estimates(b, n_sets):
    d = repetitions(b, 2.0, n_sets)
    # That is the kurtosis of a chi squared with n_sets - 1 degrees of freedom.
    limit = relative_error_of_a_variance(3 + 12 / (n_sets - 1), N_REPETITIONS)
    assert (d.variance_se**2).mean() / d.variance.var() == pytest.approx(1, abs=limit)


def share_covered(estimates, standard_errors, expected, factor):
    return (abs(estimates - expected) <= factor * standard_errors).mean()


def student(n_sets):
    return scipy.stats.t.ppf(0.975, n_sets - 1)


# Of a hundred simulations, as `Decomposition` says; and of its docstring the sentence.
COVERED = {"variance": {3: 66, 5: 74, 10: 83, 20: 88, 60: 93}, "bias_sq": {3: 81, 5: 88, 20: 94}}
SAID = {
    "variance": "66 of 100 simulations with 3 sets, in 74 with 5, 83 with 10, 88 with 20, and 93 with 60",
    "bias_sq": "81 with 3 sets, 88 with 5, 94 with 20",
}


@pytest.mark.parametrize("name, n_sets", [(name, n_sets) for name, shares in COVERED.items() for n_sets in shares])
def test_two_standard_errors_cover_what_the_documentation_says(name, n_sets):
    b, v = (5.0, 1.0) if name == "bias_sq" else (0.0, 1.0)
    d, expected = repetitions(b, v, n_sets), b**2 if name == "bias_sq" else v
    estimates, standard_errors = getattr(d, name), getattr(d, f"{name}_se")
    said = COVERED[name][n_sets] / 100
    # Said to half a hundredth; five standard errors of a frequency.
    limit = 0.005 + 5 * np.sqrt(said * (1 - said) / N_REPETITIONS)
    assert abs(share_covered(estimates, standard_errors, expected, 2) - said) < limit
    assert SAID[name] in " ".join(bias_variance.Decomposition.__doc__.split())
    if name == "bias_sq":
        assert abs(share_covered(estimates, standard_errors, expected, student(n_sets)) - 0.95) < limit


def test_the_quantiles_of_students_t_are_those_in_the_documentation():
    quantiles = f"{student(3):.2f} with 3 sets, {student(5):.2f} with 5, {student(20):.2f} with 20"
    assert quantiles in " ".join(bias_variance.Decomposition.__doc__.split())


def test_two_training_sets_do_not_know_the_standard_error_of_their_variance():
    d = bias_variance.decompose(*random_predictions(2, 3))
    assert np.isinf(d.variance_se).all() and np.isinf(d.mean_variance_se)


TOGETHER = np.array([np.ones(6), 0.3 * np.linspace(-1, 1, 6)])
APART = np.eye(25)


@pytest.mark.parametrize("size_of_bias", [0.0, 3.0])
@pytest.mark.parametrize("shapes, n_sets", [(TOGETHER, 40), (APART, 12)], ids=["together", "apart"])
def test_the_standard_errors_of_the_means_allow_for_points_that_move_together(shapes, n_sets, size_of_bias):
    rng = np.random.default_rng(0)
    n_repetitions, n_points = 800, shapes.shape[1]
    truth, bias = np.linspace(0, 1, n_points), size_of_bias * np.linspace(0, 1, n_points)
    weights = rng.standard_normal((n_repetitions, n_sets, len(shapes)))
    ds = [bias_variance.decompose(truth + bias + w @ shapes, truth) for w in weights]

    # For Gaussian predictions, with covariance S, tr(S S) stands for v**2 and b' S b for b**2 v.
    S = shapes.T @ shapes
    trace, along_bias = (S**2).sum(), bias @ S @ bias
    # Of a sum of squares of normals with variances s, this is 3 + 12 sum(s**4) / sum(s**2)**2, 15 for a single one.
    kurtosis = 3 + 12 * ((S @ S) ** 2).sum() / trace**2
    limit = relative_error_of_a_variance(kurtosis, n_repetitions)
    for name, expected, squared_error in (
        ("mean_bias_sq", bias @ bias, 4 * along_bias / n_sets + 2 * trace / (n_sets * (n_sets - 1))),
        ("mean_variance", np.trace(S), 2 * trace / (n_sets - 1)),
    ):
        estimates = n_points * np.array([getattr(d, name) for d in ds])
        standard_errors = n_points * np.array([getattr(d, f"{name}_se") for d in ds])
        assert abs(estimates.mean() - expected) < 5 * estimates.std() / np.sqrt(n_repetitions)
        assert estimates.var() / squared_error == pytest.approx(1, abs=limit)
        # As for one point, the standard error of a squared bias of zero errs on the safe side.
        largest = 2 if name == "mean_bias_sq" and size_of_bias == 0 else 1
        assert 1 - limit < (standard_errors**2).mean() / squared_error < largest + limit


# A linear smoother knows its bias and variance: bias (H f - f) and variance sigma**2 sum_j H_ij**2.
M, SIGMA = 30, 0.3
X_TEST = np.linspace(0.02, 0.98, 9)


def sample(rng, target=datasets.sine):
    x = datasets.fixed_design(M)
    return x, datasets.observe(target(x), SIGMA, rng)


def fit_polynomial(x, y, x_test, degree=3, lam=0.0):
    w, b = linear.ridge(features.polynomial(x, degree), y, lam)
    return features.polynomial(x_test, degree) @ w + b


def constant(x, y, x_test, value=0.5):
    return np.full(len(x_test), value)


def closed_form(degree, lam, target=datasets.sine):
    x = datasets.fixed_design(M)
    H = linear.hat_matrix(features.polynomial(x, degree), features.polynomial(X_TEST, degree), lam=lam)
    return (H @ target(x) - target(X_TEST)) ** 2, SIGMA**2 * (H**2).sum(axis=1)


@pytest.mark.parametrize("target", [datasets.sine, datasets.quadratic])
@pytest.mark.parametrize("degree, lam", [(0, 0.0), (1, 0.0), (3, 0.0), (9, 0.0), (9, 0.01)])
def test_simulation_meets_the_closed_form_of_a_linear_smoother(degree, lam, target):
    d = bias_variance.simulate(
        partial(fit_polynomial, degree=degree, lam=lam),
        partial(sample, target=target),
        X_TEST,
        target(X_TEST),
        n_sets=200,
        rng=np.random.default_rng(0),
    )
    bias_sq, variance = closed_form(degree, lam, target)
    assert (abs(d.bias_sq - bias_sq) < 5 * d.bias_sq_se).all()
    assert (abs(d.variance - variance) < 5 * d.variance_se).all()
    assert abs(d.mean_bias_sq - bias_sq.mean()) < 5 * d.mean_bias_sq_se
    assert abs(d.mean_variance - variance.mean()) < 5 * d.mean_variance_se


def test_many_training_sets_fitted_at_once_meet_the_same_closed_form():
    x = datasets.fixed_design(M)
    Y = datasets.observe(datasets.sine(x), SIGMA, np.random.default_rng(1), n_sets=5000)
    d = bias_variance.decompose(fit_polynomial(x, Y, X_TEST).T, datasets.sine(X_TEST))
    bias_sq, variance = closed_form(3, 0.0)
    assert (abs(d.bias_sq - bias_sq) < 5 * d.bias_sq_se).all()
    assert (abs(d.variance - variance) < 5 * d.variance_se).all()


def simulate(rng=None, *, n_sets=10, learner=fit_polynomial, sample=sample, x_test=X_TEST, truth_test=None, **options):
    rng = np.random.default_rng(0) if rng is None else rng
    truth_test = datasets.sine(X_TEST) if truth_test is None else truth_test
    return bias_variance.simulate(learner, sample, x_test, truth_test, n_sets=n_sets, rng=rng, **options)


def test_simulate_decomposes_the_predictions_of_one_child_of_rng_for_each_set():
    children = np.random.default_rng(0).spawn(10)
    predictions = [fit_polynomial(*sample(child), X_TEST) for child in children]
    assert same(simulate(), bias_variance.decompose(predictions, datasets.sine(X_TEST)))


def test_no_two_training_sets_are_alike():
    drawn = []

    def remember(rng):
        drawn.append(sample(rng)[1])
        return X_TEST, drawn[-1]

    simulate(sample=remember, learner=constant, n_sets=50)
    assert len(np.unique(np.round(drawn, 12))) == 50 * M


def backwards(function, items):
    return list(map(function, list(items)[::-1]))[::-1]


def in_chunks(function, items, size=3):
    items = list(items)
    chunks = [items[start : start + size] for start in range(0, len(items), size)]
    results = {k: [function(item) for item in chunks[k]] for k in np.random.default_rng(0).permutation(len(chunks))}
    return [result for k in range(len(chunks)) for result in results[k]]


def test_the_map_that_is_given_gets_all_the_work():
    given = []

    def remember(function, items):
        given.extend(items)
        return map(function, given)

    simulate(map=remember, n_sets=10)
    assert len(given) == 10


@pytest.mark.parametrize("other_map", [backwards, in_chunks])
def test_the_order_of_the_work_does_not_change_the_result(other_map):
    assert same(simulate(map=other_map), simulate(map=map))


def test_threads_do_not_change_the_result():
    with ThreadPoolExecutor(4) as pool:
        assert same(simulate(map=pool.map), simulate())


@pytest.fixture(scope="module")
def pool():
    # A forked child of a process with threads may deadlock, and the test runner has threads.
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


@pytest.mark.parametrize("options", [{}, {"chunksize": 4}])
def test_processes_do_not_change_the_result(pool, options):
    assert same(simulate(map=partial(pool.map, **options)), simulate())


def test_joblib_does_not_change_the_result():
    def in_parallel(function, items):
        return joblib.Parallel(n_jobs=2)(joblib.delayed(function)(item) for item in items)

    assert same(simulate(map=in_parallel), simulate())


def test_dask_does_not_change_the_result(tmp_path):
    import dask
    import distributed

    with (
        # A fifth of it passes before Dask gives up its first attempt to connect, and leaves an open socket behind.
        dask.config.set({"distributed.comm.timeouts.connect": "10 minutes"}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, local_directory=tmp_path
        ) as cluster,
        distributed.Client(cluster) as client,
    ):

        def on_the_cluster(function, items):
            return client.gather(client.map(function, list(items), pure=False))

        assert same(simulate(map=on_the_cluster), simulate())


def write_into_all(x, y, x_test):
    """A learner that leaves nothing as it was, and predicts what it was given."""
    predictions = x_test + x[0] + y.mean()
    for array in (x, y, x_test):
        array[:] = 7.0
    return predictions


SHARED = datasets.fixed_design(M)


def sample_on_the_same_array(rng):
    return SHARED, datasets.observe(SHARED, SIGMA, rng)


def test_a_learner_that_writes_into_its_arrays_changes_nothing_whoever_runs_it(pool):
    x_test, design = X_TEST.copy(), SHARED.copy()
    options = {"learner": write_into_all, "sample": sample_on_the_same_array, "x_test": x_test, "n_sets": 5}
    here = simulate(**options)
    assert (x_test == X_TEST).all() and (SHARED == design).all()
    assert here.mean_variance < 1
    assert same(simulate(map=pool.map, **options), here)


@pytest.mark.parametrize(
    ("other_map", "got"),
    [
        (lambda function, items: [function(item) for item in items[:3]], 3),
        (lambda function, items: [function(item) for item in items] * 2, 60),
        (lambda function, items: (function(item) for item in items[1:]), 29),
        (lambda function, items: None, 0),
        (lambda function, items: [], 0),
    ],
)
def test_a_map_that_loses_or_repeats_training_sets_is_refused(other_map, got):
    with pytest.raises(ValueError, match=f"^map must return a result for each of 30 training sets; got {got}$"):
        simulate(map=other_map, n_sets=30)


def test_a_map_that_returns_promises_instead_of_predictions_is_refused():
    with pytest.raises(ValueError, match="^predictions must hold real numbers; got dtype object"):
        simulate(map=lambda function, items: [object() for _ in items])


@pytest.mark.parametrize("name", ["learner", "sample", "map"])
def test_what_is_no_function_is_named(name):
    with pytest.raises(ValueError, match=f"^{name} must be a function; got 5$"):
        simulate(**{name: 5})


@pytest.mark.parametrize("drawn", [3, None, (1.0,), (1.0, 2.0, 3.0), "xy", np.zeros((2, 3))])
def test_a_sample_that_is_no_pair_is_named(drawn):
    with pytest.raises(ValueError, match=r"^sample must return a pair \(x, y\); got "):
        simulate(sample=lambda rng: drawn)


def test_the_same_seed_gives_the_same_numbers_and_the_next_call_gives_others():
    rng = np.random.default_rng(0)
    first, second = simulate(rng), simulate(rng)
    assert same(first, simulate(np.random.default_rng(0)))
    assert (first.variance != second.variance).all() and (first.bias_sq != second.bias_sq).all()
    assert not same(first, simulate(np.random.default_rng(1)))


def test_the_first_sets_of_a_longer_simulation_are_those_of_a_shorter_one():
    drawn = {10: [], 20: []}
    for n_sets, ys in drawn.items():
        simulate(
            n_sets=n_sets,
            sample=lambda rng, ys=ys: (X_TEST, ys.append(rng.random()) or 0.0),
            learner=constant,
        )
    assert drawn[20][:10] == drawn[10]


def test_inputs_to_predict_at_reach_the_learner_as_they_are():
    x_test, seen = {"any": "object"}, []

    def learner(x, y, given):
        seen.append(given)
        return [0.0]

    simulate(learner=learner, x_test=x_test, truth_test=[0.0], n_sets=2)
    assert all(given is x_test for given in seen) and len(seen) == 2


BAD_PREDICTIONS = {
    "NaN": ([[np.nan, 0.0], [0.0, 0.0]], "predictions must be finite; got 1 "),
    "infinite": ([[np.inf, 0.0], [-np.inf, 0.0]], "predictions must be finite; got 2 "),
    "one axis": ([1.0, 2.0], r"predictions must have 2 or 3 axes; got shape \(2,\)"),
    "no sets": (np.empty((0, 2)), r"predictions must not be empty; got shape \(0, 2\)"),
    "no points": (np.empty((2, 0)), r"predictions must not be empty; got shape \(2, 0\)"),
    "one set": ([[1.0, 2.0]], "predictions must come from two training sets or more; got 1"),
    "other points": ([[1.0], [2.0]], "predictions and truth must have as many points; got 1 and 2"),
    "strings": (
        [["a", "b"], ["c", "d"]],
        "column 0 of predictions must hold real numbers; got dtype object, with text in it",
    ),
    "complex": ([[1j, 0], [0, 0]], "predictions must hold real numbers; got dtype complex128"),
    "ragged": ([[1.0, 2.0], [1.0]], "predictions must be an array of numbers; got rows of unequal length"),
}
BAD_TRUTHS = {
    "NaN": ([np.nan, 0.0], "truth must be finite; got 1 "),
    "two axes": ([[0.0, 0.0]], r"truth must have 1 axes; got shape \(1, 2\)"),
    "a number": (0.0, r"truth must have 1 axes; got shape \(\)"),
    "empty": ([], r"truth must not be empty; got shape \(0,\)"),
    "strings": (["a", "b"], "truth must hold real numbers; got dtype <U1"),
}


@pytest.mark.parametrize("predictions, message", BAD_PREDICTIONS.values(), ids=BAD_PREDICTIONS)
def test_bad_predictions_are_named(predictions, message):
    with pytest.raises(ValueError, match=message):
        bias_variance.decompose(predictions, [0.0, 0.0])


@pytest.mark.parametrize("truth, message", BAD_TRUTHS.values(), ids=BAD_TRUTHS)
def test_a_bad_truth_is_named(truth, message):
    with pytest.raises(ValueError, match=message):
        bias_variance.decompose([[0.0, 0.0], [1.0, 1.0]], truth)
    with pytest.raises(ValueError, match=message):
        simulate(truth_test=truth)


@pytest.mark.parametrize("n_sets", [1, 0, -2, 2.0, True, "10", None])
def test_a_simulation_needs_two_training_sets_or_more(n_sets):
    with pytest.raises(ValueError, match="n_sets must be a whole number, 2 or greater; got "):
        simulate(n_sets=n_sets)


def test_a_generator_without_children_is_named():
    # The bits of an old RandomState draw numbers, and cannot spawn.
    rng = np.random.Generator(np.random.RandomState(0)._bit_generator)  # noqa: NPY002
    assert len(datasets.random_design(3, rng)) == 3
    with pytest.raises(ValueError, match="^rng must be able to spawn, as .* is; got Generator"):
        simulate(rng)


@pytest.mark.parametrize("n_sets", [10**9 + 1, 2**64])
def test_more_training_sets_than_a_memory_holds_are_refused(n_sets):
    with pytest.raises(ValueError, match="^n_sets must be at most 1000000000; got "):
        simulate(n_sets=n_sets)


@pytest.mark.parametrize("rng", [0, "seed", np.random])
def test_a_simulation_needs_a_generator(rng):
    with pytest.raises(ValueError, match=r"rng must be a numpy\.random\.Generator, .*; got "):
        simulate(rng)


@pytest.mark.parametrize(
    "predict, message",
    [
        (lambda x_test: np.full(len(x_test), np.nan), "learner's predictions must be finite; got 9 "),
        (lambda x_test: np.full(len(x_test), np.inf), "learner's predictions must be finite; got 9 "),
        (
            lambda x_test: np.zeros((len(x_test), 1)),
            r"learner's predictions must have 1 axes; got shape \(9, 1\)",
        ),
        (lambda x_test: 0.0, r"learner's predictions must have 1 axes; got shape \(\)"),
        (lambda x_test: None, "learner's predictions must hold real numbers; got dtype object"),
        (lambda x_test: x_test[1:], "predictions and truth must have as many points; got 8 and 9"),
    ],
)
def test_predictions_of_a_bad_learner_are_named(predict, message):
    with pytest.raises(ValueError, match=message):
        simulate(learner=lambda x, y, x_test: predict(x_test))


def test_predictions_whose_number_changes_from_set_to_set_are_named():
    with pytest.raises(ValueError, match="predictions must be an array of numbers; got rows of unequal length"):
        simulate(learner=lambda x, y, x_test: x_test[int(y[0] > 0) :])


def test_an_error_in_the_learner_is_not_swallowed():
    def broken(x, y, x_test):
        raise ZeroDivisionError("in the learner")

    with pytest.raises(ZeroDivisionError, match="in the learner"):
        simulate(learner=broken)


@pytest.mark.parametrize("n_sets", [2, 3, 40])
def test_many_models_at_once_are_decomposed_as_one_by_one(n_sets):
    rng = np.random.default_rng(0)
    predictions, truth = rng.standard_normal((3, n_sets, 7)) + 1, rng.standard_normal(7)
    together = bias_variance.decompose(predictions, truth)
    for k in range(3):
        alone = bias_variance.decompose(predictions[k], truth)
        for name in vars(alone):
            np.testing.assert_allclose(getattr(together, name)[k], getattr(alone, name), rtol=1e-12, atol=1e-14)


def test_each_point_is_decomposed_as_if_it_were_the_only_one():
    rng = np.random.default_rng(0)
    predictions, truth = rng.standard_normal((12, 5)) + 1, rng.standard_normal(5)
    together = bias_variance.decompose(predictions, truth)
    for point in range(5):
        alone = bias_variance.decompose(predictions[:, [point]], truth[[point]])
        for name in ("bias_sq", "variance", "bias_sq_se", "variance_se"):
            assert getattr(together, name)[point] == pytest.approx(getattr(alone, f"mean_{name}"), rel=1e-12)


@pytest.mark.parametrize("n_sets", [2, 3, 7])
def test_at_a_single_point_its_errors_are_those_of_the_means(n_sets):
    predictions = np.random.default_rng(n_sets).standard_normal((n_sets, 1))
    d = bias_variance.decompose(predictions, [0.3])
    assert d.bias_sq_se[0] == pytest.approx(d.mean_bias_sq_se, rel=1e-12)
    assert d.variance_se[0] == pytest.approx(d.mean_variance_se, rel=1e-12)
