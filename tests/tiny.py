"""A book of two small notebooks and a page, with the real settings and extensions, that builds in seconds."""

import copy
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
COMMAND = [str(Path(sys.executable).with_name("jupyter-book")), "build", ".", "-W", "-n", "--keep-going"]
SLIDE = {"slideshow": {"slides": [{"minutes": 1, "notes": "Ask."}]}}
SHOWN = {"slideshow": {"slide_type": "-"}}


def prose(key, text, **metadata):
    return {"cell_type": "markdown", "id": key, "metadata": metadata, "source": text}


def code(key, text, **metadata):
    metadata = SHOWN | metadata
    return {
        "cell_type": "code",
        "id": key,
        "metadata": metadata,
        "source": text,
        "execution_count": None,
        "outputs": [],
    }


ONE = [
    prose("a0", "# One"),
    prose("a1", '<span class="slide new">The first.</span>', **SLIDE),
    code("a2", "from utils import word\n\nprint(word.WORD)"),
    code(
        "a3",
        'from utils import explorers\n\n\ndef draw(ax, x):\n    ax.plot([0, x])\n    return f"To {x}."\n\n\n'
        "explorers.explore(draw, x=range(2))",
    ),
]
TWO = [
    prose("b0", "# Two"),
    prose("b1", '<span class="slide new">The second.</span>', **SLIDE),
    prose(
        "b9",
        "(a-heading)=\n## A heading\n\n```{index} mark\n```\n\nSee {numref}`fig-sign`.",
        slideshow={"slide_type": "skip"},
    ),
    code("b2", "import matplotlib.pyplot as plt\nfrom utils import word\n\nprint(word.WORD)"),
    code("b3", "fig, ax = plt.subplots()\nax.plot([1, 2]);", mystnb={"image": {"alt": "A line."}}),
]
FOUR = [prose("d0", "# Four"), prose("d1", '<span class="slide new">The fourth.</span>', **SLIDE)]
FIGURE = "```{{figure}} {}_static/logo.svg\n:alt: A sign.\n\nA sign.\n```\n"
# A page that shows something of the others: a heading, what is cited, and which have slides.
THREE = "# Three\n\n[](#a-heading) and {cite:t}`krogh1991`.\n\n```{bibliography}\n```\n\n"
THREE += "(fig-sign)=\n" + FIGURE.format("../") + "\n```{decks}\n```\n"

# A kernel that is stopped while it still flushes complains of its own sockets, which says nothing of the book.
STOPPED = re.compile(r"Traceback \(most recent call last\):\n(?: .*\n)+zmq\.error\.ZMQError: .*\n")


def differing(found, clean):
    """The names of the files in which two books differ."""
    return sorted(name for name in found.keys() | clean.keys() if found.get(name) != clean.get(name))


class Tiny:
    """The book in a folder of its own."""

    def __init__(self, root):
        root.mkdir(exist_ok=True)
        self.root, self.html = root, root / "_build" / "html"
        for name in ("_ext", "_static", "utils"):
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "editions.json"))
        for name in ("_config.yml", "references.bib", "pyproject.toml", "LICENSE", "requirements.lock"):
            shutil.copy(ROOT / name, root)
        (root / "chapters").mkdir()
        shutil.copy(ROOT / "chapters" / "utils.py", root / "chapters")
        self.say("first")
        (root / "chapters" / "three.md").write_text(THREE, "utf-8")
        self.contents("01_one", "02_two")
        self.write("01_one", ONE)
        self.write("02_two", TWO)

    def copied(self, root, *ignored):
        """The same book in another folder."""
        shutil.copytree(self.root, root, ignore=shutil.ignore_patterns(*ignored))
        other = copy.copy(self)
        other.root, other.html = root, root / "_build" / "html"
        return other

    def say(self, word):
        """What the chapters print comes from a helper."""
        (self.root / "utils" / "word.py").write_text(f'WORD = "{word}"\n', "utf-8")

    def contents(self, *chapters):
        pages = [f"  - file: chapters/{name}" for name in (*chapters, "three")]
        lines = ["format: jb-book", "root: index", "chapters:", *pages]
        (self.root / "_toc.yml").write_text("\n".join(lines) + "\n", "utf-8")
        links = [f"[{name}](chapters/{name}.ipynb)" for name in chapters]
        (self.root / "index.md").write_text(f"# A tiny book\n\n{', '.join(links)}.\n", "utf-8")

    def write(self, name, cells):
        kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
        notebook = {"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}
        (self.root / "chapters" / f"{name}.ipynb").write_text(json.dumps(notebook, indent=1), "utf-8")

    def page(self, name):
        return (self.html / f"{name}.html").read_text("utf-8")

    def start(self, **environment):
        """Begin to build; the helpers are the book's own, not those that are installed."""
        settings = {
            "NO_COLOR": "1",
            "PYTHONUTF8": "1",
            "PYTHONUNBUFFERED": "1",
            "LITE": "0",
            "PYTHONPATH": str(self.root),
        }
        return subprocess.Popen(
            COMMAND,
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            env=os.environ | settings | environment,
        )

    def build(self, **environment):
        """The exit code, and what is said."""
        build = self.start(**environment)
        said = build.communicate()[0]
        return build.returncode, STOPPED.sub("", said)

    def stop(self, mark, **environment):
        """Kill a build when it says this."""
        build = self.start(**environment)
        for line in build.stdout:
            if mark in re.sub(r"\x1b\[[\d;]*m", "", line):
                build.kill()
                break
        build.communicate()
        return build.returncode

    def files(self):
        """What is in the book, but for what no two builds have alike."""
        varying = (".buildinfo",)
        # A style sheet that is there before the pages gets a number in its address.
        varies = re.compile(rb"\?v=[0-9a-f]+")
        paths = (path for path in sorted(self.html.rglob("*")) if path.is_file())
        files = {path.relative_to(self.html).as_posix(): path.read_bytes() for path in paths}
        return {
            name: text if name.startswith("_static/") else varies.sub(b"", text)
            for name, text in files.items()
            if not name.startswith(varying)
        }
