"""Logistic regression: loss, gradient and Newton's method. Explained in chapter 8."""

import numpy as np

from utils import _checks
from utils import _factors as factors


def _check_data(w, b, X, y, lam):
    w, b, X = (
        _checks.finite_array("w", w, ndim=1),
        _checks.finite_number("b", b),
        _checks.finite_array("X", X, ndim=2),
    )
    y, lam = _check_labels(y), _checks.finite_number("lam", lam, low=0)
    if X.shape != (len(y), len(w)):
        raise ValueError(
            f"X must be (len(y), len(w)) = {(len(y), len(w))}; got {X.shape}"
        )
    return w, b, X, y, lam


def _check_labels(y):
    y = _checks.finite_array("y", y, ndim=1)
    strange = y[(y != 0) & (y != 1)]
    if len(strange):
        raise ValueError(f"y must hold labels 0 and 1; got {strange[0]:g}")
    return y


def sigmoid(z):
    """1 / (1 + exp(-z)), the probability of label 1 at logit z, without overflow for
    any z.

    Parameters
    ----------
    z : array of any shape
        Logits.

    Returns
    -------
    p : array, same shape as z
        Probabilities between 0 and 1, accurate to rounding in both tails.

    Raises
    ------
    ValueError
        If z holds anything but finite numbers.

    Source: Bishop, Pattern Recognition and Machine Learning, eq. (4.59).

    Examples
    --------
    >>> sigmoid(np.array([-1e4, 0.0, 1e4]))
    array([0. , 0.5, 1. ])
    """
    return _sigmoid(_checks.finite_array("z", z, ndim=range(33), empty=True))


def _sigmoid(z):
    # Far to the left nothing is left, and that is the right number.
    with np.errstate(under="ignore"):
        return np.exp(-np.logaddexp(0, -z))


def _finite(value, w, X):
    if not np.isfinite(value).all():
        raise ValueError(
            "w must be so small that the result is finite; got up to "
            f"{np.abs(w).max():.1e},"
            f" with inputs up to {np.abs(X).max():.1e}"
        )
    return value


def loss(w, b, X, y, lam):
    """The mean cross-entropy -(1/m) sum_i [y_i ln p_i + (1 - y_i) ln(1 - p_i)] plus
    (lam/2) ||w||**2.

    p_i = sigmoid(x_i w + b). Both logarithms are ln(1 + exp(-margin)), with margin the
    logit for label 1 and minus the logit for label 0, and are computed as such, so that
    they are finite and accurate at any logit.

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
        If an argument is empty or not finite, shapes do not fit, a label is not 0 or 1,
        lam is negative, or the result is beyond the largest float.

    Source: Bishop, Pattern Recognition and Machine Learning, eq. (4.90), divided by m.

    Examples
    --------
    >>> round(loss([0.0], 0.0, [[1.0], [2.0]], [0, 1], 0.1), 6)
    0.693147
    """
    w, b, X, y, lam = _check_data(w, b, X, y, lam)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        margin = np.where(y == 1, 1, -1) * (X @ w + b)
        penalty = lam / 2 * w @ w if lam > 0 else 0.0
        return float(_finite(np.logaddexp(0, -margin).mean() + penalty, w, X))


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
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        # p - y, which loses its digits as a difference when p is close to y.
        residual = -sign * _sigmoid(-sign * (X @ w + b))
        return _finite(X.T @ residual / len(y) + lam * w, w, X), float(residual.mean())


