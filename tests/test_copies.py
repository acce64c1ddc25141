"""The notebooks as readers get and save them: clean copies wherever they come from, and nothing of an editor's in git."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from IPython.core.inputtransformer2 import TransformerManager
from pybtex.database import parse_file

import lite
from chapters import ROOT, source

BIN = Path(sys.executable).parent
NOTEBOOKS = lite.notebooks(ROOT)
WORKS = parse_file(ROOT / "references.bib", bib_format="bibtex").entries
on_notebooks = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
# What the editors of notebooks write besides outputs.
OF_EDITORS = {
    "editable": True,
    "scrolled": True,
    "collapsed": False,
    "trusted": True,
    "execution": {"iopub": "2026"},
    "vscode": {},
}


@on_notebooks
@pytest.mark.parametrize("address", ["", "https://example.org/owner/name"])
def test_a_copy_is_the_chapter_without_what_is_not_the_readers(path, address):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    first, *copied = lite.copy_for_readers(path, ROOT, WORKS, address)["cells"]
    assert [cell["id"] for cell in copied] == [cell["id"] for cell in cells]
    assert [source(c) for c in copied if c["cell_type"] == "code"] == [
        source(c) for c in cells if c["cell_type"] == "code"
    ]
    text = json.dumps(copied)
    assert [
        trace for trace in ("slideshow", 'class=\\"slide', 'class=\\"speaker', "</span>", "{cite") if trace in text
    ] == []
    assert (f"git+{address}" in first["source"]) == bool(address)
    ast.parse(TransformerManager().transform_cell(first["source"]))


class TestFirstCell:
    """Of a copy, run where the helpers are and where they are not."""

    @staticmethod
    def run(address, folder):
        [path] = [path for path in NOTEBOOKS if path.stem == "02_bias"]
        code = lite.copy_for_readers(path, ROOT, WORKS, address)["cells"][0]["source"].replace("%pip", "print; pip = ")
        code = code.replace('pip =  install -q "', 'pip = "')
        code = code.replace('" scikit-learn', '"\n    print(pip)').replace(
            "pip =  install -q what-is-weight-decay", "pass"
        )
        command = [sys.executable, *([] if folder is None else ["-S", "-I"]), "-c", code]
        return subprocess.run(command, capture_output=True, text=True, cwd=folder or ROOT)

    def test_where_the_helpers_are_it_says_nothing(self):
        done = self.run("https://example.org/owner/name", None)
        assert (done.stdout, done.stderr) == ("", "")

    def test_where_they_are_not_it_brings_them_or_says_where_they_are(self, tmp_path):
        assert (
            "what-is-weight-decay @ git+https://example.org/owner/name"
            in self.run("https://example.org/owner/name", tmp_path).stdout
        )
        assert "open this notebook in the book's own folder." in self.run("", tmp_path).stderr


class TestEdition:
    @pytest.fixture
    def check(self, tmp_path):
        """Calls the check of helpers that came with a published book, whose chapter 2 is of edition b."""
        shutil.copytree(ROOT / "utils", tmp_path / "utils", ignore=shutil.ignore_patterns("__pycache__"))
        (tmp_path / "utils" / "editions.json").write_text(json.dumps({"chapters/02_bias": "b"}), "utf-8")

        def check(made_from):
            code = f"from utils import edition; edition.check('chapters/02_bias', {made_from!r})"
            return subprocess.run(
                [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=True
            ).stdout

        return check

    def test_a_copy_of_the_same_edition_hears_nothing(self, check):
        assert check("b") == ""

    def test_an_older_copy_is_told_how_to_get_the_new_one_and_keep_its_own(self, check):
        assert "rename this one" in check("a") and check("a").count("\n") == 1


class TestWithoutTheHelpers:
    """The file that stands beside the chapters in place of a package that is not installed."""

    def test_it_hands_over_to_the_package(self):
        code = "import utils; from utils import linear; print(utils.__file__, linear.__file__)"
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT / "chapters", check=True
        )
        assert [Path(name).parent for name in done.stdout.split()] == [ROOT / "utils"] * 2

    def test_it_says_in_one_sentence_what_to_do(self, tmp_path):
        shutil.copy(ROOT / "chapters" / "utils.py", tmp_path)
        done = subprocess.run(
            [sys.executable, "-S", "-c", "import utils"], capture_output=True, text=True, cwd=tmp_path
        )
        last = done.stderr.strip().splitlines()[-1]
        assert last.startswith("ModuleNotFoundError: The book's helpers are not installed for") and "`make lab`" in last


class TestWhatReachesGit:
    @pytest.fixture
    def checkout(self, tmp_path):
        """A checkout in which `make lab` has set up the filter, with one notebook committed."""

        def run(*command):
            done = subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, env=os.environ | {"PWD": str(tmp_path)}
            )
            assert not done.returncode, done.stderr
            return done.stdout

        for name in ("Makefile", ".gitattributes", "chapters/02_bias.ipynb"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
        run("git", "init", "--quiet")
        run("make", "--silent", "filter", f"BIN={BIN}")
        run("git", "add", ".")
        run("git", "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "--quiet", "-m", "A chapter")
        return tmp_path, run

    @staticmethod
    def save(path, change=lambda notebook: None):
        """As JupyterLab saves a notebook that was run."""
        notebook = json.loads(path.read_text("utf-8"))
        for cell in notebook["cells"]:
            cell["metadata"] |= OF_EDITORS
            if cell["cell_type"] == "code":
                cell |= {
                    "execution_count": 3,
                    "outputs": [{"name": "stdout", "output_type": "stream", "text": ["1\n"]}],
                }
        notebook["metadata"]["language_info"] |= {
            "version": "3.11.7",
            "pygments_lexer": "ipython3",
            "file_extension": ".py",
        }
        notebook["metadata"]["widgets"] = {"state": {}}
        change(notebook)
        path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", "utf-8")

    def test_a_chapter_that_was_run_and_saved_has_not_changed(self, checkout):
        folder, run = checkout
        self.save(folder / "chapters" / "02_bias.ipynb")
        run("git", "add", ".")
        assert run("git", "diff", "--cached") == ""

    def test_what_the_author_wrote_does(self, checkout):
        folder, run = checkout

        def change(notebook):
            notebook["cells"][0]["source"] = "# Another title"

        self.save(folder / "chapters" / "02_bias.ipynb", change)
        run("git", "add", ".")
        changed = [line for line in run("git", "diff", "--cached").splitlines() if line.startswith("+ ")]
        assert [line.strip("+ ,") for line in changed] == ['"# Another title"']

    def test_no_notebook_was_committed_with_traces_of_an_editor(self, checkout):
        """What the filter makes of them, asked once for all, is what is there."""
        folder, run = checkout
        copies = [Path(shutil.copy(path, folder / "chapters")) for path in NOTEBOOKS]
        for copy in copies:
            self.save(copy)
        run(*run("git", "config", "filter.nbstripout.clean").replace('"', "").split(), *copies)
        kept = {path.stem: copy.read_text("utf-8") for path, copy in zip(NOTEBOOKS, copies, strict=True)}
        assert [path.stem for path in NOTEBOOKS if kept[path.stem] != path.read_text("utf-8")] == []
