"""Every page as its readers meet it: with and without a server, light and dark, wide and narrow, by hand and on paper."""

import re
from urllib.parse import unquote, urlsplit

import pytest

import checks
from checks import CHAPTERS, DESKTOP, EXPLORING, PAGES, PHONE

NOT_IN_THE_CONTENTS = ["genindex", "search"]
FIRST_VISIT = 1_500_000
ALL_THAT_SCROLLS_IS_A_STOP = """[...document.querySelectorAll("pre, .cell_output > .output")]
  .every(box => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)"""


# Three here, and all in `make test-all`, where one is much like another.
FEW_CHAPTERS = [*CHAPTERS[:3], *(pytest.param(page, marks=pytest.mark.thorough) for page in CHAPTERS[3:])]


# To a page everybody comes for the first time.
FORGETFUL = "localStorage.clear(); sessionStorage.clear(); performance.setResourceTimingBufferSize(10000)"


def new_tab(context, home):
    page = context.new_page()
    page.troubles, page.asked = checks.listen(page, home)
    page.add_init_script(FORGETFUL)
    return page


def read(context, home, name):
    """A page of the book as it opens, and what happens meanwhile. The next one comes into the same tab, which is warm."""
    # A browser without a screen may forget to paint.
    for _ in range(3):
        page = context.pages[-1] if context.pages else new_tab(context, home)
        # What the page before has under way must not be held against this one.
        page.goto("about:blank")
        page.troubles.clear()
        page.asked.clear()
        page.goto(f"{home}{name}.html")
        if checks.paints(page):
            break
        new_tab(context, home)
    checks.settle(page)
    return page


@pytest.fixture(scope="module")
def desk(browser):
    with browser.new_context(color_scheme="light", viewport=DESKTOP) as context:
        yield context


@pytest.fixture(scope="module", params=PAGES + NOT_IN_THE_CONTENTS)
def opened(request, desk, server):
    """A page, opened, unfolded and scrolled through once: for each question it gets the colours and the size that it needs."""
    for page in desk.pages:
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="light", media="screen")
    page = read(desk, server, request.param)
    checks.unfold(page)
    checks.scroll_through(page)
    return page


class Reading:
    screen = DESKTOP

    @pytest.fixture
    def page(self, opened):
        opened.set_viewport_size(self.screen)
        opened.emulate_media(media="screen")
        return opened


class TestFromAServer(Reading):
    def test_it_asks_nobody_else_and_nothing_fails(self, page):
        assert page.troubles == []

    def test_a_first_visit_weighs_little(self, page, book):
        paths = {unquote(urlsplit(address).path).lstrip("/") for address in page.asked}
        weights = sorted(((checks.weight(book.html / path), path) for path in paths), reverse=True)
        assert sum(weight for weight, _ in weights) <= FIRST_VISIT, weights[:5]

    def test_the_frames_of_explorers_come_after_all_else(self, page):
        assert checks.hasty_frames(page) == []

    def test_every_formula_is_typeset(self, page):
        assert checks.untypeset(page) == []

    def test_every_picture_is_described(self, page):
        assert checks.poor_alternatives(checks.pictures(page)) == []

    def test_there_is_no_barrier(self, page):
        assert checks.barriers(page) == []

    # The last leaves the page as it was.
    def test_no_colour_is_a_barrier(self, page):
        assert checks.barriers_of_colour(page, themes=["dark", "light"]) == []

    @pytest.mark.thorough
    def test_no_colour_anywhere_is_a_barrier(self, page):
        assert checks.barriers_of_colour(page, themes=["dark", "light"], everywhere=True) == []


class TestOnASmallTelephone(Reading):
    screen = PHONE | {"width": 320}

    def test_nothing_is_wider_than_the_screen_and_no_formula_is_cut(self, page):
        assert checks.sticking_out(page) + checks.cut_formulas(page) == []

    def test_there_is_no_barrier(self, page):
        """New on it are the buttons around the text, and what scrolls."""
        # The theme takes a moment to make stops of the programs and outputs that scroll now.
        checks.wait_for(page, ALL_THAT_SCROLLS_IS_A_STOP)
        assert checks.barriers(page, around="article") == []

    def test_nothing_fails(self, opened):
        assert opened.troubles == []


