"""Write what PyTorch, Keras and Optax compute, for tests that run without them.

The libraries are no dependencies of the book. To write the files anew, install them elsewhere (Python 3.11 or newer):

    python -m venv /tmp/reference
    /tmp/reference/bin/pip install torch==2.13.0 keras==3.15.1 optax==0.2.8 jax==0.10.2 numpy==2.4.6
    /tmp/reference/bin/python tests/recorded/generate.py

Everything is in double precision, on the CPU. Keras runs on JAX: its release 3.15.1 on PyTorch multiplies matrices in
single precision, whatever it is told (issue 23704 of keras-team/keras). The problems are drawn with seed 0 and stored
beside the results, so that no test needs the seed. Each file begins with `versions` and `seed`. In all files

- a network is a list of pairs [W, b], with W of shape (fan_in, fan_out), whatever the layout of the library;
- settings have one name in all libraries: lr, weight_decay, momentum, betas, eps; what is not there has its default;
- whatever belongs to a time t is what it is after t steps, so that index 0 is the start.

torch_optimizers.json: full-batch training of one tanh network on the squared loss, offsets never decayed.
    sizes, activation, X (12, 3), y (12, 2), start (the parameters), steps (7,) and runs; each of the runs has
    optimizer, settings, losses (61,) without any penalty, and params: the parameters after each of the steps.

torch_networks.json: values and gradients by automatic differentiation, a list under cases; each of them has
    name, sizes, activation (tanh or relu), loss (squared, softmax, logit), lam, X, y, params, value, grads.
    The value is the mean loss + lam/2 times the sum of all squared weights. Labels y are (m,) for softmax and logit.

torch_conventions.json, optax_conventions.json, keras_conventions.json: the smallest demonstrations.
    w0 (2,), curvature (2,), target (2,) and decay; each entry of decay has optimizer, settings, zero and quadratic: the
    paths (6, 2) from w0 where the loss is constant, and where it is the sum of curvature * (w - target)**2 / 2.
    offset: one step on a constant loss of AdamW on a linear layer: optimizer, settings, W (2, 1), b (1,), and [W, b] as
    the step leaves it in everything and weights_only, where everything is what happens if nobody excludes the offset.
    defaults: of the signature of each optimizer.
    schedules (PyTorch): the factors of the rate at steps 0, 1, ... for settings with the names of optimizers.schedule.
    ridge (not Optax): X (10, 3), y (10,), lam and fits of a linear model on the mean of half the squared residual; each
    fit has optimizer, settings, steps, w (3,), b; the intercept is not decayed. One of Keras has no weight_decay but l2,
    its regularizer's number.
    l2 (Keras): one step of SGD on the ridge problem with kernel_regularizer=l2(c): c, lr, w0, b0, penalty and loss at the
    start (the loss has the penalty in it), and w and b after the step.

parameter_groups.json: the lines of chapter 13, for torch, keras and optax; of each
    code and printed: a block of the chapter, and what it prints; moved: for each parameter of its model the values, each
    once, to which a step without gradients takes it from ones.
"""

import contextlib
import inspect
import io
import json
import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

import numpy as np

SEED = 0
FOLDER = Path(__file__).parent
STEPS = [1, 2, 5, 10, 20, 40, 60]

W0, CURVATURE, TARGET = np.array([1.0, -2.0]), np.array([1.0, 4.0]), np.array([3.0, 1.0])
GRADIENTS = {"zero": lambda w: 0 * w, "quadratic": lambda w: CURVATURE * (w - TARGET)}
PATH_STEPS = 5
LAM = 0.1


def lists(values):
    """The arrays or tensors of a nested list as lists, which JSON can hold."""
    return [lists(value) for value in values] if isinstance(values, list) else np.asarray(values).tolist()


def text(value, margin="\n"):
    """JSON with an entry of a dictionary on each line; whatever holds no dictionary is one line."""
    if isinstance(value, list) and isinstance(value[0], dict):
        return "[" + ", ".join(text(entry, margin) for entry in value) + "]"
    if not isinstance(value, dict) or not any(isinstance(entry, dict | list) for entry in value.values()):
        return json.dumps(value, allow_nan=False)
    inner = margin + " "
    lines = [f"{inner}{json.dumps(key)}: {text(entry, inner)}" for key, entry in value.items()]
    return "{" + ",".join(lines) + margin + "}"


