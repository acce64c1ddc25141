"""A multilayer perceptron, for one network or for many at once. Explained in chapter 9.

Parameters are a list of (W, b), one pair a layer: weights W (fan_in, fan_out), offsets
b (fan_out,). Replicas, networks that differ in their numbers only, add a leading axis
to both. NumPy's broadcasting does the rest, so that the code of one network is the code
of hundreds.
"""

import itertools

import numpy as np

from utils import _checks

_FLOAT = np.dtype(float)


def _tanh(z, out):
    """np.tanh by np.exp: for hundreds of networks faster in a browser and on many
    processors, slower where NumPy uses AVX-512.
    """
    # Near 0 the difference below loses digits.
    near = np.flatnonzero((z < 0.01) & (z > -0.01))
    small = np.tanh(np.take(z, near))
    h = np.multiply(z, -2, out=out)
    np.exp(h, out=h)
    h += 1
    np.divide(2, h, out=h)
    h -= 1
    np.put(h, near, small)
    return h


# Each activation, and its derivative in terms of its own value.
_ACTIVATIONS = {
    "tanh": (_tanh, lambda h: 1 - h * h),
    "relu": (lambda z, out: np.maximum(z, 0, out=out), np.sign),
}


def init(sizes, rng, *, n_replicas=None):
    """Draw weights from a normal distribution with variance 1 / fan_in; offsets begin
    at 0.

    Parameters
    ----------
    sizes : sequence of int
        Width of each layer, from the inputs to the outputs, at least two, each 1 or
        greater.
    rng : numpy.random.Generator
        Where the weights come from.
    n_replicas : int, optional
        How many networks to draw at once, 1 or greater; without it one network, with no
        leading axis.

    Returns
    -------
    params : list of (W, b)
        W is (fan_in, fan_out), b is (fan_out,); with n_replicas each has that many in
        front.

    Raises
    ------
    ValueError
        If sizes has fewer than two entries, a width or n_replicas is not a whole
        number, 1 or greater, or rng is not a Generator.

    Source: LeCun, Bottou, Orr, Müller (1998), Efficient BackProp, eq. (16).

    Examples
    --------
    >>> params = init([1, 32, 1], np.random.default_rng(0), n_replicas=200)
    >>> [(W.shape, b.shape) for W, b in params]
    [((200, 1, 32), (200, 32)), ((200, 32, 1), (200, 1))]
    """
    if np.ndim(sizes) != 1 or len(sizes) < 2:
        raise ValueError(
            f"sizes must hold two widths or more, inputs and outputs; got {sizes!r}"
        )
    sizes = [_checks.whole_number("sizes", size, low=1) for size in sizes]
    front = ()
    if n_replicas is not None:
        front = (_checks.whole_number("n_replicas", n_replicas, low=1),)
    rng = _checks.generator(rng)
    return [
        (
            rng.standard_normal((*front, fan_in, fan_out)) / np.sqrt(fan_in),
            np.zeros((*front, fan_out)),
        )
        for fan_in, fan_out in zip(sizes, sizes[1:], strict=False)
    ]


def predict(params, X, *, activation="tanh"):
    """The outputs of the network at each row of X: of the last layer, without an
    activation.

    Parameters
    ----------
    params : list of (W, b)
        As from `init`.
    X : (m, fan_in) array, or (n_replicas, m, fan_in)
        Inputs, one example a row; without a leading axis all replicas see the same.
    activation : {"tanh", "relu"}
        What each hidden unit does to its input.

    Returns
    -------
    outputs : (m, fan_out) array, or (n_replicas, m, fan_out)
        Predictions, or logits.

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, or the activation is unknown.

    Examples
    --------
    >>> predict([(np.array([[2.0]]), np.array([1.0]))], [[3.0]])
    array([[7.]])
    """
    params, X = _check_network(params, X, activation)
    _check_numbers(params, X)
    # What is too large is found in the outputs.
    with np.errstate(all="ignore"):
        return _check_outputs(_forward(params, X, activation)[1], params, X)


