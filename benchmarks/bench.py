"""How fast the helpers are, side by side with what a reader would use instead: `make bench`.

One process and one BLAS thread. Results are compared before anything is timed, and then all contestants of a row take
turns, so that a busy moment of the machine meets each of them; what counts is the median of their turns. The numbers go
to utils/timings.json, from which the page "How fast is it, and why" is drawn. `make bench ROW=lasso` runs the rows
whose names hold this word, and writes nothing.
"""

import datetime
import functools
import itertools
import json
import os
import platform
import statistics
import sys
import time
import tracemalloc
import warnings
from concurrent.futures import ProcessPoolExecutor
from importlib import metadata
from pathlib import Path

import numpy as np
import torch
from distributed import Client, LocalCluster
from joblib import Parallel, delayed
from matplotlib.figure import Figure
from mlxtend.evaluate import bias_variance_decomp
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeCV, lars_path, lasso_path
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures

from utils import (
    bias_variance,
    datasets,
    explorers,
    features,
    linear,
    logistic,
    network,
    optimizers,
    training,
    validation,
)

FILE = Path(__file__).parent.parent / "utils" / "timings.json"
ROWS = {}
torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)


def row(work, *, turns=7, tolerance=1e-8):
    """The function below returns its contestants by name, ours first: functions, with how often they would have to run.

    Each returns an array that must agree with ours to the tolerance, or None if it computes something else.
    """

    def register(contestants):
        ROWS[work] = contestants, turns, tolerance
        return contestants

    return register


def race(contestants, turns, tolerance):
    """Median seconds of each, by name, after all results were compared."""
    functions = {name: entry if isinstance(entry, tuple) else (entry, 1) for name, entry in contestants().items()}
    results = {name: function() for name, (function, _) in functions.items()}
    expected = results.pop("ours")
    for name, found in results.items():
        if found is not None:
            np.testing.assert_allclose(
                found, expected, rtol=tolerance, atol=tolerance * np.abs(expected).max(), err_msg=name
            )
    seconds = {name: [] for name in functions}
    for _ in range(turns):
        for name, (function, repeats) in functions.items():
            start = time.perf_counter()
            function()
            seconds[name].append((time.perf_counter() - start) * repeats)
    return {name: statistics.median(times) for name, times in seconds.items()}


# Bias and variance


def summary(predictions, truth):
    """Squared bias and variance of all models, at each place."""
    parts = bias_variance.decompose(predictions, truth)
    return np.stack([parts.bias_sq, parts.variance], axis=1)


@row("bias and variance, degrees 1 to 15, 200 sets, inputs drawn again", turns=3, tolerance=1e-5)
def redrawn():
    rng = np.random.default_rng(0)
    x, places = rng.uniform(size=(200, 30)), np.linspace(0.1, 0.9, 200)
    Y = datasets.sine(x) + 0.3 * rng.standard_normal(x.shape)
    truth = datasets.sine(places)

    def ours():
        X = features.polynomial(x.ravel(), 15).reshape(200, 30, 15)
        return summary(linear.nested(X, Y, features.polynomial(places, 15))[1:], truth)

    results = np.empty((15, 200, 200))

    def pipelines():
        for degree in range(1, 16):
            for i in range(200):
                fit = make_pipeline(PolynomialFeatures(degree, include_bias=False), LinearRegression())
                results[degree - 1, i] = fit.fit(2 * x[i, :, None] - 1, Y[i]).predict(2 * places[:, None] - 1)
        # Ours computes it, too.
        summary(results, truth)

    pipelines()
    # Powers leave few digits to the high degrees, where predictions between far inputs are huge.
    assert np.allclose(summary(results, truth)[:6], ours()[:6], rtol=1e-5)

    def mlxtend():
        for degree in range(1, 16):
            fit = make_pipeline(PolynomialFeatures(degree), LinearRegression())
            bias_variance_decomp(
                fit, x[0, :, None], Y[0], places[:, None], truth, loss="mse", num_rounds=200, random_seed=0
            )

    return {"ours": ours, "scikit-learn, pipelines in a loop": pipelines, "mlxtend, on bootstrap samples": mlxtend}


