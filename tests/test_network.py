"""Networks: gradients by differences, by PyTorch (recorded) and scikit-learn; replicas, special cases, extreme numbers."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.special import log_softmax, softmax
from sklearn.neural_network import MLPClassifier, MLPRegressor

from tools import EPS, alike, derandomized, examples
from utils import linear, logistic, network

ACTIVATIONS, LOSSES = ["tanh", "relu"], ["squared", "cross-entropy"]
on_activations = pytest.mark.parametrize("activation", ACTIVATIONS)
on_losses = pytest.mark.parametrize("loss", LOSSES)
# One network, a single replica, several.
on_replicas = pytest.mark.parametrize("n_replicas", [None, 1, 3])


def parameters(sizes, rng, n_replicas=None):
    """As from init, with offsets that are not zero."""
    return [(W, rng.standard_normal(b.shape) / 2) for W, b in network.init(sizes, rng, n_replicas=n_replicas)]


def targets(loss, front, fan_out, rng):
    """Targets or labels for examples of shape front, (m,) or (n_replicas, m)."""
    if loss == "squared":
        return rng.standard_normal((*front, fan_out))
    return rng.integers(0, max(fan_out, 2), front)


def problem(sizes, loss, *, m=6, n_replicas=None, own=False, seed=0):
    """Parameters, inputs, targets: with own=True each replica has inputs and targets of its own."""
    rng = np.random.default_rng(seed)
    front = (n_replicas, m) if own and n_replicas is not None else (m,)
    X, y = rng.standard_normal((*front, sizes[0])), targets(loss, front, sizes[-1], rng)
    return parameters(sizes, rng, n_replicas), X, y


def one_of(params, k):
    """Replica k, as one network."""
    return [(W[k], b[k]) for W, b in params]


def pre_activations(params, x, activation):
    """What reaches each layer's units from one example, unit by unit."""
    h, seen = list(x), []
    for k, (W, b) in enumerate(params):
        z = [sum(h[i] * W[i, j] for i in range(len(h))) + b[j] for j in range(len(b))]
        seen.append(z)
        h = [np.tanh(v) if activation == "tanh" else max(v, 0.0) for v in z] if k < len(params) - 1 else z
    return seen


def slow_loss(params, X, y, lam, activation, loss):
    """The objective from its definition, example by example."""
    total = 0.0
    for x, target in zip(X, y, strict=True):
        *_, z = pre_activations(params, x, activation)
        if loss == "squared":
            total += sum((z - target) ** 2) / 2
        else:
            logits = [0.0, *z] if len(z) == 1 else z
            total -= log_softmax(logits)[target]
    return total / len(X) + lam / 2 * sum((W**2).sum() for W, _ in params)


# Values, of one network and of many


@st.composite
def networks(draw):
    """sizes, loss, activation, lam, m, seed: any shape."""
    loss, activation = draw(st.sampled_from(LOSSES)), draw(st.sampled_from(ACTIVATIONS))
    hidden = draw(st.lists(st.integers(1, 5), max_size=3))
    sizes = [draw(st.integers(1, 4)), *hidden, draw(st.integers(1, 4))]
    lam = draw(st.sampled_from([0.0, 1e-3, 2.0]))
    return sizes, loss, activation, lam, draw(st.integers(1, 8)), draw(st.integers(0, 2**32 - 1))


@derandomized
@given(networks())
def test_the_objective_is_its_definition_example_by_example(given_network):
    sizes, loss, activation, lam, m, seed = given_network
    params, X, y = problem(sizes, loss, m=m, seed=seed)
    value, grads = network.loss_and_gradient(params, X, y, lam, activation=activation, loss=loss)
    assert value == pytest.approx(slow_loss(params, X, y, lam, activation, loss), rel=1e-12, abs=1e-12)
    assert [(dW.shape, db.shape) for dW, db in grads] == [(W.shape, b.shape) for W, b in params]
    outputs = network.predict(params, X, activation=activation)
    assert alike(outputs, np.array([pre_activations(params, x, activation)[-1] for x in X]))


@derandomized
@given(networks(), st.integers(1, 4), st.booleans(), st.booleans(), st.booleans())
def test_replicas_are_a_loop_over_single_networks(given_network, n_replicas, own_X, own_y, own_lam):
    sizes, loss, activation, lam, m, seed = given_network
    params, X, y = problem(sizes, loss, m=m, n_replicas=n_replicas, own=True, seed=seed)
    lams = lam * np.arange(n_replicas) if own_lam else lam
    Xs, ys = X if own_X else X[0], y if own_y else y[0]
    outputs = network.predict(params, Xs, activation=activation)
    values, grads = network.loss_and_gradient(params, Xs, ys, lams, activation=activation, loss=loss)
    assert values.shape == (n_replicas,) and outputs.shape == (n_replicas, m, sizes[-1])
    for k in range(n_replicas):
        own = (X[k if own_X else 0], y[k if own_y else 0], lams[k] if own_lam else lam)
        alone = network.loss_and_gradient(one_of(params, k), *own, activation=activation, loss=loss)
        assert alike(values[k], alone[0]) and alike(one_of(grads, k), alone[1])
        assert alike(outputs[k], network.predict(one_of(params, k), own[0], activation=activation))


@on_losses
def test_tanh_and_the_squared_loss_are_what_is_not_asked_for(loss):
    params, X, y = problem([2, 3, 1], "squared")
    assert alike(network.predict(params, X), network.predict(params, X, activation="tanh"))
    given_both = network.loss_and_gradient(params, X, y, 0.1, activation="tanh", loss="squared")
    assert alike(network.loss_and_gradient(params, X, y, 0.1), given_both)


def test_a_single_network_has_a_number_for_its_loss_and_replicas_have_an_array_even_one():
    for n_replicas, shape in ((None, ()), (1, (1,)), (3, (3,))):
        params, X, y = problem([2, 3, 1], "squared", n_replicas=n_replicas)
        value, _ = network.loss_and_gradient(params, X, y, 0.1)
        assert np.shape(value) == shape and (type(value) is float) == (n_replicas is None)