def write(name, libraries, content):
    versions = {"python": platform.python_version()} | {library: version(library) for library in libraries}
    (FOLDER / name).write_text(text({"versions": versions, "seed": SEED} | content) + "\n", "utf-8")


def draw_network(sizes, rng):
    """Parameters of a network, with offsets that are not zero: to decay them would show."""
    pairs = zip(sizes[:-1], sizes[1:], strict=True)
    return [[rng.normal(size=(i, o)).round(3) / i**0.5, rng.normal(size=o).round(3) / 2] for i, o in pairs]


def ridge_problem():
    rng = np.random.default_rng(SEED)
    X = rng.normal(size=(10, 3)).round(3)
    return X, (X @ [1.0, -2.0, 0.5] + 3 + rng.normal(size=10)).round(3)


def defaults(optimizers):
    """What each optimizer does unless told, under the names that its library gives to the settings."""
    names = [
        "lr",
        "learning_rate",
        "momentum",
        "betas",
        "b1",
        "b2",
        "beta_1",
        "beta_2",
        "eps",
        "epsilon",
        "weight_decay",
    ]
    given = {optimizer.__name__: inspect.signature(optimizer).parameters for optimizer in optimizers}
    return {
        optimizer: {name: by_name[name].default for name in names if name in by_name and not missing(by_name[name])}
        for optimizer, by_name in given.items()
    }


def missing(parameter):
    return parameter.default is inspect.Parameter.empty


def demonstrations(path, entries):
    """Paths of each optimizer: entries are key, optimizer, settings, and path(optimizer, settings, gradient) runs one."""
    shared = {"w0": lists(W0), "curvature": lists(CURVATURE), "target": lists(TARGET)}
    decay = {}
    for key, optimizer, settings in entries:
        paths = {name: lists(path(optimizer, settings, gradient)) for name, gradient in GRADIENTS.items()}
        decay[key] = {"optimizer": optimizer, "settings": settings} | paths
    return shared | {"decay": decay}


# PyTorch


def torch_network(params, activation):
    import torch

    layers = []
    for W, b in params:
        layer = torch.nn.Linear(*W.shape, dtype=torch.float64)
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(W.T))
            layer.bias.copy_(torch.tensor(b))
        layers += [layer, {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}[activation]()]
    return torch.nn.Sequential(*layers[:-1])


def torch_pairs(model, of=lambda parameter: parameter.detach()):
    """[W, b] of each layer, or what `of` makes of both."""
    return lists([[of(layer.weight).numpy().T, of(layer.bias).numpy()] for layer in model if hasattr(layer, "weight")])


def torch_loss(model, X, y, loss):
    import torch
    from torch.nn import functional

    output = model(torch.tensor(X))
    if loss == "squared":
        return functional.mse_loss(output, torch.tensor(y), reduction="none").sum(1).mean() / 2
    if loss == "softmax":
        return functional.cross_entropy(output, torch.tensor(y))
    return torch.nn.BCEWithLogitsLoss()(output[:, 0], torch.tensor(y, dtype=torch.float64))


def torch_optimizer(name, model, settings):
    """The optimizer, with a group of its own for the offsets, which are not decayed."""
    import torch

    layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
    groups = [
        {"params": [layer.weight for layer in layers]},
        {"params": [layer.bias for layer in layers], "weight_decay": 0.0},
    ]
    return getattr(torch.optim, name)(groups, **settings)