@np.errstate(all="ignore")
def loss_and_gradient(params, X, y, lam, *, activation="tanh", loss="squared"):
    """The mean loss plus (lam/2) times the sum of all squared weights, and its gradient
    by backpropagation.

    The loss of an example is half the squared distance of outputs and targets, or the
    cross-entropy -ln p(label), with p the softmax of the outputs, or their sigmoid if
    there is one output. Offsets are not penalized.

    Parameters
    ----------
    params : list of (W, b)
        As from `init`.
    X : (m, fan_in) array, or (n_replicas, m, fan_in)
        Inputs, one example a row; without a leading axis all replicas see the same.
    y : (m, fan_out) array, or (n_replicas, m, fan_out)
        Targets. With one output its axis may be left out. For cross-entropy: labels,
        (m,) or (n_replicas, m), from 0 to fan_out - 1, or 0 and 1 with one output.
    lam : float, or (n_replicas,) array
        Penalty on the mean-loss scale, >= 0, for each replica one or the same for all.
    activation : {"tanh", "relu"}
        What each hidden unit does to its input.
    loss : {"squared", "cross-entropy"}
        Which loss to take the mean of.

    Returns
    -------
    loss : float, or (n_replicas,) array
        The penalized mean loss, one for each replica.
    grads : list of (dW, db)
        Its derivatives, shaped as params.

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, a label is not allowed, lam is
        negative, or activation or loss is unknown.

    Source: Bishop, Pattern Recognition and Machine Learning, eqs. (5.53) to (5.56) and
    (5.112).

    Examples
    --------
    >>> params = [(np.array([[2.0]]), np.array([1.0]))]
    >>> loss_and_gradient(params, [[3.0]], [5.0], 0.5)
    (3.0, [(array([[7.]]), array([2.]))])
    """
    params, X = _check_network(params, X, activation)
    replicas, m = params[0][0].shape[:-2], X.shape[-2]
    lam = _check_penalty(lam, replicas)
    errors_and_pull = _LOSSES[_checks.one_of("loss", loss, _LOSSES)]
    layers, outputs = _forward(params, X, activation)
    errors, pull = errors_and_pull(_check_outputs(outputs, params, X), y)
    total = errors.sum(axis=-1) / m
    grads = _backward(params, layers, pull / m, activation)
    if lam.any() if lam.ndim else lam:
        for (W, _), (dW, _) in zip(params, grads, strict=True):
            row = W.reshape(*replicas, -1)
            total = total + lam / 2 * np.vecdot(row, row)
            dW += lam[..., None, None] * W
    # What meets a number that is not finite becomes so too: the loss and the
    # gradient speak for all arguments.
    given, found = itertools.chain(*params), itertools.chain(*grads)
    if not _checks.all_finite([total, *given], [total, *found]):
        _check_numbers(params, X)
        _checks.finite_array("y", y, ndim=None)
        raise ValueError(
            "params, X, y and lam must be small enough for a finite loss and "
            f"gradient; got a loss of {np.max(total):g}"
        )
    return (total if replicas else float(total)), grads


def _forward(params, X, activation):
    """The inputs of every layer, and the outputs of the last."""
    # In place: for many replicas fresh memory would cost more.
    layers = [X]
    for W, b in params[:-1]:
        z = _times(layers[-1], W)
        z += b[..., None, :]
        layers.append(_ACTIVATIONS[activation][0](z, out=z))
    W, b = params[-1]
    return layers, layers[-1] @ W + b[..., None, :]


def _backward(params, layers, delta, activation):
    """The gradient, from delta: the derivative of the mean loss with respect to the
    outputs.
    """
    grads, ones = [], np.ones(delta.shape[-2])
    for (W, _), h in zip(reversed(params), reversed(layers), strict=True):
        # The sum over the examples, as a product, which is faster than sum.
        grads.append((h.mT @ delta, ones @ delta))
        if len(grads) < len(params):
            delta = _times(delta, W.mT)
            delta *= _ACTIVATIONS[activation][1](h)
    return grads[::-1]


def _times(A, B):
    """A @ B; for hundreds of networks einsum takes less than half as long where the
    inner index has one value only.
    """
    if A.shape[-1] > 1:
        return A @ B
    return np.einsum("...i,...j->...ij", A[..., 0], B[..., 0, :])


def _squared(outputs, y):
    """The loss of each example, and its derivative with respect to the outputs."""
    y = _array("y", y, ndim=(1, 2, 3))
    shape = outputs.shape
    targets = y[..., None] if shape[-1] == 1 and y.shape[-2:] != shape[-2:] else y
    if targets.shape not in (shape, shape[-2:]):
        raise ValueError(
            f"y must have a target for each of the outputs {shape}; got shape {y.shape}"
        )
    residual = outputs - targets
    return np.vecdot(residual, residual) / 2, residual


