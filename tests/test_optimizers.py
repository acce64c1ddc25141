"""Optimizers: step by step with PyTorch, Optax and Keras (recorded values), identities, closed forms, bad input."""

import itertools
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools import EPS, derandomized, examples
from utils import linear, network, optimizers

RECORDED = Path(__file__).parent / "recorded"


def recorded(name):
    return json.loads((RECORDED / f"{name}.json").read_text("utf-8"))


def arrays(params):
    return [(np.array(W), np.array(b)) for W, b in params]


def flat(params):
    return np.concatenate([np.ravel(array) for pair in params for array in pair])


def ours(name, given):
    """Our optimizer for the settings of a recorded one; whoever decays how is what these tests are about."""
    decoupled = name in ("AdamW", "adamw", "keras Adam") or given.get("decoupled_weight_decay", False)
    lr, decay = given["lr"], given.get("weight_decay", 0.0)
    if "SGD" in name or "sgd" in name:
        return optimizers.sgd(lr, momentum=given.get("momentum", 0.0), weight_decay=decay)
    rest = {key: given[key] for key in ("betas", "eps") if key in given}
    if decoupled:
        return optimizers.adamw(lr, weight_decay=decay, **rest)
    return optimizers.adam(lr, l2=decay, **rest)


TORCH = recorded("torch_optimizers")


@pytest.mark.parametrize("name", TORCH["runs"])
def test_trajectories_of_pytorch(name):
    """60 steps of a small network: parameters and losses to 1e-10."""
    run, X, y = TORCH["runs"][name], np.array(TORCH["X"]), np.array(TORCH["y"])
    optimizer, params = ours(run["optimizer"], run["settings"]), arrays(TORCH["start"])
    state, losses, seen = optimizer.init(params), [], []
    for t in range(1, TORCH["steps"][-1] + 1):
        loss, grads = network.loss_and_gradient(params, X, y, 0.0, activation=TORCH["activation"])
        losses.append(loss)
        params, state = optimizer.step(params, grads, state)
        if t in TORCH["steps"]:
            seen.append(flat(params))
    assert TORCH["steps"][-1] == 60 and len(seen) == len(run["params"]) == len(TORCH["steps"])
    np.testing.assert_allclose(losses, run["losses"][:-1], rtol=0, atol=1e-10)
    np.testing.assert_allclose(seen, [flat(arrays(after)) for after in run["params"]], rtol=0, atol=1e-10)


LIBRARIES = {library: recorded(f"{library}_conventions") for library in ("torch", "optax", "keras")}
# NAdam, RAdam, Lion and Muon have no counterpart here; Keras decays beside the momentum, which its own test shows.
PATHS = [
    (library, name)
    for library, content in LIBRARIES.items()
    for name in content["decay"]
    if not name.startswith(("NAdam", "RAdam", "Lion", "Muon")) and (library, name) != ("keras", "SGD momentum")
]


def path(optimizer, w0, gradient, n_steps):
    params, state, seen = [(w0, 0.0)], None, [w0]
    state = optimizer.init(params)
    for _ in range(n_steps):
        params, state = optimizer.step(params, [(gradient(params[0][0]), 0.0)], state)
        seen.append(params[0][0])
    return np.array(seen)


@pytest.mark.parametrize("loss", ["zero", "quadratic"])
@pytest.mark.parametrize(("library", "name"), PATHS)
def test_how_each_library_decays(library, name, loss):
    content = LIBRARIES[library]
    run, curvature = content["decay"][name], np.array(content["curvature"])
    given = {"eps": 1e-7 if library == "keras" else 1e-8, **run["settings"]}
    kind = "keras Adam" if (library, run["optimizer"]) == ("keras", "Adam") else run["optimizer"]
    gradient = (lambda w: 0 * w) if loss == "zero" else (lambda w: curvature * (w - np.array(content["target"])))
    # Keras divides by sqrt(1 - beta2**t) before adding eps where PyTorch does after: 1e-7 against steps of lr.
    tolerance = 1e-6 if library == "keras" else 1e-12
    expected = np.array(run[loss])
    np.testing.assert_allclose(
        path(ours(kind, given), np.array(content["w0"]), gradient, len(expected) - 1), expected, rtol=0, atol=tolerance
    )


