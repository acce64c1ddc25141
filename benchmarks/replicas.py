"""Seconds to train 200 small networks: all at once, in a loop, and with scikit-learn, one run side by side.

Each is 1-32-32-1, tanh, on 30 points, with 2000 full-batch steps. The loop and scikit-learn train ten, and are scaled up.
From the root of the repository: .venv/bin/python benchmarks/replicas.py
"""

import time
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from utils import datasets, network, optimizers, training

N_NETWORKS, N_IN_LOOP, N_STEPS, LAM, LR = 200, 10, 2000, 1e-3, 0.05
SIZES = [1, 32, 32, 1]


def train(params, X, y):
    def objective(params, rows):
        return network.loss_and_gradient(params, X, y, LAM)

    return training.train(params, objective, optimizers.sgd(LR), n_epochs=N_STEPS)[0]


def seconds(function):
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def main():
    rng = np.random.default_rng(0)
    x = datasets.fixed_design(30)
    X, Y = x[:, None], datasets.observe(datasets.sine(x), 0.3, rng, n_sets=N_NETWORKS).T
    start = network.init(SIZES, rng, n_replicas=N_NETWORKS)
    all_at_once, together = seconds(lambda: train(start, X, Y))
    singles = [[(W[i], b[i]) for W, b in start] for i in range(N_IN_LOOP)]
    in_loop, apart = seconds(lambda: [train(params, X, Y[i]) for i, params in enumerate(singles)])
    peer = MLPRegressor(
        hidden_layer_sizes=(32, 32), activation="tanh", solver="sgd", momentum=0.0, batch_size=30, alpha=30 * LAM,
        learning_rate_init=LR, max_iter=N_STEPS, tol=0.0, n_iter_no_change=N_STEPS, shuffle=False,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        theirs, _ = seconds(lambda: [peer.fit(X, Y[i]) for i in range(N_IN_LOOP)])
    distance = max(
        np.abs(ours[i] - one).max()
        for i, single in enumerate(apart)
        for pair, others in zip(together, single, strict=True)
        for ours, one in zip(pair, others, strict=True)
    )
    print(f"all at once    {all_at_once:6.1f} s")
    print(f"in a loop      {in_loop * N_NETWORKS / N_IN_LOOP:6.1f} s, farthest weight {distance:.0e} away")
    print(f"scikit-learn   {theirs * N_NETWORKS / N_IN_LOOP:6.1f} s")


if __name__ == "__main__":
    main()