def _cross_entropy(outputs, y):
    """The loss of each example, and its derivative: p - 1 at the label, p elsewhere."""
    y = _array("y", y, ndim=(1, 2))
    examples, single = outputs.shape[:-1], outputs.shape[-1] == 1
    if y.shape not in (examples, examples[-1:]):
        raise ValueError(
            f"y must have a label for each of the examples {examples}; got shape "
            f"{y.shape}"
        )
    # One output is the logit of label 1 against a logit of 0, so that the softmax of
    # both is the sigmoid.
    logits = np.concatenate([0 * outputs, outputs], axis=-1) if single else outputs
    truth = y[..., None] == np.arange(logits.shape[-1], dtype=float)
    if np.count_nonzero(truth) < y.size:
        _checks.finite_array("y", y, ndim=None)
        strange = y[~truth.any(axis=-1)][0]
        raise ValueError(
            f"y must hold labels from 0 to {logits.shape[-1] - 1}; got {strange:g}"
        )
    truth = truth.astype(float)
    # Written with distances from the largest logit, of which none overflows.
    logits = logits - logits.max(axis=-1, keepdims=True)
    odds = np.exp(logits)
    total = odds.sum(axis=-1, keepdims=True)
    pull = odds / total - truth
    errors = np.log(total[..., 0]) - np.vecdot(logits, truth)
    return errors, pull[..., 1:] if single else pull


def _check_outputs(outputs, params, X):
    # Their squares must be floats as well.
    if np.vdot(outputs, outputs) < 1e300:
        return outputs
    _check_numbers(params, X)
    largest = np.abs(outputs).max()
    if not largest < 1e150:
        raise ValueError(
            f"params must be small enough for outputs below 1e150; got {largest:g}: "
            "has a training diverged?"
        )
    return outputs


_LOSSES = {"squared": _squared, "cross-entropy": _cross_entropy}


def _check_network(params, X, activation):
    _checks.one_of("activation", activation, _ACTIVATIONS)
    params, X = _check_params(params), _array("X", X, ndim=(2, 3))
    shape, replicas = params[0][0].shape, params[0][0].shape[:-2]
    for (W, _), (next_W, _) in itertools.pairwise(params):
        if W.shape[-1] != next_W.shape[-2] or next_W.shape[:-2] != replicas:
            raise ValueError(
                f"params must fit each other; got a layer {next_W.shape} after one of "
                f"{W.shape}"
            )
    if X.shape[-1] != shape[-2] or (X.ndim == 3 and X.shape[:1] != replicas):
        raise ValueError(
            f"X must have {shape[-2]} columns for weights {shape}, and as many "
            f"replicas; got {X.shape}"
        )
    return params, X


def _check_params(params):
    """The pairs (W, b) as arrays, each b with a number for every column of its W."""
    try:
        pairs = [(W, b) for W, b in params]
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"params must be a list of pairs (W, b); got {params!r:.80}"
        ) from error
    if not pairs:
        raise ValueError("params must hold one layer or more; got none")
    checked = [
        (_array("W in params", W, ndim=(2, 3)), _array("b in params", b, ndim=(1, 2)))
        for W, b in pairs
    ]
    for W, b in checked:
        fitting = W.shape[:-2] + W.shape[-1:]
        if b.shape != fitting:
            raise ValueError(
                f"b in params must be {fitting} beside W {W.shape}; got {b.shape}"
            )
    return checked


def _check_numbers(params, X):
    for W, b in params:
        _checks.finite_array("W in params", W, ndim=None)
        _checks.finite_array("b in params", b, ndim=None)
    _checks.finite_array("X", X, ndim=None)


def _check_penalty(lam, replicas):
    if isinstance(lam, float) and 0 <= lam < np.inf:
        return np.float64(lam)
    lam = _checks.finite_array("lam", lam, ndim=(0, 1))
    if (lam < 0).any():
        raise ValueError(f"lam must be at least 0; got {lam.min():g}")
    if lam.ndim and lam.shape != replicas:
        raise ValueError(
            f"lam must be one number, or one for each of {replicas} replicas; got "
            f"shape {lam.shape}"
        )
    return lam


def _array(name, value, *, ndim):
    # In the steps of a training most arrays are what they should be, which is seen
    # fast. Whether their numbers are finite is seen in what comes of them.
    if type(value) is np.ndarray and value.dtype.kind in "iu":
        value = value.astype(float)
    fits = type(value) is np.ndarray and value.dtype == _FLOAT and value.ndim in ndim
    if fits and value.size:
        return value
    return _checks.finite_array(name, value, ndim=ndim)
