"""Bias and variance of predictions, measured over training sets.

At one input x, with predictions f_1(x), ..., f_L(x) from L training sets and the
noiseless truth f(x): bias(x) = E[f_l(x)] - f(x), variance(x) = E[(f_l(x) -
E[f_l(x)])**2]. Explained in chapters 2 to 4.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np

from utils import _checks, linear
from utils import _factors as factors


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Squared bias and variance at each point, with standard errors, and their means
    over the points.

    Attributes
    ----------
    bias_sq, variance : (n_points,) array, or (k, n_points) for k models
        Unbiased estimates. As such, bias_sq can be negative where the true squared bias
        is near 0.
    bias_sq_se, variance_se : arrays of the same shape
        Their standard errors, from the finite number of training sets, and with few
        sets rough themselves. Of normal predictions, variance +- 2 variance_se covers
        the truth in 66 of 100 simulations with 3 sets, in 74 with 5, 83 with 10, 88
        with 20, and 93 with 60, not in 95. Where the bias is large compared with the
        spread, bias_sq +- 2 bias_sq_se covers it in 81 with 3 sets, 88 with 5, 94 with
        20; the 97.5 % quantile of Student's t with n_sets - 1 degrees of freedom in
        place of the 2 makes that 95 (4.30 with 3 sets, 2.78 with 5, 2.09 with 20).
    mean_bias_sq, mean_variance : float, or (k,) array
        Means over the points.
    mean_bias_sq_se, mean_variance_se : float, or (k,) array
        The standard errors of these means; predictions at different points come from
        the same training sets, so they are not those of independent points. With few
        sets they are as rough as those at a single point.
    """

    bias_sq: np.ndarray
    variance: np.ndarray
    bias_sq_se: np.ndarray
    variance_se: np.ndarray
    mean_bias_sq: float
    mean_variance: float
    mean_bias_sq_se: float
    mean_variance_se: float


def _at_each_point(deviations, average):
    """Squared bias, variance and their standard errors at each point, of predictions
    (..., n_sets, n_points).
    """
    n_sets = deviations.shape[-2]
    spread = deviations**2
    variance = spread.sum(axis=-2) / (n_sets - 1)
    bias_sq = average**2 - variance / n_sets
    # The square of the variance, unbiased for normal predictions.
    square = variance**2 * ((n_sets - 1) / (n_sets + 1) if n_sets > 2 else 1)
    along_bias = np.maximum(average**2 * variance - square / n_sets, 0.0)
    return bias_sq, variance, *_standard_errors(along_bias, square, spread, n_sets)


def _over_all_points(deviations, average):
    """The same of the sums over the points; predictions at different points come from
    the same sets.
    """
    n_sets, n_points = deviations.shape[-2:]
    # One number for each training set; their sum is (n_sets - 1) times the variance.
    spread = (deviations**2).sum(axis=-1)
    variance = spread.sum(axis=-1) / (n_sets - 1)
    bias_sq = (average**2).sum(axis=-1) - variance / n_sets
    # tr(S S) of the covariance S of the predictions, from the smaller of the two Gram
    # matrices; unbiased for normal ones.
    across = np.swapaxes(deviations, -1, -2)
    gram = across @ deviations if n_points <= n_sets else deviations @ across
    trace = (gram**2).sum(axis=(-2, -1)) / (n_sets - 1) ** 2
    if n_sets > 2:
        trace = np.maximum(
            (trace - variance**2 / (n_sets - 1))
            * (n_sets - 1) ** 2
            / ((n_sets - 2) * (n_sets + 1)),
            0.0,
        )
    # b' S b, less what the noise in the average adds to it.
    products = (deviations @ average[..., None])[..., 0]
    along_bias = np.maximum(
        (products**2).sum(axis=-1) / (n_sets - 1) - trace / n_sets, 0.0
    )
    return (
        bias_sq,
        variance,
        *_standard_errors(along_bias, trace, spread[..., None], n_sets, last=True),
    )


