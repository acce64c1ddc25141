"""The live notebooks beside the pages: each is opened as published, run to its end, moved, changed, and found again.

What the site asks of Pyodide's CDN is answered from a package that holds the same files, so that no test needs the network.
"""

import io
import json
import re
import shutil
import tarfile
from pathlib import Path

import pytest

import chromium
import lite
from checks import DESKTOP, PAGES, ROOT
from conftest import serve
from live import HARMLESS, SEEN, notebook_address

NOTEBOOKS = [page for page in PAGES if (ROOT / f"{page}.ipynb").exists()]
CDN = "https://cdn.jsdelivr.net/pyodide/"
WITH_EXPLORER = "chapters/01_overfitting"
WITH_DATA = "chapters/appendix/how_fast"
WITH_SKLEARN = "chapters/appendix/lambda_conventions"
# What a copy of an older edition says in its first cell.
OLD = f'edition.check("{WITH_EXPLORER}", "old")'
TO_EXERCISE = re.compile(r'"live-exercise"><a href="([^"#]*)#cell-id=([^"]*)">Try exercise ([\d.]+) in')


class TestPyodide:
    @pytest.mark.parametrize("name", ["pyodide.asm.wasm", lite.LIST_OF_PACKAGES])
    def test_a_file_that_is_not_as_published_is_refused(self, pyodide, name):
        changed = pyodide[name].replace(b"0", b"1", 100)
        with pytest.raises(lite.BookError, match=f"{name}.* must have the .*checksum"):
            lite.checked(pyodide | {name: changed})

    def test_a_file_that_is_missing_is_named(self, pyodide):
        with pytest.raises(lite.BookError, match="pyodide.js must have the checksum .*; got no such file"):
            lite.checked({name: content for name, content in pyodide.items() if name != "pyodide.js"})

    def test_pyodides_own_archive_serves_as_well(self, pyodide, tmp_path, monkeypatch):
        with tarfile.open(tmp_path / "pyodide.tar", "w") as archive:
            for name, content in {**pyodide, "README.md": b"More than is needed."}.items():
                member = tarfile.TarInfo(f"pyodide/{name}")
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        monkeypatch.setenv("PYODIDE", str(tmp_path / "pyodide.tar"))
        assert lite.pyodide(ROOT) == pyodide


def elsewhere(home):
    """All addresses but those of the site. As a pattern, since of a function the browser would ask about each request."""
    return re.compile(rf"^(?!{re.escape(home)}|blob:|data:)")


@pytest.fixture(scope="class")
def open_page(browser, server, pyodide):
    """Open a page of the site in a fresh profile; whatever it asks of anybody but the CDN is a failure."""
    contexts, strangers = [], []

    def answer(route):
        name = route.request.url.rpartition("/")[2]
        if not route.request.url.startswith(CDN) or name not in pyodide:
            strangers.append(route.request.url)
            return route.abort()
        return route.fulfill(
            body=pyodide[name],
            headers={"Access-Control-Allow-Origin": "*"},
            content_type={".wasm": "application/wasm", ".js": "text/javascript"}.get(Path(name).suffix, "application/octet-stream"),
        )  # fmt: skip

    def open_page(address):
        context = browser.new_context(viewport=DESKTOP)
        contexts.append(context)
        context.route(elsewhere(server), answer)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.goto(f"{server}{address}")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert strangers == []


def wait_until_shown(page):
    """Its cells can be read and written, though nothing can run yet."""
    page.locator(".jp-CodeCell .cm-line", has_text=re.compile(r"\S")).first.wait_for()


def wait_until_ready(page):
    page.wait_for_selector('.jp-Notebook-ExecutionIndicator[data-status="idle"]', timeout=120_000)


def press_run_all(page):
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def run_all(page):
    """Run all cells, and return what was seen when the last of them was done."""
    wait_until_ready(page)
    press_run_all(page)
    quiet = idle = 0
    for _ in range(600):
        page.wait_for_timeout(500)
        seen = page.evaluate(SEEN)
        quiet = 0 if seen["running"] or seen["silent"] else quiet + 1
        idle = idle + 1 if seen["silent"] and not seen["running"] else 0
        if quiet == 2:
            return seen
        # A press that came before the notebook listened is lost, and a reader presses again.
        if idle == 20:
            press_run_all(page)
            idle = 0
    raise AssertionError(f"not done after 300 s: {seen}")


def move_a_slider(page):
    """Press an arrow on the first slider, and wait until its picture and sentence have followed."""
    picture = page.locator(".widget-html img").first
    before = picture.get_attribute("src"), picture.get_attribute("alt")
    page.locator(".widget-slider .noUi-handle").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "([src, alt]) => { const now = document.querySelector('.widget-html img');"
        " return now.src !== src && now.alt !== alt; }",
        arg=before,
    )


def run_to_its_end(page, page_name):
    """Nothing complains, and its slider moves the picture."""
    seen = run_all(page)
    text = (ROOT / f"{page_name}.ipynb").read_text("utf-8")
    assert seen["cells"] == 1 + sum(cell["cell_type"] == "code" for cell in json.loads(text)["cells"])
    assert [text for text in seen["complaints"] if HARMLESS not in text] == []
    if "explorers.explore(" in text:
        move_a_slider(page)


# Two are run below in any case, one of them with data, and a third, with scikit-learn, where there is no network.
@pytest.mark.thorough
@pytest.mark.parametrize("page_name", [page for page in NOTEBOOKS if page not in (WITH_EXPLORER, WITH_DATA)])
def test_a_notebook_runs_to_its_end_and_its_slider_moves_the_picture(open_page, page_name):
    run_to_its_end(open_page(notebook_address(page_name)), page_name)


