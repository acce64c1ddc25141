"""Training: the loop written out by hand, early stopping by its definition, replicas side by side, the progress bar."""

import dataclasses
import inspect
import itertools

import numpy as np
import pytest
import tqdm.auto
import tqdm.std
from hypothesis import given
from hypothesis import strategies as st

from tools import EPS, alike, derandomized
from utils import linear, network, optimizers, training

M = 12


def data(n_replicas=None, *, seed=0):
    """A small network, or replicas of it, inputs, and noise as targets, for each replica its own."""
    rng = np.random.default_rng(seed)
    params = network.init([2, 4, 1], rng, n_replicas=n_replicas)
    return params, rng.standard_normal((M, 2)), rng.standard_normal((M,) if n_replicas is None else (n_replicas, M))


def objective_on(X, y, lam=0.01):
    return lambda params, rows: network.loss_and_gradient(params, X[rows], y[..., rows], lam)


def problem(n_replicas=None):
    params, X, y = data(n_replicas)
    return params, objective_on(X, y)


# Optimizers with and without a memory.
OPTIMIZERS = {
    "sgd": optimizers.sgd(0.1),
    "momentum": optimizers.sgd(0.05, momentum=0.9, weight_decay=0.1),
    "adamw": optimizers.adamw(0.01, weight_decay=0.1),
}
on_optimizers = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)


# A training that counts: after k epochs the parameter is k, which began at 0, and the loss was k - 1.
COUNT = optimizers.sgd(1.0)


def counting(params, rows):
    [(w, b)] = params
    return w, [(-np.ones_like(w), np.zeros_like(b))]


def start(n_replicas=None):
    return [(0.0, 0.0)] if n_replicas is None else [(np.zeros(n_replicas), np.zeros(n_replicas))]


def follow(scores):
    """A validate that returns these scores, one after another."""
    waiting = iter(scores)
    return lambda params: next(waiting)


# Mini-batches


