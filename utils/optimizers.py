"""Gradient methods as pure functions, with the decay coupled to the gradient or decoupled from it. Explained in chapter 10.

An optimizer has ``init(params) -> state`` and ``step(params, grads, state) -> (params, state)``. Parameters are a list of
(W, b), as in `network`; W and b may be arrays of any shape, or numbers. Weights W decay, offsets b never do.
"""

import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from utils import _checks

# Beyond it the square of a gradient may be no float.
_TOO_LARGE = 1e150


class Optimizer(NamedTuple):
    """A gradient method, as two pure functions.

    Attributes
    ----------
    init : callable
        ``init(params)`` returns the state before the first step.
    step : callable
        ``step(params, grads, state)`` returns the parameters and the state after one step; its arguments stay as they are.
    """

    init: Callable
    step: Callable


class State(NamedTuple):
    """What an optimizer remembers from step to step.

    Attributes
    ----------
    count : int
        Steps taken.
    first, second : lists of (W, b)
        Running sums or averages of the gradients and, for Adam, of their squares.
    """

    count: int
    first: list
    second: list


def sgd(lr, *, momentum=0.0, weight_decay=0.0):
    """Gradient descent, with heavy-ball momentum: v <- momentum * v + g + weight_decay * w, then w <- w - lr * v.

    The decay is coupled: it is part of the gradient, so that the penalty (weight_decay / 2) ||w||**2 is minimized too.

    Parameters
    ----------
    lr : float or callable
        Learning rate, > 0; or ``lr(t)``, the rate of step t = 0, 1, ..., >= 0.
    momentum : float
        Share of the velocity v that survives a step, in [0, 1).
    weight_decay : float
        Penalty on the mean-loss scale, >= 0.

    Returns
    -------
    Optimizer

    Raises
    ------
    ValueError
        If a setting is out of range or, in a step, params, grads and state do not fit each other or are not finite.

    Source: Sutskever, Martens, Dahl, Hinton (2013), On the Importance of Initialization and Momentum in Deep Learning,
    eqs. (1) and (2), with the rate outside of v, as in PyTorch.

    Examples
    --------
    >>> optimizer = sgd(0.1, weight_decay=0.5)
    >>> params, state = [(2.0, 1.0)], optimizer.init([(2.0, 1.0)])
    >>> [(float(w), float(b)) for w, b in optimizer.step(params, [(0.0, 0.0)], state)[0]]
    [(1.9, 1.0)]
    """
    rate = _rate(lr)
    momentum = _share("momentum", momentum)
    weight_decay = _checks.finite_number("weight_decay", weight_decay, low=0)

    def step(params, grads, state):
        eta, moved, velocities = rate(state.count), [], []
        for (W, b), (dW, db), (vW, vb) in zip(params, grads, state.first, strict=True):
            vW = momentum * vW + dW + weight_decay * W
            vb = momentum * vb + db
            velocities.append((vW, vb))
            moved.append((W - eta * vW, b - eta * vb))
        return moved, State(state.count + 1, velocities, [])

    return Optimizer(lambda params: State(0, _zeros(params), []), _checked(step, "first"))


def adam(lr, *, betas=(0.9, 0.999), eps=1e-8, l2=0.0):
    """Adam on the gradient of the loss plus (l2 / 2) ||w||**2: the decay is coupled, and passes through both moments.

    Parameters
    ----------
    lr : float or callable
        Learning rate, > 0; or ``lr(t)``, the rate of step t = 0, 1, ..., >= 0.
    betas : (float, float)
        Shares of the averages of gradients and of their squares that survive a step, each in [0, 1).
    eps : float
        Added to the root of the second moment, > 0.
    l2 : float
        Penalty on the mean-loss scale, >= 0. This is what PyTorch's Adam calls weight_decay.

    Returns
    -------
    Optimizer

    Raises
    ------
    ValueError
        If a setting is out of range or, in a step, params, grads and state do not fit each other or are not finite.

    Source: Kingma, Ba (2015), Adam: A Method for Stochastic Optimization, algorithm 1.

    Examples
    --------
    >>> optimizer = adam(0.1)
    >>> params, state = [(2.0, 1.0)], optimizer.init([(2.0, 1.0)])
    >>> [(round(float(w), 6), round(float(b), 6)) for w, b in optimizer.step(params, [(5.0, -0.01)], state)[0]]
    [(1.9, 1.1)]
    """
    return _adam(lr, betas, eps, l2=_checks.finite_number("l2", l2, low=0), weight_decay=0.0)


def adamw(lr, *, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0):
    """Adam on the gradient of the loss alone, with weights multiplied by 1 - lr * weight_decay before each step.

    The decay is decoupled: it does not pass through the moments, and no penalty is minimized, unless all second moments
    are equal.

    Parameters
    ----------
    lr, betas, eps
        As for `adam`.
    weight_decay : float
        Share of the weights that decays for each unit of learning rate, >= 0.

    Returns
    -------
    Optimizer

    Raises
    ------
    ValueError
        As for `adam`.

    Source: Loshchilov, Hutter (2019), Decoupled Weight Decay Regularization, algorithm 2; its decay is lr * weight_decay
    here, as in PyTorch.

    Examples
    --------
    >>> optimizer = adamw(0.1, weight_decay=0.5)
    >>> params, state = [(2.0, 1.0)], optimizer.init([(2.0, 1.0)])
    >>> [(round(float(w), 6), round(float(b), 6)) for w, b in optimizer.step(params, [(5.0, -0.01)], state)[0]]
    [(1.8, 1.1)]
    """
    weight_decay = _checks.finite_number("weight_decay", weight_decay, low=0)
    return _adam(lr, betas, eps, l2=0.0, weight_decay=weight_decay)