def torch_optimizers():
    rng = np.random.default_rng(SEED)
    sizes = [3, 4, 2]
    X, y, start = rng.normal(size=(12, 3)).round(3), rng.normal(size=(12, 2)).round(3), draw_network(sizes, rng)

    def run(optimizer, **settings):
        model = torch_network(start, "tanh")
        optimize = torch_optimizer(optimizer, model, settings)
        losses, params = [], []
        for t in range(STEPS[-1] + 1):
            if t in STEPS:
                params.append(torch_pairs(model))
            optimize.zero_grad()
            loss = torch_loss(model, X, y, "squared")
            losses.append(loss.item())
            loss.backward()
            optimize.step()
        return {"optimizer": optimizer, "settings": settings, "losses": losses, "params": params}

    changed = {"lr": 0.01, "betas": [0.8, 0.95], "eps": 1e-3, "weight_decay": 0.05}
    runs = {
        "SGD decay": run("SGD", lr=0.1, weight_decay=0.05),
        "SGD momentum": run("SGD", lr=0.05, momentum=0.9),
        "SGD momentum decay": run("SGD", lr=0.05, momentum=0.9, weight_decay=0.05),
        "Adam": run("Adam", lr=0.01),
        "Adam decay": run("Adam", lr=0.01, weight_decay=0.05),
        "Adam decay, changed": run("Adam", **changed),
        "AdamW decay": run("AdamW", lr=0.01, weight_decay=0.05),
        "AdamW decay, changed": run("AdamW", **changed),
    }
    problem = {
        "sizes": sizes,
        "activation": "tanh",
        "X": lists(X),
        "y": lists(y),
        "start": lists(start),
        "steps": STEPS,
    }
    write("torch_optimizers.json", ["torch", "numpy"], problem | {"runs": runs})


def torch_networks():
    rng = np.random.default_rng(SEED)

    def case(name, sizes, activation, loss, *, lam=LAM, factor=1.0, shift=0.0):
        params = draw_network(sizes, rng)
        params[-1] = [factor * params[-1][0], factor * params[-1][1] + shift]
        X = rng.normal(size=(7, sizes[0])).round(3)
        y = rng.normal(size=(7, sizes[-1])).round(3) if loss == "squared" else rng.permutation(7) % max(sizes[-1], 2)
        model = torch_network(params, activation)
        weights = [parameter for parameter in model.parameters() if parameter.ndim == 2]
        value = torch_loss(model, X, y, loss) + lam / 2 * sum((weight**2).sum() for weight in weights)
        value.backward()
        settings = {"name": name, "sizes": sizes, "activation": activation, "loss": loss, "lam": lam}
        problem = {"X": lists(X), "y": lists(y), "params": lists(params)}
        return settings | problem | {"value": value.item(), "grads": torch_pairs(model, lambda p: p.grad)}

    cases = [
        case("tanh, squared", [3, 4, 2], "tanh", "squared"),
        case("relu, squared", [3, 5, 4, 2], "relu", "squared"),
        case("tanh, softmax", [3, 4, 3], "tanh", "softmax"),
        case("relu, softmax", [3, 5, 4, 3], "relu", "softmax"),
        case("tanh, logit", [3, 4, 1], "tanh", "logit"),
        case("relu, logit", [3, 5, 4, 1], "relu", "logit"),
        case("softmax, logits of 1e4", [3, 4, 3], "tanh", "softmax", lam=0.0, factor=1e4),
        case("softmax, all logits near 1e4", [3, 4, 3], "tanh", "softmax", lam=0.0, shift=1e4),
        case("logit of 1e4", [3, 4, 1], "tanh", "logit", lam=0.0, factor=1e4),
    ]
    write("torch_networks.json", ["torch", "numpy"], {"cases": cases})