def test_keras_decays_beside_the_momentum():
    """Keras SGD(weight_decay, momentum) is decoupled: on a constant loss the velocity never starts."""
    run = LIBRARIES["keras"]["decay"]["SGD momentum"]
    lr, decay = run["settings"]["lr"], run["settings"]["weight_decay"]
    steps = np.arange(len(run["zero"]))[:, None]
    np.testing.assert_allclose(run["zero"], np.array(LIBRARIES["keras"]["w0"]) * (1 - lr * decay) ** steps, rtol=1e-14)
    coupled = path(ours("SGD", run["settings"]), np.array(LIBRARIES["keras"]["w0"]), lambda w: 0 * w, len(steps) - 1)
    assert np.abs(coupled - run["zero"]).max() > 0.1


@pytest.mark.parametrize("library", ["torch", "optax", "keras"])
def test_libraries_decay_offsets_unless_told(library):
    offset = LIBRARIES[library]["offset"]
    W, b = np.array(offset["W"]), np.array(offset["b"])
    optimizer = ours("AdamW", offset["settings"])
    params, _ = optimizer.step([(W, b)], [(0 * W, 0 * b)], optimizer.init([(W, b)]))
    [[kept_W, kept_b]] = [offset["weights_only"]]
    np.testing.assert_allclose(flat(params), flat([(kept_W, kept_b)]), rtol=1e-14)
    assert offset["everything"][1] != offset["b"]


def rest(optimizer, gradient, params, n_steps=20_000):
    state = optimizer.init(params)
    for _ in range(n_steps):
        params, state = optimizer.step(params, gradient(params), state)
    return params


def regression():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20, 3))
    return X, X @ [1.0, -2.0, 0.5] + 3.0 + rng.standard_normal(20)