@on_replicas
@on_activations
def test_with_one_output_its_axis_may_be_left_out_of_the_targets(n_replicas, activation):
    for m in (1, 3, 5):
        params, X, y = problem([2, 4, 1], "squared", m=m, n_replicas=n_replicas, own=True)
        given_own = network.loss_and_gradient(params, X, y, 0.1, activation=activation)
        assert alike(network.loss_and_gradient(params, X, y[..., 0], 0.1, activation=activation), given_own)
        if n_replicas:
            shared = network.loss_and_gradient(params, X, np.array([y[0]] * n_replicas), 0.1, activation=activation)
            for same in (y[0], y[0][:, 0]):
                assert alike(network.loss_and_gradient(params, X, same, 0.1, activation=activation), shared)


# Gradients


def differences(params, value, units, h):
    """Central differences in each parameter, of all replicas at once, divided by its unit."""
    for (W, b), unit in zip(params, units, strict=True):
        for array, step in ((W, h * unit), (b, h)):
            free = array.ndim - (W.ndim - 2)
            out = np.zeros_like(array)
            for index in np.ndindex(array.shape[array.ndim - free :]):
                at = (..., *index)
                before = array[at].copy()
                ends = []
                for sign in (1, -1):
                    array[at] = before + sign * step
                    ends.append(value())
                array[at] = before
                out[at] = (np.array(ends[0]) - ends[1]) / (2 * h)
            yield out


@on_activations
@on_losses
@on_replicas
@pytest.mark.parametrize("fan_out", [1, 3])
@examples(6)
@given(
    st.lists(st.integers(1, 4), max_size=2),
    st.sampled_from([1e-3, 1.0, 1e3]),
    st.sampled_from([0.0, 0.3]),
    st.integers(0, 2**32 - 1),
)
def test_the_gradient_is_the_derivative_of_the_loss(activation, loss, n_replicas, fan_out, hidden, scale, lam, seed):
    params, X, y = problem([2, *hidden, fan_out], loss, m=4, n_replicas=n_replicas, own=True, seed=seed)
    # In units of its own the first layer sees inputs of any scale, and no step moves a sum by more than a few h.
    params[0] = (params[0][0] / scale, params[0][1])
    units = [1 / scale] + [1.0] * len(hidden)
    lam = lam if n_replicas is None else lam * np.arange(1, n_replicas + 1)
    if activation == "relu":
        # A kink within reach of a step has no derivative that a difference could show.
        for k in range(n_replicas or 1):
            net, rows = (params, X) if n_replicas is None else (one_of(params, k), X[k])
            sums = [z for x in rows for layer in pre_activations(net, scale * x, activation)[:-1] for z in layer]
            assume(min(map(abs, sums), default=1) > 1e-3)

    def value():
        return network.loss_and_gradient(params, scale * X, y, lam, activation=activation, loss=loss)[0]

    at, grads = network.loss_and_gradient(params, scale * X, y, lam, activation=activation, loss=loss)
    h = EPS ** (1 / 3)
    fine, coarse = (differences(params, value, units, size) for size in (h, 2 * h))
    flat = [part for (dW, db), unit in zip(grads, units, strict=True) for part in (dW * unit, db)]
    for exact, near, far in zip(flat, fine, coarse, strict=True):
        # The error of a difference grows with the square of its step: from h to 2h by three times what it was. What the
        # rounding of a loss is, some dozen sums of numbers of its size, is divided by h.
        tolerance = abs(far - near) + 100 * EPS * (1 + np.max(at)) / h
        assert (abs(exact - near) <= tolerance).all() and np.max(tolerance) < 1e-6 * (1 + np.max(at))