@derandomized
@given(st.integers(1, 60).flatmap(lambda m: st.tuples(st.just(m), st.integers(1, m))), st.integers(0, 2**32 - 1))
def test_minibatches_are_a_partition_and_all_but_the_last_are_full(sizes, seed):
    m, batch_size = sizes
    batches = training.minibatches(m, batch_size, np.random.default_rng(seed))
    lengths = [len(batch) for batch in batches]
    assert sorted(np.concatenate(batches)) == list(range(m))
    assert len(batches) == -(-m // batch_size)
    assert set(lengths[:-1]) <= {batch_size} and 1 <= lengths[-1] <= batch_size


def test_each_example_is_as_often_in_each_batch_and_with_each_other():
    rng, n = np.random.default_rng(0), 4000
    together = np.zeros((6, 6))
    firsts = np.zeros(6)
    for _ in range(n):
        batches = training.minibatches(6, 2, rng)
        firsts[batches[0]] += 1
        for i, j in batches:
            together[[i, j], [j, i]] += 1
    # Five standard errors of a share: a third of the examples are in the first batch, a fifth of all pairs are one.
    assert abs(firsts / n - 1 / 3).max() < 5 * np.sqrt(2 / 9 / n)
    assert abs(together[~np.eye(6, dtype=bool)] / n - 1 / 5).max() < 5 * np.sqrt(4 / 25 / n)


def test_the_same_seed_gives_the_same_batches_and_the_next_call_gives_others():
    rng = np.random.default_rng(0)
    first, second, again = (
        np.concatenate(training.minibatches(50, 7, r)) for r in (rng, rng, np.random.default_rng(0))
    )
    assert (first == again).all() and (first != second).any()


# Epochs


def test_epochs_are_a_generator_that_works_only_when_it_is_asked():
    calls = []

    def objective(params, rows):
        calls.append(rows)
        return counting(params, rows)

    passes = training.epochs(start(), objective, COUNT, n_epochs=3, m=4, batch_size=2, rng=np.random.default_rng(0))
    assert inspect.isgenerator(passes) and calls == []
    next(passes)
    assert len(calls) == 2
    assert len(list(passes)) == 2 and len(calls) == 6


def test_without_mini_batches_each_epoch_is_one_step_on_all_rows():
    seen = []

    def objective(params, rows):
        seen.append(rows)
        return counting(params, rows)

    passes = list(training.epochs(start(), objective, COUNT, n_epochs=4))
    assert seen == [slice(None)] * 4
    assert [(params[0][0], loss) for params, loss in passes] == [(1, 0), (2, 1), (3, 2), (4, 3)]


@on_optimizers
@pytest.mark.parametrize("n_replicas", [None, 3])
def test_full_batch_steps_are_those_of_a_loop_by_hand(optimizer, n_replicas):
    params, objective = problem(n_replicas)
    passes = list(training.epochs(params, objective, optimizer, n_epochs=7))
    assert len(passes) == 7
    state = optimizer.init(params)
    for after, mean_loss in passes:
        loss, grads = objective(params, slice(None))
        params, state = optimizer.step(params, grads, state)
        assert alike(after, params, rel=0) and alike(mean_loss, loss, rel=0)


@on_optimizers
@pytest.mark.parametrize("n_replicas", [None, 3])
@pytest.mark.parametrize("batch_size", [1, 5, M])
def test_mini_batch_steps_are_those_of_a_loop_by_hand(optimizer, n_replicas, batch_size):
    params, objective = problem(n_replicas)
    split = {"m": M, "batch_size": batch_size, "rng": np.random.default_rng(5)}
    passes = list(training.epochs(params, objective, optimizer, n_epochs=7, **split))
    assert len(passes) == 7
    state, rng = optimizer.init(params), np.random.default_rng(5)
    for after, mean_loss in passes:
        losses = []
        for rows in training.minibatches(M, batch_size, rng):
            loss, grads = objective(params, rows)
            params, state = optimizer.step(params, grads, state)
            losses.append(loss)
        assert alike(after, params, rel=0)
        assert alike(mean_loss, np.mean(losses, axis=0), rel=0) and np.shape(mean_loss) == np.shape(loss)


def test_the_loss_of_an_epoch_is_the_mean_over_its_batches_each_before_its_step():
    split = {"m": 10, "batch_size": 4, "rng": np.random.default_rng(0)}
    # The loss before step k is k - 1: three steps an epoch.
    losses = [loss for _, loss in training.epochs(start(), counting, COUNT, n_epochs=3, **split)]
    assert losses == [1, 4, 7]


def test_two_trainings_may_take_turns():
    params, objective = problem()
    one, other = (training.epochs(params, objective, OPTIMIZERS["momentum"], n_epochs=5) for _ in range(2))
    alone = list(training.epochs(params, objective, OPTIMIZERS["momentum"], n_epochs=5))
    for (a, loss_a), (b, loss_b), (c, loss_c) in zip(one, other, alone, strict=True):
        assert alike([a, b], [c, c], rel=0) and loss_a == loss_b == loss_c


@pytest.mark.parametrize("split", [{}, {"m": M, "batch_size": 4}])
@pytest.mark.parametrize("validated", [False, True])
def test_no_parameters_that_are_given_or_were_yielded_are_changed(split, validated):
    params, objective = problem(2)
    for part in (part for pair in params for part in pair):
        part.flags.writeable = False
    if split:
        split = split | {"rng": np.random.default_rng(0)}
    passes = training.epochs(params, objective, OPTIMIZERS["adamw"], n_epochs=4, **split)
    seen = [(after, [(W.copy(), b.copy()) for W, b in after]) for after, _ in passes]
    assert all(alike(after, copy, rel=0) for after, copy in seen)
    validate = (lambda params: objective(params, slice(None))[0]) if validated else None
    training.train(params, objective, OPTIMIZERS["adamw"], n_epochs=4, validate=validate)


# Training to the end


@on_optimizers
@pytest.mark.parametrize("n_replicas", [None, 1, 3])
@pytest.mark.parametrize("batch_size", [None, 5])
def test_without_validation_the_last_parameters_are_returned_and_all_losses(optimizer, n_replicas, batch_size):
    params, objective = problem(n_replicas)

    def split():
        return {} if batch_size is None else {"m": M, "batch_size": batch_size, "rng": np.random.default_rng(1)}

    trained, history = training.train(params, objective, optimizer, n_epochs=6, **split())
    passes = list(training.epochs(params, objective, optimizer, n_epochs=6, **split()))
    assert alike(trained, passes[-1][0], rel=0)
    assert alike(history.loss, np.array([loss for _, loss in passes]), rel=0)
    assert history.loss.shape == ((6,) if n_replicas is None else (6, n_replicas))
    assert history.validation is None and history.best_epoch == 6 and type(history.best_epoch) is int
    # The same seed, the same result; another seed, others.
    again, _ = training.train(params, objective, optimizer, n_epochs=6, **split())
    assert alike(again, trained, rel=0)
    if batch_size is not None:
        other = split() | {"rng": np.random.default_rng(2)}
        assert not alike(training.train(params, objective, optimizer, n_epochs=6, **other)[0], trained, rel=1e-6)


@on_optimizers
@pytest.mark.parametrize("batch_size", [None, 5])
@pytest.mark.parametrize("validated", [False, True])
def test_replicas_side_by_side_are_single_trainings_on_the_same_batches(optimizer, batch_size, validated):
    n_replicas = 4
    params, X, y = data(n_replicas)
    # The validation is on other noise, so that the best epoch comes early for some and late for others.
    noise = np.random.default_rng(3).standard_normal((n_replicas, M))

    def run(params, y, noise):
        split = {} if batch_size is None else {"m": M, "batch_size": batch_size, "rng": np.random.default_rng(1)}
        if validated:
            split["validate"] = lambda params: network.loss_and_gradient(params, X, noise, 0.0)[0]
        return training.train(params, objective_on(X, y), optimizer, n_epochs=30, **split)

    trained, history = run(params, y, noise)
    for k in range(n_replicas):
        alone, own = run([(W[k], b[k]) for W, b in params], y[k], noise[k])
        assert alike([(W[k], b[k]) for W, b in trained], alone)
        assert alike(history.loss[:, k], own.loss)
        assert np.broadcast_to(history.best_epoch, n_replicas)[k] == own.best_epoch
        assert not validated or alike(history.validation[:, k], own.validation)
    assert not validated or len(set(history.best_epoch)) > 1


@pytest.mark.parametrize("n_outputs", [1, 3])
@pytest.mark.parametrize("lam", [0.1, 1.0])
def test_a_linear_layer_is_trained_to_the_solution_of_ridge(n_outputs, lam):
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 3)), rng.standard_normal((20, n_outputs)) + 2
    A = np.column_stack([X, np.ones(20)])
    curvatures = np.linalg.eigvalsh(A.T @ A / 20 + lam * np.diag([1, 1, 1, 0]))
    # At the rate 1 / largest curvature, each step leaves this share of what is missing, at most.
    share = 1 - curvatures[0] / curvatures[-1]
    n_epochs = int(np.ceil(np.log(1e-14) / np.log(share)))

    def objective(params, rows):
        return network.loss_and_gradient(params, X[rows], y[rows], lam)

    zeros = [(np.zeros((3, n_outputs)), np.zeros(n_outputs))]
    (trained,), _ = training.train(zeros, objective, optimizers.sgd(1 / curvatures[-1]), n_epochs=n_epochs)
    assert alike(trained, linear.ridge(X, y, lam), rel=1e-12)


