"""Firefox and WebKit: a short pass over pages, a deck and a live notebook, for what a browser may do otherwise than Chromium.

`make test-all` runs it, and installs both where it can.
"""

import os
import shutil
import time

import pytest

import checks
import engines
import lite
from checks import CHAPTERS, READY, ROOT
from conftest import serve
from live import HARMLESS, SEEN, notebook_address

pytestmark = pytest.mark.thorough

EXPLORING, FORMULAS, CALCULATOR = CHAPTERS[0], CHAPTERS[4], "chapters/appendix/lambda_conventions"
# The live notebook that is run soonest.
SHORT = CHAPTERS[1]
STARTED = "[...document.querySelectorAll('.jp-InputPrompt')].some(prompt => /[*\\d]/.test(prompt.textContent))"
PASS = ["index", EXPLORING, FORMULAS, CALCULATOR, "search"]
EXPLORER = "document.querySelector('.explorer')"
SLIDER = f"{EXPLORER}.querySelector('input')"


@pytest.fixture(scope="module", params=engines.ENGINES)
def tab(request, tmp_path_factory):
    if not engines.are_installed() and os.environ.get("CI") != "true":
        pytest.skip(f"not installed: {engines.PACKAGES}")
    with engines.ENGINES[request.param](tmp_path_factory.mktemp(request.param)) as tab:
        yield tab


@pytest.fixture(params=["server", "folder"])
def home(request, server, book):
    return server if request.param == "server" else f"{book.html.as_uri()}/"


def read(tab):
    return tab.evaluate(f"({checks.READ})({EXPLORER})")


def typeset(tab):
    tab.evaluate("Promise.all([window.MathJax?.startup?.promise, document.fonts.ready]).then(() => null)")


class TestPages:
    @pytest.mark.parametrize("name", PASS)
    def test_a_page_is_typeset_and_nothing_fails(self, tab, home, name):
        # What the page before complains of when it is left is not this one's.
        tab.open("about:blank")
        tab.said.clear()
        tab.open(f"{home}{name}.html?q=variance")
        typeset(tab)
        assert tab.evaluate(f"({checks.UNTYPESET})()") == []
        if name == "search":
            tab.wait_for("document.querySelectorAll('#search-results li a').length > 1")
        assert tab.said == []

    def test_an_explorer_is_as_it_was_left_or_as_it_began_but_never_half(self, tab, home):
        tab.open(f"{home}{EXPLORING}.html")
        first = read(tab)
        assert checks.faults(first) == []
        tab.evaluate(f"{SLIDER}.focus()")
        tab.press("End")
        last = read(tab)
        assert checks.faults(last) + checks.dead_steps(first, last) == []
        for leave_and_return in (lambda: (tab.open(f"{home}index.html"), tab.back()), tab.reload):
            leave_and_return()
            tab.wait_for(f"document.readyState === 'complete' && {EXPLORER}?.hasAttribute('data-ready')")
            assert read(tab) in (first, last)
            tab.evaluate(f"{SLIDER}.focus()")
            tab.press("End")
            assert read(tab) == last

    def test_a_comma_is_a_point(self, tab, home):
        tab.open(f"{home}{CALCULATOR}.html")
        said = set()
        for number in ("0.5", "0,5"):
            tab.evaluate("document.querySelector('.calculator [name=value]').select()")
            tab.press(*number)
            assert tab.evaluate("document.querySelector('.calculator [name=value]').value") == number
            said.add(tab.evaluate("document.querySelector('.calculator-number').textContent"))
        assert len(said) == 1 and said.pop().startswith("Type ")

    def test_after_back_a_form_and_its_answer_agree(self, tab, home):
        tab.open(f"{home}{CALCULATOR}.html")
        tab.evaluate("document.querySelector('.calculator [name=value]').select()")
        tab.press(*"0.125")
        # The address follows a moment later.
        tab.wait_for("location.search.includes('0.125')")
        both = "['[name=value]', '.calculator-number'].map(part => document.querySelector('.calculator ' + part)).map(part => part.value ?? part.textContent)"
        before = tab.evaluate(both)
        tab.open(f"{home}index.html")
        tab.back()
        tab.wait_for("document.querySelector('.calculator')?.hasAttribute('data-ready')")
        tab.evaluate("new Promise(done => setTimeout(done, 500))")
        assert tab.evaluate(both) == before

    def test_the_exercises_are_near_by_keyboard(self, tab, home):
        tab.open(f"{home}{FORMULAS}.html")
        typeset(tab)
        tab.evaluate("document.activeElement.blur()")
        stops = []
        while len(stops) < 20 and "exercises" not in stops[-1:]:
            tab.press("Tab")
            stops.append(tab.evaluate("document.activeElement.hash?.slice(1) ?? document.activeElement.className"))
        tab.press("Enter")
        tab.wait_for("location.hash === '#exercises'", seconds=5)

    def test_paper_is_light_and_open(self, tab, home):
        tab.open(f"{home}{FORMULAS}.html")
        tab.evaluate("document.documentElement.dataset.theme = 'dark'")
        tab.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert tab.evaluate("document.documentElement.dataset.theme") == "light"
        assert tab.evaluate("""[...document.querySelectorAll('.bd-article details')]
          .every(fold => fold.open !== fold.matches('.solution, #check-yourself details'))""")
        tab.evaluate("dispatchEvent(new Event('afterprint'))")
        assert tab.evaluate("document.documentElement.dataset.theme") == "dark"