@pytest.mark.parametrize("lam", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_sgd_comes_to_rest_at_ridge(lam, momentum):
    X, y = regression()

    def gradient(params):
        [(w, b)] = params
        residual = X @ w + b - y
        return [(X.T @ residual / len(y), residual.mean())]

    [(w, b)] = rest(optimizers.sgd(0.05, momentum=momentum, weight_decay=lam), gradient, [(np.zeros(3), 0.0)], 3000)
    expected = linear.ridge(X, y, lam)
    # 3000 steps contract by less than exp(-3000 * 0.05 * 0.4), 0.4 below the smallest curvature.
    np.testing.assert_allclose([*w, b], [*expected[0], expected[1]], rtol=0, atol=1e-12)


def test_recorded_libraries_come_to_ridge():
    """Keras decays beside the momentum, and so comes to rest at the ridge fit with (1 - momentum) times the strength."""
    for library in ("torch", "keras"):
        ridge = LIBRARIES[library]["ridge"]
        for fit in ridge["fits"]:
            decoupled = library == "keras" and "weight_decay" in fit["settings"]
            share = 1 - fit["settings"].get("momentum", 0.0) if decoupled else 1.0
            w, b = linear.ridge(np.array(ridge["X"]), np.array(ridge["y"]), share * ridge["lam"])
            # All have run until the gradient was below 1e-13.
            np.testing.assert_allclose([*w, b], [*fit["w"], fit["b"]], rtol=0, atol=1e-11)


@given(
    st.integers(0, 2**32 - 1),
    st.floats(1e-6, 1.0),
    st.floats(0.0, 0.99),
    st.floats(0.0, 2.0),
    st.sampled_from("sgd adam adamw".split()),
)
@examples(50)
def test_properties(seed, lr, share, decay, name):
    """Offsets never decay, arguments stay as they are, replicas do not meet, and the same call gives the same numbers."""
    rng = np.random.default_rng(seed)
    make = {
        "sgd": lambda strength: optimizers.sgd(lr, momentum=share, weight_decay=strength),
        "adam": lambda strength: optimizers.adam(lr, betas=(share, 0.99), l2=strength),
        "adamw": lambda strength: optimizers.adamw(lr, betas=(share, 0.99), weight_decay=strength),
    }[name]
    params = network.init([2, 3, 1], rng, n_replicas=4)
    grads = [[(rng.standard_normal(W.shape), rng.standard_normal(b.shape)) for W, b in params] for _ in range(3)]
    before = flat(params)

    def run(optimizer, select):
        now = select(params)
        state = optimizer.init(now)
        for g in grads:
            now, state = optimizer.step(now, select(g), state)
        return now, state

    (decayed, state), (plain, _) = run(make(decay), lambda tree: tree), run(make(0.0), lambda tree: tree)
    assert state.count == 3
    assert all(np.array_equal(b, other) for (_, b), (_, other) in zip(decayed, plain, strict=True))
    assert np.array_equal(flat(params), before)
    single, _ = run(make(decay), lambda tree: [(W[1], b[1]) for W, b in tree])
    assert np.array_equal(flat(single), flat([(W[1], b[1]) for W, b in decayed]))
    again, _ = run(make(decay), lambda tree: tree)
    assert np.array_equal(flat(again), flat(decayed))


@given(st.floats(-10, 10), st.floats(-10, 10).filter(lambda g: abs(g) > 1e-3), st.floats(0.01, 0.5), st.floats(0, 1))
@derandomized
def test_first_steps_in_closed_form(w, g, lr, decay):
    """The first step of Adam is lr * g / (|g| + eps): both corrections undo the start at zero."""
    step = lambda optimizer: optimizer.step([(w, w)], [(g, g)], optimizer.init([(w, w)]))[0][0]  # noqa: E731
    sign = lambda gradient: gradient / (abs(gradient) + 1e-8)  # noqa: E731
    tolerance = 40 * EPS * (abs(w) + 1)
    assert np.allclose(
        step(optimizers.sgd(lr, weight_decay=decay)), (w - lr * (g + decay * w), w - lr * g), rtol=0, atol=40 * EPS * 20
    )
    assert np.allclose(
        step(optimizers.adamw(lr, weight_decay=decay)),
        ((1 - lr * decay) * w - lr * sign(g), w - lr * sign(g)),
        rtol=0,
        atol=tolerance,
    )
    coupled = step(optimizers.adam(lr, l2=decay))
    pull = g + decay * w
    # The square in the root and its correction lose a few digits of a pull that is small beside g and w.
    assert np.allclose(coupled, (w - lr * sign(pull), w - lr * sign(g)), rtol=0, atol=1e-9)


def test_without_decay_the_two_adams_are_one():
    gradient = lambda w: w - [3.0, -1.0, 0.5]  # noqa: E731
    np.testing.assert_array_equal(
        path(optimizers.adam(0.1), np.ones(3), gradient, 50), path(optimizers.adamw(0.1), np.ones(3), gradient, 50)
    )


@pytest.mark.parametrize("make", [optimizers.sgd, optimizers.adam, optimizers.adamw])
def test_schedule(make):
    """A constant schedule is the constant; a rate of 0 leaves all parameters, whatever the decay."""
    gradient = lambda w: w - 3.0  # noqa: E731
    key = {"sgd": "weight_decay", "adam": "l2", "adamw": "weight_decay"}[make.__name__]
    constant = path(make(0.1, **{key: 0.2}), np.ones(2), gradient, 20)
    np.testing.assert_array_equal(path(make(lambda t: 0.1, **{key: 0.2}), np.ones(2), gradient, 20), constant)
    seen = []
    stopped = path(make(lambda t: seen.append(t) or (0.1 if t < 5 else 0.0), **{key: 0.2}), np.ones(2), gradient, 8)
    assert seen == list(range(8))
    np.testing.assert_array_equal(stopped[:6], constant[:6])
    np.testing.assert_array_equal(stopped[6:], stopped[[5, 5, 5]])


def test_decoupled_decay_is_the_product_over_the_schedule():
    rates = np.linspace(0.5, 0.0, 11)
    w = path(optimizers.adamw(lambda t: rates[t], weight_decay=0.3), np.ones(1), lambda w: 0 * w, 11)
    np.testing.assert_allclose(w[1:, 0], np.cumprod(1 - 0.3 * rates), rtol=20 * EPS)


@pytest.mark.parametrize("run", LIBRARIES["torch"]["schedules"], ids=lambda run: str(run["settings"]))
def test_schedules_of_pytorch(run):
    given, expected = dict(run["settings"]), run["factors"]
    factor = optimizers.schedule(given.pop("kind"), given.pop("n_steps"), **given)
    # PyTorch goes from rate to rate, so that roundings add up.
    np.testing.assert_allclose(factor(np.arange(len(expected))), expected, rtol=0, atol=len(expected) * EPS)
    # NumPy may raise arrays to a power by other instructions than single numbers.
    one_by_one = [float(factor(t)) for t in range(len(expected))]
    np.testing.assert_allclose(one_by_one, factor(np.arange(len(expected))), rtol=4 * EPS)


def test_the_inverse_square_root_is_that_of_the_paper():
    """Its eq. (3), divided by the peak, with steps counted from 1 and the peak at step w + 1."""
    for w in (0, 1, 7):
        n = np.arange(1, 101)
        paper = np.minimum(n**-0.5, n * (w + 1) ** -1.5) * (w + 1) ** 0.5
        found = optimizers.schedule("inverse square root", 100, warmup=w)(n - 1)
        np.testing.assert_allclose(found, paper, rtol=4 * EPS)


def test_without_a_warm_up_the_first_step_has_the_whole_rate():
    assert [optimizers.schedule(kind, 10)(0) for kind in optimizers.SCHEDULES] == [1] * 5


@given(
    st.sampled_from(optimizers.SCHEDULES), st.integers(1, 3000), st.floats(0, 0.999), st.floats(0, 0.999), st.floats(1e-3, 1),
)  # fmt: skip
@derandomized
def test_a_schedule_rises_to_one_stays_there_and_falls_to_its_end(kind, n_steps, first, second, final):
    warmup, hold = sorted((int(first * n_steps), int(second * n_steps)))
    given = {"warmup": warmup, "hold": hold, "final": final, "milestones": [hold + 1, n_steps], "factor": final}
    shares = optimizers.schedule(kind, n_steps, **given)(np.arange(n_steps + 2))
    np.testing.assert_allclose(shares[: warmup + 1], (1 + np.arange(warmup + 1)) / (warmup + 1), rtol=4 * EPS)
    np.testing.assert_allclose(shares[warmup : hold + 1], 1, rtol=4 * EPS)
    assert (np.diff(shares[hold:]) <= EPS).all() and (0 < shares).all() and (shares <= 1).all()
    ends = {"linear": final, "cosine": final, "constant": 1, "step": final**2}
    ends["inverse square root"] = ((hold + 1) / (n_steps + 2)) ** 0.5
    assert shares[-1] == pytest.approx(ends[kind], rel=1e-12)


@pytest.mark.parametrize("make", [optimizers.sgd, optimizers.adam, optimizers.adamw])
def test_a_factor_beside_the_rate_is_a_rate_that_changes(make):
    key = {"sgd": "weight_decay", "adam": "l2", "adamw": "weight_decay"}[make.__name__]
    factor, gradient = optimizers.schedule("cosine", 20, warmup=5), lambda w: w - 3.0
    beside = path(make(0.1, schedule=factor, **{key: 0.2}), np.ones(2), gradient, 20)
    inside = path(make(lambda t: 0.1 * factor(t), **{key: 0.2}), np.ones(2), gradient, 20)
    np.testing.assert_array_equal(beside, inside)


@given(st.floats(1e-4, 1.0), st.floats(0.0, 1.0))
@examples(30)
def test_independent_decay_is_the_product_over_the_schedule_whatever_the_rate(lr, decay):
    factor = optimizers.schedule("linear", 10, warmup=3)
    independent = optimizers.adamw(lr, weight_decay=decay, independent=True, schedule=factor)
    w = path(independent, np.ones(1), lambda w: 0 * w, 10)
    np.testing.assert_allclose(w[1:, 0], np.cumprod(1 - decay * factor(np.arange(10))), rtol=20 * EPS)
    # A step of the paper is one of PyTorch with the strength divided by the base rate.
    gradient = lambda w: w - 3.0  # noqa: E731
    torch = optimizers.adamw(lr, weight_decay=decay / lr, schedule=factor)
    np.testing.assert_allclose(
        path(independent, np.ones(2), gradient, 10), path(torch, np.ones(2), gradient, 10), rtol=0, atol=200 * EPS
    )


@pytest.mark.parametrize("make", [optimizers.sgd, optimizers.adam, optimizers.adamw])
def test_a_mask_says_what_decays(make):
    """By default weights and no offsets; where the mask says so the step is that without decay, or that of a weight."""
    key = {"sgd": "weight_decay", "adam": "l2", "adamw": "weight_decay"}[make.__name__]
    pair = (np.array([1.0, -2.0]), np.array([1.0, -2.0]))
    grads = [(np.array([0.3, 0.1]),) * 2] * 2

    def after(decay, mask):
        return step(make(0.1, mask=mask, **{key: decay}), [pair, pair], grads)[0]

    [(decayed, plain), _] = after(0.5, None)
    assert np.array_equal(after(0.0, None)[0][0], plain) and (decayed != plain).all()
    for mask in ([(True, False), (False, True)], [(False, False), (True, True)]):
        for flags, found in zip(mask, after(0.5, mask), strict=True):
            for flag, array in zip(flags, found, strict=True):
                np.testing.assert_array_equal(array, decayed if flag else plain)


PAIR = [(np.ones((2, 3)), np.zeros(3))]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: optimizers.sgd(0.0), r"lr must be greater than 0; got 0"),
        (lambda: optimizers.adam(float("nan")), r"lr must be finite"),
        (lambda: optimizers.sgd(0.1, momentum=1.0), r"momentum must be less than 1; got 1"),
        (lambda: optimizers.sgd(0.1, momentum=-0.1), r"momentum must be at least 0; got -0.1"),
        (lambda: optimizers.sgd(0.1, weight_decay=-1), r"weight_decay must be at least 0; got -1"),
        (lambda: optimizers.adamw(0.1, weight_decay=-1), r"weight_decay must be at least 0; got -1"),
        (lambda: optimizers.adam(0.1, l2=-1), r"l2 must be at least 0; got -1"),
        (lambda: optimizers.adam(0.1, eps=0), r"eps must be greater than 0; got 0"),
        (lambda: optimizers.adam(0.1, betas=(0.9,)), r"betas must be two numbers; got \(0.9,\)"),
        (lambda: optimizers.adam(0.1, betas=(0.9, 1.0)), r"betas must be less than 1; got 1"),
        (lambda: optimizers.sgd(0.1).init([]), r"params must hold one layer or more; got none"),
        (lambda: optimizers.adam(0.1).init([1.0]), r"params must be a list of pairs \(W, b\)"),
        (lambda: optimizers.adam(0.1).init([(np.nan, 1.0)]), r"params must hold finite numbers"),
        (lambda: optimizers.adam(0.1).init([("a", 1.0)]), r"params must hold real numbers; got dtype"),
        (lambda: step(optimizers.sgd(0.1), PAIR, [(np.ones((2, 2)), np.zeros(3))]), r"grads must have the shapes of params"),
        (lambda: step(optimizers.sgd(0.1), PAIR, PAIR * 2), r"grads must have the shapes of params"),
        (lambda: step(optimizers.sgd(0.1), PAIR, [(np.full((2, 3), np.inf), np.zeros(3))]), r"grads must hold finite numbers below 1e\+150; got inf"),
        (lambda: step(optimizers.adam(0.1), PAIR, [(np.full((2, 3), 1e200), np.zeros(3))]), r"grads must hold finite numbers below 1e\+150; got 1e\+200"),
        (lambda: optimizers.sgd(0.1).step(PAIR, PAIR, None), r"state must come from the optimizer's init or step; got None"),
        (lambda: with_state(optimizers.sgd(0.1), tuple), r"state must come from the optimizer's init or step; got \("),
        (lambda: with_state(optimizers.sgd(0.1), lambda state: state._replace(shapes=None)), r"state must come from"),
        (lambda: with_state(optimizers.sgd(0.1), lambda state: state._replace(moments=None)), r"state must come from"),
        (lambda: with_state(optimizers.adam(0.1), lambda state: state._replace(moments=[np.zeros(1)] * 2)), r"state must hold the moments of this optimizer, 2 with 9 numbers; got shapes \[\(1,\), \(1,\)\]"),
        (lambda: with_state(optimizers.adam(0.1), lambda state: state._replace(moments=[np.zeros((3, 3))] * 2)), r"state must hold the moments"),
        (lambda: with_state(optimizers.sgd(0.1), lambda state: state._replace(moments=[np.full(9, 1j)])), r"state must hold real numbers"),
        (lambda: step(optimizers.sgd(0.1), PAIR, zip([np.full((2, 3), np.inf)], [np.zeros(3)], strict=True)), r"grads must hold finite numbers below 1e\+150; got inf"),
        (lambda: optimizers.adam(0.1).step(PAIR, PAIR, optimizers.sgd(0.1).init(PAIR)), r"state must hold the moments of this optimizer, 2 with 9 numbers; got shapes \[\(9,\)\]"),
        (lambda: optimizers.sgd(0.1).step(PAIR, PAIR, optimizers.sgd(0.1).init(PAIR * 2)), r"state must have the shapes of params"),
        (lambda: step(optimizers.sgd(lambda t: -1.0), PAIR, PAIR), r"lr\(0\) must be at least 0; got -1"),
        (lambda: step(optimizers.sgd(0.1, schedule=lambda t: -1.0), PAIR, PAIR), r"schedule\(0\) must be at least 0; got -1"),
        (lambda: optimizers.sgd(0.1, schedule=0.5), r"schedule must be a function; got 0.5"),
        (lambda: optimizers.adamw(lambda t: 0.1, independent=True), r"lr must be a number where the decay is independent"),
        (lambda: optimizers.sgd(0.1, mask=[True]), r"mask must be a list of pairs \(bool, bool\); got \[True\]"),
        (lambda: optimizers.adam(0.1, mask=True), r"mask must be a list of pairs \(bool, bool\); got True"),
        (lambda: step(optimizers.sgd(0.1, mask=[(True, True)] * 2), PAIR, PAIR), r"mask must have a pair for each of params, 1; got 2"),
        (lambda: optimizers.schedule("cos", 10), r'kind must be one of "constant", .*; got \'cos\''),
        (lambda: optimizers.schedule("cosine", 0), r"n_steps must be a whole number, 1 or greater; got 0"),
        (lambda: optimizers.schedule("cosine", 10, warmup=10), r"warmup must be less than n_steps = 10; got 10"),
        (lambda: optimizers.schedule("cosine", 10, warmup=-1), r"warmup must be a whole number, 0 or greater; got -1"),
        (lambda: optimizers.schedule("cosine", 10, warmup=4, hold=3), r"hold must be a whole number, 4 or greater; got 3"),
        (lambda: optimizers.schedule("cosine", 10, hold=10), r"hold must be less than n_steps = 10; got 10"),
        (lambda: optimizers.schedule("cosine", 10, final=1.5), r"final and factor must be at most 1; got 1.5 and 0.1"),
        (lambda: optimizers.schedule("cosine", 10, final=-0.5), r"final must be at least 0; got -0.5"),
        (lambda: optimizers.schedule("step", 10, factor=0), r"factor must be greater than 0; got 0"),
        (lambda: optimizers.schedule("step", 10, milestones=[5, 4]), r"milestones must ascend; got \[5, 4\]"),
        (lambda: optimizers.schedule("step", 10, milestones=[0.5]), r"milestones must be a whole number, 1 or greater; got 0.5"),
    ],
)  # fmt: skip
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def step(optimizer, params, grads):
    return optimizer.step(params, grads, optimizer.init(params))


