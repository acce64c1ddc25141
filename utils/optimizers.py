"""Gradient methods as pure functions, with the decay coupled to the gradient or
decoupled from it.

An optimizer has ``init(params) -> state`` and
``step(params, grads, state) -> (params, state)``. Parameters are a list of (W, b), as
in `network`; W and b may be arrays of any shape, or numbers. Weights W decay and
offsets b do not, unless a mask says otherwise. Explained in chapter 10; the schedules,
the mask and the independent decay in chapter 13.
"""

import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from utils import _checks

SCHEDULES = ("constant", "linear", "cosine", "step", "inverse square root")
# Beyond it the sum of the squares of gradients may be no float.
_TOO_LARGE = 1e150


class Optimizer(NamedTuple):
    """A gradient method, as two pure functions.

    Attributes
    ----------
    init : callable
        ``init(params)`` returns the state before the first step.
    step : callable
        ``step(params, grads, state)`` returns the parameters and the state after one
        step; its arguments stay as they are.
    """

    init: Callable
    step: Callable


class State(NamedTuple):
    """What an optimizer remembers from step to step.

    Attributes
    ----------
    count : int
        Steps taken.
    shapes : list of tuples
        The shapes of W and b of all layers, in turn.
    moments : list of (n,) arrays
        For the n numbers of all W and b, in one row: the running sum of the gradients
        and, for Adam, of their squares. A step multiplies each by the momentum or its
        beta, and adds what is new.
    """

    count: int
    shapes: list
    moments: list


def sgd(lr, *, momentum=0.0, weight_decay=0.0, schedule=None, mask=None):
    """Gradient descent, with heavy-ball momentum:
    v <- momentum * v + g + weight_decay * w, then w <- w - lr * v.

    The decay is coupled: it is part of the gradient, so that the penalty
    (weight_decay / 2) ||w||**2 is minimized too.

    Parameters
    ----------
    lr : float or callable
        Learning rate, > 0; or ``lr(t)``, the rate of step t = 0, 1, ..., >= 0.
    momentum : float
        Share of the velocity v that survives a step, in [0, 1).
    weight_decay : float
        Penalty on the mean-loss scale, >= 0.
    schedule : callable, optional
        ``schedule(t)``, the factor >= 0 of the rate at step t = 0, 1, ..., as from the
        function `schedule`; 1 by default.
    mask : list of (bool, bool), optional
        For each (W, b), whether W and whether b decay; (True, False) by default.

    Returns
    -------
    Optimizer

    Raises
    ------
    ValueError
        If a setting is out of range or, in a step, params, grads and state do not fit
        each other or are not finite.

    Source: Sutskever, Martens, Dahl, Hinton (2013), On the Importance of Initialization
    and Momentum in Deep Learning, eqs. (1) and (2), with the rate outside of v, as in
    PyTorch.

    Examples
    --------
    >>> optimizer = sgd(0.1, weight_decay=0.5)
    >>> params, state = [(2.0, 1.0)], optimizer.init([(2.0, 1.0)])
    >>> [(w, b)], state = optimizer.step(params, [(0.0, 0.0)], state)
    >>> float(w), float(b)
    (1.9, 1.0)
    """
    rate, factor = _rate(lr), _factor(schedule)
    momentum = _share("momentum", momentum)
    weight_decay = _checks.finite_number("weight_decay", weight_decay, low=0)
    strengths = _strengths(weight_decay, mask)

    def step(t, decays, w, g, v):
        eta = rate(t) * factor(t)
        v = momentum * v + g
        for part, decay in decays:
            v[part] += decay * w[part]
        w -= eta * v
        return w, v

    return _optimizer(step, strengths, n_moments=1)