def _standard_errors(along_bias, trace, spread, n_sets, *, last=False):
    bias_sq_se = np.sqrt(4 * along_bias / n_sets + 2 * trace / (n_sets * (n_sets - 1)))
    if n_sets == 2:
        return bias_sq_se, np.full_like(bias_sq_se, np.inf)
    variance_se = spread.std(axis=-2, ddof=1) * np.sqrt(
        n_sets / ((n_sets - 1) * (n_sets - 2))
    )
    return bias_sq_se, variance_se[..., 0] if last else variance_se


def decompose(predictions, truth):
    """Estimate squared bias and variance at each point from the predictions of many
    training sets.

    The plug-in estimate of the squared bias, (average prediction - truth)**2, is too
    large by variance / n_sets, since the average over a finite number of sets is noisy
    itself. That is subtracted here. The variance has ddof=1.

    Parameters
    ----------
    predictions : (n_sets, n_points) or (k, n_sets, n_points) array
        One row for each training set, at least two; the sets drawn independently. Of k
        models at once, one after another.
    truth : (n_points,) array
        The noiseless truth at the same points.

    Returns
    -------
    Decomposition
        Estimates with their standard errors: of the squared bias sqrt(4 b**2 v / L + 2
        v**2 / (L (L - 1))), with L sets, bias b and variance v, up to sqrt(2) too large
        where b is 0; of the variance from the spread of squared deviations, right on
        average for normal predictions, too small for few sets with long tails, infinite
        for two sets. With fewer than some twenty sets, +-2 of them cover less than 95
        %, see `Decomposition`.

    Raises
    ------
    ValueError
        If an argument is empty or not finite, there are fewer than two training sets,
        the points differ in number, or the largest error is so large, or so small, that
        its square is no float.

    Source: Geman, Bienenstock, Doursat (1992), Neural Networks and the Bias/Variance
    Dilemma, section 3. The estimate of the squared bias is a U-statistic; its variance
    is Hoeffding's (1948, section 5). Explained in chapter 2.

    Examples
    --------
    >>> d = decompose([[1.0, 0.0], [3.0, 0.0]], [1.0, 0.0])
    >>> d.bias_sq, d.variance, d.mean_variance
    (array([0., 0.]), array([2., 0.]), 1.0)
    """
    predictions = _checks.finite_array("predictions", predictions, ndim=(2, 3))
    truth = _checks.finite_array("truth", truth, ndim=1)
    n_sets, n_points = predictions.shape[-2:]
    if n_sets < 2:
        raise ValueError("predictions must come from two training sets or more; got 1")
    if n_points != len(truth):
        raise ValueError(
            f"predictions and truth must have as many points; got {n_points} and "
            f"{len(truth)}"
        )
    with np.errstate(over="ignore"):
        errors = predictions - truth
    # In units of the largest error, whose fourth power may be no float.
    unit = max(errors.max(), -errors.min()) or 1.0
    _checks.can_be_squared("predictions", unit, "truth")
    errors /= unit
    average = errors.mean(axis=-2)
    errors -= average[..., None, :]
    pointwise = [part * unit**2 for part in _at_each_point(errors, average)]
    overall = [part * unit**2 / n_points for part in _over_all_points(errors, average)]
    return Decomposition(
        *pointwise, *(overall if predictions.ndim == 3 else map(float, overall))
    )


def _predict_once(rng, learner, sample, x_test):
    drawn = sample(rng)
    if not isinstance(drawn, list | tuple) or len(drawn) != 2:
        raise ValueError(f"sample must return a pair (x, y); got {drawn!r:.60}")
    predictions = learner(*map(_own, drawn), _own(x_test))
    return _checks.finite_array("learner's predictions", predictions, ndim=1)


def _own(array):
    # A learner that writes into its arrays would change those of the next set.
    return array.copy() if isinstance(array, np.ndarray) else array