def with_state(optimizer, change):
    return optimizer.step(PAIR, PAIR, change(optimizer.init(PAIR)))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.int64])
@pytest.mark.parametrize(
    "optimizer",
    [optimizers.sgd(0.1, momentum=0.9), optimizers.adam(0.1, l2=0.1), optimizers.adamw(0.1, weight_decay=0.1)],
)
def test_other_numbers_are_made_floats_without_a_warning(optimizer, dtype):
    pair = [(np.ones((2, 3), dtype), np.zeros(3, dtype))]
    with np.errstate(all="raise"):
        [(W, b)], state = optimizer.step(pair, pair, optimizer.init(pair))
    assert W.dtype == b.dtype == float and (W < 1).all()


MAKERS = {
    "sgd": lambda lr=0.1: optimizers.sgd(lr, momentum=0.9, weight_decay=0.1),
    "adam": lambda lr=0.1: optimizers.adam(lr, l2=0.1),
    "adamw": lambda lr=0.1: optimizers.adamw(lr, weight_decay=0.1),
}
on_makers = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
exponents = st.sampled_from([-323, -200, -160, -10, 0, 10, 100, 149, 153, 155, 200, 308])


@on_makers
@given(
    exponents,
    exponents,
    st.sampled_from([np.float16, np.float32, float, np.longdouble]),
    exponents,
)
@examples(150)
def test_numbers_of_any_size_give_finite_results_or_an_error_that_names_them(make, w, g, dtype, rate):
    """Over three steps, and never a warning; NumPy may be set to raise whatever happens."""
    with np.errstate(all="ignore"):
        params = [(np.array([1.0, -0.5], dtype) * dtype(10) ** w, np.zeros(1, dtype))]
        grads = [(np.array([0.3, -1.0], dtype) * dtype(10) ** g, np.ones(1, dtype))]
    optimizer = make(10.0 ** min(rate, 300))
    with np.errstate(all="raise"):
        try:
            now, state = params, optimizer.init(params)
            for _ in range(3):
                now, state = optimizer.step(now, grads, state)
        except ValueError as error:
            assert str(error).startswith(("params must", "grads must", "lr, weight_decay and l2 must"))
            assert max(w, g) > 4 or rate > 4, "and nothing is refused without a reason"
        else:
            assert all(np.isfinite(numbers).all() for numbers in (flat(now), *state.moments))


