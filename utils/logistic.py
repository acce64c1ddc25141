"""Logistic regression: loss, gradient and Newton's method. Explained in chapter 8."""

import numpy as np

from utils import _checks


def _check_data(w, b, X, y, lam):
    w, b, X = (
        _checks.finite_array("w", w, ndim=1),
        _checks.finite_number("b", b),
        _checks.finite_array("X", X, ndim=2),
    )
    y, lam = _check_labels(y), _checks.finite_number("lam", lam, low=0)
    if X.shape != (len(y), len(w)):
        raise ValueError(f"X must be (len(y), len(w)) = {(len(y), len(w))}; got {X.shape}")
    return w, b, X, y, lam


def _check_labels(y):
    y = _checks.finite_array("y", y, ndim=1)
    strange = y[(y != 0) & (y != 1)]
    if len(strange):
        raise ValueError(f"y must hold labels 0 and 1; got {strange[0]:g}")
    return y


def sigmoid(z):
    """1 / (1 + exp(-z)), the probability of label 1 at logit z, without overflow for any z.

    Parameters
    ----------
    z : array of any shape
        Logits.

    Returns
    -------
    p : array, same shape as z
        Probabilities between 0 and 1, accurate to rounding in both tails.

    Source: Bishop, Pattern Recognition and Machine Learning, eq. (4.59).

    Examples
    --------
    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    return np.exp(-np.logaddexp(0, -np.asarray(z, dtype=float)))


def loss(w, b, X, y, lam):
    """The mean cross-entropy -(1/m) sum_i [y_i ln p_i + (1 - y_i) ln(1 - p_i)] plus (lam/2) ||w||**2.

    p_i = sigmoid(x_i w + b). Both logarithms are ln(1 + exp(-margin)), with margin the logit for label 1 and minus the
    logit for label 0, and are computed as such, so that they are finite and accurate at any logit.

    Parameters
    ----------
    w : (d,) array
        Weights.
    b : float
        Intercept, not penalized.
    X : (m, d) array
        Inputs, one example a row.
    y : (m,) array
        Labels, each 0 or 1.
    lam : float
        Penalty on the mean-loss scale, >= 0.

    Returns
    -------
    float
        The loss, ln 2 at w = 0, b = 0.

    Raises
    ------
    ValueError
        If an argument is empty or not finite, shapes do not fit, a label is not 0 or 1, or lam is negative.

    Source: Bishop, Pattern Recognition and Machine Learning, eq. (4.90), divided by m.

    Examples
    --------
    >>> round(loss([0.0], 0.0, [[1.0], [2.0]], [0, 1], 0.1), 6)
    0.693147
    """
    w, b, X, y, lam = _check_data(w, b, X, y, lam)
    margin = np.where(y == 1, 1, -1) * (X @ w + b)
    return float(np.logaddexp(0, -margin).mean() + lam / 2 * w @ w)


def gradient(w, b, X, y, lam):
    """The gradient of `loss`: (1/m) X' (p - y) + lam w, and (1/m) sum_i (p_i - y_i).

    Parameters
    ----------
    w, b, X, y, lam
        As for `loss`.

    Returns
    -------
    dw : (d,) array
        Derivatives with respect to w.
    db : float
        Derivative with respect to b.

    Raises
    ------
    ValueError
        As for `loss`.

    Source: Bishop, Pattern Recognition and Machine Learning, eq. (4.91), divided by m.

    Examples
    --------
    >>> gradient([0.0], 0.0, [[1.0], [2.0]], [0, 1], 0.1)
    (array([-0.25]), 0.0)
    """
    w, b, X, y, lam = _check_data(w, b, X, y, lam)
    sign = np.where(y == 1, 1, -1)
    # p - y, which loses its digits as a difference when p is close to y.
    residual = -sign * sigmoid(-sign * (X @ w + b))
    return X.T @ residual / len(y) + lam * w, float(residual.mean())


def fit(X, y, lam, *, max_steps=100):
    """Minimize the mean cross-entropy plus (lam/2) ||w||**2 over w and b, by Newton's method.

    Each step solves for the minimum of the quadratic that agrees with the loss up to second derivatives, and is halved until the
    loss falls. It ends where every derivative is below 1e-10 in size and
    a further step would move no logit.

    Parameters
    ----------
    X : (m, d) array
        Inputs, one example a row.
    y : (m,) array
        Labels, each 0 or 1; both must occur.
    lam : float
        Penalty on the mean-loss scale, > 0. Without one, there is no minimum on separable data.
    max_steps : int
        How many steps to allow, 1 or greater.

    Returns
    -------
    w : (d,) array
        Weights.
    b : float
        Intercept.

    Raises
    ------
    ValueError
        If X or y is empty or not finite, their rows differ in number, a label is not 0 or 1, only one label occurs, lam
        is not positive, the inputs are below 1e-15 or beyond 1e100 in size, or the derivatives are not below 1e-10
        after max_steps.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq. (4.26), with a penalty.

    Examples
    --------
    >>> w, b = fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1], 0.1)
    >>> bool(abs(sum(gradient(w, b, [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1], 0.1)[0])) < 1e-10)
    True
    """
    X, y = _checks.examples(X, _check_labels(y))
    lam, max_steps = (
        _checks.finite_number("lam", lam, above=0),
        _checks.whole_number("max_steps", max_steps, low=1),
    )
    if not 1e-15 < (np.abs(X).max() or 1.0) < 1e100:
        raise ValueError(f"X must be scaled to a size between 1e-15 and 1e100; got inputs up to {np.abs(X).max():.1e}")
    if y.min() == y.max():
        raise ValueError(f"y must hold both labels, or the intercept has no optimum; got only {y[0]:g}")
    # The weights do not depend on where the origin of X is; far from it the intercept would be lost in rounding.
    center = X.mean(axis=0)
    Z, w, b = X - center, np.zeros(X.shape[1]), float(np.log(y.mean() / (1 - y.mean())))
    for _ in range(max_steps):
        dw, db = gradient(w, b, Z, y, lam)
        step_w, step_b = _newton_step(w, b, Z, lam, dw, db)
        # With a tiny lam the loss is so flat that its gradient vanishes far from the optimum; the step does not.
        moved = np.abs(Z @ step_w + step_b).max() / max(1.0, np.abs(Z @ w + b).max())
        if max(np.abs(dw).max(), abs(db)) < 1e-10 and moved < 1e-8:
            # One more step costs nothing; of tiny inputs, whose logits hardly move, it is all there is.
            w, b = w + step_w, b + step_b - center @ (w + step_w)
            dw, db = gradient(w, b, X, y, lam)
            if max(np.abs(dw).max(), abs(db)) < 1e-10:
                return w, float(b)
            break
        w, b = _backtrack(w, b, Z, y, lam, step_w, step_b)
    raise ValueError(
        f"X must be scaled so that Newton's method can reach a gradient below 1e-10; after {max_steps} steps got"
        f" {max(np.abs(dw).max(), abs(db)):.1e}, with inputs up to {np.abs(X).max():.1e}"
    )


def _newton_step(w, b, X, lam, dw, db):
    z = X @ w + b
    curvature = sigmoid(z) * sigmoid(-z) / len(X)
    augmented = np.column_stack([X, np.ones(len(X))])
    hessian = augmented.T @ (curvature[:, None] * augmented)
    hessian[np.diag_indices(len(w))] += lam
    # Brought to a diagonal of ones, so that columns in different units lose no digits.
    unit = np.sqrt(np.diag(hessian))
    step = np.linalg.lstsq(hessian / unit / unit[:, None], -np.append(dw, db) / unit, rcond=None)[0] / unit
    return step[:-1], step[-1]


def _backtrack(w, b, X, y, lam, step_w, step_b):
    """The first of 1, 1/2, 1/4, ... of the step that does not raise the loss; near the optimum rounding hides the fall."""
    before = loss(w, b, X, y, lam)
    for halving in range(60):
        share = 0.5**halving
        new = w + share * step_w, b + share * step_b
        if loss(*new, X, y, lam) <= before + 1e-15 * max(before, 1e-300):
            return new
    return w + step_w, b + step_b
