"""What several tests need: the rounding unit, settings of Hypothesis, comparisons that say how close."""

import os

import numpy as np
import pytest
from hypothesis import settings

EPS = np.finfo(float).eps
WITH_AND_WITHOUT_INTERCEPT = pytest.mark.parametrize("intercept", [True, False])
# How many times as many examples as here: fewer in `make quick`, more in `make test-all`.
MORE = float(os.environ.get("EXAMPLES", "1"))


def examples(number, **options):
    """Settings with so many examples, which are the same in every run."""
    number = max(3, round(MORE * number))
    return settings(max_examples=number, deadline=None, derandomize=True, database=None, **options)


derandomized = examples(100)


def close(actual, expected, *, digits=1e-10):
    """Equal to this absolute error; 1e-10 is what solving leaves at a squared condition number of 1e4."""
    return np.allclose(actual, expected, rtol=0, atol=digits)


def alike(one, other, rel=1e-12):
    """Whether two arrays, or nested lists of them, differ by no more than this part of their largest entry, or of 1."""
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(alike(*pair, rel) for pair in zip(one, other, strict=True))
    one, other = np.asarray(one), np.asarray(other)
    return one.shape == other.shape and abs(one - other).max() <= rel * max(1, abs(other).max())