CASES = json.loads((Path(__file__).parent / "recorded" / "torch_networks.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
@pytest.mark.parametrize("n_replicas", [None, 2])
def test_values_and_gradients_are_those_that_pytorch_differentiates(case, n_replicas):
    """All entries, to a part in 1e12."""
    params = [(np.array(W), np.array(b)) for W, b in case["params"]]
    if n_replicas:
        params = [(np.stack([W] * n_replicas), np.stack([b] * n_replicas)) for W, b in params]
    value, grads = network.loss_and_gradient(
        params,
        case["X"],
        case["y"],
        case["lam"],
        activation=case["activation"],
        loss="squared" if case["loss"] == "squared" else "cross-entropy",
    )
    assert value == pytest.approx(np.full(np.shape(value), case["value"]), rel=1e-12, abs=0)
    assert len(grads) == len(case["grads"]) == len(case["sizes"]) - 1
    for ours, theirs in zip(grads, case["grads"], strict=True):
        for one, other in zip(ours, theirs, strict=True):
            # A sum that cancels is rounded as its terms are, which are of size 1 here.
            np.testing.assert_allclose(one, np.broadcast_to(other, one.shape), rtol=1e-12, atol=4 * EPS)


def scikit_learns(kind, activation, n_outputs, lam, m=20):
    """A network of scikit-learn's after one step of gradient descent, at rate 1, on all of the data that come with it."""
    rng = np.random.default_rng(0)
    mlp = kind(hidden_layer_sizes=[5, 4], activation=activation, alpha=m * lam, batch_size=m, random_state=0)
    mlp.set_params(solver="sgd", momentum=0, learning_rate_init=1.0)
    X = rng.standard_normal((m, 3))
    if kind is MLPRegressor:
        y = rng.standard_normal((m, n_outputs)) if n_outputs > 1 else rng.standard_normal(m)
        return mlp.partial_fit(X, y), X, y
    y = rng.permutation(m) % max(n_outputs, 2)
    return mlp.partial_fit(X, y, classes=np.unique(y)), X, y


def copied(mlp):
    return [(W.copy(), b.copy()) for W, b in zip(mlp.coefs_, mlp.intercepts_, strict=True)]


@on_activations
@pytest.mark.parametrize("kind, loss", [(MLPRegressor, "squared"), (MLPClassifier, "cross-entropy")])
@pytest.mark.parametrize("n_outputs", [1, 3])
def test_predictions_and_steps_are_those_of_scikit_learn(activation, kind, loss, n_outputs):
    mlp, X, y = scikit_learns(kind, activation, n_outputs, lam=0.3)
    params = copied(mlp)
    outputs = network.predict(params, X, activation=activation)
    if kind is MLPRegressor:
        assert alike(outputs, mlp.predict(X).reshape(outputs.shape))
    else:
        p = softmax(outputs if n_outputs > 1 else np.hstack([np.zeros((20, 1)), outputs]), axis=1)
        assert alike(p, mlp.predict_proba(X))
    # Its next step goes down our gradient; its alpha is m lam.
    _, grads = network.loss_and_gradient(params, X, y, 0.3, activation=activation, loss=loss)
    after = copied(mlp.partial_fit(X, y))
    assert alike([(W - dW, b - db) for (W, b), (dW, db) in zip(params, grads, strict=True)], after)


@on_activations
@on_losses
@on_replicas
def test_the_penalty_adds_lam_w_to_the_gradient_of_the_weights_and_nothing_to_that_of_the_offsets(
    activation, loss, n_replicas
):
    params, X, y = problem([3, 5, 4, 2], loss, n_replicas=n_replicas)
    lam = 0.7 if n_replicas is None else 0.7 * np.arange(1, n_replicas + 1)
    value, grads = network.loss_and_gradient(params, X, y, 0.0, activation=activation, loss=loss)
    penalized, grads_penalized = network.loss_and_gradient(params, X, y, lam, activation=activation, loss=loss)
    squares = sum((W**2).sum(axis=(-2, -1)) for W, _ in params)
    assert alike(penalized - value, lam / 2 * squares)
    for (W, _), (dW, db), (dW_penalized, db_penalized) in zip(params, grads, grads_penalized, strict=True):
        assert (dW_penalized == dW + np.expand_dims(lam, (-2, -1)) * W).all() and (db_penalized == db).all()


def test_at_its_kink_relu_has_the_derivative_0_and_just_above_it_1():
    for x, expected in ((0.0, 0.0), (-0.0, 0.0), (-1e-300, 0.0), (1e-300, 1.0)):
        params = [(np.array([[1.0]]), np.array([0.0])), (np.array([[1.0]]), np.array([0.0]))]
        _, grads = network.loss_and_gradient(params, [[x]], [-1.0], 0.0, activation="relu")
        assert grads[0][1].tolist() == [expected] and grads[1][1].tolist() == [1.0]
    # Even if all units stand there, as in a network of zeros.
    params = [(np.zeros((2, 3)), np.zeros(3)), (np.ones((3, 1)), np.zeros(1))]
    _, grads = network.loss_and_gradient(params, np.ones((4, 2)), np.ones(4), 0.0, activation="relu")
    assert not grads[0][0].any() and not grads[0][1].any() and grads[1][1].tolist() == [-1]


@on_activations
def test_gradients_at_a_loss_of_zero_are_zero_and_the_order_of_the_examples_is_of_no_account(activation):
    params, X, y = problem([3, 4, 2], "squared")
    perfect = network.predict(params, X, activation=activation)
    value, grads = network.loss_and_gradient(params, X, perfect, 0.0, activation=activation)
    assert value == 0 and not any(part.any() for pair in grads for part in pair)
    value, grads = network.loss_and_gradient(params, X, y, 0.1, activation=activation)
    assert alike(network.loss_and_gradient(params, X[::-1], y[::-1], 0.1, activation=activation), (value, grads))
    # A mean: copies of the data change nothing.
    twice = network.loss_and_gradient(params, np.vstack([X, X]), np.vstack([y, y]), 0.1, activation=activation)
    assert alike(twice, (value, grads))


# Networks that are other models


@derandomized
@given(
    st.integers(0, 2**32 - 1),
    st.integers(2, 20),
    st.integers(1, 5),
    st.integers(1, 3),
    st.sampled_from([1e-3, 1.0, 1e3]),
    st.floats(1e-3, 10),
)
def test_one_linear_layer_has_the_objective_of_ridge_and_no_gradient_at_its_solution(seed, m, d, k, scale, share):
    rng = np.random.default_rng(seed)
    X, y, lam = scale * rng.standard_normal((m, d)), rng.standard_normal((m, k)) + 3, share * scale**2
    w, b = linear.ridge(X, y, lam)
    value, [(dW, db)] = network.loss_and_gradient([(w, b)], X, y, lam)
    assert value == pytest.approx(((X @ w + b - y) ** 2).sum() / 2 / m + lam / 2 * (w**2).sum(), rel=1e-12)
    # Residuals are of size 5 or less, rounded to some EPS, and each pulls with its input.
    assert abs(dW).max() <= 1e-12 * scale and abs(db).max() <= 1e-12
    # Convex, so that this is the smallest value there is: half the curvature, lam at least, times the squared step.
    step = rng.standard_normal(w.shape) / scale
    assert network.loss_and_gradient([(w + step, b)], X, y, lam)[0] >= value + 0.49 * lam * (step**2).sum()
    first = network.loss_and_gradient([(w[:, :1], b[:1])], X, y[:, 0], lam)[0]
    alone = linear.ridge(X, y[:, 0], lam)
    assert first == pytest.approx(network.loss_and_gradient([(alone[0][:, None], [alone[1]])], X, y[:, 0], lam)[0])


@derandomized
@given(
    st.integers(0, 2**32 - 1),
    st.integers(1, 20),
    st.integers(1, 5),
    st.sampled_from([0.1, 1.0, 10.0]),
    st.sampled_from([0.0, 0.5]),
)
def test_one_linear_layer_with_the_cross_entropy_is_logistic_regression(seed, m, d, size, lam):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((m, d)), rng.integers(0, 2, m)
    w, b = size * rng.standard_normal(d), size * rng.standard_normal()
    value, dw, db = logistic.loss(w, b, X, y, lam), *logistic.gradient(w, b, X, y, lam)
    single = network.loss_and_gradient([(w[:, None], [b])], X, y, lam, loss="cross-entropy")
    assert alike(single, (value, [(dw[:, None], np.array([db]))]))
    # Of two outputs, the difference is the logit. The penalty is another one, so without it.
    value, dw, db = logistic.loss(w, b, X, y, 0.0), *logistic.gradient(w, b, X, y, 0.0)
    shared, shared_b = rng.standard_normal(d), rng.standard_normal()
    pair = [(np.column_stack([shared, shared + w]), [shared_b, shared_b + b])]
    expected = (value, [(np.column_stack([-dw, dw]), np.array([-db, db]))])
    assert alike(network.loss_and_gradient(pair, X, y, 0.0, loss="cross-entropy"), expected)


def test_at_the_optimum_of_logistic_regression_a_linear_layer_has_no_gradient():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3))
    y = X[:, 0] + rng.logistic(size=40) > 0.5
    w, b = logistic.fit(X, y, 0.01)
    _, [(dW, db)] = network.loss_and_gradient([(w[:, None], [b])], X, y, 0.01, loss="cross-entropy")
    # logistic.fit promises 1e-10.
    assert abs(dW).max() < 1e-10 and abs(db).max() < 1e-10


