"""A build is whole and of one state, or it fails and says why: a tiny book is built, stopped, spoilt, and built again."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import environment
import execute
import lite
import messages
import serve
from tiny import FIGURE, FOUR, ROOT, THREE, TWO, Tiny, code, differing, prose


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A book that has been built once; each test leaves one that can be built."""
    tiny = Tiny(tmp_path_factory.mktemp("a book"))
    exit_code, said = tiny.build()
    assert exit_code == 0, said
    return tiny


def test_after_a_killed_build_the_next_one_is_of_one_state(tiny):
    tiny.say("second")
    assert tiny.stop("writing output... [ 33%]") < 0
    exit_code, said = tiny.build()
    assert exit_code == 0, said
    for page in ("chapters/01_one", "chapters/02_two", "chapters/01_one-slides"):
        assert "second" in tiny.page(page) and "first\n" not in tiny.page(page)


def test_what_got_lost_or_cannot_be_read_is_made_again_and_nothing_else_changes(tiny):
    before = tiny.files()
    shutil.rmtree(tiny.html / "_images")
    (tiny.html / "chapters" / "01_one-slides.html").unlink()
    (tiny.html / "chapters" / "02_two.html").write_text("", "utf-8")
    build = tiny.root / "_build"
    caches = [path for path in build.rglob("*") if path.is_file() and build / "html" not in path.parents]
    assert {"global.db", "base.ipynb", "environment.pickle"} <= {path.name for path in caches}
    for path in caches:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    exit_code, said = tiny.build()
    assert exit_code == 0, said
    assert tiny.files() == before


def test_only_what_has_changed_is_made_again(tiny):
    """The notebook that imports the changed helper runs, and the changed page is written; all share style sheet, search and the
    numbers of figures.
    """
    helper, page, index = (tiny.root / name for name in ("utils/explorers.py", "chapters/three.md", "index.md"))
    rule, text = ".admonition.attention{", index.read_text("utf-8")
    helper.write_text(helper.read_text("utf-8") + "\n", "utf-8")
    page.write_text(f"{THREE}\n:::{{attention}}\nOf another colour.\n:::\n", "utf-8")
    index.write_text(f"{text}\n{FIGURE.format('')}", "utf-8")
    entries = re.search(rb'"indexentries": {[^}]*"mark"[^}]*}', tiny.files()["searchindex.js"])[0]
    assert rule not in (tiny.html / "_static" / "pages.css").read_text("utf-8")
    assert "Fig. 1" in tiny.page("chapters/02_two")
    exit_code, said = tiny.build()
    assert exit_code == 0, said
    assert "01_one" in said.partition("running ")[2].partition("\n")[0]
    assert "02_two" not in said.partition("running ")[2].partition("\n")[0]
    assert rule in (tiny.html / "_static" / "pages.css").read_text("utf-8")
    assert entries in tiny.files()["searchindex.js"]
    [address] = {re.search(r"pages\.css\?v=\w+", tiny.page(f"chapters/{name}"))[0] for name in ("02_two", "three")}
    assert "Fig. 2" in tiny.page("chapters/02_two")
    page.write_text(THREE, "utf-8")
    index.write_text(text, "utf-8")


def test_new_renamed_copied_and_forgotten_notebooks(tiny):
    chapters = tiny.root / "chapters"
    tiny.write("04_four", FOUR)
    (chapters / ".ipynb_checkpoints").mkdir()
    for name in ("Untitled", "02_two-Copy1", ".ipynb_checkpoints/02_two-checkpoint"):
        shutil.copy(chapters / "02_two.ipynb", chapters / f"{name}.ipynb")
    for first in ("01_one", "01_uno"):
        if first == "01_uno":
            (chapters / "01_one.ipynb").rename(chapters / "01_uno.ipynb")
        tiny.contents(first, "02_two", "04_four")
        exit_code, said = tiny.build()
        assert exit_code == 0, said
        assert "chapters/Untitled.ipynb is not in _toc.yml" in said and "checkpoint" not in said
        pages = {path.name for path in (tiny.html / "chapters").iterdir()}
        decks = {f"{first}-slides.html", "02_two-slides.html", "04_four-slides.html"}
        assert pages == {f"{first}.html", "02_two.html", "04_four.html", "three.html"} | decks
        assert {deck for deck in pages if f"{deck}?print-pdf" in tiny.page("chapters/three")} == decks
        copies = {path.name for path in (tiny.html / "_sources" / "chapters").iterdir()}
        assert copies == {f"{first}.ipynb", "02_two.ipynb", "04_four.ipynb", "three.md"}