DESIGN, GRID = datasets.fixed_design(30), np.linspace(0, 1, 200)


def predictions_of(Y):
    """Of all degrees, for targets in columns."""
    return linear.nested(features.polynomial(DESIGN, 15), Y, features.polynomial(GRID, 15))[1:]


def predictions_by_scikit_learn(Y):
    results = np.empty((15, len(GRID), Y.shape[1]))
    for degree in range(1, 16):
        fit = make_pipeline(PolynomialFeatures(degree, include_bias=False), LinearRegression())
        results[degree - 1] = fit.fit(2 * DESIGN[:, None] - 1, Y).predict(2 * GRID[:, None] - 1)
    return results


def targets_of(n_sets):
    return datasets.observe(datasets.sine(DESIGN), 0.3, np.random.default_rng(0), n_sets=n_sets)


@row("predictions, degrees 1 to 15, 200 sets, fixed inputs", tolerance=1e-6)
def fixed():
    Y = targets_of(200)
    return {
        "ours": lambda: predictions_of(Y),
        "scikit-learn, 200 targets at once": lambda: predictions_by_scikit_learn(Y),
    }


@row("bias and variance, degrees 1 to 15, 200 sets, fixed inputs", tolerance=1e-6)
def summarized():
    Y, truth = targets_of(200), datasets.sine(GRID)

    def parts(average, variance):
        return np.stack([(average - truth) ** 2 - variance / 200, variance], axis=1)

    def from_moments():
        H = predictions_of(np.eye(len(Y)))
        return parts(H @ Y.mean(axis=1), (H @ np.cov(Y) * H).sum(axis=2))

    def from_scikit_learn():
        predictions = predictions_by_scikit_learn(Y)
        return parts(predictions.mean(axis=2), predictions.var(axis=2, ddof=1))

    return {
        "ours": from_moments,
        "our predictions, and decompose": lambda: summary(predictions_of(Y).transpose(0, 2, 1), truth),
        "scikit-learn, 200 targets at once": from_scikit_learn,
    }


# Penalties