@on_activations
def test_hidden_units_may_change_places_and_those_of_tanh_their_signs(activation):
    (first, last), X, y = problem([3, 5, 2], "squared")
    order = np.random.default_rng(1).permutation(5)
    given_params = network.loss_and_gradient([first, last], X, y, 0.1, activation=activation)
    params = [(first[0][:, order], first[1][order]), (last[0][order], last[1])]
    value, grads = network.loss_and_gradient(params, X, y, 0.1, activation=activation)
    assert alike(value, given_params[0]) and alike(grads[0][0], given_params[1][0][0][:, order])
    if activation == "tanh":
        signs = np.array([1, -1, 1, -1, -1])
        params = [(first[0] * signs, first[1] * signs), (last[0] * signs[:, None], last[1])]
        assert alike(network.loss_and_gradient(params, X, y, 0.1)[0], given_params[0])


# Cross-entropy


@pytest.mark.parametrize("size", [40.0, 1e3, 1e4, 1e100])
def test_far_out_the_cross_entropy_grows_as_the_logit_does_and_exactly_so(size):
    # Beyond 40 the other terms are below EPS of it; on the right side they are all there is.
    for z in (size, -size):
        for label in (0, 1):
            wrong = (z > 0) != label
            for W, pull in (([[z]], [1]), ([[0.0, z]], [-1, 1]), ([[-z, 0.0]], [-1, 1])):
                value, [(dW, db)] = network.loss_and_gradient(
                    [(W, [0.0] * len(W[0]))], [[1.0]], [label], 0, loss=LOSSES[1]
                )
                assert value == size if wrong else value <= np.exp(-40)
                expected = np.array(pull) * (1.0 if z > 0 else -1.0) * wrong
                assert abs(db - expected).max() <= np.exp(-40) and abs(dW[0] - expected).max() <= np.exp(-40)


@on_replicas
def test_of_many_outputs_the_wrong_ones_cost_their_distance_from_the_largest(n_replicas):
    front = () if n_replicas is None else (n_replicas,)
    logits = np.array([1e4, 0.0, -1e4])
    params = [(np.zeros((*front, 1, 3)), np.broadcast_to(logits, (*front, 3)))]
    for label, expected in enumerate([0.0, 1e4, 2e4]):
        value, [(_, db)] = network.loss_and_gradient(params, [[1.0]], [label], 0.0, loss="cross-entropy")
        assert (np.array(value) == expected).all()
        assert (db == np.array([1.0, 0.0, 0.0]) - (np.arange(3) == label)).all()


@derandomized
@given(st.integers(0, 2**32 - 1), st.integers(2, 5), st.sampled_from([-1e4, -1.0, 3.0, 1e4]))
def test_what_is_added_to_all_outputs_changes_no_cross_entropy(seed, fan_out, shift):
    params, X, y = problem([2, 3, fan_out], "cross-entropy", seed=seed)
    moved = [params[0], (params[1][0], params[1][1] + shift)]
    before, after = (network.loss_and_gradient(p, X, y, 0.1, loss="cross-entropy") for p in (params, moved))
    # The logits are rounded where they have been moved to; their sums over a few units carry that on.
    assert alike(after, before, rel=20 * EPS * (1 + abs(shift)))
    # Which says that the pulls on the outputs add up to nothing.
    assert abs(before[1][1][1].sum()) <= 4 * EPS * fan_out


def test_a_network_that_knows_nothing_loses_the_log_of_the_number_of_labels():
    for fan_out, n_labels in ((1, 2), (2, 2), (3, 3), (7, 7)):
        params = [(np.zeros((2, fan_out)), np.zeros(fan_out))]
        X, y = np.random.default_rng(0).standard_normal((42, 2)), np.arange(42) % n_labels
        value, [(_, db)] = network.loss_and_gradient(params, X, y, 5.0, loss="cross-entropy")
        assert value == pytest.approx(np.log(n_labels), rel=8 * EPS) and abs(db).max() <= 8 * EPS


def test_labels_may_be_whole_numbers_floats_or_truth_values():
    params, X, y = problem([2, 3, 1], "cross-entropy")
    expected = network.loss_and_gradient(params, X, y, 0.1, loss="cross-entropy")
    for same in (y.astype(float), y.astype(bool), y.astype(np.int8), y.tolist()):
        assert alike(network.loss_and_gradient(params, X, same, 0.1, loss="cross-entropy"), expected, rel=0)


# Where training begins