class TestSearch:
    @pytest.fixture(params=["server", "folder"])
    def home(self, request, server, book):
        return server if request.param == "server" else f"{book.html.as_uri()}/"

    def test_a_word_of_the_book_is_found(self, browser, home):
        with browser.new_context() as context:
            page = context.new_page()
            troubles, _ = checks.listen(page, home)
            page.goto(f"{home}index.html")
            page.locator(".search-button__button").locator("visible=true").first.click()
            page.keyboard.type("variance")
            page.keyboard.press("Enter")
            page.wait_for_url(re.compile(r"search\.html\?q=variance"))
            page.locator("#search-results li a").first.wait_for()
            checks.settle(page)
            assert page.locator("#search-results li a").count() >= 2
            assert troubles == []


@pytest.mark.parametrize("opened", EXPLORING, indirect=True)
class TestExplorersAtADesk(Reading):
    @pytest.fixture
    def explorers(self, page):
        return page.locator(".explorer").all()

    def test_every_value_of_every_slider(self, explorers):
        assert explorers
        assert [fault for one in explorers for fault in checks.sweep_faults(checks.sweep(one))] == []

    def test_the_keyboard_moves_every_slider(self, explorers):
        assert [fault for one in explorers for fault in checks.keyboard_faults(one)] == []

    def test_on_paper_the_picture_stands_there(self, page, explorers):
        page.emulate_media(media="print")
        assert [fault for one in explorers for fault in checks.still_faults(one)] == []

    def test_it_plays_and_pauses(self, page, explorers):
        assert [fault for one in explorers for fault in checks.player_faults(page, one)] == []


class TestFromAFolder:
    """On a telephone, in the dark, and without a server."""

    @pytest.fixture(scope="module")
    @classmethod
    def telephone(cls, browser):
        with browser.new_context(color_scheme="dark", viewport=PHONE, has_touch=True, is_mobile=True) as context:
            yield context

    @pytest.fixture(scope="module", params=PAGES + NOT_IN_THE_CONTENTS)
    @classmethod
    def page(cls, request, telephone, book):
        return read(telephone, f"{book.html.as_uri()}/", request.param)

    def test_it_has_the_colours_that_the_reader_prefers(self, page):
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"

    def test_every_formula_is_typeset(self, page):
        assert checks.untypeset(page) == []

    @pytest.mark.parametrize("page", EXPLORING, indirect=True)
    def test_a_tap_moves_every_slider(self, page):
        for explorer in page.locator(".explorer").all():
            assert checks.touch_faults(page, explorer) == []

    @pytest.mark.parametrize("page", CHAPTERS, indirect=True)
    def test_every_choice_of_the_quiz_is_answered(self, page):
        assert checks.quiz_faults(page) == []

    def test_nothing_is_wider_than_the_screen_and_no_formula_is_cut(self, page):
        checks.unfold(page)
        assert checks.sticking_out(page) + checks.cut_formulas(page) == []

    def test_it_asks_nobody_else_and_nothing_fails(self, page):
        assert page.troubles == []


class TestWithoutScripts:
    @pytest.fixture(scope="module")
    @classmethod
    def tab(cls, browser):
        with browser.new_context(viewport=PHONE, java_script_enabled=False) as context:
            yield context.new_page()

    @pytest.fixture(scope="module", params=CHAPTERS)
    @classmethod
    def page(cls, request, tab, book):
        tab.goto(f"{book.html.as_uri()}/{request.param}.html")
        return tab

    def test_the_first_picture_stands_there(self, page):
        for explorer in page.locator(".explorer").all():
            assert checks.still_faults(explorer) == []

    @pytest.mark.parametrize("page", FEW_CHAPTERS, indirect=True)
    def test_every_choice_of_the_quiz_is_answered(self, page):
        assert checks.quiz_faults(page) == []