def simulate(learner, sample, x_test, truth_test, *, n_sets, rng, map=map):
    """Draw n_sets training sets, train on each, and decompose the predictions at
    x_test.

    Each training set gets its own child of rng, so the result does not depend on the
    order, or the process, in which they are worked on.

    Parameters
    ----------
    learner : callable
        ``learner(x, y, x_test)`` trains on one set and returns its predictions at
        x_test, (n_points,).
    sample : callable
        ``sample(rng)`` returns one training set ``(x, y)``.
    x_test : array with n_points rows
        Where to predict; handed to learner as it is, of an array a copy.
    truth_test : (n_points,) array
        The noiseless truth there.
    n_sets : int
        How many training sets, 2 or greater.
    rng : numpy.random.Generator
        Parent of the generators of the sets. Children are spawned from it, others at
        each call; its own stream does not move.
    map : callable
        Any map of the built-in's shape, for example that of a process pool (learner and
        sample must then be picklable): ``map(function, generators)`` returns the
        results in the order of the generators.

    Returns
    -------
    Decomposition
        As from `decompose`.

    Raises
    ------
    ValueError
        If n_sets is not a whole number, 2 or greater, rng is not a Generator or cannot
        spawn, learner, sample or map is no function, sample returns no pair, map not
        one result for each set, or the predictions are not finite or not of the shape
        of truth_test.

    Examples
    --------
    >>> import numpy as np
    >>> from utils import datasets
    >>> x = datasets.fixed_design(10)
    >>> d = simulate(
    ...     learner=lambda x, y, x_test: np.full(len(x_test), y.mean()),
    ...     sample=lambda rng: (x, datasets.observe(np.zeros(10), 1.0, rng)),
    ...     x_test=[0.5], truth_test=[0.0], n_sets=1000, rng=np.random.default_rng(0))
    >>> variance_of_a_mean_of_ten = 0.1
    >>> bool(abs(d.mean_variance - variance_of_a_mean_of_ten) < 5 * d.mean_variance_se)
    True
    """
    n_sets = _checks.whole_number("n_sets", n_sets, low=2, high=_checks.LARGEST)
    for name, value in (("learner", learner), ("sample", sample), ("map", map)):
        _checks.function(name, value)
    once = partial(_predict_once, learner=learner, sample=sample, x_test=x_test)
    results = map(once, _checks.children(rng, n_sets))
    predictions = list(results) if np.iterable(results) else []
    if len(predictions) != n_sets:
        raise ValueError(
            f"map must return a result for each of {n_sets} training sets; got "
            f"{len(predictions)}"
        )
    return decompose(predictions, truth_test)


def exact_ridge(X, truth, sigma, lams, X_test, truth_test, *, intercept=True):
    """Squared bias and variance of ridge regression on a fixed design, without any
    simulation.

    With H the hat matrix of `linear.ridge` at lam, the bias is H f - f_test and the
    variance sigma**2 diag(H H').

    Parameters
    ----------
    X : (m, d) array
        Training inputs, the same in every training set.
    truth : (m,) array
        The noiseless truth f at them.
    sigma : float
        Standard deviation of the noise, >= 0.
    lams : (n,) array
        Penalties on the mean-loss scale, each >= 0.
    X_test : (n_points, d) array
        Where to predict.
    truth_test : (n_points,) array
        The noiseless truth there.
    intercept : bool
        Whether the model has an intercept, which is not penalized.

    Returns
    -------
    Decomposition
        bias_sq and variance are (n, n_points), their means over the points (n,); all
        standard errors are 0.

    Raises
    ------
    ValueError
        If an argument is empty or not finite, rows or points differ in number, sigma or
        a penalty is negative, or a penalty is 0 and the columns of X (centred, with an
        intercept) are linearly dependent.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, eqs.
    (7.9) to (7.11), for ridge. Explained in chapter 5.

    Examples
    --------
    >>> X, truth = [[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0]
    >>> d = exact_ridge(X, truth, 1.0, [0.0, 2 / 3], [[2.0]], [2.0])
    >>> d.bias_sq.round(4), d.variance.round(4)
    (array([[0.  ],
           [0.25]]), array([[0.8333],
           [0.4583]]))
    """
    X, truth, sigma, X_test, truth_test = _check_exact(
        X, truth, sigma, X_test, truth_test
    )
    # What overflows here is refused below.
    with np.errstate(over="ignore", invalid="ignore"):
        means, spread = linear.moments_of_predictions(
            X, truth, lams, X_test, intercept=intercept
        )
    return _exactly(means, truth_test, sigma, spread)