def test_weights_begin_with_mean_0_and_variance_1_over_fan_in_and_offsets_at_0():
    sizes = [3, 100, 50, 2]
    params = network.init(sizes, np.random.default_rng(0), n_replicas=200)
    assert [(W.shape, b.shape) for W, b in params] == [
        ((200, fan_in, fan_out), (200, fan_out)) for fan_in, fan_out in zip(sizes, sizes[1:], strict=False)
    ]
    for W, b in params:
        z = W * np.sqrt(W.shape[-2])
        n = z.size
        # Standard errors of the mean, variance and fourth moment of n standard normal numbers.
        assert abs(z.mean()) < 5 / np.sqrt(n)
        assert abs((z**2).mean() - 1) < 5 * np.sqrt(2 / n)
        assert abs((z**4).mean() - 3) < 5 * np.sqrt(96 / n)
        assert not b.any()


def test_no_two_replicas_and_no_two_layers_share_their_numbers():
    params = network.init([50, 50, 50], np.random.default_rng(0), n_replicas=4)
    rows = np.array([W[k].ravel() for W, _ in params for k in range(4)]) * np.sqrt(50)
    # Products of independent standard normal numbers have variance 1.
    products = rows @ rows.T / rows.shape[1]
    assert abs(products[~np.eye(8, dtype=bool)]).max() < 5 / np.sqrt(rows.shape[1])


@pytest.mark.parametrize("n_replicas, front", [(None, ()), (1, (1,)), (3, (3,)), (np.int64(2), (2,))])
def test_the_axis_of_replicas_is_there_when_it_is_asked_for(n_replicas, front):
    for sizes in ([2, 1], (2, 3, 1), np.array([2, 4, 4, 1])):
        params = network.init(sizes, np.random.default_rng(0), n_replicas=n_replicas)
        assert len(params) == len(sizes) - 1
        assert all(W.shape[:-2] == b.shape[:-1] == front and W.dtype == b.dtype == float for W, b in params)


def test_the_same_seed_gives_the_same_numbers_and_the_next_call_gives_others():
    rng = np.random.default_rng(0)
    first, second, again = (network.init([3, 4, 1], r, n_replicas=2) for r in (rng, rng, np.random.default_rng(0)))
    assert alike(first, again, rel=0)
    assert all((W != other).all() for (W, _), (other, _) in zip(first, second, strict=True))


def test_with_these_variances_a_signal_keeps_its_size_through_linear_layers():
    rng = np.random.default_rng(0)
    params = network.init([20, 30, 10], rng, n_replicas=2000)
    x = rng.standard_normal((1, 20))
    x *= np.sqrt(20) / np.linalg.norm(x)
    # So small that tanh is the identity, up to a part in 1e8.
    outputs = network.predict(params, 1e-4 * x) * 1e4
    # Given the first layer, 2000 x 10 normal numbers whose variance is a chi squared over 30: fourth moment 3 (1 + 2/30);
    # the ten outputs of a replica share it, which adds 10 * 2/30 to the relative variance of their mean.
    relative = np.sqrt((3 * (1 + 2 / 30) - 1 + 9 * 2 / 30) / 20_000)
    assert (outputs**2).mean() == pytest.approx(1, abs=5 * relative)


# Inputs and extremes


@on_activations
@on_losses
@on_replicas
@pytest.mark.parametrize("sizes", [[2, 1], [2, 3, 3, 1]])
def test_no_input_is_changed_and_no_result_shares_its_memory(activation, loss, n_replicas, sizes):
    params, X, y = problem(sizes, loss, n_replicas=n_replicas)
    given_arrays = [part for pair in params for part in pair] + [X, y]
    for array in given_arrays:
        array.flags.writeable = False
    _, grads = network.loss_and_gradient(params, X, y, 0.0, activation=activation, loss=loss)
    results = [part for pair in grads for part in pair] + [network.predict(params, X, activation=activation)]
    assert not any(np.shares_memory(result, array) for result in results for array in given_arrays)
    nested = ([[W.tolist(), b.tolist()] for W, b in params], X.tolist(), y.tolist())
    as_lists = network.loss_and_gradient(*nested, 0.0, activation=activation, loss=loss)
    assert alike(as_lists[1], grads, rel=0)


exponents = st.sampled_from([-320, -200, -100, 0, 76, 100, 149, 151, 155, 200, 300, 308])


@examples(600)
@given(
    st.sampled_from([[2, 1], [2, 3, 1], [2, 3, 3, 2]]),
    st.sampled_from(LOSSES),
    st.sampled_from(ACTIVATIONS),
    st.lists(exponents, min_size=6, max_size=6),
    st.sampled_from([0.0, 1.0, 1e200]),
    st.sampled_from([None, 2]),
)
def test_numbers_of_any_size_give_finite_results_or_an_error_that_names_them(
    sizes, loss, activation, powers, lam, n_replicas
):
    params, X, y = problem(sizes, loss, n_replicas=n_replicas)
    # Below 1 in size, so that they stay floats.
    params = [
        (np.sin(W) * 10.0**power, np.sin(b) * 10.0 ** powers[3]) for (W, b), power in zip(params, powers, strict=False)
    ]
    X = np.sin(X) * 10.0 ** powers[4]
    y = np.sin(y) * 10.0 ** powers[5] if loss == "squared" else y
    try:
        value, grads = network.loss_and_gradient(params, X, y, lam, activation=activation, loss=loss)
    except ValueError as error:
        assert str(error).startswith(("params must be small enough", "params, X, y and lam must be small enough"))
        largest = max(abs(part).max() for part in (X, y, *(part for pair in params for part in pair)))
        assert max(largest, lam) > 1e20, "and nothing is refused without a reason"
    else:
        assert np.isfinite(value).all() and all(np.isfinite(part).all() for pair in grads for part in pair)


def test_weights_whose_squares_are_no_floats_are_refused_behind_a_tanh_as_well_where_these_are_asked_for():
    params = [(np.array([[1e200]]), np.zeros(1)), (np.array([[1.0]]), np.zeros(1))]
    assert network.predict(params, [[1.0]]).tolist() == [[1.0]]
    # The hidden unit is saturated, and passes nothing back.
    assert network.loss_and_gradient(params, [[1.0]], [0.0], 0.0) == (0.5, [([[0.0]], [0.0]), ([[1.0]], [1.0])])
    with pytest.raises(
        ValueError, match="^params, X, y and lam must be small enough for a finite loss and gradient; got"
    ):
        network.loss_and_gradient(params, [[1.0]], [0.0], 1.0)


