"""Targets that we know, and noisy samples of them.

Only with a known target can bias and variance be measured; that is why the first part
of the book lives on a sine wave. The real data lie beside this module as tables, one
row an example: the same numbers that scikit-learn brings. Those of tumours and of
digits come from the UCI Machine Learning Repository, under the licence CC BY 4.0.
"""

from importlib import resources

import numpy as np

from utils import _checks


def _inputs(x):
    x = _checks.finite_array("x", x, ndim=None)
    largest = np.abs(x).max(initial=0.0)
    if largest > 1e6:
        raise ValueError(
            "x must be from -1e6 to 1e6, where a wave keeps nine digits; got "
            f"{largest:g}"
        )
    return x


def sine(x):
    """sin(2 pi x), the target of Part I: one full wave on [0, 1].

    Parameters
    ----------
    x : array of any shape
        Inputs, from -1e6 to 1e6.

    Returns
    -------
    f : array, same shape as x
        Values in [-1, 1].

    Raises
    ------
    ValueError
        If x holds anything but finite numbers, or leaves that range.

    Source: Bishop, Pattern Recognition and Machine Learning, section 1.1.
    """
    return np.sin(2 * np.pi * _inputs(x))


def cosine(x):
    """cos(1.5 pi x): three quarters of a wave on [0, 1].

    Parameters
    ----------
    x : array of any shape
        Inputs, from -1e6 to 1e6.

    Returns
    -------
    f : array, same shape as x
        Values in [-1, 1].

    Raises
    ------
    ValueError
        If x holds anything but finite numbers, or leaves that range.

    Source: scikit-learn's example "Underfitting vs. Overfitting".
    """
    return np.cos(1.5 * np.pi * _inputs(x))


def quadratic(x):
    """4 x (1 - x): a parabola on [0, 1] that a polynomial of degree 2 or more fits
    without bias.

    Parameters
    ----------
    x : array of any shape
        Inputs, from -1e6 to 1e6.

    Returns
    -------
    f : array, same shape as x
        Between 0 and 1 on [0, 1].

    Raises
    ------
    ValueError
        If x holds anything but finite numbers, or leaves that range.
    """
    x = _inputs(x)
    return 4 * x * (1 - x)


def fixed_design(m):
    """The m inputs 0, 1/(m-1), ..., 1: equally spaced, the same in every training set.

    Parameters
    ----------
    m : int
        Number of inputs, 2 to 1e9.

    Returns
    -------
    x : (m,) array
        Inputs in [0, 1].

    Raises
    ------
    ValueError
        If m is not a whole number in that range.
    """
    m = _checks.whole_number("m", m, low=2, high=_checks.LARGEST)
    return np.linspace(0, 1, m)


def random_design(m, rng):
    """m inputs drawn uniformly and independently from [0, 1), sorted.

    Parameters
    ----------
    m : int
        Number of inputs, 1 to 1e9.
    rng : numpy.random.Generator
        Where the numbers come from.

    Returns
    -------
    x : (m,) array
        Inputs in ascending order.

    Raises
    ------
    ValueError
        If m is not a whole number in that range, or rng is not a Generator.
    """
    m = _checks.whole_number("m", m, low=1, high=_checks.LARGEST)
    return np.sort(_checks.generator(rng).random(m))


def observe(truth, sigma, rng, *, n_sets=None):
    """Noisy observations truth + sigma * N(0, 1), once or in many training sets at
    once.

    Parameters
    ----------
    truth : (m,) array
        The target at the inputs.
    sigma : float
        Standard deviation of the noise, >= 0.
    rng : numpy.random.Generator
        Where the noise comes from.
    n_sets : int, optional
        How many training sets to draw on the same inputs, 1 or greater; at most 1e9
        numbers in all.

    Returns
    -------
    y : (m,) array, or (m, n_sets) with one training set a column
        The observations.

    Raises
    ------
    ValueError
        If truth is empty or not finite, sigma is negative, an observation is no float,
        n_sets is not a whole number in that range, or rng is not a Generator.

    Examples
    --------
    >>> import numpy as np
    >>> observe(sine(fixed_design(5)), 0.3, np.random.default_rng(0), n_sets=2).shape
    (5, 2)
    """
    truth = _checks.finite_array("truth", truth, ndim=1)
    sigma = _checks.finite_number("sigma", sigma, low=0)
    high = _checks.LARGEST // len(truth)
    n = 1 if n_sets is None else n_sets
    n = _checks.whole_number("n_sets", n, low=1, high=high)
    noise = _checks.generator(rng).standard_normal((len(truth), n))
    with np.errstate(over="ignore"):
        y = truth[:, None] + sigma * noise
    if not np.isfinite(y).all():
        raise ValueError(
            f"sigma must leave truth + sigma * noise below 1.8e308; got {sigma:g}"
        )
    return y[:, 0] if n_sets is None else y


def _table(name):
    with (resources.files("utils") / f"{name}.csv").open(encoding="utf-8") as lines:
        names = next(lines).strip().split(",")
        table = np.loadtxt(lines, delimiter=",")
    return table[:, :-1], table[:, -1], names[:-1]


def diabetes():
    """Disease progression after one year, for 442 patients, with ten measurements of
    each.

    Returns
    -------
    X : (442, 10) array
        Measurements, each column centred and of unit length.
    y : (442,) array
        Progression of the disease, 25 to 346.
    names : list of str
        Names of the columns.

    Source: Efron, Hastie, Johnstone, Tibshirani (2004), Least Angle Regression;
    scikit-learn's load_diabetes.
    """
    X, y, names = _table("diabetes")
    X -= X.mean(axis=0)
    return X / np.linalg.norm(X, axis=0), y, names


def breast_cancer():
    """Diagnosis of 569 tumours from thirty measurements of cell nuclei.

    Returns
    -------
    X : (569, 30) array
        Measurements, each in its own unit.
    y : (569,) array
        1 for benign (357 of them), 0 for malignant.
    names : list of str
        Names of the columns.

    Source: Street, Wolberg, Mangasarian (1993), Nuclear feature extraction for breast
    tumor diagnosis; scikit-learn's load_breast_cancer.
    """
    X, y, names = _table("breast_cancer")
    return X, y.astype(int), names


def digits():
    """Handwritten digits, 1797 images of 8 by 8 pixels.

    Returns
    -------
    X : (1797, 64) array
        Pixels of each image, row by row, whole numbers from 0 for paper to 16 for ink.
    y : (1797,) array
        The digit, 0 to 9.

    Source: Alpaydin, Kaynak (1998), Cascading Classifiers; scikit-learn's load_digits.
    """
    X, y, _ = _table("digits")
    return X, y.astype(int)
