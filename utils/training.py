"""The training loop: mini-batches, history, early stopping. See chapter 9."""

from dataclasses import dataclass

import numpy as np

from utils import _checks
from utils._progress import progress


@dataclass(frozen=True, eq=False)
class History:
    """What was measured in each epoch of a training.

    Attributes
    ----------
    loss : (n_epochs,) or (n_epochs, n_replicas) array
        The objective, averaged over the mini-batches of the epoch, each measured before
        its step.
    validation : array of the same shape, or None
        What ``validate`` returned after each epoch.
    best_epoch : int or (n_replicas,) array
        The epoch, counted from 1, after which the returned parameters stood.
    """

    loss: np.ndarray
    validation: np.ndarray | None
    best_epoch: int | np.ndarray


def minibatches(m, batch_size, rng):
    """Split the indices 0, ..., m - 1 at random into batches of batch_size; the last is
    smaller if m is no multiple of it.

    Parameters
    ----------
    m : int
        Number of examples, 1 or greater.
    batch_size : int
        Examples in a batch, 1 to m.
    rng : numpy.random.Generator
        Where the shuffling comes from.

    Returns
    -------
    batches : list of index arrays
        Each example is in exactly one.

    Raises
    ------
    ValueError
        If m or batch_size is not a whole number in its range, or rng is not a
        Generator.

    Examples
    --------
    >>> [len(batch) for batch in minibatches(10, 4, np.random.default_rng(0))]
    [4, 4, 2]
    """
    m = _checks.whole_number("m", m, low=1)
    batch_size = _checks.whole_number("batch_size", batch_size, low=1)
    if batch_size > m:
        raise ValueError(f"batch_size must be at most m = {m}; got {batch_size}")
    order = _checks.generator(rng).permutation(m)
    return [order[k : k + batch_size] for k in range(0, m, batch_size)]


def epochs(
    params, objective, optimizer, *, n_epochs, m=None, batch_size=None, rng=None
):
    """Take the steps of a training, and pause after each pass through the data: a
    generator of (params, loss).

    Parameters
    ----------
    params : list of (W, b)
        Where to start; replicas, if any, are trained side by side on the same batches.
    objective : callable
        ``objective(params, rows)`` returns the loss (a number, or one for each replica)
        and its gradient on these rows: an index array, or slice(None) for all.
    optimizer : optimizers.Optimizer
        Takes the steps.
    n_epochs : int
        How many passes, 1 or greater.
    m, batch_size, rng : int, int, numpy.random.Generator, optional
        For mini-batches, all three, as in `minibatches`; without them each epoch is one
        step on all rows.

    Returns
    -------
    passes : generator
        It yields params after each epoch, and the loss of the epoch, a float or
        (n_replicas,) array: the mean over its batches, each measured before its step.

    Raises
    ------
    ValueError
        If n_epochs is not a whole number, 1 or greater, or some, and not all, of m,
        batch_size and rng are given.

    Examples
    --------
    >>> from utils import optimizers
    >>> def objective(params, rows):
    ...     [(w, b)] = params
    ...     return w**2 / 2, [(w, 0.0)]
    >>> passes = epochs([(1.0, 0.0)], objective, optimizers.sgd(0.5), n_epochs=3)
    >>> [round(float(loss), 3) for _, loss in passes]
    [0.5, 0.125, 0.031]
    """
    n_epochs = _checks.whole_number("n_epochs", n_epochs, low=1)
    given = [
        name
        for name, value in (("m", m), ("batch_size", batch_size), ("rng", rng))
        if value is not None
    ]
    if len(given) not in (0, 3):
        raise ValueError(
            "m, batch_size and rng must be given together, for mini-batches; got only "
            f"{', '.join(given)}"
        )
    split = (m, batch_size, rng) if given else None
    return _epochs(params, objective, optimizer, n_epochs, split)


def _epochs(params, objective, optimizer, n_epochs, split):
    state = optimizer.init(params)
    for _ in progress(range(n_epochs), "epochs"):
        losses = []
        for rows in minibatches(*split) if split else [slice(None)]:
            loss, grads = objective(params, rows)
            params, state = optimizer.step(params, grads, state)
            losses.append(loss)
        yield params, np.mean(losses, axis=0)


def train(
    params, objective, optimizer, *, n_epochs, validate=None, patience=None, **split
):
    """Train for n_epochs, or until the validation loss has not fallen for a while, and
    return the best parameters.

    Parameters
    ----------
    params, objective, optimizer, n_epochs
        As for `epochs`.
    validate : callable, optional
        ``validate(params)`` returns a number to be made small (or one for each replica)
        from data that had no part in the training. With it the parameters returned are
        those of the best epoch, for each replica its own; without it the last.
    patience : int, optional
        Stop when this many epochs in a row have brought no replica a new best; needs
        validate.
    **split : m, batch_size, rng
        For mini-batches, as for `epochs`.

    Returns
    -------
    params : list of (W, b)
    history : History

    Raises
    ------
    ValueError
        As for `epochs`; or if patience is not a whole number, 1 or greater, or given
        without validate; or if validate returns NaN, or neither one number nor one for
        each replica.

    Source: Goodfellow, Bengio, Courville, Deep Learning, algorithm 7.1.

    Examples
    --------
    >>> from utils import optimizers
    >>> def objective(params, rows):
    ...     [(w, b)] = params
    ...     return w**2 / 2, [(w, 0.0)]
    >>> params, history = train(
    ...     [(1.0, 0.0)], objective, optimizers.sgd(0.5), n_epochs=100, patience=2,
    ...     validate=lambda params: abs(params[0][0] - 0.25))
    >>> float(params[0][0]), history.best_epoch, len(history.loss)
    (0.25, 2, 4)
    """
    if patience is not None and validate is None:
        raise ValueError(
            "patience must come with validate, which measures what it waits for; got "
            "None"
        )
    patience = (
        n_epochs
        if patience is None
        else _checks.whole_number("patience", patience, low=1)
    )
    losses, scores, best, best_score, best_epoch = [], [], params, np.inf, np.array(0)
    passes = epochs(params, objective, optimizer, n_epochs=n_epochs, **split)
    for epoch, (latest, loss) in enumerate(passes, start=1):
        losses.append(loss)
        if validate is None:
            best, best_epoch = latest, np.array(epoch)
            continue
        score = np.asarray(validate(latest), dtype=float)
        if np.isnan(score).any():
            raise ValueError(
                f"validate must return numbers; got {score} after epoch {epoch}"
            )
        if score.shape not in ((), np.shape(loss)):
            raise ValueError(
                "validate must return one number, or as many as the objective, "
                f"{np.shape(loss)}; got shape {score.shape}"
            )
        scores.append(score)
        better = score < best_score
        best = [
            tuple(_where(better, *pair) for pair in zip(*pairs, strict=True))
            for pairs in zip(latest, best, strict=True)
        ]
        best_score = np.minimum(score, best_score)
        best_epoch = np.where(better, epoch, best_epoch)
        if epoch - best_epoch.max() >= patience:
            break
    history = History(
        np.array(losses),
        np.array(scores) if scores else None,
        best_epoch if best_epoch.ndim else int(best_epoch),
    )
    return best, history


def _where(better, new, old):
    """new for the replicas that are better, old for the others."""
    better = better.reshape(better.shape + (1,) * (np.ndim(new) - better.ndim))
    return np.where(better, new, old)[()]
