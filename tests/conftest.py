"""The book, built once for all tests of its pages, a server for it, and a browser to look at it with."""

import asyncio
import functools
import os
import re
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
from xdist.scheduler import LoadScopeScheduling

import chromium
import lite
from checks import ROOT, parse
from collect_claims import needs_the_book, printed, pytest_collect_file  # noqa: F401 (pytest finds its fixtures and hooks here)

# For the kernels of the book alone.
collect_ignore = ["in_kernel.py"]
NO_BROWSER = "there is no browser"
# A page of the book, in the name of a test that is asked of each.
PAGE = re.compile(r"\[(?:.*-)?(chapters/[\w/]+|index|genindex|search)(?:-.*)?\]$")

# The workers share the cores already; threads of the linear algebra in the notebooks' kernels would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


class ByPage(LoadScopeScheduling):
    """Which worker runs what: all that is asked of one page goes to one worker, which opens it once."""

    def _split_scope(self, nodeid):
        page = PAGE.search(nodeid)
        return f"{nodeid.partition('::')[0]}[{page[1]}]" if page else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return ByPage(config, log)


def pytest_collection_modifyitems(items):
    """First what needs no book, while that is built, and what the chapters are asked in it last of all."""
    items.sort(key=lambda item: (item.path.parent.name == "claims", needs_the_book(item)))


class Book(NamedTuple):
    """The folder of the pages, and what the build said."""

    html: Path
    log: str


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


def build(folder, **settings):
    """Build the book into the folder; a file beside it keeps the exit code and what was said."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ROOT, "-W", "-n", "--keep-going"]
    env = os.environ | {"NO_COLOR": "1", "PYTHONUTF8": "1"} | settings
    # The claims run without a screen; the notebooks of the book show their figures.
    env.pop("MPLBACKEND", None)
    done = subprocess.run(
        [*command, "--path-output", folder],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=env,
    )
    folder.with_suffix(".log").write_text(f"{done.returncode}\n{done.stdout.decode()}", "utf-8")


def book_in(folder):
    """The book that was built there, or the end of what was said."""
    code, _, log = folder.with_suffix(".log").read_text("utf-8").partition("\n")
    if code != "0":
        pytest.fail(f"The book cannot be built. The end of what jupyter-book says:\n{log[-6000:]}", pytrace=False)
    return Book(folder / "_build" / "html", log)


def built(folder):
    """The folder with the book, built by the first who asks for it; the others wait."""
    with FileLock(folder.with_suffix(".lock")):
        if not folder.with_suffix(".log").exists():
            claims = folder / "claims"
            claims.mkdir(parents=True, exist_ok=True)
            build(folder, BOOK_STARTUP=str(ROOT / "tests" / "in_kernel.py"), CLAIMS=str(claims))
    return folder


@pytest.fixture(scope="session")
def folder_of_the_book(tmp_path_factory):
    base = tmp_path_factory.getbasetemp()
    return (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "book"


@pytest.fixture(scope="session", autouse=True)
def book_in_the_making(request, folder_of_the_book):
    """The book is built from the start, while the tests run that need no page of it."""
    if any(map(needs_the_book, request.session.items)):
        threading.Thread(target=built, args=[folder_of_the_book], daemon=True).start()


@pytest.fixture(scope="session")
def book(folder_of_the_book):
    """The book; without it no page can be looked at."""
    return book_in(built(folder_of_the_book))


@pytest.fixture(scope="session")
def folder_of_claims(folder_of_the_book):
    """What the chapters were asked while the book was built, even if it could not be."""
    return built(folder_of_the_book) / "claims"


@pytest.fixture(scope="module")
def parsed(book):
    """A page of the book by its name, parsed when it is first asked for."""
    return functools.cache(lambda name: parse((book.html / f"{name}.html").read_text("utf-8")))


@pytest.fixture(scope="session")
def build_book():
    """Build the book into a folder, under other settings."""

    def build_there(folder, **settings):
        build(folder, **settings)
        return book_in(folder)

    return build_there


@pytest.fixture(scope="session")
def pyodide(tmp_path_factory):
    """The files that the CDN would send, by name."""
    folder = ROOT / "_build" / "pyodide"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder.with_suffix(".lock")):
        return lite.pyodide(ROOT)


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


@pytest.fixture(scope="session")
def driver():
    """Playwright, and the event loop that it leaves running in its thread."""
    with sync_playwright() as playwright:
        loop = asyncio.get_running_loop()
        yield playwright, loop
        asyncio._set_running_loop(loop)


@pytest.fixture(scope="module")
def playwright(driver):
    """Between the modules that need it its loop is out of sight, since with it no notebook could be tested."""
    playwright, loop = driver
    asyncio._set_running_loop(loop)
    yield playwright
    asyncio._set_running_loop(None)


@pytest.fixture(scope="session")
def only_browser(driver):
    """Started once, which takes a second for each module that would start its own."""
    playwright, loop = driver
    if chromium.find(playwright) is None and os.environ.get("CI") != "true":
        yield None
    else:
        with chromium.launch(playwright) as browser:
            yield browser
            asyncio._set_running_loop(loop)


@pytest.fixture(scope="module")
def browser(playwright, only_browser):
    if only_browser is None:
        pytest.skip(NO_BROWSER)
    return only_browser


def pytest_terminal_summary(terminalreporter):
    """In one line, what was not looked at, and how it can be."""
    unseen = sum(NO_BROWSER in str(report.longrepr) for report in terminalreporter.stats.get("skipped", []))
    if unseen:
        terminalreporter.write_line(
            f"Not looked at, since there is no browser: pages, slides and live notebooks ({unseen} tests). "
            "Install Chromium, or set CHROMIUM to its path, and run the tests again."
        )