def torch_conventions():
    import torch

    def path(optimizer, settings, gradient):
        # Muon takes matrices alone.
        w = torch.tensor(W0[None] if optimizer == "Muon" else W0, requires_grad=True)
        optimize = getattr(torch.optim, optimizer)([w], **settings)
        points = [W0]
        for _ in range(PATH_STEPS):
            w.grad = torch.tensor(gradient(points[-1])).reshape(w.shape)
            optimize.step()
            points.append(w.detach().numpy().ravel().copy())
        return points

    given = {"lr": 0.1, "weight_decay": 0.5}
    entries = [
        ("SGD", "SGD", given),
        ("SGD momentum", "SGD", given | {"momentum": 0.9}),
        ("Adam no decay", "Adam", {"lr": 0.1}),
        ("Adam", "Adam", given),
        ("Adam decoupled", "Adam", given | {"decoupled_weight_decay": True}),
        ("AdamW", "AdamW", given),
        ("NAdam", "NAdam", given),
        ("NAdam decoupled", "NAdam", given | {"decoupled_weight_decay": True}),
        ("RAdam", "RAdam", given),
        ("RAdam decoupled", "RAdam", given | {"decoupled_weight_decay": True}),
        ("Muon", "Muon", given),
    ]

    def offset_step(weights_only):
        model = torch_network([[W0[:, None], np.array([4.0])]], "tanh")
        optimize = (
            torch_optimizer("AdamW", model, given) if weights_only else torch.optim.AdamW(model.parameters(), **given)
        )
        for parameter in model.parameters():
            parameter.grad = torch.zeros_like(parameter)
        optimize.step()
        return torch_pairs(model)[0]

    def schedule(kind, n_steps, *, warmup=0, hold=None, final=0.0, milestones=(), factor=0.1):
        """A rise by LinearLR, and the fall of that name; what follows counts from its end."""
        optimize, fall = torch.optim.SGD([torch.tensor(W0, requires_grad=True)], lr=1.0), torch.optim.lr_scheduler
        begin = warmup if hold is None else hold
        rest = n_steps - begin
        after = {
            "constant": lambda: fall.ConstantLR(optimize, factor=1.0),
            "linear": lambda: fall.LinearLR(optimize, 1.0, final, rest),
            "cosine": lambda: fall.CosineAnnealingLR(optimize, rest, final),
            "step": lambda: fall.MultiStepLR(optimize, [milestone - begin for milestone in milestones], factor),
        }
        parts, starts = [], []
        if warmup:
            parts.append(fall.LinearLR(optimize, 1 / (warmup + 1), 1.0, warmup))
            starts.append(warmup)
        if begin > warmup:
            parts.append(fall.ConstantLR(optimize, factor=1.0))
            starts.append(begin)
        scheduler = fall.SequentialLR(optimize, [*parts, after[kind]()], starts) if parts else after[kind]()
        factors = []
        for _ in range(n_steps):
            factors += scheduler.get_last_lr()
            optimize.step()
            scheduler.step()
        settings = {"kind": kind, "n_steps": n_steps, "warmup": warmup, "hold": hold, "final": final}
        return {"settings": settings | {"milestones": milestones, "factor": factor}, "factors": factors}

    schedules = [
        schedule("constant", 8, warmup=3),
        schedule("linear", 12),
        schedule("linear", 12, warmup=4, final=0.1),
        schedule("cosine", 12),
        schedule("cosine", 12, warmup=4, final=0.1),
        schedule("linear", 12, warmup=2, hold=7),
        schedule("step", 12, milestones=[4, 8]),
        schedule("step", 18, warmup=2, milestones=[6, 12, 16], factor=0.2),
    ]

    X, y = ridge_problem()

    def fit(steps, **settings):
        model = torch_network([[np.zeros((3, 1)), np.zeros(1)]], "tanh")
        optimize = torch_optimizer("SGD", model, settings)
        for _ in range(steps):
            optimize.zero_grad()
            torch_loss(model, X, y[:, None], "squared").backward()
            optimize.step()
        ((W, b),) = torch_pairs(model)
        return {"optimizer": "SGD", "settings": settings, "steps": steps, "w": sum(W, []), "b": b[0]}

    fits = [fit(5000, lr=0.2, weight_decay=LAM), fit(5000, lr=0.05, momentum=0.9, weight_decay=LAM)]
    content = demonstrations(path, entries) | {
        "offset": offset("AdamW", given, offset_step),
        "defaults": defaults([torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW]),
        "ridge": {"X": lists(X), "y": lists(y), "lam": LAM, "fits": fits},
        "schedules": schedules,
    }
    write("torch_conventions.json", ["torch", "numpy"], content)