class TestLiveNotebook:
    def test_the_button_of_each_page_leads_to_its_notebook(self, book, server):
        for page in NOTEBOOKS:
            text = (book.html / f"{page}.html").read_text("utf-8")
            assert f'href="{"../" * page.count("/")}{notebook_address(page)}"' in text, page
            assert (book.html / "lite" / "files" / f"{page}.ipynb").is_file(), page

    def test_above_each_exercise_a_link_leads_to_it(self, book):
        for page in NOTEBOOKS:
            cells = json.loads((book.html / "lite" / "files" / f"{page}.ipynb").read_text("utf-8"))["cells"]
            texts = {cell["id"]: "".join(cell["source"]) for cell in cells}
            links = TO_EXERCISE.findall((book.html / f"{page}.html").read_text("utf-8"))
            assert len(links) == sum("exercise" in cell["metadata"].get("tags", ()) for cell in cells), page
            for address, key, number in links:
                assert address == f"{'../' * page.count('/')}{notebook_address(page)}"
                assert f"**{number} " in texts[key]

    def test_citations_are_spelled_out(self, book):
        texts = {page: (book.html / "lite" / "files" / f"{page}.ipynb").read_text("utf-8") for page in NOTEBOOKS}
        assert [page for page, text in texts.items() if "{cite" in text] == []
        assert "analysed by Krogh and Hertz (1991)" in texts["chapters/07_weight_decay"]

    def test_the_button_is_not_there_without_a_server(self, browser, book):
        with browser.new_context() as context:
            page = context.new_page()
            page.goto((book.html / f"{WITH_EXPLORER}.html").as_uri())
            assert not page.locator(".btn-live-code-button").first.is_visible()


class TestASitting:
    """One notebook, opened once, at an exercise: run, written into, found again, and left by its edition."""

    @pytest.fixture(scope="class")
    @classmethod
    def page(cls, open_page):
        page = open_page(f"{WITH_EXPLORER}.html")
        page.get_by_text("Try exercise 1.3 in the browser").click()
        wait_until_shown(page)
        return page

    @pytest.fixture
    def first(self, page):
        return page.locator(".jp-CodeCell .cm-content").first

    @staticmethod
    def save(page):
        page.keyboard.press("Control+s")
        page.wait_for_timeout(3000)

    def test_it_opens_at_the_exercise(self, page):
        page.wait_for_function(
            """() => {
              const cell = document.querySelector(".jp-Cell.jp-mod-active"), height = cell?.getBoundingClientRect().top;
              return cell?.textContent.includes("1.3") && height > 60 && height < 200;
            }"""
        )

    def test_it_runs_to_its_end(self, page):
        run_to_its_end(page, WITH_EXPLORER)

    def test_an_old_copy_says_so(self, page, first):
        first.click()
        page.keyboard.press("Control+a")
        page.keyboard.type(f"%pip install -q what-is-weight-decay\nfrom utils import edition\n{OLD}")
        page.keyboard.press("Shift+Enter")
        page.get_by_text("rename this one (File, Rename)").wait_for(timeout=120_000)

    def test_what_a_reader_wrote_survives_a_reload(self, page, first):
        self.save(page)
        # From here on only the cells are looked at, for which no kernel needs to start.
        page.context.route(f"{CDN}**", lambda route: route.abort())
        page.reload()
        wait_until_shown(page)
        assert OLD in first.inner_text()

    def test_it_makes_room_for_the_new_one_without_being_lost(self, page, first, server):
        page.get_by_role("menuitem", name="File", exact=True).click()
        page.get_by_text("Rename…", exact=True).first.click()
        page.locator(".jp-Dialog input").fill("mine.ipynb")
        page.keyboard.press("Enter")
        page.wait_for_timeout(3000)
        page.goto(f"{server}{notebook_address(WITH_EXPLORER)}")
        wait_until_shown(page)
        assert OLD not in first.inner_text() and "edition.check(" in first.inner_text()
        page.goto(f"{server}{notebook_address('chapters/mine')}")
        wait_until_shown(page)
        assert OLD in first.inner_text()


class TestWithoutANetwork:
    @pytest.fixture(scope="class")
    @classmethod
    def site(cls, tmp_path_factory, book, pyodide):
        """The address of a site that brings Pyodide along."""
        folder = tmp_path_factory.mktemp("offline")
        shutil.copytree(book.html / "lite", folder / "lite")
        lite.bring_pyodide(ROOT, folder / "lite")
        with serve(folder) as address:
            yield address

    @pytest.fixture(scope="class")
    @classmethod
    def far_browser(cls, playwright, browser):
        """A browser for which the site is on another machine, so that over http it grants no service worker."""
        rule = "--host-resolver-rules=MAP lecturer.example 127.0.0.1"
        with chromium.launch(playwright, rule) as browser:
            yield browser

    @staticmethod
    def run(browser, home, page_name):
        """Run a notebook of the site to its end; it asks nobody else."""
        with browser.new_context(viewport=DESKTOP) as context:
            strangers = []
            context.route(elsewhere(home), lambda route: strangers.append(route.request.url) or route.abort())
            page = context.new_page()
            page.goto(f"{home}{notebook_address(page_name)}")
            run_to_its_end(page, page_name)
            assert strangers == []
            return page.evaluate("isSecureContext")

    def test_one_with_data_runs_on_this_machine(self, site, browser):
        assert self.run(browser, site, WITH_DATA)

    def test_one_with_scikit_learn_runs_on_another_machine(self, site, far_browser):
        assert not self.run(far_browser, site.replace("127.0.0.1", "lecturer.example"), WITH_SKLEARN)