def adam(lr, *, betas=(0.9, 0.999), eps=1e-8, l2=0.0, schedule=None, mask=None):
    """Adam on the gradient of the loss plus (l2 / 2) ||w||**2: the decay is coupled,
    and passes through both moments.

    Parameters
    ----------
    lr : float or callable
        Learning rate, > 0; or ``lr(t)``, the rate of step t = 0, 1, ..., >= 0.
    betas : (float, float)
        Shares of the averages of gradients and of their squares that survive a step,
        each in [0, 1).
    eps : float
        Added to the root of the second moment, > 0.
    l2 : float
        Penalty on the mean-loss scale, >= 0. This is what PyTorch's Adam calls
        weight_decay.
    schedule, mask
        As for `sgd`.

    Returns
    -------
    Optimizer

    Raises
    ------
    ValueError
        If a setting is out of range or, in a step, params, grads and state do not fit
        each other or are not finite.

    Source: Kingma, Ba (2015), Adam: A Method for Stochastic Optimization, algorithm 1.

    Examples
    --------
    >>> optimizer = adam(0.1)
    >>> params, state = [(2.0, 1.0)], optimizer.init([(2.0, 1.0)])
    >>> [(w, b)], state = optimizer.step(params, [(5.0, -0.01)], state)
    >>> round(float(w), 6), round(float(b), 6)
    (1.9, 1.1)
    """
    l2 = _checks.finite_number("l2", l2, low=0)
    strengths = _strengths(l2, mask)
    return _adam(lr, betas, eps, schedule, strengths, coupled=True, independent=False)


def adamw(
    lr,
    *,
    betas=(0.9, 0.999),
    eps=1e-8,
    weight_decay=0.0,
    independent=False,
    schedule=None,
    mask=None,
):
    """Adam on the gradient of the loss alone, with weights multiplied by
    1 - lr * weight_decay before each step.

    The decay is decoupled: it does not pass through the moments, and no penalty is
    minimized, unless all second moments are equal.

    Parameters
    ----------
    lr, betas, eps
        As for `adam`.
    weight_decay : float
        Share of the weights that decays for each unit of learning rate, >= 0; with
        independent decay, the share that decays in a step while the schedule is at 1.
    independent : bool
        Whether weights are multiplied by 1 - schedule(t) * weight_decay instead,
        whatever lr is; lr must be a number.
    schedule, mask
        As for `sgd`.

    Returns
    -------
    Optimizer

    Raises
    ------
    ValueError
        As for `adam`; or if the decay is independent and lr is a function.

    Source: Loshchilov, Hutter (2019), Decoupled Weight Decay Regularization, algorithm
    2, which is the independent decay (named so by Wortsman and others, 2024,
    Small-Scale Proxies for Large-Scale Transformer Training Instabilities); by default
    the decay is lr * weight_decay, as in PyTorch.

    Examples
    --------
    >>> optimizer = adamw(0.1, weight_decay=0.5)
    >>> params, state = [(2.0, 1.0)], optimizer.init([(2.0, 1.0)])
    >>> [(w, b)], state = optimizer.step(params, [(5.0, -0.01)], state)
    >>> round(float(w), 6), round(float(b), 6)
    (1.8, 1.1)
    """
    weight_decay = _checks.finite_number("weight_decay", weight_decay, low=0)
    if independent and callable(lr):
        raise ValueError(
            "lr must be a number where the decay is independent, with its changes in "
            "schedule; got a function"
        )
    return _adam(
        lr,
        betas,
        eps,
        schedule,
        _strengths(weight_decay, mask),
        coupled=False,
        independent=independent,
    )