# Early stopping


@pytest.mark.parametrize(
    "scores, patience, best, n_run",
    [
        ([3, 2, 1, 2, 3, 4], 2, 3, 5),
        ([3, 2, 1, 2, 3, 4], 3, 3, 6),
        ([3, 2, 1, 2, 3, 4], 1, 3, 4),
        ([3, 2, 1, 2, 3, 4], None, 3, 6),
        ([3, 2, 1, 2, 3, 4], 99, 3, 6),
        ([1, 2, 0, 1, 1, 1], 2, 3, 5),
        ([1, 2, 2, 0, 1, 1], 2, 1, 3),
        ([1, 2, 2, 0, 1, 1], 3, 4, 6),
        ([1, 1, 1, 0, 0, 0], 2, 1, 3),
        ([1, 1, 1, 0, 0, 0], 3, 4, 6),
        ([6, 5, 4, 3, 2, 1], 1, 6, 6),
        ([1, 2, 3, 4, 5, 6], 4, 1, 5),
        ([5, np.inf, 4, np.inf, np.inf, 3], 2, 3, 5),
        ([1e308] * 6, 4, 1, 5),
        ([np.inf] * 6, 4, 0, 4),
        ([-np.inf] * 6, 4, 1, 5),
    ],
)
def test_training_stops_when_patience_ends_and_returns_the_best_epoch(scores, patience, best, n_run):
    params, history = training.train(start(), counting, COUNT, n_epochs=6, validate=follow(scores), patience=patience)
    assert params == [(best, 0)] and history.best_epoch == best and type(history.best_epoch) is int
    assert history.validation.tolist() == scores[:n_run] and history.loss.tolist() == list(range(n_run))