def offset(optimizer, settings, step):
    start = {"optimizer": optimizer, "settings": settings, "W": lists(W0[:, None]), "b": [4.0]}
    return start | {"everything": step(False), "weights_only": step(True)}


# Optax


def optax_conventions():
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)

    def build(optimizer, *, lr, weight_decay=0.0, momentum=None, mask=None):
        adamw = optax.adamw(lr, weight_decay=weight_decay, mask=mask)
        decayed = optax.add_decayed_weights(weight_decay)
        return {
            "adam": optax.adam(lr),
            "adamw": adamw,
            "lion": optax.lion(lr, weight_decay=weight_decay, mask=mask),
            "chain(add_decayed_weights, sgd)": optax.chain(decayed, optax.sgd(lr, momentum)),
            "chain(add_decayed_weights, adam)": optax.chain(decayed, optax.adam(lr)),
        }[optimizer]

    def path(optimizer, settings, gradient):
        optimize = build(optimizer, **settings)
        points, state = [W0], optimize.init(jax.numpy.array(W0))
        for _ in range(PATH_STEPS):
            w = jax.numpy.array(points[-1])
            updates, state = optimize.update(jax.numpy.array(gradient(points[-1])), state, w)
            points.append(np.array(optax.apply_updates(w, updates)))
        return points

    given = {"lr": 0.1, "weight_decay": 0.5}
    entries = [
        ("SGD", "chain(add_decayed_weights, sgd)", given),
        ("SGD momentum", "chain(add_decayed_weights, sgd)", given | {"momentum": 0.9}),
        ("Adam no decay", "adam", {"lr": 0.1}),
        ("Adam", "chain(add_decayed_weights, adam)", given),
        ("AdamW", "adamw", given),
        ("Lion", "lion", given),
    ]

    def offset_step(weights_only):
        optimize = build("adamw", **given, mask=[True, False] if weights_only else None)
        params = [jax.numpy.array(W0[:, None]), jax.numpy.array([4.0])]
        updates, _ = optimize.update(jax.tree.map(jax.numpy.zeros_like, params), optimize.init(params), params)
        return lists(optax.apply_updates(params, updates))

    content = demonstrations(path, entries) | {
        "offset": offset("adamw", given, offset_step),
        "defaults": defaults([optax.sgd, optax.adam, optax.adamw, optax.add_decayed_weights]),
    }
    write("optax_conventions.json", ["optax", "jax", "numpy"], content)


# Keras