def schedule(
    kind, n_steps, *, warmup=0, hold=None, final=0.0, milestones=(), factor=0.1
):
    """The factor of the peak rate at each step: (t + 1) / (warmup + 1) while
    t < warmup, then 1, and a fall from step hold.

    With the share p = (t - hold) / (n_steps - hold) of the fall done, a linear fall is
    1 - (1 - final) p, and a cosine final + (1 - final) (1 + cos(pi p)) / 2. In steps,
    it is multiplied by factor at each milestone. The inverse square root is
    sqrt((hold + 1) / (t + 1)).

    Parameters
    ----------
    kind : str
        One of SCHEDULES.
    n_steps : int
        Step at which the fall has ended, 1 or greater; a linear fall and a cosine then
        stay at final.
    warmup : int
        Steps of the linear rise, 0 to n_steps - 1.
    hold : int, optional
        Step at which the fall begins, warmup to n_steps - 1; warmup by default.
    final : float
        Where a linear fall and a cosine end, in [0, 1].
    milestones, factor : sequence of ints, float
        For steps: where they are, ascending, and by what the rate is multiplied there,
        in (0, 1].

    Returns
    -------
    share : callable
        ``share(t)`` for a step t = 0, 1, ..., or an array of steps.

    Raises
    ------
    ValueError
        If kind is unknown, or a number is out of its range.

    Source: Vaswani and others (2017), Attention Is All You Need, eq. (3), for the
    inverse square root; Loshchilov, Hutter (2017), SGDR, eq. (5), for the cosine. With
    LinearLR from 1 / (warmup + 1) before them, the falls are those of PyTorch.

    Examples
    --------
    >>> share = schedule("linear", 5, warmup=1)
    >>> [float(share(t)) for t in range(5)]
    [0.5, 1.0, 0.75, 0.5, 0.25]
    """
    _checks.one_of("kind", kind, SCHEDULES)
    n_steps = _checks.whole_number("n_steps", n_steps, low=1)
    warmup = _checks.whole_number("warmup", warmup, low=0)
    hold = warmup if hold is None else _checks.whole_number("hold", hold, low=warmup)
    if hold >= n_steps:
        name = "hold" if hold > warmup else "warmup"
        raise ValueError(f"{name} must be less than n_steps = {n_steps}; got {hold}")
    final, factor = (
        _checks.finite_number("final", final, low=0),
        _checks.finite_number("factor", factor, above=0),
    )
    if max(final, factor) > 1:
        raise ValueError(
            f"final and factor must be at most 1; got {final:g} and {factor:g}"
        )
    milestones = [_checks.whole_number("milestones", t, low=1) for t in milestones]
    if milestones != sorted(milestones):
        raise ValueError(f"milestones must ascend; got {milestones}")

    def after(t):
        done = np.clip((t - hold) / (n_steps - hold), 0, 1)
        if kind == "linear":
            return 1 - (1 - final) * done
        if kind == "cosine":
            return final + (1 - final) * (1 + np.cos(np.pi * done)) / 2
        if kind == "step":
            return factor ** np.searchsorted(milestones, t, side="right")
        if kind == "inverse square root":
            return np.sqrt((hold + 1) / (np.maximum(t, hold) + 1))
        return np.ones_like(t)

    def share(t):
        t = np.asarray(t, dtype=float)
        return np.minimum(1, (t + 1) / (warmup + 1)) * after(t)

    return share


def _adam(lr, betas, eps, schedule, strengths, *, coupled, independent):
    rate, factor = _rate(lr), _factor(schedule)
    eps = _checks.finite_number("eps", eps, above=0)
    if np.shape(betas) != (2,):
        raise ValueError(f"betas must be two numbers; got {betas!r}")
    beta1, beta2 = (_share("betas", beta) for beta in betas)

    def step(t, decays, w, g, m, v):
        now = factor(t)
        eta = rate(t) * now
        shrink = now if independent else eta
        for part, decay in decays:
            if coupled:
                g[part] += decay * w[part]
            else:
                w[part] *= 1 - shrink * decay
        # m and v are sums, without the factors 1 - beta of the averages. Divided by the
        # sum of the weights, 1 + beta + ... + beta**t, they are averages of what has
        # been seen; that is done to the numbers they meet, not to the arrays.
        of_m = (1 - beta1 ** (t + 1)) / (1 - beta1)
        root_of_v = math.sqrt((1 - beta2 ** (t + 1)) / (1 - beta2))
        m = beta1 * m
        m += g
        # square, root and towards take the memory of g: fresh memory costs more than
        # arithmetic.
        square = np.square(g, out=g)
        v = beta2 * v
        v += square
        root = np.sqrt(v, out=square)
        root += eps * root_of_v
        towards = np.divide(m, root, out=root)
        towards *= eta * root_of_v / of_m
        w -= towards
        return w, m, v

    return _optimizer(step, strengths, n_moments=2)


def _rate(lr):
    if callable(lr):
        return lambda t: _checks.finite_number(f"lr({t})", lr(t), low=0)
    lr = _checks.finite_number("lr", lr, above=0)
    return lambda t: lr


def _factor(schedule):
    if schedule is None:
        return lambda t: 1.0
    _checks.function("schedule", schedule)
    return lambda t: _checks.finite_number(f"schedule({t})", schedule(t), low=0)


