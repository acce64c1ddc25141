"""The course for nbgrader in nbgrader's own hands: whoever hands in the start gets nothing, whoever solves all gets all."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

import gradable
from chapters import ROOT

NBGRADER = "nbgrader==0.9.6"
PACKAGES = [NBGRADER, "numpy", "matplotlib", "ipywidgets", "tqdm", "scikit-learn"]
CHAPTERS = sorted(path.stem for path in (ROOT / "chapters").glob("[0-9]*.ipynb"))
# The scores of an assignment, in the words of nbgrader's own book of grades.
SCORES = """
import sys
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    for handed_in in book.assignment_submissions(sys.argv[1]):
        print(handed_in.student.id, handed_in.score, handed_in.max_score)
"""


@pytest.fixture(scope="module")
def nbgrader():
    """The folder of nbgrader's commands, in an environment of its own, since it wants other packages than the book."""
    folder = ROOT / "_build" / "nbgrader"
    folder.parent.mkdir(exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / NBGRADER).exists():
            shutil.rmtree(folder, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", folder], check=True)
            install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", *PACKAGES]
            subprocess.run([*install, "--constraint", ROOT / "requirements.lock"], check=True)
            (folder / NBGRADER).touch()
    return folder / "bin"


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("course")
    gradable.write(ROOT, folder)
    return folder


@pytest.mark.thorough
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_the_start_gets_nothing_and_the_solution_everything(nbgrader, course, chapter):
    settings = {
        "PYTHONPATH": str(ROOT),
        "PATH": f"{nbgrader}{os.pathsep}{os.environ['PATH']}",
        "PYTHONWARNINGS": "ignore",
    }

    def run(*command):
        done = subprocess.run(
            command, cwd=course, env=os.environ | settings, capture_output=True, text=True, timeout=1800
        )
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
        return done.stdout

    run(nbgrader / "nbgrader", "generate_assignment", chapter, "--create")
    for student, part in (("start", "release"), ("solved", "source")):
        folder = course / "submitted" / student / chapter
        folder.mkdir(parents=True)
        shutil.copy(course / part / chapter / f"{chapter}.ipynb", folder)
    handed_out = Path(course, "release", chapter, f"{chapter}.ipynb").read_text("utf-8")
    assert "BEGIN SOLUTION" not in handed_out
    run(nbgrader / "nbgrader", "autograde", chapter, "--create")
    scores = {
        name: (float(score), float(most))
        for name, score, most in map(str.split, run(nbgrader / "python", "-c", SCORES, chapter).splitlines())
    }
    most = scores["solved"][1]
    assert most == (course / "source" / chapter / f"{chapter}.ipynb").read_text("utf-8").count('"points": 1') > 0
    assert scores == {"start": (0.0, most), "solved": (most, most)}