def exact_nested(X, truth, sigma, X_test, truth_test, *, intercept=True):
    """Squared bias and variance of least squares on the first 0, 1, ..., d columns.

    On a fixed design, without any simulation. With X = Q R (centred, with an intercept)
    a column's term in the prediction at a test input t is z_j q_j' y, with z = R'^-1 t;
    so column j adds z_j q_j' f to the mean prediction and sigma**2 z_j**2 to the
    variance, which therefore never falls from one column to the next.

    Parameters
    ----------
    X : (m, d) array
        Training inputs, the same in every training set, with fewer columns than rows.
    truth : (m,) array
        The noiseless truth f at them.
    sigma : float
        Standard deviation of the noise, >= 0.
    X_test : (n_points, d) array
        Where to predict.
    truth_test : (n_points,) array
        The noiseless truth there.
    intercept : bool
        Whether the models have an intercept.

    Returns
    -------
    Decomposition
        bias_sq and variance are (d + 1, n_points), row p those of the first p columns,
        their means over the points (d + 1,); all standard errors are 0.

    Raises
    ------
    ValueError
        As from `exact_ridge`, or if a column of X is a combination of those before it.

    Source: Hastie, Tibshirani, Friedman, The Elements of Statistical Learning, section
    3.2.3 and eq. (7.9).

    Examples
    --------
    >>> d = exact_nested([[0.0], [1.0], [2.0]], [0.0, 1.0, 2.0], 1.0, [[2.0]], [2.0])
    >>> d.bias_sq.round(4), d.variance.round(4)
    (array([[1.],
           [0.]]), array([[0.3333],
           [0.8333]]))
    """
    X, truth, sigma, X_test, truth_test = _check_exact(
        X, truth, sigma, X_test, truth_test
    )
    # What overflows here is refused below.
    with np.errstate(over="ignore", invalid="ignore"):
        means = linear.nested(X, truth, X_test, intercept=intercept)
        center, Z = factors.centre(X, intercept=intercept)
        z = np.linalg.solve(np.linalg.qr(Z, mode="r").T, (X_test - center).T)
        terms = np.vstack([np.full((1, len(X_test)), intercept / len(X)), z**2])
    return _exactly(means, truth_test, sigma, terms.cumsum(axis=0))


def _check_exact(X, truth, sigma, X_test, truth_test):
    truth = _checks.finite_array("truth", truth, ndim=1)
    truth_test = _checks.finite_array("truth_test", truth_test, ndim=1)
    sigma = _checks.finite_number("sigma", sigma, low=0)
    X = _checks.finite_array("X", X, ndim=2, empty=True)
    X_test = _checks.finite_array("X_test", X_test, ndim=2, empty=True)
    if X_test.shape[1] != X.shape[1]:
        raise ValueError(
            f"X_test must have as many columns as X; got shapes {X_test.shape} and "
            f"{X.shape}"
        )
    for name, f, inputs in (("truth", truth, X), ("truth_test", truth_test, X_test)):
        if len(f) != len(inputs):
            raise ValueError(
                f"{name} must have a value for each of {len(inputs)} inputs; got "
                f"{len(f)}"
            )
    for name, size in (("truth", truth), ("truth_test", truth_test), ("sigma", sigma)):
        _checks.can_be_squared(name, size, "0")
    return X, truth, sigma, X_test, truth_test


def _exactly(means, truth_test, sigma, spread):
    """The decomposition of predictions with means and variance sigma**2 spread."""
    with np.errstate(over="ignore", invalid="ignore"):
        bias_sq, variance = (means - truth_test) ** 2, sigma**2 * spread
    if not (np.isfinite(bias_sq).all() and np.isfinite(variance).all()):
        raise ValueError(
            "X and X_test must have predictions with a bias and variance below 1.8e308;"
            " got larger ones: change the unit, or predict nearer to X"
        )
    zeros = np.zeros_like(bias_sq)
    overall = bias_sq.mean(axis=1), variance.mean(axis=1), zeros.mean(axis=1)
    return Decomposition(bias_sq, variance, zeros, zeros, *overall, zeros.mean(axis=1))