def keras_conventions():
    os.environ["KERAS_BACKEND"] = "jax"
    import jax

    jax.config.update("jax_enable_x64", True)
    import keras

    keras.config.set_floatx("float64")

    def build(optimizer, *, lr, **settings):
        return getattr(keras.optimizers, optimizer)(learning_rate=lr, **settings)

    def path(optimizer, settings, gradient):
        w, optimize = keras.Variable(W0), build(optimizer, **settings)
        points = [W0]
        for _ in range(PATH_STEPS):
            optimize.apply([jax.numpy.array(gradient(points[-1]))], [w])
            points.append(w.numpy())
        return points

    given = {"lr": 0.1, "weight_decay": 0.5}
    entries = [
        ("SGD", "SGD", given),
        ("SGD momentum", "SGD", given | {"momentum": 0.9}),
        ("Adam no decay", "Adam", {"lr": 0.1}),
        ("Adam", "Adam", given),
        ("AdamW", "AdamW", given),
    ]

    def linear_model(w, b, optimizer, *, exclude_offset=True, c=None):
        layer = keras.layers.Dense(1, kernel_regularizer=c and keras.regularizers.l2(c))
        model = keras.Sequential([keras.Input((len(w),)), layer])
        model.set_weights([w[:, None], np.array([b])])
        if exclude_offset:
            optimizer.exclude_from_weight_decay(var_names=["bias"])
        model.compile(optimizer, lambda y, output: ((output - y) ** 2).mean() / 2)
        return model

    def offset_step(weights_only):
        model = linear_model(W0, 4.0, build("AdamW", **given), exclude_offset=weights_only)
        variables = model.trainable_variables
        model.optimizer.apply([jax.numpy.zeros_like(variable.value) for variable in variables], variables)
        return lists(model.get_weights())

    X, y = ridge_problem()

    def fit(steps, settings, *, c=None):
        model = linear_model(np.zeros(3), 0.0, build("SGD", **settings), c=c)
        for _ in range(steps):
            model.train_on_batch(X, y[:, None])
        W, b = model.get_weights()
        penalty = {} if c is None else {"l2": c}
        return {
            "optimizer": "SGD",
            "settings": settings | penalty,
            "steps": steps,
            "w": lists(W[:, 0]),
            "b": float(b[0]),
        }

    fits = [
        fit(3000, {"lr": 0.2}, c=LAM / 2),
        fit(3000, {"lr": 0.2, "weight_decay": LAM}),
        fit(6000, {"lr": 0.05, "momentum": 0.9, "weight_decay": LAM}),
    ]

    c, lr, w0, b0 = 0.1, 0.1, np.array([1.0, -2.0, 3.0]), 4.0
    model = linear_model(w0, b0, build("SGD", lr=lr), c=c)
    l2 = {"c": c, "lr": lr, "w0": lists(w0), "b0": b0, "penalty": sum(model.losses).item()}
    l2["loss"] = float(model.train_on_batch(X, y[:, None]))
    W, b = model.get_weights()
    l2 |= {"w": lists(W[:, 0]), "b": float(b[0])}

    optimizers = [keras.optimizers.SGD, keras.optimizers.Adam, keras.optimizers.AdamW]
    content = demonstrations(path, entries) | {
        "offset": offset("AdamW", given, offset_step),
        "defaults": defaults(optimizers),
        "ridge": {"X": lists(X), "y": lists(y), "lam": LAM, "fits": fits},
        "l2": l2,
    }
    write("keras_conventions.json", ["keras", "jax", "numpy"], content)


# The lines of chapter 13


def parameter_groups():
    """Run the blocks of the chapter as they stand there; then a step without gradients, from parameters that are all one."""
    os.environ["KERAS_BACKEND"] = "jax"
    import jax
    import keras
    import optax
    import torch

    cells = json.loads((FOLDER.parent.parent / "chapters/13_setting_lambda.ipynb").read_text("utf-8"))["cells"]
    [prose] = ["".join(cell["source"]) for cell in cells if cell["id"] == "lib"]
    blocks = re.findall(r"^```python\n(.*?)^```", prose, re.DOTALL | re.MULTILINE)

    def torch_step(names):
        for parameter in names["model"].parameters():
            parameter.data.fill_(1.0)
            parameter.grad = torch.zeros_like(parameter)
        names["optimizer"].step()
        return {name: parameter.detach() for name, parameter in names["model"].named_parameters()}

    def keras_step(names):
        variables = names["model"].trainable_variables
        for variable in variables:
            variable.assign(keras.ops.ones(variable.shape))
        names["optimizer"].apply([keras.ops.zeros(variable.shape) for variable in variables], variables)
        return {variable.path: keras.ops.convert_to_numpy(variable) for variable in variables}

    def optax_step(names):
        optimizer, params = names["optimizer"], names["params"]
        updates, _ = optimizer.update(jax.tree.map(jax.numpy.zeros_like, params), optimizer.init(params), params)
        moved = jax.tree_util.tree_leaves_with_path(optax.apply_updates(params, updates))
        return {jax.tree_util.keystr(path): leaf for path, leaf in moved}

    content = {}
    for library, step in {"torch": torch_step, "keras": keras_step, "optax": optax_step}.items():
        [code] = [block for block in blocks if f"import {library}\n" in block]
        names, out = {}, io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(code, names)
        moved = {name: np.unique(np.asarray(value)).tolist() for name, value in step(names).items()}
        content[library] = {"code": code, "printed": out.getvalue(), "moved": moved}
    write("parameter_groups.json", ["torch", "keras", "optax", "jax", "numpy"], content)


if __name__ == "__main__":
    torch_optimizers()
    torch_networks()
    torch_conventions()
    optax_conventions()
    keras_conventions()
    parameter_groups()