class TestDeck:
    def test_beside_a_slider_the_deck_hears_its_keys(self, tab, home):
        tab.open("about:blank")
        tab.said.clear()
        tab.open(f"{home}{EXPLORING}-slides.html")
        tab.wait_for(READY)
        place = tab.evaluate("deck.getSlides().findIndex(slide => slide.querySelector('.explorer'))")
        tab.evaluate(f"deck.slide({place}, 0, -1)")
        slider = "document.querySelector('section.present .explorer input')"
        tab.evaluate(f"{slider}.focus()")
        tab.press("End")
        assert tab.evaluate(f"{slider}.value === {slider}.max && deck.getIndices().h") == place
        for paused in (True, False):
            tab.press("b")
            assert tab.evaluate("deck.isPaused()") == paused
        for pointer in ("mouse", "touch"):
            for start, end, value in ((0.05, 0.98, "max"), (0.95, 0.02, "min")):
                tab.drag("section.present .explorer input", start, end, pointer)
                assert tab.evaluate(f"{slider}.value === {slider}.{value} && deck.getIndices().h") == place
        assert tab.said == []


class TestLiveNotebook:
    @pytest.fixture(scope="class")
    @classmethod
    def site(cls, book, pyodide, tmp_path_factory):
        """The address of a site that brings Pyodide along."""
        folder = tmp_path_factory.mktemp("site")
        shutil.copytree(book.html / "lite", folder / "lite")
        lite.bring_pyodide(ROOT, folder / "lite")
        with serve(folder) as address:
            yield address

    def test_it_runs_to_its_end_and_its_slider_moves(self, tab, site):
        tab.open(f"{site}{notebook_address(SHORT)}")
        tab.wait_for(
            "document.querySelector('.jp-Notebook-ExecutionIndicator[data-status=idle]')?.isConnected", seconds=200
        )
        while not tab.evaluate(STARTED):
            tab.click(".lm-MenuBar-itemLabel", "Run")
            tab.click(".lm-Menu-itemLabel", "Run All Cells")
            # A press that came before the notebook listened is lost, and a reader presses again.
            time.sleep(5)
        seen = tab.wait_for(f"(seen => seen.running ? null : seen)(({SEEN})())", seconds=380)
        assert not seen["silent"] and [text for text in seen["complaints"] if HARMLESS not in text] == []
        picture = "document.querySelector('.widget-html img').alt"
        before = tab.evaluate(picture)
        tab.evaluate("document.querySelector('.widget-slider .noUi-handle').focus()")
        tab.press("ArrowRight")
        tab.wait_for(f"{picture} !== {before!r}")