def test_a_warning_comes_again_until_its_cause_is_gone(tiny):
    """It names file, section and line; what a cell says on stderr is not kept with its outputs."""
    disturbed = 'import os\nimport sys\n\nif "FULL" in os.environ:\n    print("The disk", "is full.", file=sys.stderr)'
    told = prose("b7", '## A part\n\n<span class="slide">A word {cite:t}`nobody2099`</span>.')
    tiny.write("02_two", [*TWO[:3], told, code("c0", disturbed)])
    for disturbance in ({"FULL": "yes"}, {}):
        exit_code, said = tiny.build(**disturbance)
        assert exit_code and "KeyError" not in said and "Traceback" not in said
        assert ("stderr was found" in said) == bool(disturbance)
        [key] = [line for line in said.splitlines() if "nobody2099" in line]
        assert 'chapters/02_two.ipynb, section "A part", cell 4, line 3: WARNING' in key
    tiny.write("02_two", [*TWO[:3], code("c0", disturbed)])
    exit_code, said = tiny.build()
    assert exit_code == 0, said
    assert "The disk is full" not in tiny.page("chapters/02_two")


def swap(one, other):
    """Exchange two files, so that neither is newer than what was read of it."""
    between = one.with_suffix(".between")
    one.rename(between)
    other.rename(one)
    between.rename(other)


def test_pages_that_show_something_of_another_change_with_it(tiny, tmp_path):
    swap(*(tiny.root / "chapters" / f"{name}.ipynb" for name in ("01_uno", "02_two")))
    for name, old, new in [
        ("references.bib", "Krogh, Anders", "Krogh, Andrea"),
        ("_static/book.css", "}", "}\n.bd-article { order: 0; }"),
        ("_ext/deck.css", "}", "}\n"),
    ]:
        text = (tiny.root / name).read_text("utf-8")
        assert old in text
        (tiny.root / name).write_text(text.replace(old, new, 1), "utf-8")
    styled = re.search(r"pages\.css\?v=\w+", tiny.page("chapters/three"))[0]
    clean = tiny.copied(tmp_path / "clean", "_build")
    for book in (tiny, clean):
        exit_code, said = book.build()
        assert exit_code == 0, said
    assert differing(tiny.files(), clean.files()) == []
    assert styled not in tiny.page("chapters/three")
    assert "Andrea Krogh" in tiny.page("chapters/three") and "A heading" in tiny.page("chapters/three")


def test_a_failing_cell_is_named_in_a_few_lines(tiny):
    tiny.write("02_two", [*TWO[:2], prose("b7", "## A part"), code("b8", "x = 1\nx / 0\n")])
    exit_code, said = tiny.build()
    end = said.partition("The book cannot be built:")[2].strip()
    assert exit_code and len(end.splitlines()) <= 10
    assert end.splitlines()[0] == 'chapters/02_two.ipynb, section "A part", cell 4, line 2'
    assert "ZeroDivisionError: division by zero" in end and "Traceback" not in end
    assert "eavesdropping" not in said
    tiny.write("02_two", TWO)


def test_a_conflict_of_versions_names_its_files(tiny):
    pages = {page: (tiny.root / page).read_text("utf-8") for page in ("chapters/02_two.ipynb", "index.md")}
    for page, text in pages.items():
        head, _, tail = text.partition("\n")
        (tiny.root / page).write_text(f"{head}\n<<<<<<< HEAD\n{tail}\n=======\n>>>>>>> other\n", "utf-8")
    exit_code, said = tiny.build()
    assert exit_code and "Traceback" not in said
    assert all(f"{page}, line 2: two versions are in conflict here" in said for page in pages)
    for page, text in pages.items():
        (tiny.root / page).write_text(text, "utf-8")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b'{"a": 1}', "it has no cells of format 4"),
        (b"[1]", "it has no cells of format 4"),
        (b'{"nbformat": 3, "worksheets": [{"cells": []}]}', "it has no cells of format 4"),
        (b'{"nbformat": 4, "cells": [{"source": "x"}]}', "a cell lacks its type, its metadata or its source"),
        ("# Fünf".encode("latin1"), "it is not in UTF-8: invalid start byte at byte 3"),
    ],
)
def test_a_file_that_is_no_notebook_is_named(tmp_path, content, fault):
    (tmp_path / "one.ipynb").write_bytes(content)
    with pytest.raises(messages.BookError, match=rf"^one\.ipynb: this is not a notebook \({fault}"):
        messages.read_notebook(tmp_path / "one.ipynb", tmp_path)