def fit(X, y, lam, *, max_steps=100):
    """Minimize the mean cross-entropy plus (lam/2) ||w||**2 over w and b, by Newton's
    method.

    Each step solves for the minimum of the quadratic that agrees with the loss up to
    second derivatives, and is halved until the loss falls. It ends where every
    derivative, on centred inputs, is below 1e-10 and a further step would move no
    logit.

    Parameters
    ----------
    X : (m, d) array
        Inputs, one example a row.
    y : (m,) array
        Labels, each 0 or 1; both must occur.
    lam : float
        Penalty on the mean-loss scale, > 0. Without one, there is no minimum on
        separable data.
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
        If X or y is empty or not finite, their rows differ in number, a label is not 0
        or 1, only one label occurs, lam is not positive, the inputs are below 1e-15 or
        beyond 1e100 in size, the intercept that goes with the origin of X cannot be
        told to a millionth of a logit, or the optimum is not reached after max_steps.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq.
    (4.26), with a penalty.

    Examples
    --------
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1]
    >>> w, b = fit(X, y, 0.1)
    >>> dw, db = gradient(w, b, X, y, 0.1)
    >>> bool(abs(dw[0]) < 1e-10)
    True
    """
    lam = _checks.finite_number("lam", lam, above=0)
    W, b = _fit_path(X, y, np.array([lam]), max_steps=max_steps, fine=True)
    return W[0], float(b[0])


def fit_path(X, y, lams, *, max_steps=100):
    """Minimize the mean cross-entropy plus (lam/2) ||w||**2 over w and b, for every lam
    of lams.

    From the largest penalty to the smallest, each fit starts where the last has ended;
    every derivative ends below 1e-8.

    Parameters
    ----------
    X, y
        As for `fit`.
    lams : (n,) array
        Penalties on the mean-loss scale, each > 0, in any order.
    max_steps
        As for `fit`, for each penalty.

    Returns
    -------
    W : (n, d) array
        Weights, one row for each penalty.
    b : (n,) array
        Intercepts.

    Raises
    ------
    ValueError
        As by `fit`, or if lams is empty.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eq.
    (4.26), with a penalty; warm starts as in Friedman, Hastie, Tibshirani (2010),
    Journal of Statistical Software, section 2.5.

    Examples
    --------
    >>> W, b = fit_path([[-1.0], [1.0]], [0, 1], [0.1, 1.0])
    >>> W.round(4)
    array([[1.6335],
           [0.4011]])
    """
    lams = _checks.finite_array("lams", lams, ndim=1)
    if (lams <= 0).any():
        raise ValueError(f"lams must be greater than 0; got {lams.min():g}")
    return _fit_path(X, y, lams, max_steps=max_steps, fine=False)


def _fit_path(X, y, lams, *, max_steps, fine):
    X, y = _checks.examples(X, _check_labels(y))
    max_steps = _checks.whole_number("max_steps", max_steps, low=1)
    if not 1e-15 < (np.abs(X).max() or 1.0) < 1e100:
        size = np.abs(X).max()
        raise ValueError(
            "X must be scaled to a size between 1e-15 and 1e100; got inputs up to "
            f"{size:.1e}"
        )
    if y.min() == y.max():
        raise ValueError(
            "y must hold both labels, or the intercept has no optimum; got only "
            f"{y[0]:g}"
        )
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        return _from_largest_to_smallest(X, y, lams, max_steps, fine)


def _from_largest_to_smallest(X, y, lams, max_steps, fine):
    # The weights do not depend on where the origin of X is; far from it the intercept
    # would be lost in rounding. In units in which all columns are of size 1 no digit is
    # lost; each weight there has a penalty of its own.
    center, Z = factors.centre(X)
    units = np.append(factors.powers_of_two(Z), 1.0)
    A, sign = np.column_stack([Z, np.ones(len(y))]) / units, np.where(y == 1, 1.0, -1.0)
    start = np.append(np.zeros(X.shape[1]), np.log(y.mean() / (1 - y.mean())))
    thetas, order = np.empty((len(lams), len(units))), np.argsort(-lams, kind="stable")
    for i, k in enumerate(order):
        if i > 1:
            # Where the last two fits point to.
            before = order[i - 2]
            share = _share_ahead(lams[before], lams[order[i - 1]], lams[k])
            start = start + share * (start - thetas[before])
        start = _newton(start, A, sign, lams[k], units, max_steps=max_steps, fine=fine)
        thetas[k] = start
    W, b = thetas[:, :-1] / units[:-1], thetas[:, -1]
    _check_origin(center, W)
    return W, b - W @ center


