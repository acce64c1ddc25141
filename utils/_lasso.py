"""The numerics below `linear.lasso`: its path, line by line, and how far it can be from
the optimum.

Inputs are centred, and in units in which neither they nor the targets exceed 1. The
penalty is lam * sum_j weights_j |w_j|, and a column's pull is its mean product with the
residuals.
"""

import numpy as np

EPS = np.finfo(float).eps


def follow(Z, y, weights, lams, *, most):
    """Slopes for all of lams, (n, d), or None if so many lines of the path do not reach
    so far.
    """
    W, above = np.zeros((len(lams), Z.shape[1])), np.inf
    active, signs, seen = [], np.zeros(Z.shape[1]), set()
    Q, R = np.empty((len(Z), 0)), np.empty((0, 0))
    # What least squares leaves to a column that depends on the active ones is rounding.
    noise = 64 * EPS * np.sqrt((Z**2).mean(axis=0) * (y**2).mean())
    for _ in range(most):
        start, rate, pulls = line(Z, y, Q, R, (weights * signs)[active])
        pulls[0, np.abs(pulls[0]) <= noise] = 0.0
        # A turn that rounding or a tie has delayed is taken at once; of several the
        # first, which ends every tie.
        turns = np.minimum(
            turning_points(weights, signs, active, start, rate, pulls), above
        )
        # No signs come twice, but for rounding; what they are worth then the duality
        # gap will tell.
        below = 0.0 if signs.tobytes() in seen else turns.max(initial=0.0)
        here = np.flatnonzero((lams >= below) & (lams < above))
        slopes = start - lams[here, None] * rate
        # At a corner a slope of 0 may come out with the wrong sign.
        W[np.ix_(here, active)] = np.where(slopes * signs[active] > 0, slopes, 0.0)
        if below <= lams.min():
            return W
        seen.add(signs.tobytes())
        j, above = int(turns.argmax()), below
        if j in active:
            place, signs[j] = active.index(j), 0.0
            later = active[place + 1 :]
            active, Q, R = active[:place], Q[:, :place], R[:place, :place]
        else:
            later, signs[j] = [j], np.sign(pulls[0, j])
        for column in later:
            Q, R = join(Q, R, Z[:, column])
            active.append(column)
    return None


def join(Q, R, column):
    """Orthogonal columns Q and the unit triangle R: Q R has one column more."""
    part, rest = split(Q, column)
    if rest @ rest <= (64 * EPS) ** 2 * (column @ column):
        # It depends on the others, and what is left of it is rounding.
        rest = np.zeros_like(rest)
    R = np.block([[R, part[:, None]], [np.zeros_like(part), 1.0]])
    return np.column_stack([Q, rest]), R


def split(Q, v):
    """Coefficients of v along the orthogonal columns of Q, and the rest; twice, to
    leave no rounding.
    """
    squares = (Q**2).sum(axis=0)
    shares, rest = np.zeros(Q.shape[1]), v
    for _ in range(2):
        more = np.divide(
            rest @ Q, squares, out=np.zeros_like(shares), where=squares > 0
        )
        shares, rest = shares + more, rest - Q @ more
    return shares, rest


def line(Z, y, Q, R, penalties):
    """Where the active columns, Q R, are pulled with lam * penalties.

    There the slopes are start - lam * rate, and all columns are pulled with
    pulls[0] + lam * pulls[1].
    """
    along, residual = split(Q, y)
    turned, squares = np.linalg.solve(R.T, penalties), (Q**2).mean(axis=0)
    turned = np.divide(turned, squares, out=np.zeros_like(turned), where=squares > 0)
    start, rate = np.linalg.solve(R, np.column_stack([along, turned])).T
    return start, rate, np.stack([residual, Q @ turned]) @ Z / len(y)


def turning_points(weights, signs, active, start, rate, pulls):
    """For each column the penalty at which its slope comes to 0, or its pull has grown
    to lam * weight.
    """
    closing = weights - np.sign(pulls[0]) * pulls[1]
    joins = (signs == 0) & (closing > 0)
    turns = np.divide(np.abs(pulls[0]), closing, out=np.zeros_like(signs), where=joins)
    turns[active] = np.divide(
        start, rate, out=np.zeros_like(start), where=signs[active] * rate < 0
    )
    return turns


def duality_gaps(Z, y, weights, lams, W):
    """How far above its minimum the objective can be, for each row of W.

    The residual, shrunk until no pull exceeds its penalty, is a dual point, and the gap
    to it a sum of parts that are not negative.
    """
    residuals = y - W @ Z.T
    pulls, allowed = residuals @ Z / len(y), lams[:, None] * weights
    # A pull may exceed its penalty by what rounding leaves of it; to shrink the
    # residual for that would feign a gap.
    known_to = 4 * EPS * (1 + np.abs(W).sum(axis=1, keepdims=True))
    excess = np.maximum(np.abs(pulls) - known_to, 0.0)
    share = np.divide(allowed, excess, out=np.ones_like(excess), where=excess > allowed)
    share = share.min(axis=1, initial=1.0)
    slack = np.maximum(allowed - share[:, None] * np.sign(W) * pulls, 0.0)
    missed = np.multiply(slack, np.abs(W), out=np.zeros_like(W), where=W != 0)
    return (1 - share) ** 2 * (residuals**2).mean(axis=1) / 2 + missed.sum(axis=1)