def regression(m, d, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((m, d)) @ np.diag(np.logspace(0, -2, d))
    return X, X @ rng.standard_normal(d) + rng.standard_normal(m)


def ridge_row(X, y, lams):
    def ours():
        # The scores of GCV come with it.
        return validation.ridge_scores(X, y, lams).leave_one_out.mean(axis=1)

    def ridge_cv():
        return RidgeCV(len(y) * lams, store_cv_results=True).fit(X, y).cv_results_.mean(axis=0)

    return {"ours": ours, "scikit-learn, RidgeCV": ridge_cv}


@row("ridge, 100 penalties, leave-one-out and GCV, 442 × 10", turns=101)
def ridge_diabetes():
    return ridge_row(*datasets.diabetes()[:2], np.logspace(-6, 1, 100))


@row("ridge, 100 penalties, leave-one-out and GCV, 2000 × 200", turns=5)
def ridge_tall():
    return ridge_row(*regression(2000, 200), np.logspace(-6, 1, 100))


@row("ridge, 100 penalties, leave-one-out and GCV, 200 × 2000", turns=5, tolerance=1e-5)
def ridge_wide():
    return ridge_row(*regression(200, 2000), np.logspace(-4, 1, 100))


@row("leave-one-out, 30 penalties, 20 000 × 10", turns=3)
def ridge_long():
    return ridge_row(*regression(20_000, 10), np.logspace(-6, 1, 30))


@row("logistic regression, 50 penalties, breast cancer", tolerance=1e-5)
def logistic_path():
    X, y, _ = datasets.breast_cancer()
    X, lams = (X - X.mean(axis=0)) / X.std(axis=0), np.logspace(0, -4, 50)

    def newton():
        fit = LogisticRegression(solver="newton-cholesky", warm_start=True, tol=1e-8, max_iter=1000)
        return np.array([fit.set_params(C=1 / (len(y) * lam)).fit(X, y).coef_[0] for lam in lams])

    return {"ours": lambda: logistic.fit_path(X, y, lams)[0], "scikit-learn, newton-cholesky, warm": newton}


@row("lasso, 100 penalties, diabetes", tolerance=1e-8)
def lasso():
    X, y, _ = datasets.diabetes()
    X = X - X.mean(axis=0)
    lams = np.abs(X.T @ (y - y.mean())).max() / len(y) * np.logspace(0, -3, 100)

    def theirs():
        return lasso_path(X, y - y.mean(), alphas=lams, tol=1e-12, max_iter=10**6)[1].T

    def corners():
        penalties, _, slopes = lars_path(X, y - y.mean(), method="lasso", alpha_min=lams[-1])
        return np.transpose([np.interp(lams, penalties[::-1], slope[::-1]) for slope in slopes])

    return {
        "ours": lambda: linear.lasso_path(X, y, lams)[0],
        "scikit-learn, lasso_path": theirs,
        "scikit-learn, lars_path": corners,
    }


@row("double descent, 100 examples, 5 to 500 columns, least norm", turns=3, tolerance=1e-6)
def descent():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((100, 500)), rng.standard_normal(100)

    def lstsq():
        W = np.zeros((496, 500))
        for p in range(5, 501):
            W[p - 5, :p] = np.linalg.lstsq(X[:, :p], y, rcond=None)[0]
        return W

    return {"ours": lambda: linear.nested_minimum_norm(X, y, intercept=False)[0][5:], "NumPy, lstsq in a loop": lstsq}


# Networks. AdamW with a learning rate of 0.01 and decay of 0.1, offsets not decayed.


def as_torch(params):
    """Leaves of PyTorch, W and b in turn; its AdamW is told which of them decay."""
    leaves = [torch.tensor(array, requires_grad=True) for pair in params for array in pair]

    def optimizer(fused):
        groups = [{"params": leaves[::2], "weight_decay": 0.1}, {"params": leaves[1::2], "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, lr=0.01, fused=fused or None)

    return leaves, optimizer


@row("one network 64–128–10, AdamW, batches of 32: an epoch", turns=31, tolerance=1e-8)
def one_network():
    X, y = datasets.digits()
    start = network.init([64, 128, 10], np.random.default_rng(0))

    def ours():
        def objective(params, rows):
            return network.loss_and_gradient(params, X[rows], y[rows], 0.0, activation="relu", loss="cross-entropy")

        optimizer, rng = optimizers.adamw(0.01, weight_decay=0.1), np.random.default_rng(1)
        params, _ = training.train(start, objective, optimizer, n_epochs=1, m=len(y), batch_size=32, rng=rng)
        return params[0][0]

    def theirs(fused, dtype=torch.float64):
        leaves, optimizer = as_torch([[array.astype(str(dtype)[6:]) for array in pair] for pair in start])
        optimizer, inputs, labels = optimizer(fused), torch.tensor(X, dtype=dtype), torch.tensor(y).long()
        for rows in training.minibatches(len(y), 32, np.random.default_rng(1)):
            rows = torch.from_numpy(rows)
            optimizer.zero_grad()
            hidden = torch.relu(torch.addmm(leaves[1], inputs[rows], leaves[0]))
            logits = torch.addmm(leaves[3], hidden, leaves[2])
            torch.nn.functional.cross_entropy(logits, labels[rows]).backward()
            optimizer.step()
        return leaves[0].detach().numpy() if dtype == torch.float64 else None

    return {
        "ours": ours,
        "PyTorch": lambda: theirs(False),
        "PyTorch, fused": lambda: theirs(True),
        "PyTorch, fused, half the digits": lambda: theirs(True, torch.float32),
    }


@row("200 networks 1–10–1, AdamW, 300 steps", turns=5, tolerance=1e-6)
def many_networks():
    return networks([1, 10, 1])


@row("200 networks 1–32–32–1, AdamW, 300 steps", turns=3, tolerance=1e-6)
def deeper_networks():
    return networks([1, 32, 32, 1])


def networks(sizes, steps=300, in_loop=4):
    rng = np.random.default_rng(0)
    x = datasets.fixed_design(30)[:, None]
    Y = datasets.observe(datasets.sine(x[:, 0]), 0.3, rng, n_sets=200).T
    start = network.init(sizes, rng, n_replicas=200)

    def ours():
        def objective(params, rows):
            return network.loss_and_gradient(params, x, Y, 0.0)

        params, _ = training.train(start, objective, optimizers.adamw(0.01, weight_decay=0.1), n_epochs=steps)
        return params[0][0]

    def theirs(params, targets, fused=False):
        leaves, optimizer = as_torch(params)
        optimizer, inputs, targets = optimizer(fused), torch.tensor(x), torch.tensor(targets)[..., None]
        for _ in range(steps):
            optimizer.zero_grad()
            layer = inputs
            for k in range(0, len(leaves), 2):
                layer = layer @ leaves[k] + leaves[k + 1].unsqueeze(-2)
                layer = torch.tanh(layer) if k + 2 < len(leaves) else layer
            # The loss of a network is a mean over its examples, and networks do not meet.
            (((layer - targets) ** 2).sum() / 2 / len(x)).backward()
            optimizer.step()
        return leaves[0].detach().numpy()

    def loop():
        for i in range(in_loop):
            theirs([(W[i], b[i]) for W, b in start], Y[i])

    return {
        "ours": ours,
        "PyTorch, one after the other": (loop, 200 / in_loop),
        "PyTorch, all at once": lambda: theirs(start, Y),
        "PyTorch, all at once, fused": lambda: theirs(start, Y, fused=True),
    }


@row("an explorer's step, from the slider to the new picture", turns=15)
def explorer():
    x = np.linspace(0, 1, 200)

    def draw(ax, lam):
        ax.plot(x, np.sin(6 * x) / (1 + lam))
        ax.plot(x[::8], np.sin(6 * x[::8]), "o")
        ax.set(xlim=(0, 1), ylim=(-1.2, 1.2), xlabel="x", ylabel="y")
        return f"A curve at {lam}."

    live = explorers.explore(draw, lam=[0.1, 0.2, 0.5])

    def new():
        figure = Figure(layout="constrained")
        draw(figure.subplots(), 0.2)
        figure.savefig(os.devnull, format="svg")

    return {"ours": lambda: live.draw(lam=0.2) and None, "Matplotlib, a new figure": new}


# How time and memory grow


def peak_and_seconds(function):
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    tracemalloc.start()
    function()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return statistics.median(seconds), peak


def of_sets(n_sets):
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((n_sets, 30, 10)), rng.standard_normal((n_sets, 30))
    places = rng.standard_normal((100, 10))

    def each():
        for design, y in zip(X, Y, strict=True):
            LinearRegression().fit(design, y).predict(places)

    return {"ours": lambda: linear.nested(X, Y, places), "scikit-learn, LinearRegression in a loop": each}


GROWTH = {
    "examples m, at 20 columns and 30 penalties": (
        [100, 300, 1000, 3000, 10_000, 30_000],
        lambda m: ridge_row(*regression(m, 20), np.logspace(-4, 1, 30)),
    ),
    "columns d, at 300 examples and 30 penalties": (
        [10, 30, 100, 300, 1000, 3000],
        lambda d: ridge_row(*regression(300, d), np.logspace(-4, 1, 30)),
    ),
    "penalties λ, at 1000 examples and 50 columns": (
        [1, 3, 10, 30, 100, 300],
        lambda n: ridge_row(*regression(1000, 50), np.logspace(-4, 1, n)),
    ),
    "training sets, of 30 examples and 10 columns": ([10, 30, 100, 300, 1000, 3000], of_sets),
}


def growth():
    found = {}
    for what, (sizes, contestants) in GROWTH.items():
        found[what] = {"sizes": sizes}
        for size in sizes:
            for name, function in contestants(size).items():
                seconds, peak = peak_and_seconds(function)
                curve = found[what].setdefault(name, {"seconds": [], "bytes": []})
                curve["seconds"].append(seconds)
                curve["bytes"].append(peak)
    return found


# Any map

X_FIXED = features.polynomial(datasets.fixed_design(30), 9)
PLACES = np.linspace(0, 1, 20)


def sample(rng):
    return X_FIXED, datasets.observe(datasets.sine(datasets.fixed_design(30)), 0.3, rng)


def learner(X, y, x_test):
    w, b = linear.ridge(X, y, 1e-3)
    return features.polynomial(x_test, 9) @ w + b


def maps(n_sets):
    """Median seconds of each map, whose numbers must be those of the built-in to the last bit."""
    cores = len(os.sched_getaffinity(0))
    chunk = max(1, n_sets // (10 * cores))

    def in_chunks(run):
        def mapped(function, generators):
            parts = [generators[i : i + chunk] for i in range(0, len(generators), chunk)]
            return itertools.chain.from_iterable(run(functools.partial(of_part, function), parts))

        return mapped

    cluster = LocalCluster(n_workers=cores, threads_per_worker=1, dashboard_address=None)
    with ProcessPoolExecutor(cores) as pool, cluster, Client(cluster) as client:
        ways = {
            "the built-in map": map,
            "a process pool": functools.partial(pool.map, chunksize=chunk),
            "joblib": in_chunks(lambda run, parts: Parallel(n_jobs=cores)(delayed(run)(part) for part in parts)),
            "Dask": in_chunks(lambda run, parts: client.gather(client.map(run, parts, pure=False))),
        }
        for way in ways.values():
            # So that all workers are there before anything is timed.
            simulate(2 * chunk, way)
        found, expected = {name: [] for name in ways}, None
        # In turns, so that a slow quarter of an hour meets all of them.
        for _ in range(3):
            for name, way in ways.items():
                start = time.perf_counter()
                result = simulate(n_sets, way)
                found[name].append(time.perf_counter() - start)
                expected = result if expected is None else expected
                assert np.array_equal(result.variance, expected.variance), name
    seconds = {name: statistics.median(times) for name, times in found.items()}
    return {"n_sets": n_sets, "cores": cores, "seconds": seconds}


def of_part(function, generators):
    return [function(generator) for generator in generators]


def simulate(n_sets, way):
    rng = np.random.default_rng(0)
    return bias_variance.simulate(learner, sample, PLACES, datasets.sine(PLACES), n_sets=n_sets, rng=rng, map=way)


def conditions():
    cpu = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), ":")
    libraries = ("numpy", "scikit-learn", "torch", "mlxtend", "joblib", "dask", "matplotlib")
    return {
        "date": datetime.date.today().isoformat(),
        "machine": cpu.split(":")[1].strip() or platform.processor(),
        "python": platform.python_version(),
        "versions": {name: metadata.version(name) for name in libraries},
        "load": round(os.getloadavg()[0], 1),
    }


def main(word):
    warnings.simplefilter("ignore")
    results = {"conditions": conditions(), "rows": {}}
    for work, (contestants, turns, tolerance) in ROWS.items():
        if word and word not in work:
            continue
        seconds = results["rows"][work] = race(contestants, turns, tolerance)
        print(work)
        for name, value in seconds.items():
            print(f"  {value * 1e3:10.2f} ms  {value / seconds['ours']:8.2f}  {name}", flush=True)
    if word:
        return
    results["growth"] = growth()
    results["maps"] = maps(int(os.environ.get("SETS") or 100_000))
    print(json.dumps(results["maps"]))
    FILE.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
