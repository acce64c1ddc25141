"""To be read by students: three helpers, each beside the few lines of NumPy that its formula is.

The other tests ask more of them; these show what they compute.
"""

import numpy as np

from utils import bias_variance, linear, optimizers


def test_a_step_of_gradient_descent_with_weight_decay():
    """Weights shrink by the factor 1 - lr * lam and follow the gradient; the intercept only follows it."""
    lr, lam = 0.1, 0.5
    w, b, dw, db = np.array([1.0, -2.0]), 3.0, np.array([0.2, 0.4]), -1.0

    new_w = (1 - lr * lam) * w - lr * dw
    new_b = b - lr * db

    optimizer = optimizers.sgd(lr, weight_decay=lam)
    [(W, B)], _ = optimizer.step([(w, b)], [(dw, db)], optimizer.init([(w, b)]))
    assert np.allclose(W, new_w) and np.isclose(B, new_b)
    # The same by head: 0.95 of the weights, less a tenth of their gradient.
    assert np.allclose(W, [0.93, -1.94]) and np.isclose(B, 3.1)


def test_a_ridge_regression():
    """The mean of half squared residuals plus (lam / 2) ||w||**2 is least where its gradient is zero."""
    X = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 2.0], [3.0, 1.0]])
    y, lam, m = np.array([1.0, 0.0, 2.0, 4.0]), 0.3, 4

    Z, t = X - X.mean(axis=0), y - y.mean()
    w = np.linalg.solve(Z.T @ Z + m * lam * np.eye(2), Z.T @ t)
    b = y.mean() - X.mean(axis=0) @ w

    ours, intercept = linear.ridge(X, y, lam)
    assert np.allclose(ours, w) and np.isclose(intercept, b)
    residuals = X @ w + b - y
    assert np.allclose(X.T @ residuals / m + lam * w, 0) and np.isclose(residuals.mean(), 0)


def test_a_decomposition_into_squared_bias_and_variance():
    """Three training sets predict at two places where the truth is 1 and 0."""
    predictions, truth = np.array([[1.0, 2.0], [3.0, 2.0], [2.0, 5.0]]), np.array([1.0, 0.0])

    average = predictions.mean(axis=0)
    variance = ((predictions - average) ** 2).sum(axis=0) / 2
    bias_sq = (average - truth) ** 2 - variance / 3

    d = bias_variance.decompose(predictions, truth)
    assert np.allclose(d.variance, variance) and np.allclose(d.bias_sq, bias_sq)
    # The averages are 2 and 3, the truth 1 and 0; the average of three has a third of the variance.
    assert np.allclose(d.variance, [1, 3]) and np.allclose(d.bias_sq, [1 - 1 / 3, 9 - 1])
    # Both together are the mean squared error of a single fit.
    assert np.allclose(d.bias_sq + d.variance, ((predictions - truth) ** 2).mean(axis=0))