@pytest.mark.parametrize("half", [76, 100])
def test_a_training_that_diverged_is_named_as_such(half):
    params = [(np.array([[10.0**half]]), np.zeros(1)), (np.array([[10.0**half]]), np.zeros(1))]
    message = rf"^params must be small enough for outputs below 1e150; got 1e\+{2 * half}: has a training diverged\?$"
    with pytest.raises(ValueError, match=message):
        network.predict(params, [[1.0]], activation="relu")
    with pytest.raises(ValueError, match=message):
        network.loss_and_gradient(params, [[1.0]], [0.0], 0.0, activation="relu")
    # Infinite values of either sign add up to no number at all.
    params = [(np.full((1, 2), 1e300), np.zeros(2)), (np.array([[1.0], [-1.0]]), np.zeros(1))]
    for use in (network.predict, lambda *given, **options: network.loss_and_gradient(*given, [0.0], 0.0, **options)):
        with pytest.raises(ValueError, match="outputs below 1e150; got nan"):
            use(params, [[1e300]], activation="relu")


def test_outputs_are_allowed_up_to_the_limit_that_the_message_names():
    assert network.predict([(np.array([[0.9e150]]), np.zeros(1))], [[1.0]]).tolist() == [[0.9e150]]
    with pytest.raises(ValueError, match="outputs below 1e150; got"):
        network.predict([(np.array([[1.5e150]]), np.zeros(1))], [[1.0]])


@pytest.mark.parametrize(
    "weights, X, y",
    [
        # The output is 1e100, and pulls with an input of 1e300.
        ([1e-200], 1e300, 0.0),
        # No output, but a pull of 1e149 back through a weight of 1e149 to an input of 1e100.
        ([0.0, 1e149], 1e100, 1e149),
    ],
)
def test_a_gradient_that_is_no_float_is_refused_though_the_loss_is_one(weights, X, y):
    params = [(np.array([[w]]), np.zeros(1)) for w in weights]
    message = "^params, X, y and lam must be small enough for a finite loss and gradient; got a loss of [0-9.e+]+$"
    with pytest.raises(ValueError, match=message):
        network.loss_and_gradient(params, [[X]], [y], 0.0)


@on_losses
@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.float16, np.float32, np.longdouble, bool])
def test_other_numbers_give_what_the_same_floats_give_and_never_a_warning(loss, dtype):
    rng = np.random.default_rng(0)
    draw = lambda *shape: rng.integers(0, 2, shape).astype(dtype)  # noqa: E731
    params, X, y = [(draw(2, 3), draw(3)), (draw(3, 1), draw(1))], draw(5, 2), draw(5)
    floats = [(W.astype(float), b.astype(float)) for W, b in params]
    with np.errstate(all="raise"):
        value, grads = network.loss_and_gradient(params, X, y, 0.5, loss=loss)
    expected = network.loss_and_gradient(floats, X.astype(float), y.astype(float), 0.5, loss=loss)
    assert value == expected[0] and alike(grads, expected[1], rel=0)
    # Whole numbers of a byte whose squares and sums it cannot hold.
    if np.issubdtype(dtype, np.integer) or dtype is np.float16:
        wide, X = (
            [(np.full((2, 1), 100, dtype), np.full(1, 100, dtype))],
            np.full((1, 2), 100, dtype),
        )
        assert network.predict(wide, X).tolist() == [[20100.0]]
        value, _ = network.loss_and_gradient(wide, X, np.full(1, 100, dtype), 2.0)
        assert value == 20000**2 / 2 + 2 * 100**2


@derandomized
@given(
    st.lists(exponents, min_size=4, max_size=4),
    st.sampled_from(LOSSES),
    st.sampled_from([0, 0.0, 1e-320, 1e308]),
)
def test_no_warning_leaves_even_if_numpy_raises_each(powers, loss, lam):
    params, X, y = problem([2, 3, 1], loss)
    scale = [np.exp2(power * 3.3) for power in powers]
    params = [(np.sin(W) * factor, np.sin(b) * factor) for (W, b), factor in zip(params, scale, strict=False)]
    X, y = np.sin(X) * scale[2], np.sin(y) * scale[3] if loss == "squared" else y
    with np.errstate(all="raise"):
        for use in (
            network.predict,
            lambda *given: network.loss_and_gradient(*given, y, lam, loss=loss),
        ):
            try:
                use(params, X)
            except ValueError as error:
                assert str(error).startswith("params")


@pytest.mark.parametrize("where", ["params", "X", "y"])
def test_masked_entries_are_refused_by_name(where):
    masked = {
        "params": [(np.ma.masked_less(W1, 2), B1), (W2, B2)],
        "X": np.ma.masked_array(np.ones((4, 2)), np.eye(4, 2)),
        "y": np.ma.masked_array(np.ones(4), [1, 0, 0, 0]),
    }
    with pytest.raises(ValueError, match=f"{where} must have no masked entries; got [0-9]"):
        network.loss_and_gradient(**GOOD | {where: masked[where]})


def test_tables_of_inputs_are_read():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"age": [1, 2, 3, 4], "income": pandas.array([1, 2, 3, 4], "Int64")})
    value, _ = network.loss_and_gradient(**GOOD | {"X": table, "y": table["age"]})
    assert value == network.loss_and_gradient(**GOOD | {"X": table.to_numpy(float), "y": np.arange(1.0, 5)})[0]


def test_a_gradient_whose_square_is_no_float_is_a_gradient_all_the_same():
    value, grads = network.loss_and_gradient([(np.array([[1e-160]]), np.zeros(1))], [[1e160]], [0.0], 0.0)
    assert value == pytest.approx(0.5, rel=4 * EPS) and grads[0][0] == pytest.approx(1e160, rel=4 * EPS)


# Bad input

