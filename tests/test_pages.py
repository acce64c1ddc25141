"""Every page as its readers meet it: with and without a server, light and dark, wide and narrow, by hand and on paper."""

import re
from urllib.parse import unquote, urlsplit

import pytest

import checks
from checks import CHAPTERS, PAGES, ROOT

NOT_IN_THE_CONTENTS = ["genindex", "search"]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 700}
SMALLEST = 320
FIRST_VISIT = 1_500_000


def has_explorer(page):
    notebook = ROOT / f"{page}.ipynb"
    return notebook.exists() and "explorers.explore(" in notebook.read_text("utf-8")


EXPLORING = [page for page in PAGES if has_explorer(page)]


class Reading:
    """A page, opened once, unfolded and scrolled to its end; here and below, what holds of it."""

    colours = "light"
    screen = DESKTOP

    @pytest.fixture(scope="class")
    @classmethod
    def home(cls, server):
        return server

    @pytest.fixture(scope="class", params=PAGES + NOT_IN_THE_CONTENTS)
    @classmethod
    def page(cls, request, browser, home):
        with browser.new_context(color_scheme=cls.colours, viewport=cls.screen) as context:
            for _ in range(3):
                page = context.new_page()
                page.troubles, page.asked = checks.listen(page, home)
                page.add_init_script("performance.setResourceTimingBufferSize(10000)")
                page.goto(f"{home}{request.param}.html")
                if checks.paints(page):
                    break
            checks.settle(page)
            checks.unfold(page)
            checks.scroll_through(page)
            yield page

    def test_it_asks_nobody_else_and_nothing_fails(self, page):
        assert page.troubles == []


class ReadingAtADesk(Reading):
    def test_it_has_the_colours_that_the_reader_prefers(self, page):
        assert page.evaluate("document.documentElement.dataset.theme") == self.colours

    def test_every_formula_is_typeset(self, page):
        assert checks.untypeset(page) == []

    def test_there_is_no_barrier(self, page):
        assert checks.barriers(page) == []


class TestFromAServerInLight(ReadingAtADesk):
    def test_every_picture_is_described(self, page):
        assert checks.poor_alternatives(page.content()) == []

    def test_a_first_visit_weighs_little(self, page, book):
        paths = {unquote(urlsplit(address).path).lstrip("/") for address in page.asked}
        weights = sorted(((checks.weight(book.html / path), path) for path in paths), reverse=True)
        assert sum(weight for weight, _ in weights) <= FIRST_VISIT, weights[:5]

    def test_the_frames_of_explorers_come_after_all_else(self, page):
        assert checks.hasty_frames(page) == []


class TestFromAFolderInTheDark(ReadingAtADesk):
    colours = "dark"

    @pytest.fixture(scope="class")
    @classmethod
    def home(cls, book):
        return f"{book.html.as_uri()}/"


class TestOnATelephone(Reading):
    screen = PHONE

    def test_nothing_is_wider_than_the_screen_and_no_formula_is_cut(self, page):
        for width in (PHONE["width"], SMALLEST):
            page.set_viewport_size(PHONE | {"width": width})
            assert checks.sticking_out(page) + checks.cut_formulas(page) == []

    def test_there_is_no_barrier(self, page):
        page.set_viewport_size(PHONE | {"width": SMALLEST})
        assert checks.barriers(page, colours=False) == []


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


class TestExplorersAtADesk:
    @pytest.fixture(scope="class", params=EXPLORING)
    @classmethod
    def page(cls, request, browser, server):
        with browser.new_context(viewport=DESKTOP) as context:
            page = context.new_page()
            page.goto(f"{server}{request.param}.html")
            yield page

    @pytest.fixture
    def explorers(self, page):
        return page.locator(".explorer").all()

    def test_every_value_of_every_slider(self, explorers):
        assert explorers
        assert [fault for one in explorers for fault in checks.sweep_faults(checks.sweep(one))] == []

    def test_the_keyboard_moves_every_slider(self, explorers):
        assert [fault for one in explorers for fault in checks.keyboard_faults(one)] == []

    def test_it_plays_and_pauses(self, page, explorers):
        page.clock.install()
        assert [fault for one in explorers for fault in checks.player_faults(page, one)] == []

    def test_on_paper_the_picture_stands_there(self, page, explorers):
        page.emulate_media(media="print")
        assert [fault for one in explorers for fault in checks.still_faults(one)] == []


@pytest.mark.parametrize("name", EXPLORING)
class TestExplorersElsewhere:
    @pytest.fixture
    def open_page(self, name, browser, server):
        contexts = []

        def open_page(**options):
            contexts.append(browser.new_context(**options))
            page = contexts[-1].new_page()
            page.goto(f"{server}{name}.html")
            return page

        yield open_page
        contexts[-1].close()

    def test_a_tap_moves_every_slider(self, open_page):
        page = open_page(viewport=PHONE, has_touch=True, is_mobile=True)
        for explorer in page.locator(".explorer").all():
            assert checks.touch_faults(page, explorer) == []

    def test_without_scripts_the_first_picture_stands_there(self, open_page):
        page = open_page(java_script_enabled=False)
        for explorer in page.locator(".explorer").all():
            assert checks.still_faults(explorer) == []


@pytest.mark.parametrize("name", CHAPTERS)
class TestQuiz:
    @pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
    def test_every_choice_is_answered(self, browser, book, name, scripts):
        with browser.new_context(java_script_enabled=scripts, viewport=PHONE) as context:
            page = context.new_page()
            page.goto(f"{book.html.as_uri()}/{name}.html")
            assert checks.quiz_faults(page) == []