def test_a_notebook_depends_on_what_it_imports_and_on_no_other_helper():
    needed = {path.name for path in execute.helpers_of("from utils import linear\nimport utils.word", ROOT)}
    assert {"__init__.py", "linear.py", "_checks.py", "book.mplstyle"} <= needed
    assert not {"explorers.py", "network.py", "optimizers.py"} & needed
    # What cannot be known beforehand depends on all.
    every = {path.name for path in (ROOT / "utils").glob("*.py")}
    for code_in_doubt in ('import importlib\nimportlib.import_module("utils.linear")', "this is no code"):
        assert every <= {path.name for path in execute.helpers_of(code_in_doubt, ROOT)}


@pytest.mark.parametrize(
    "changed", ["utils/linear.py", "utils/_checks.py", "utils/explorer.js", "utils/part/new.py", "requirements.lock"]
)
def test_a_notebook_runs_again_when_what_it_imports_or_a_package_changes(tmp_path, changed):
    shutil.copytree(ROOT / "utils", tmp_path / "utils", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    (tmp_path / "utils" / "part").mkdir()
    (tmp_path / "utils" / "part" / "new.py").touch()
    notebook = tmp_path / "one.ipynb"
    notebook.write_text(
        json.dumps({"nbformat": 4, "cells": [code("a", "from utils import linear\nimport utils.part.new")]}), "utf-8"
    )
    before = execute.made_with(notebook, tmp_path)
    assert execute.made_with(notebook, tmp_path) == before
    with (tmp_path / changed).open("a", encoding="utf-8") as file:
        file.write("\n")
    assert execute.made_with(notebook, tmp_path) != before


@pytest.fixture
def environment_made_here(tmp_path):
    """The least that is an environment: a Python that has pip, and a pip that calls it."""
    folder = tmp_path / "my book" / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    [packages] = folder.glob("lib/python*/site-packages")
    (packages / "pip.py").touch()
    (folder / "bin" / "pip").write_text(f'#!/bin/sh\n\'\'\'exec\' "{folder}/bin/python" "$0" "$@"\n', "utf-8")
    return folder


def test_an_environment_works_if_it_is_made_to_its_end_and_here(environment_made_here, tmp_path):
    assert environment.works(environment_made_here)
    moved = environment_made_here.parent.rename(tmp_path / "moved") / ".venv"
    assert not environment.works(moved)
    link = environment_made_here.parent
    link.symlink_to(moved.parent)
    assert environment.works(link / ".venv")


@pytest.mark.parametrize("lost", ["pip", "python"])
def test_an_environment_that_lacks_something_does_not_work(environment_made_here, lost):
    (environment_made_here / "bin" / lost).unlink()
    assert not environment.works(environment_made_here)


def test_an_environment_whose_installation_was_killed_does_not_work(environment_made_here):
    (environment_made_here / environment.UNFINISHED).touch()
    assert not environment.works(environment_made_here)


def test_make_does_not_trust_the_stamp_of_an_environment_that_does_not_work(tmp_path):
    for name in ("_ext", "tests"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("Makefile", "requirements.txt", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "for-the-book").touch()
    planned = subprocess.run(["make", "--dry-run", "book"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "pip install" in planned.stdout


def test_the_pages_are_served_at_another_port_where_the_usual_one_is_taken(tmp_path):
    with serve.server(tmp_path, 0) as first, serve.server(tmp_path, first.server_port) as second:
        assert second.server_port != first.server_port


def test_without_a_network_the_pages_are_ready_and_the_live_notebooks_say_what_to_do(tiny):
    nowhere = {"PIP_CONFIG_FILE": os.devnull, "PIP_FIND_LINKS": "", "PIP_INDEX_URL": "http://127.0.0.1:9/"}
    exit_code, said = tiny.build(LITE="1", PIP_RETRIES="1", **nowhere)
    end = said.partition("The book cannot be built:")[2].strip()
    assert exit_code and len(end.splitlines()) == 1 and "Traceback" not in said
    assert re.search(
        r"refused\)\. Is there a network\? The pages are ready; LITE=0 .* without its live notebooks\.$", end
    )
    assert "Content-Security-Policy" in tiny.page("chapters/02_two")


def test_a_wheel_that_came_in_part_is_fetched_again(tmp_path, monkeypatch):
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    folder = tmp_path / "wheels"
    folder.mkdir()
    (folder / "tqdm-4.67.1-py3-none-any.whl").write_bytes(b"PK\x03\x04 a part")
    (folder / "tqdm.txt").write_text(lite.digest([tmp_path / "requirements.lock"], tmp_path), "utf-8")
    asked = []
    monkeypatch.setattr(lite, "run", lambda command, root: asked.append(command))
    lite.download(tmp_path, folder, ["tqdm"])
    assert len(asked) == 1


def test_live_notebooks_of_which_some_got_lost_are_made_again(tmp_path, monkeypatch):
    tiny, site, built = Tiny(tmp_path / "book"), tmp_path / "lite", []

    def pretend(command, folder):
        built.append(command)
        for name in ("index.html", "notebooks/index.html", "files/one.ipynb"):
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_text(name, "utf-8")
        (site / "jupyter-lite.json").write_text('{"jupyter-config-data": {}}', "utf-8")

    monkeypatch.setattr(lite, "run", pretend)
    monkeypatch.setattr(lite, "download", lambda *asked: [])
    monkeypatch.setattr(lite, "own_wheel", lambda root, folder: folder)
    for disturb in (
        lambda: None,
        lambda: None,
        (site / "files" / "one.ipynb").unlink,
        lambda: (site / "index.html").write_text(""),
    ):
        disturb()
        lite.build(tiny.root, site, offline=False)
        assert (site / "files" / "one.ipynb").exists() and (site / "index.html").read_text("utf-8")
    assert len(built) == 3


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root is refused")
def test_jupyterlab_refuses_root_in_one_line():
    refused = subprocess.run(["make", "--silent", "not-as-root"], cwd=ROOT, capture_output=True, text=True)
    assert refused.returncode and refused.stderr.splitlines()[0].startswith("JupyterLab does not start for root, since")


@pytest.mark.parametrize("name", ["_config.yml", "_toc.yml", "references.bib"])
def test_make_names_the_file_of_settings_with_a_conflict(name, tmp_path):
    for each in ("_config.yml", "_toc.yml", "references.bib"):
        shutil.copy(ROOT / each, tmp_path)
    with (tmp_path / name).open("a", encoding="utf-8") as file:
        file.write("<<<<<<< HEAD\n")
    command = ["make", "--file", ROOT / "Makefile", "--assume-old", ".venv/for-the-book", "book", "BIN=true"]
    failed = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert failed.returncode and name in failed.stdout and "in conflict" in failed.stderr


@pytest.mark.parametrize("name", ["_config.yml", "_toc.yml"])
def test_make_names_the_line_of_a_setting_that_cannot_be_read(name, tmp_path):
    for path in (ROOT / "_config.yml", ROOT / "_toc.yml", ROOT / "references.bib", ROOT / "_ext"):
        (tmp_path / path.name).symlink_to(path)
    text = (tmp_path / name).read_text("utf-8")
    (tmp_path / name).unlink()
    (tmp_path / name).write_text(f"{text}\n - more\n", "utf-8")
    command = ["make", "--file", ROOT / "Makefile", "--assume-old", ".venv/for-the-book", "book"]
    failed = subprocess.run(
        [*command, f"BIN={Path(sys.executable).parent}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert failed.returncode and "Traceback" not in failed.stderr
    assert f"{name}, line {text.count(chr(10)) + 2}: expected" in failed.stderr