def _adam(lr, betas, eps, *, l2, weight_decay):
    rate, eps = _rate(lr), _checks.finite_number("eps", eps, above=0)
    if np.shape(betas) != (2,):
        raise ValueError(f"betas must be two numbers; got {betas!r}")
    beta1, beta2 = (_share("betas", beta) for beta in betas)

    def step(params, grads, state):
        t, eta = state.count + 1, rate(state.count)
        # Both averages start at 0; divided by 1 - beta**t they are averages of what has been seen.
        seen1, seen2 = 1 - beta1**t, 1 - beta2**t

        def update(w, g, m, v, l2, decay):
            g = g + l2 * w if l2 else g
            m = beta1 * m + (1 - beta1) * g
            v = beta2 * v + (1 - beta2) * g**2
            w = (1 - eta * decay) * w - eta * (m / seen1) / (np.sqrt(v / seen2) + eps)
            return w, m, v

        moved, first, second = [], [], []
        moments = zip(state.first, state.second, strict=True)
        for (W, b), (dW, db), ((mW, mb), (vW, vb)) in zip(params, grads, moments, strict=True):
            W, mW, vW = update(W, dW, mW, vW, l2, weight_decay)
            b, mb, vb = update(b, db, mb, vb, 0.0, 0.0)
            moved.append((W, b))
            first.append((mW, mb))
            second.append((vW, vb))
        return moved, State(t, first, second)

    return Optimizer(
        lambda params: State(0, _zeros(params), _zeros(params)),
        _checked(step, "first", "second"),
    )


def _rate(lr):
    if callable(lr):
        return lambda t: _checks.finite_number(f"lr({t})", lr(t), low=0)
    lr = _checks.finite_number("lr", lr, above=0)
    return lambda t: lr


def _share(name, value):
    value = _checks.finite_number(name, value, low=0)
    if value >= 1:
        raise ValueError(f"{name} must be less than 1; got {value:g}")
    return value


def _checked(step, *moments):
    """The step, with arguments that fit each other, and a result that is finite."""

    @np.errstate(all="ignore")
    def checked(params, grads, state):
        if not isinstance(state, State):
            got = type(state).__name__
            raise ValueError(f"state must come from the optimizer's init or step; got {got}")
        params, grads = _floats("params", params), _floats("grads", grads)
        remembered = {name: _floats("state", getattr(state, name)) for name in moments}
        for name, tree in (
            ("grads", grads),
            *(("state", tree) for tree in remembered.values()),
        ):
            if _shapes(tree) != _shapes(params):
                raise ValueError(f"{name} must have the shapes of params, {_shapes(params)}; got {_shapes(tree)}")
        moved, after = step(params, grads, state._replace(**remembered))
        # What is not finite does not become so: these two speak for the arguments, too.
        if not (_finite(moved) and _finite(after.second)):
            _refuse(params, grads, *remembered.values())
        return moved, after

    return checked


def _refuse(params, grads, *moments):
    for name, tree in (
        ("params", params),
        ("grads", grads),
        *(("state", tree) for tree in moments),
    ):
        _check_size(name, tree)
    raise ValueError(
        "lr, weight_decay and l2 must be small enough for a step to finite numbers;"
        " got one that is not: has a training diverged?"
    )


def _check_size(name, tree):
    for array in itertools.chain.from_iterable(tree):
        largest = np.abs(array).max(initial=0)
        if not largest < _TOO_LARGE:
            raise ValueError(f"{name} must hold finite numbers below {_TOO_LARGE:g}; got {largest:g}")


def _finite(tree):
    # A sum of squares tells, or, if it is too large itself, a closer look.
    arrays = itertools.chain.from_iterable(tree)
    return all(math.isfinite(np.vdot(a, a)) or np.isfinite(a).all() for a in arrays)


@np.errstate(all="ignore")
def _zeros(params):
    params = _floats("params", params)
    _check_size("params", params)
    return [(np.zeros_like(W), np.zeros_like(b)) for W, b in params]


def _shapes(tree):
    return [(W.shape, b.shape) for W, b in tree]


def _floats(name, tree):
    """The pairs (W, b) of a tree, with arrays of floats in them, or numbers."""
    try:
        pairs = [(W, b) for W, b in tree]
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be a list of pairs (W, b); got {tree!r:.80}") from error
    return [(_float(name, W), _float(name, b)) for W, b in pairs]


def _float(name, value):
    # Most are what they should be; a mask, a table or text takes longer to see through.
    if type(value) is np.ndarray and value.dtype == float:
        return value
    return _checks.real_array(name, value)[()]
