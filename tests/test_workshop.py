"""The tests themselves: none imports another, what several need is defined once, and what could not be looked at is said."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
TESTS = sorted(HERE.glob("test_*.py"))
on_tests = pytest.mark.parametrize("path", TESTS, ids=lambda path: path.stem)


@on_tests
def test_no_test_imports_another(path):
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    assert not names & {path.stem for path in TESTS}


@on_tests
def test_what_several_tests_need_is_not_defined_again(path):
    helpers = ast.parse((HERE / "tools.py").read_text("utf-8")).body
    ours = {node.name for node in helpers if isinstance(node, ast.FunctionDef)}
    tree = ast.parse(path.read_text("utf-8"))
    again = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)} & ours
    assert not again and "finfo(float).eps\n" not in path.read_text("utf-8").replace(" ", "").partition("deftest_")[0]


@pytest.mark.parametrize("ci", ["", "true"])
def test_without_a_browser_a_line_says_what_was_not_looked_at_and_the_workflow_fails(tmp_path, ci):
    """A Chromium that is looked for where none is."""
    lost = {
        "PATH": str(Path(sys.executable).parent),
        "PLAYWRIGHT_BROWSERS_PATH": str(tmp_path),
        "CI": ci,
        "CHROMIUM": "",
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-o",
        "addopts=",
        "-p",
        "no:cacheprovider",
        "-q",
        "-k",
        "barrier_is_found",
    ]
    done = subprocess.run(
        [*command, HERE / "test_checks.py"], env=os.environ | lost, capture_output=True, text=True, cwd=HERE.parent
    )
    said = "Not looked at, since there is no browser: pages, slides and live notebooks (3 tests). Install Chromium"
    assert (done.returncode, said in done.stdout) == ((1, False) if ci else (0, True)), done.stdout