W1, B1, W2, B2 = np.ones((2, 3)), np.zeros(3), np.ones((3, 1)), np.zeros(1)
GOOD = {"params": [(W1, B1), (W2, B2)], "X": np.ones((4, 2)), "y": np.ones(4), "lam": 0.1}
GOOD_REPLICAS = GOOD | {"params": [(np.ones((5, 2, 3)), np.zeros((5, 3))), (np.ones((5, 3, 1)), np.zeros((5, 1)))]}
WIDE = GOOD | {"params": [(W1, B1)], "y": np.ones((4, 3))}

BAD_PARAMS = {
    "no list": (3, r"params must be a list of pairs \(W, b\); got 3"),
    "nothing": (None, r"params must be a list of pairs \(W, b\); got None"),
    "no pairs": ([W1, B1], r"params must be a list of pairs \(W, b\); got \[array"),
    "triples": ([(W1, B1, B1)], r"params must be a list of pairs \(W, b\); got \[\(array"),
    "no layers": ([], "params must hold one layer or more; got none"),
    "W has one axis": ([(np.ones(2), B1)], r"W in params must have 2 or 3 axes; got shape \(2,\)"),
    "W has four axes": ([(np.ones((1, 1, 2, 3)), B1)], r"W in params must have 2 or 3 axes; got shape \(1, 1, 2, 3\)"),
    "b is a number": ([(W1, 0.0)], r"b in params must have 1 or 2 axes; got shape \(\)"),
    "W is NaN": ([(np.full((2, 3), np.nan), B1)], "W in params must be finite; got 6 "),
    "b is infinite": ([(W1, [0.0, np.inf, 0.0])], "b in params must be finite; got 1 "),
    "W of strings": (
        [([["a"], ["b"]], B2)],
        "column 0 of W in params must hold real numbers; got dtype object, with text in it",
    ),
    "W is empty": ([(np.ones((2, 0)), B1)], r"W in params must not be empty; got shape \(2, 0\)"),
    "b too long": ([(W1, B2)], r"b in params must be \(3,\) beside W \(2, 3\); got \(1,\)"),
    "b of replicas": ([(W1, np.zeros((5, 3)))], r"b in params must be \(3,\) beside W \(2, 3\); got \(5, 3\)"),
    "W of replicas": ([(np.ones((5, 2, 3)), B1)], r"b in params must be \(5, 3\) beside W \(5, 2, 3\); got \(3,\)"),
    "do not fit": ([(W1, B1), (W1, B1)], r"params must fit each other; got a layer \(2, 3\) after one of \(2, 3\)"),
    "other replicas": (
        [GOOD_REPLICAS["params"][0], (np.ones((4, 3, 1)), np.zeros((4, 1)))],
        r"params must fit each other; got a layer \(4, 3, 1\) after one of \(5, 2, 3\)",
    ),
    "first of replicas": (
        [GOOD_REPLICAS["params"][0], (W2, B2)],
        r"params must fit each other; got a layer \(3, 1\) after one of \(5, 2, 3\)",
    ),
}
BAD_X = {
    "one axis": (GOOD, [1.0, 2.0], r"X must have 2 or 3 axes; got shape \(2,\)"),
    "empty": (GOOD, np.empty((0, 2)), r"X must not be empty; got shape \(0, 2\)"),
    "NaN": (GOOD, [[np.nan, 0.0]], "X must be finite; got 1 "),
    "complex": (GOOD, [[1j, 0.0]], "X must hold real numbers; got dtype complex128"),
    "columns": (
        GOOD,
        np.ones((4, 3)),
        r"X must have 2 columns for weights \(2, 3\), and as many replicas; got \(4, 3\)",
    ),
    "of replicas": (GOOD, np.ones((5, 4, 2)), r"X must have 2 columns .*, and as many replicas; got \(5, 4, 2\)"),
    "other replicas": (GOOD_REPLICAS, np.ones((4, 4, 2)), r"X must .* weights \(5, 2, 3\), .*; got \(4, 4, 2\)"),
    "one replica": (
        GOOD_REPLICAS,
        np.ones((1, 4, 2)),
        r"X must have 2 columns .*, and as many replicas; got \(1, 4, 2\)",
    ),
}


@pytest.mark.parametrize("activation", ["Tanh", "sigmoid", None, 3, ["tanh"]])
def test_an_unknown_activation_is_named(activation):
    message = 'activation must be one of "tanh", "relu"; got '
    with pytest.raises(ValueError, match=message):
        network.predict(GOOD["params"], GOOD["X"], activation=activation)
    with pytest.raises(ValueError, match=message):
        network.loss_and_gradient(**GOOD, activation=activation)


@pytest.mark.parametrize("loss", ["mse", None, 0])
def test_an_unknown_loss_is_named(loss):
    with pytest.raises(ValueError, match=f'loss must be one of "squared", "cross-entropy"; got {loss!r}'):
        network.loss_and_gradient(**GOOD, loss=loss)