def test_gradients_whose_squares_are_floats_are_no_reason_to_stop():
    """Each step of Adam is one of lr, whatever the gradient's unit; its second moment is 1e197 after the first."""
    for g in (1e-100, 1.0, 1e100):
        w = path(
            optimizers.adam(0.1, eps=1e-200),
            np.ones(2),
            lambda w, g=g: np.full(2, g),
            5,
        )
        np.testing.assert_allclose(w[:, 0], 1 - 0.1 * np.arange(6), rtol=0, atol=20 * EPS)


def test_plain_descent_squares_nothing():
    [(W, b)], _ = step(optimizers.sgd(1e-200), PAIR, [(np.full((2, 3), 3e200), np.full(3, -1e200))])
    assert np.allclose(W, -2, rtol=4 * EPS, atol=0) and np.allclose(b, 1, rtol=4 * EPS, atol=0)


@on_makers
@pytest.mark.parametrize("where", ["params", "grads", "state"])
@pytest.mark.parametrize("which", [0, 1])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_found_wherever_it_is(make, where, which, bad):
    optimizer, tree = (
        make(),
        [(np.ones((2, 3)), np.ones(3)), (np.ones((3, 1)), np.ones(1))],
    )
    strange = [list(pair) for pair in tree]
    strange[1][which] = np.full_like(strange[1][which], bad)
    given = {"params": tree, "grads": tree, where: strange}
    state = optimizer.init(tree)
    states = [state]
    if where == "state":
        replaced = [
            [flat(strange) if i == k else moment for i, moment in enumerate(state.moments)]
            for k in range(len(state.moments))
        ]
        states = [state._replace(moments=moments) for moments in replaced]
    for state in states:
        with pytest.raises(
            ValueError,
            match=f"^{where} must hold finite numbers below .*; got (nan|inf)$",
        ):
            optimizer.step(given["params"], given["grads"], state)


