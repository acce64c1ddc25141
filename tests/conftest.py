"""The book, built once for all tests of its pages, a server for it, and a browser to look at it with."""

import functools
import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from filelock import FileLock
from playwright.sync_api import sync_playwright

import chromium
from checks import ROOT
from collect_claims import pytest_collect_file  # noqa: F401 (pytest finds its hooks here)

# The workers share the cores already; threads of the linear algebra in the notebooks' kernels would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class Book(NamedTuple):
    """The folder of the pages, and what the build said."""

    html: Path
    log: str


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def build(folder):
    """Build the book into the folder; a file beside it keeps the exit code and what was said."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ROOT, "-W", "-n", "--keep-going"]
    done = subprocess.run(
        [*command, "--path-output", folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"NO_COLOR": "1", "PYTHONUTF8": "1"},
    )
    folder.with_suffix(".log").write_text(f"{done.returncode}\n{done.stdout.decode()}", "utf-8")


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    """The book, built afresh by the first worker that asks for it."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "book"
    with FileLock(folder.with_suffix(".lock")):
        if not folder.with_suffix(".log").exists():
            build(folder)
    code, _, log = folder.with_suffix(".log").read_text("utf-8").partition("\n")
    if code != "0":
        pytest.fail(f"The book cannot be built. The end of what jupyter-book says:\n{log[-6000:]}", pytrace=False)
    return Book(folder / "_build" / "html", log)


@contextmanager
def serve(folder):
    """The address at which this machine, and no other, sees the folder over http."""
    handler = functools.partial(QuietHandler, directory=folder)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        threading.Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}/"
        httpd.shutdown()


@pytest.fixture(scope="session")
def server(book):
    """The address of the book."""
    with serve(book.html) as address:
        yield address


# Playwright leaves an event loop running in its thread, in which no notebook could be tested after it, nor a second one
# started.
@pytest.fixture(scope="module")
def playwright():
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright):
    with chromium.launch(playwright) as browser:
        yield browser
