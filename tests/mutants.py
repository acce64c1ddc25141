"""Mutation testing on demand: one small fault at a time is put into a copy of `utils`, and the tests must see it.

`make mutants MODULES="linear network" SAMPLE=50 SEED=1`. Faults that no test can see are in survivors.json, each with
the reason.
"""

import argparse
import ast
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXPLAINED = Path(__file__).parent / "survivors.json"
# The fast tests that a module answers to, beside those named as itself and its own examples.
ALSO = {
    "linear": ["test_ridge_path", "test_by_hand", "test_lasso"],
    "_factors": ["test_linear", "test_ridge_path", "test_exact_ridge"],
    "_lasso": ["test_lasso"],
    "_progress": ["test_training"],
    "_checks": [
        f"test_{name}"
        for name in "input bias_variance linear validation datasets features logistic network exercises".split()
    ],
    "bias_variance": ["test_exact_ridge"],
    "datasets": ["test_real_data"],
    "validation": ["test_ridge_path"],
}
SWAPS = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.Pow: ast.Mult,
    ast.And: ast.Or, ast.Or: ast.And, ast.In: ast.NotIn, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip


def faults(tree):
    """All single faults: functions that put one into the tree and return a function that takes it out again."""
    told = {inner for node in ast.walk(tree) if isinstance(node, ast.Raise | ast.JoinedStr) for inner in ast.walk(node)}
    for node in ast.walk(tree):
        if node in told:
            continue
        if isinstance(node, ast.Compare):
            yield from (swap(node, node.ops, k) for k, op in enumerate(node.ops) if type(op) in SWAPS)
        elif isinstance(node, ast.BinOp | ast.AugAssign | ast.BoolOp) and type(node.op) in SWAPS:
            yield change(node, "op", SWAPS[type(node.op)]())
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            yield change(node, "op", ast.UAdd())
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            yield change(node, "value", not node.value)
        elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            yield change(node, "value", node.value + 1 if isinstance(node.value, int) else node.value * 2 or 1.0)
        elif isinstance(node, ast.If | ast.IfExp | ast.While):
            yield change(node, "test", ast.UnaryOp(ast.Not(), node.test))


def change(node, field, value):
    def put():
        before = getattr(node, field)
        setattr(node, field, value)
        return lambda: setattr(node, field, before)

    return node, put


def swap(node, ops, k):
    def put():
        before = ops[k]
        ops[k] = SWAPS[type(before)]()
        return lambda: ops.__setitem__(k, before)

    return node, put


def sources(path):
    """For each fault, the line as it was and as it becomes, and the whole module with it."""
    tree = ast.parse(path.read_text("utf-8"))
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    around = {}
    for statement in statements:
        # Inner statements come later, so that each node ends with its innermost.
        around.update(dict.fromkeys(ast.walk(statement), statement))
    for node, put in faults(tree):
        statement = around[node]
        before = ast.unparse(statement).splitlines()
        take_out = put()
        after, whole = ast.unparse(statement).splitlines(), ast.unparse(tree)
        take_out()
        [(old, new), *_] = [pair for pair in zip(before, after, strict=False) if pair[0] != pair[1]] or [("", "")]
        if old != new:
            yield old.strip(), new.strip(), whole


def run(folder, module, seconds=None):
    """Whether the tests of a module pass in this folder."""
    names = [f"test_{module}", *ALSO.get(module, [])]
    tests = [f"tests/{name}.py" for name in names if (ROOT / "tests" / f"{name}.py").exists()]
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-o",
        "addopts=",
        "-p",
        "no:cacheprovider",
        "-x",
        "-q",
        # A book for each fault would take hours.
        "-k",
        "not InTheBook",
        "--doctest-modules",
    ]
    try:
        done = subprocess.run(
            [*command, f"utils/{module}.py", *tests], cwd=folder, capture_output=True, timeout=seconds,
            env=os.environ | {"PYTHONPATH": str(folder), "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", nargs="*", default=[])
    parser.add_argument("--sample", type=int, default=0, help="how many faults a module; all by default")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    explained = json.loads(EXPLAINED.read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder) / "book"
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", ".venv", "_build", "__pycache__"))
        for module in options.modules or sorted(path.stem for path in (ROOT / "utils").glob("*.py")):
            path = folder / "utils" / f"{module}.py"
            sound = path.read_text("utf-8")
            found = list(sources(path))
            if options.sample and options.sample < len(found):
                found = random.Random(options.seed).sample(found, options.sample)
            start = time.monotonic()
            assert run(folder, module), f"the tests of {module} fail without a fault"
            limit = 5 * (time.monotonic() - start) + 20
            survivors = []
            for old, new, whole in found:
                path.write_text(whole, "utf-8")
                if run(folder, module, limit):
                    reason = explained.get(module, {}).get(f"{old} => {new}", "")
                    survivors += [] if reason else [(old, new)]
                    print(f"  survives in {module}: {old} => {new}  {reason}", flush=True)
            path.write_text(sound, "utf-8")
            print(f"{module}: {len(found)} faults, {len(survivors)} survive without a reason", flush=True)


if __name__ == "__main__":
    main()
