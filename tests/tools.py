"""What several tests need: the rounding unit, settings of Hypothesis, a comparison that says how close."""

import numpy as np
import pytest
from hypothesis import settings

EPS = np.finfo(float).eps
WITH_AND_WITHOUT_INTERCEPT = pytest.mark.parametrize("intercept", [True, False])
# The same examples in every run; another number of them where one example is cheap or dear.
derandomized = settings(max_examples=100, deadline=None, derandomize=True, database=None)


def close(actual, expected, *, digits=1e-10):
    """Equal to this absolute error; 1e-10 is what solving leaves at a squared condition number of 1e4."""
    return np.allclose(actual, expected, rtol=0, atol=digits)