def by_definition(scores, patience):
    """Best epoch of each replica, and how many epochs are run, from the scores of all epochs."""
    scores = np.array(scores, dtype=float)
    for n_run in range(1, len(scores) + 1):
        best = scores[:n_run].argmin(axis=0) + 1
        # The last patience epochs brought no replica a new best.
        if n_run - best.max() >= patience:
            break
    return best, n_run


@derandomized
@given(
    st.tuples(st.integers(1, 3), st.integers(1, 12)).flatmap(
        lambda shape: st.lists(
            st.lists(st.integers(0, 5), min_size=shape[0], max_size=shape[0]), min_size=shape[1], max_size=shape[1]
        )
    ),
    st.integers(1, 4),
)
def test_each_replica_returns_its_own_best_epoch_and_the_last_to_improve_is_waited_for(scores, patience):
    n_replicas, best_run = len(scores[0]), by_definition(scores, patience)
    params, history = training.train(
        start(n_replicas), counting, COUNT, n_epochs=len(scores), validate=follow(scores), patience=patience
    )
    best, n_run = best_run
    assert params[0][0].tolist() == history.best_epoch.tolist() == best.tolist()
    assert history.validation.tolist() == scores[:n_run] and history.loss.shape == (n_run, n_replicas)
    assert isinstance(history.best_epoch, np.ndarray) and history.best_epoch.shape == (n_replicas,)


def test_one_score_for_all_replicas_chooses_one_epoch_for_all():
    scores = [3, 1, 2, 2, 2]
    params, history = training.train(start(3), counting, COUNT, n_epochs=5, validate=follow(scores), patience=2)
    assert params[0][0].tolist() == [2, 2, 2] and history.best_epoch == 2 and type(history.best_epoch) is int
    assert history.validation.shape == (4,) and history.loss.shape == (4, 3)


def test_the_best_epoch_is_taken_in_every_layer_whatever_its_number_of_axes():
    params, objective = problem(3)
    scores = [[3, 1, 2], [2, 2, 2], [1, 3, 3]]
    trained, history = training.train(params, objective, OPTIMIZERS["momentum"], n_epochs=3, validate=follow(scores))
    assert history.best_epoch.tolist() == [3, 1, 1]
    passes = [after for after, _ in training.epochs(params, objective, OPTIMIZERS["momentum"], n_epochs=3)]
    for layer, pair in enumerate(trained):
        for part, array in enumerate(pair):
            expected = np.array([passes[epoch - 1][layer][part][k] for k, epoch in enumerate([3, 1, 1])])
            assert (array == expected).all() and array.shape == params[layer][part].shape


def test_validate_is_given_the_parameters_after_each_epoch_and_training_goes_on_from_the_latest():
    seen = []

    def validate(params):
        seen.append(float(params[0][0]))
        return seen[-1]

    params, history = training.train(start(), counting, COUNT, n_epochs=4, validate=validate)
    assert seen == [1, 2, 3, 4] and params == [(1, 0)] and history.loss.tolist() == [0, 1, 2, 3]


def test_however_little_better_is_better():
    scores = [1.0, 1.0 - EPS, 1.0 - 2 * EPS, 1.0]
    _, history = training.train(start(), counting, COUNT, n_epochs=4, validate=follow(scores), patience=1)
    assert history.best_epoch == 3 and len(history.loss) == 4


def test_parameters_that_are_numbers_come_back_as_numbers():
    for validate in (None, follow([1, 2])):
        (pair,), _ = training.train(start(), counting, COUNT, n_epochs=2, validate=validate)
        assert all(isinstance(part, float) for part in pair)