@pytest.mark.parametrize("params, message", BAD_PARAMS.values(), ids=BAD_PARAMS)
def test_bad_parameters_are_named(params, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        network.predict(params, GOOD["X"])
    with pytest.raises(ValueError, match=f"^{message}"):
        network.loss_and_gradient(**GOOD | {"params": params})


@pytest.mark.parametrize("others, X, message", BAD_X.values(), ids=BAD_X)
def test_bad_inputs_are_named(others, X, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        network.predict(others["params"], X)
    with pytest.raises(ValueError, match=f"^{message}"):
        network.loss_and_gradient(**others | {"X": X})


@pytest.mark.parametrize(
    "others, y, message",
    [
        (GOOD, np.ones(3), r"y must have a target for each of the outputs \(4, 1\); got shape \(3,\)"),
        (GOOD, np.ones((4, 2)), r"y must have a target for each of the outputs \(4, 1\); got shape \(4, 2\)"),
        (GOOD, np.ones((5, 4)), r"y must have a target for each of the outputs \(4, 1\); got shape \(5, 4\)"),
        (GOOD, np.ones((5, 4, 1)), r"y must have a target for each of the outputs \(4, 1\); got shape \(5, 4, 1\)"),
        (GOOD, 1.0, r"y must have 1 or 2 or 3 axes; got shape \(\)"),
        (GOOD, [1.0, 1.0, np.nan, np.inf], "y must be finite; got 2 "),
        (GOOD, [], r"y must not be empty; got shape \(0,\)"),
        (GOOD, ["a"] * 4, "y must hold real numbers; got dtype <U1"),
        (WIDE, np.ones(4), r"y must have a target for each of the outputs \(4, 3\); got shape \(4,\)"),
        (WIDE, np.ones((4, 1)), r"y must have a target for each of the outputs \(4, 3\); got shape \(4, 1\)"),
        (GOOD_REPLICAS, np.ones((1, 4)), r"y must .* outputs \(5, 4, 1\); got shape \(1, 4\)"),
        (GOOD_REPLICAS, np.ones((4, 5)), r"y must .* outputs \(5, 4, 1\); got shape \(4, 5\)"),
        (GOOD_REPLICAS, np.ones((1, 4, 1)), r"y must .* outputs \(5, 4, 1\); got shape \(1, 4, 1\)"),
    ],
)
def test_bad_targets_are_named(others, y, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        network.loss_and_gradient(**others | {"y": y})


@pytest.mark.parametrize(
    "others, y, message",
    [
        (GOOD, [0, 1, 1], r"y must have a label for each of the examples \(4,\); got shape \(3,\)"),
        (GOOD, np.ones((4, 1)), r"y must have a label for each of the examples \(4,\); got shape \(4, 1\)"),
        (GOOD_REPLICAS, np.ones((4, 4)), r"y must have a label for each of the examples \(5, 4\); got shape \(4, 4\)"),
        (GOOD_REPLICAS, np.ones((5, 4, 1)), r"y must have 1 or 2 axes; got shape \(5, 4, 1\)"),
        (GOOD, [0, 1, 2, 1], "y must hold labels from 0 to 1; got 2"),
        (GOOD_REPLICAS, np.full((5, 4), 2), "y must hold labels from 0 to 1; got 2"),
        (GOOD, [0, -1, 1, 1], "y must hold labels from 0 to 1; got -1"),
        (GOOD, [0, 0.5, 1, 1], "y must hold labels from 0 to 1; got 0.5"),
        (GOOD, [0, 1, 1, np.nan], "y must be finite; got 1 "),
        (WIDE, [0, 1, 2, 3], "y must hold labels from 0 to 2; got 3"),
        (WIDE, np.ones((4, 3)), r"y must have a label for each of the examples \(4,\); got shape \(4, 3\)"),
    ],
)
def test_bad_labels_are_named(others, y, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        network.loss_and_gradient(**others | {"y": y}, loss="cross-entropy")


@pytest.mark.parametrize(
    "others, lam, message",
    [
        (GOOD, -0.1, "lam must be at least 0; got -0.1"),
        (GOOD, np.nan, "lam must be finite; got 1 "),
        (GOOD, "0.1", "lam must hold real numbers; got dtype <U3"),
        (GOOD, [0.1], r"lam must be one number, or one for each of \(\) replicas; got shape \(1,\)"),
        (GOOD_REPLICAS, [0.1, -2.0, -1.0, 0.1, 0.1], "lam must be at least 0; got -2"),
        (GOOD_REPLICAS, [0.1, 0.1], r"lam must be one number, or one for each of \(5,\) replicas; got shape \(2,\)"),
        (GOOD_REPLICAS, [0.1], r"lam must be one number, or one for each of \(5,\) replicas; got shape \(1,\)"),
        (GOOD_REPLICAS, np.ones((5, 1)), r"lam must have 0 or 1 axes; got shape \(5, 1\)"),
    ],
)
def test_bad_penalties_are_named(others, lam, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        network.loss_and_gradient(**others | {"lam": lam})


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"sizes": []}, r"sizes must hold two widths or more, inputs and outputs; got \[\]"),
        ({"sizes": [3]}, r"sizes must hold two widths or more, inputs and outputs; got \[3\]"),
        ({"sizes": 3}, "sizes must hold two widths or more, inputs and outputs; got 3"),
        ({"sizes": None}, "sizes must hold two widths or more, inputs and outputs; got None"),
        ({"sizes": "12"}, "sizes must hold two widths or more, inputs and outputs; got '12'"),
        ({"sizes": [3, 0, 1]}, "sizes must be a whole number, 1 or greater; got 0"),
        ({"sizes": [3, 2.0, 1]}, "sizes must be a whole number, 1 or greater; got 2.0"),
        ({"sizes": [3, True]}, "sizes must be a whole number, 1 or greater; got True"),
        ({"n_replicas": 0}, "n_replicas must be a whole number, 1 or greater; got 0"),
        ({"n_replicas": 2.0}, "n_replicas must be a whole number, 1 or greater; got 2.0"),
        ({"rng": 0}, r"rng must be a numpy\.random\.Generator, .*; got 0"),
        ({"rng": np.random}, r"rng must be a numpy\.random\.Generator, .*; got <module"),
    ],
)
def test_bad_arguments_of_init_are_named(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        network.init(**{"sizes": [3, 2, 1], "rng": np.random.default_rng(0)} | arguments)


def test_a_long_list_of_bad_parameters_is_cut_short_in_the_message():
    with pytest.raises(ValueError) as caught:
        network.predict(list(range(10_000)), GOOD["X"])
    assert len(str(caught.value)) < 150


def test_hidden_units_keep_their_digits_at_any_size():
    """An error of EPS beside 1 is one of 100 EPS beside 0.01, where NumPy's own tanh takes over."""
    z = np.logspace(-320, 308, 5000)
    z = np.concatenate([-z, [0.0], z, np.linspace(-0.02, 0.02, 5000)])[:, None]
    with np.errstate(all="raise", under="ignore"):
        hidden = network.predict([(np.ones((1, 1)), np.zeros(1)), (np.ones((1, 1)), np.zeros(1))], z)
    assert (np.abs(hidden - np.tanh(z)) <= 200 * np.finfo(float).eps * np.abs(np.tanh(z))).all()