def _strengths(strength, mask):
    """A function of the number of arrays: the strength with which each W, b decays."""
    if mask is None:
        return lambda n: [strength, 0.0] * (n // 2)
    try:
        decays = [bool(array) for W, b in mask for array in (W, b)]
    except (TypeError, ValueError):
        raise ValueError(
            f"mask must be a list of pairs (bool, bool); got {mask!r:.80}"
        ) from None

    def strengths(n):
        if len(decays) != n:
            raise ValueError(
                f"mask must have a pair for each of params, {n // 2}; got "
                f"{len(decays) // 2}"
            )
        return [strength * decay for decay in decays]

    return strengths


def _share(name, value):
    value = _checks.finite_number(name, value, low=0)
    if value >= 1:
        raise ValueError(f"{name} must be less than 1; got {value:g}")
    return value


def _optimizer(step, strengths, *, n_moments):
    """The optimizer of a step(t, decays, w, g, *moments), which returns w and moments.

    w holds all parameters in one row, so that one call of NumPy serves all layers; g
    holds their gradients, decays the parts of the row that decay, each with its
    strength. The step may write into w and g.
    """

    @np.errstate(all="ignore")
    def init(params):
        arrays = _arrays("params", params)
        _check_size("params", arrays)
        size = sum(array.size for array in arrays)
        return State(0, _shapes(arrays), [np.zeros(size) for _ in range(n_moments)])

    @np.errstate(all="ignore")
    def checked(params, grads, state):
        if not (
            isinstance(state, State)
            and isinstance(state.shapes, list)
            and isinstance(state.moments, list)
        ):
            raise ValueError(
                f"state must come from the optimizer's init or step; got {state!r:.80}"
            )
        params, grads = _arrays("params", params), _arrays("grads", grads)
        shapes = _shapes(params)
        for name, others in (("grads", _shapes(grads)), ("state", state.shapes)):
            if others != shapes:
                raise ValueError(
                    f"{name} must have the shapes of params, {shapes}; got {others}"
                )
        w, g = (np.concatenate(arrays, axis=None) for arrays in (params, grads))
        moments = [_checks.real_array("state", moment) for moment in state.moments]
        if _shapes(moments) != [w.shape] * n_moments:
            raise ValueError(
                f"state must hold the moments of this optimizer, {n_moments} with "
                f"{w.size} numbers; got shapes {_shapes(moments)}"
            )
        ends = itertools.accumulate((array.size for array in params), initial=0)
        parts = [slice(*pair) for pair in itertools.pairwise(ends)]
        decays = [
            (part, strength)
            for part, strength in zip(parts, strengths(len(parts)), strict=True)
            if strength
        ]
        w, *after = step(state.count, decays, w, g, *moments)
        # What is not finite stays so: the parameters and the last moment speak for all
        # arguments.
        if not _checks.all_finite([w], after[-1:]):
            _refuse(params, grads, moments)
        # [()] makes a number of an array without axes.
        arrays = [
            w[part].reshape(shape)[()]
            for part, shape in zip(parts, shapes, strict=True)
        ]
        return _pairs(arrays), State(state.count + 1, shapes, after)

    return Optimizer(init, checked)


def _refuse(params, grads, moments):
    for name, arrays in (("params", params), ("grads", grads), ("state", moments)):
        _check_size(name, arrays)
    raise ValueError(
        "lr, weight_decay and l2 must be small enough for a step to finite numbers;"
        " got one that is not: has a training diverged?"
    )


def _check_size(name, arrays):
    largest = np.abs(np.concatenate(arrays, axis=None)).max(initial=0)
    if not largest < _TOO_LARGE:
        raise ValueError(
            f"{name} must hold finite numbers below {_TOO_LARGE:g}; got {largest:g}"
        )


def _pairs(arrays):
    return list(zip(arrays[::2], arrays[1::2], strict=True))


def _shapes(arrays):
    return [array.shape for array in arrays]


def _arrays(name, tree):
    """W and b of all layers in one list, as arrays of floats."""
    try:
        arrays = [array for W, b in tree for array in (W, b)]
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be a list of pairs (W, b); got {tree!r:.80}"
        ) from error
    if not arrays:
        raise ValueError(f"{name} must hold one layer or more; got none")
    return [_checks.real_array(name, array) for array in arrays]