def test_with_mini_batches_patience_counts_epochs_and_not_steps():
    split = {"m": 10, "batch_size": 2, "rng": np.random.default_rng(0)}
    params, history = training.train(
        start(), counting, COUNT, n_epochs=9, validate=follow([2, 1, 3, 3, 3, 3]), patience=3, **split
    )
    assert history.best_epoch == 2 and len(history.loss) == 5 and params[0][0] == 10


def test_a_history_cannot_be_changed():
    _, history = training.train(start(), counting, COUNT, n_epochs=1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        history.best_epoch = 3


def test_early_stopping_on_a_network_finds_the_minimum_of_the_recorded_validation():
    params, objective = problem(5)
    rng = np.random.default_rng(9)
    X, y = rng.standard_normal((50, 2)), rng.standard_normal(50)

    def validate(params):
        return network.loss_and_gradient(params, X, y, 0.0)[0]

    trained, history = training.train(params, objective, optimizers.adam(0.03), n_epochs=200, validate=validate)
    assert history.validation.shape == (200, 5)
    assert (history.best_epoch == history.validation.argmin(axis=0) + 1).all()
    assert alike(validate(trained), history.validation.min(axis=0))


# The progress bar


def test_a_bar_is_asked_for_after_two_seconds_and_ends_full_and_gone(monkeypatch):
    bars = []

    class Spy:
        def __init__(self, **options):
            self.options, self.total, self.n, self.closed_at = options, options["total"], 0, None
            bars.append(self)

        def update(self):
            self.n += 1

        def close(self):
            self.closed_at = self.n, self.total

    monkeypatch.setattr(tqdm.auto, "tqdm", Spy)
    assert len(list(training.epochs(start(), counting, COUNT, n_epochs=5))) == 5
    training.train(start(), counting, COUNT, n_epochs=9, validate=lambda params: 0.0, patience=2)
    assert [bar.options["total"] for bar in bars] == [5, 9]
    # Stopped in its third epoch, which the bar has not heard of.
    assert [bar.closed_at for bar in bars] == [(5, 5), (2, 2)]
    for bar in bars:
        assert bar.options["delay"] == 2 and bar.options["leave"] is False


@pytest.fixture
def clock(monkeypatch):
    """The time that the bar sees, in seconds: a list to set."""
    now = [1000.0]
    monkeypatch.setattr(tqdm.std, "time", lambda: now[0])
    return now


@pytest.mark.parametrize("stopped", [False, True])
def test_what_ends_within_two_seconds_says_nothing_and_what_takes_longer_shows_how_far_it_is(clock, capsys, stopped):
    def objective(params, rows):
        clock[0] += 0.5
        return counting(params, rows)

    training.train(start(), objective, COUNT, n_epochs=3)
    assert capsys.readouterr() == ("", "")
    said = []

    def validate(params):
        said.append(capsys.readouterr().err)
        return params[0][0] if stopped else 0.0

    training.train(start(), objective, COUNT, n_epochs=20, validate=validate, patience=12 if stopped else None)
    # The bar learns of an epoch when the next begins.
    shown = [epoch for epoch, text in enumerate(said, start=1) if text]
    assert shown and shown[0] > 4 and len(said) == (13 if stopped else 20)
    assert "epochs" in said[shown[0] - 1] and "/20" in said[shown[0] - 1]
    out, end = capsys.readouterr()
    assert out == "" and end.endswith("\r") and end.split("\r")[-2].strip() == ""


# Bad input

GOOD = {"params": start(), "objective": counting, "optimizer": COUNT, "n_epochs": 2}
SPLIT = {"m": 4, "batch_size": 2, "rng": np.random.default_rng(0)}


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"m": 0}, "m must be a whole number, 1 or greater; got 0"),
        ({"m": 4.0}, "m must be a whole number, 1 or greater; got 4.0"),
        ({"batch_size": 0}, "batch_size must be a whole number, 1 or greater; got 0"),
        ({"batch_size": True}, "batch_size must be a whole number, 1 or greater; got True"),
        ({"batch_size": 5}, "batch_size must be at most m = 4; got 5"),
        ({"rng": 0}, r"rng must be a numpy\.random\.Generator, .*; got 0"),
    ],
)
def test_bad_mini_batches_are_named(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        training.minibatches(**SPLIT | arguments)
    for use in (training.train, lambda **given: list(training.epochs(**given))):
        with pytest.raises(ValueError, match=f"^{message}"):
            use(**GOOD | SPLIT | arguments)


@pytest.mark.parametrize("use", [training.epochs, training.train])
@pytest.mark.parametrize("given_names", [c for n in (1, 2) for c in itertools.combinations(SPLIT, n)])
def test_mini_batches_need_all_three_arguments(use, given_names):
    message = "m, batch_size and rng must be given together, for mini-batches; got only " + ", ".join(given_names) + "$"
    with pytest.raises(ValueError, match=message):
        use(**GOOD, **{name: SPLIT[name] for name in given_names})


@pytest.mark.parametrize("use", [training.epochs, training.train])
@pytest.mark.parametrize("n_epochs", [0, -1, 2.0, True, None, "3"])
def test_the_number_of_epochs_is_checked_before_the_first(use, n_epochs):
    with pytest.raises(ValueError, match=f"^n_epochs must be a whole number, 1 or greater; got {n_epochs!r}"):
        use(**GOOD | {"n_epochs": n_epochs})


@pytest.mark.parametrize("patience", [0, -1, 2.0, True, "3"])
def test_a_bad_patience_is_named(patience):
    with pytest.raises(ValueError, match=f"^patience must be a whole number, 1 or greater; got {patience!r}"):
        training.train(**GOOD, validate=lambda params: 0.0, patience=patience)


def test_patience_without_something_to_wait_for_is_refused():
    with pytest.raises(ValueError, match="^patience must come with validate, which measures .*; got None"):
        training.train(**GOOD, patience=3)


@pytest.mark.parametrize(
    "params, scores, message",
    [
        (start(), [1.0, np.nan], "validate must return numbers; got nan after epoch 2"),
        (start(), [None], "validate must return numbers; got nan after epoch 1"),
        (start(2), [[1.0, np.nan]], r"validate must return numbers; got \[ 1. nan\] after epoch 1"),
        (start(), [[1.0]], r"validate must return one number, or as many as the objective, \(\); got shape \(1,\)"),
        (start(2), [[1.0]], r"validate must return one number, .*, \(2,\); got shape \(1,\)"),
        (start(2), [[1.0] * 3], r"validate must return one number, .*, \(2,\); got shape \(3,\)"),
        (start(2), [[[1.0, 1.0]]], r"validate must return one number, .*, \(2,\); got shape \(1, 2\)"),
    ],
)
def test_what_validate_returns_is_checked(params, scores, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        training.train(params, counting, COUNT, n_epochs=2, validate=follow(scores))


def test_a_score_for_each_example_is_no_score_even_where_it_would_fit_the_weights():
    params = [(np.ones((3, 1)), np.zeros(1))]
    X, y = np.eye(3), np.arange(3.0)

    with pytest.raises(ValueError, match=r"^validate must return one number, .*; got shape \(3,\)"):
        training.train(
            params,
            objective_on(X, y),
            optimizers.sgd(0.1),
            n_epochs=3,
            validate=lambda params: (network.predict(params, X)[:, 0] - y) ** 2,
        )


def test_a_training_that_diverges_ends_in_an_error_and_no_warning():
    params = [(np.ones((1, 1)), np.zeros(1))]

    def objective(params, rows):
        return network.loss_and_gradient(params, [[1.0], [2.0]], [1.0, 3.0], 0.0)

    # At this rate each step makes what is missing larger, several times.
    with pytest.raises(ValueError, match="has a training diverged|must hold finite numbers below 1e.?150|small enough"):
        training.train(params, objective, optimizers.sgd(10.0), n_epochs=10_000)


def test_an_unknown_setting_is_no_setting():
    with pytest.raises(TypeError, match="batchsize"):
        training.train(**GOOD, batchsize=3)


def test_a_history_is_itself_alone_and_may_be_a_key():
    """Its arrays have no one truth value, by which two could be compared."""
    one, other = (training.History(np.ones(2), None, 2) for _ in range(2))
    assert one == one and one != other and {one: 1}[one] == 1