def _share_ahead(before, last, lam):
    """How far it is to lam, as a share of the last step on a scale of equal factors; 1
    at the most.
    """
    step = np.log(last) - np.log(before)
    return min((np.log(lam) - np.log(last)) / step, 1.0) if step < 0 else 0.0


def _penalties(lam, units):
    """Of the weights in units of the columns, and 0 for the intercept."""
    penalties = np.append(lam / units[:-1] / units[:-1], 0.0)
    if not np.isfinite(penalties).all():
        j = int(penalties.argmax())
        raise ValueError(
            f"lam must be smaller, or column {j} of X in a smaller unit; got lam "
            f"{lam:g} and a spread of {units[j]:.0e}"
        )
    return penalties


def _check_origin(center, W):
    """Refuse inputs so far away that the intercept, a difference, loses a millionth of
    a logit.
    """
    lost = np.finfo(float).eps * np.abs(W * center).max(axis=0)
    if lost.max() > 1e-6:
        j = int(lost.argmax())
        raise ValueError(
            f"column {j} of X must not lie so far from the origin, around "
            f"{center[j]:.6g}, that the"
            " intercept loses its digits: subtract its mean first"
        )


def _newton(theta, A, sign, lam, units, *, max_steps, fine):
    """Minimize mean(ln(1 + exp(-sign * (A @ theta)))) + sum(penalties * theta**2) / 2,
    from theta.
    """
    penalties = _penalties(lam, units)
    allowed = np.maximum((1e-10 if fine else 1e-8) / units, 1e-14)
    margin, losses, value = _evaluate(theta, A, sign, penalties)
    for _ in range(max_steps):
        wrong, right = np.exp(-losses - margin), np.exp(-losses)
        gradient = penalties * theta - (sign * wrong) @ A / len(A)
        weighted = A * np.sqrt(wrong * right / len(A))[:, None]
        hessian = weighted.T @ weighted + np.diag(penalties)
        step = -_solve(hessian, gradient)
        moved = np.abs(A @ step).max()
        # What another step leaves of a derivative: what it does not solve for, and what
        # third derivatives, below 1/10, add.
        left = np.abs(hessian @ step + gradient) + moved**2 / 20
        if (left < allowed).all() and (
            moved < 1e-8 * max(1.0, np.abs(margin).max()) or not fine
        ):
            return theta + step
        theta, (margin, losses, value) = _backtrack(
            theta, step, value, A, sign, penalties
        )
    if margin.min() > 0:
        raise ValueError(
            f"lam must be larger than {lam:g}, or max_steps than {max_steps}: a plane "
            "tells the labels"
            " apart, and the weights still grow"
        )
    raise ValueError(
        "max_steps must be larger, or lam if columns of X are nearly dependent: after"
        f" {max_steps} steps got a derivative of {np.abs(gradient * units).max():.1e} "
        f"at lam = {lam:g}"
    )


def _evaluate(theta, A, sign, penalties):
    """Margins, losses ln(1 + exp(-margin)), and the objective."""
    margin = sign * (A @ theta)
    losses = np.logaddexp(0, -margin)
    return margin, losses, losses.mean() + penalties @ theta**2 / 2


def _solve(hessian, gradient):
    """In units in which the diagonal is 1; a direction that rounding hides gets no
    step.
    """
    unit = np.sqrt(np.diag(hessian))
    unit = np.where(unit > 0, unit, 1.0)
    scaled = hessian / unit / unit[:, None]
    try:
        if np.linalg.cholesky(scaled).diagonal().min() > 1e-6:
            return np.linalg.solve(scaled, gradient / unit) / unit
    except np.linalg.LinAlgError:
        pass
    return np.linalg.lstsq(scaled, gradient / unit, rcond=None)[0] / unit


def _backtrack(theta, step, before, A, sign, penalties):
    """The first of 1, 1/2, 1/4, ... of the step that does not raise the objective, but
    for rounding.
    """
    for halving in range(60):
        new = theta + 0.5**halving * step
        found = _evaluate(new, A, sign, penalties)
        if found[-1] <= before + 1e-15 * max(before, 1e-300):
            return new, found
    return theta + step, _evaluate(theta + step, A, sign, penalties)