@on_makers
def test_a_rate_with_which_no_step_ends_is_named(make):
    optimizer = make(1e308)
    state = optimizer.init(PAIR)
    state = state._replace(moments=[np.full(9, 1e100), *state.moments[1:]])
    with pytest.raises(ValueError, match="^lr, weight_decay and l2 must be small enough .* diverged"):
        optimizer.step(PAIR, PAIR, state)


@on_makers
def test_masked_entries_complex_numbers_and_text_are_refused_by_name(make):
    masked = np.ma.masked_array([1.0, 2.0], [False, True])
    for strange, what in (
        (masked, "no masked entries"),
        (np.array([1j, 2]), "real numbers"),
        (["a", "b"], "real numbers"),
    ):
        pair = [(np.ones(2), 0.0)]
        with pytest.raises(ValueError, match=f"^params must (have|hold) {what}"):
            make().init([(strange, 0.0)])
        with pytest.raises(ValueError, match=f"^grads must (have|hold) {what}"):
            step(make(), pair, [(strange, 0.0)])
    whole, _ = step(make(), [(np.ma.masked_array([1.0, 2.0]), 0.0)], [(np.ones(2), 0.0)])
    assert type(whole[0][0]) is np.ndarray


@on_makers
def test_a_step_changes_nothing_that_it_is_given_and_its_result_is_its_own(make):
    optimizer, params = (
        make(),
        [(np.ones((2, 3)), np.ones(3)), (np.ones((3, 1)), np.ones(1))],
    )
    grads = [(W / 2, b / 3) for W, b in params]
    state = optimizer.step(params, grads, optimizer.init(params))[1]
    given = [*(array for tree in (params, grads) for pair in tree for array in pair), *state.moments]
    for array in given:
        array.flags.writeable = False
    before = [array.copy() for array in given]
    moved, after = optimizer.step(params, grads, state)
    results = [*(array for pair in moved for array in pair), *after.moments]
    assert all((one == other).all() for one, other in zip(given, before, strict=True))
    assert not any(np.shares_memory(one, other) for one in results for other in given)
    assert not any(np.shares_memory(one, other) for one, other in itertools.combinations(results, 2))


def test_weights_are_allowed_up_to_the_limit_that_the_message_names():
    optimizer = optimizers.adam(0.1)
    assert [moment.tolist() for moment in optimizer.init([(0.9e150, 0.0)]).moments] == [[0.0, 0.0]] * 2
    for weight in (1e150, -1.5e150):
        with pytest.raises(ValueError, match="params must hold finite numbers below 1e.150; got"):
            optimizer.init([(weight, 0.0)])


@on_makers
def test_the_order_in_memory_does_not_matter(make):
    rng = np.random.default_rng(0)
    W, G = rng.standard_normal((2, 3, 4))
    expected, _ = step(make(), [(W, np.ones(4))], [(G, np.ones(4))])
    for turned in (np.asfortranarray, lambda A: A[:, ::-1].copy()[:, ::-1]):
        for weights, gradients in ((turned(W), G), (W, turned(G))):
            found, _ = step(make(), [(weights, np.ones(4))], [(gradients, np.ones(4))])
            np.testing.assert_array_equal(found[0][0], expected[0][0])
