"""Every page as its readers meet it: with and without a server, light and dark, wide and narrow, by hand and on paper."""

import re
from urllib.parse import unquote, urlsplit

import pytest

import checks
from checks import CHAPTERS, PAGES, ROOT
from utils import conventions

NOT_IN_THE_CONTENTS = ["genindex", "search"]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 700}
SMALL_PHONE = {"width": 320, "height": 600}
FIRST_VISIT = 1_500_000


def has_explorer(page):
    notebook = ROOT / f"{page}.ipynb"
    return notebook.exists() and "explorers.explore(" in notebook.read_text("utf-8")


# Three here, and all in `make test-all`, where one is much like another.
FEW_CHAPTERS = [*CHAPTERS[:3], *(pytest.param(page, marks=pytest.mark.thorough) for page in CHAPTERS[3:])]
EXPLORING = [page for page in PAGES if has_explorer(page)]


def read(context, home, name):
    """A page of the book as a reader has it who has unfolded it and scrolled to its end, and what happened meanwhile."""
    # A browser without a screen may forget to paint.
    for _ in range(3):
        page = context.new_page()
        page.name, (page.troubles, page.asked) = name, checks.listen(page, home)
        page.add_init_script("performance.setResourceTimingBufferSize(10000)")
        page.goto(f"{home}{name}.html")
        if checks.paints(page):
            break
    checks.settle(page)
    checks.unfold(page)
    checks.scroll_through(page)
    return page


@pytest.fixture(scope="module", params=PAGES + NOT_IN_THE_CONTENTS)
def opened(request, browser, server):
    """A page, opened once for all that is asked of it: for each question it gets the colours and the size that it needs."""
    with browser.new_context(color_scheme="light", viewport=DESKTOP) as context:
        yield read(context, server, request.param)


class Reading:
    colours = "light"
    screen = DESKTOP

    @pytest.fixture
    def page(self, opened):
        opened.set_viewport_size(self.screen)
        opened.emulate_media(color_scheme=self.colours, media="screen")
        opened.locator(f"html[data-theme={self.colours}]").wait_for(state="attached")
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
        assert checks.poor_alternatives(page.content()) == []

    def test_there_is_no_barrier(self, page):
        assert checks.barriers(page) == []

    @pytest.mark.thorough
    def test_no_colour_anywhere_is_a_barrier(self, page):
        assert checks.barriers(page, colours="all", only_colours=True) == []


class TestInTheDark(Reading):
    colours = "dark"

    def test_no_colour_is_a_barrier(self, page):
        assert checks.barriers(page, only_colours=True) == []

    @pytest.mark.thorough
    def test_no_colour_anywhere_is_a_barrier(self, page):
        assert checks.barriers(page, colours="all", only_colours=True) == []

    def test_nothing_fails(self, page):
        assert page.troubles == []


class TestOnATelephone(Reading):
    screen = PHONE

    def test_nothing_is_wider_than_the_screen(self, page):
        assert checks.sticking_out(page) == []


class TestOnASmallTelephone(Reading):
    screen = SMALL_PHONE

    def test_nothing_is_wider_than_the_screen(self, page):
        assert checks.sticking_out(page) == []

    def test_no_formula_is_cut(self, page):
        assert checks.cut_formulas(page) == []

    def test_there_is_no_barrier(self, page):
        """Of a formula that scrolls, for one: it does so by keyboard."""
        assert checks.barriers(page, colours="none") == []

    def test_nothing_fails(self, page):
        assert page.troubles == []


class TestFromAFolder:
    @pytest.fixture(scope="module", params=PAGES + NOT_IN_THE_CONTENTS)
    @classmethod
    def page(cls, request, browser, book):
        with browser.new_context(color_scheme="dark", viewport=DESKTOP) as context:
            yield read(context, f"{book.html.as_uri()}/", request.param)

    def test_it_asks_nobody_else_and_nothing_fails(self, page):
        assert page.troubles == []

    def test_it_has_the_colours_that_the_reader_prefers(self, page):
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"

    def test_every_formula_is_typeset(self, page):
        assert checks.untypeset(page) == []


@pytest.mark.parametrize("name", PAGES + NOT_IN_THE_CONTENTS)
class TestHead:
    @pytest.fixture
    def head(self, book, name):
        return checks.parse((book.html / f"{name}.html").read_text("utf-8"))

    def test_it_is_described_by_its_first_paragraph(self, head, name):
        [description] = head.select('meta[name="description"]')
        text = description["content"]
        assert 25 <= len(text) <= 310 and "\\" not in text and "<" not in text
        if name in PAGES:
            first = re.sub(r"\s+", " ", head.select_one(".bd-article section p").get_text()).strip()
            assert first.startswith(text.removesuffix(" …")) or "\\(" in first

    def test_it_has_one_viewport_and_the_books_name_once(self, head, name):
        assert len(head.select('meta[name="viewport"]')) == 1
        assert head.title.get_text().count("What Is Weight Decay?") == 1

    def test_each_fold_says_what_it_shows(self, head, name):
        names = [fold.get_text(" ", strip=True) for fold in head.select("details.hide > summary")]
        assert [said for said in names if not re.fullmatch(r"Show (.{5,}) Hide \1", said)] == []
        assert head.select("summary[aria-label]") == []


def test_no_two_pages_have_the_same_description(book):
    pages = [checks.parse((book.html / f"{name}.html").read_text("utf-8")) for name in PAGES + NOT_IN_THE_CONTENTS]
    said = [page.select_one('meta[name="description"]')["content"] for page in pages]
    assert len(set(said)) == len(said)


class TestByKeyboard:
    @pytest.fixture(scope="class", params=FEW_CHAPTERS)
    @classmethod
    def page(cls, request, browser, server):
        with browser.new_context(viewport=DESKTOP) as context:
            page = context.new_page()
            page.goto(f"{server}{request.param}.html")
            checks.settle(page)
            yield page

    def test_every_stop_is_seen_and_none_is_a_formula(self, page):
        stops = checks.stops_of(page, 80)
        assert [stop["name"] for stop in stops[:2]] == ["Skip to main content", "Skip to the exercises"]
        assert [stop["name"] for stop in stops if not stop["seen"]] == []
        assert [stop["name"] for stop in stops if stop["formula"]] == []

    def test_the_exercises_are_near(self, page):
        page.get_by_role("link", name="Skip to the exercises").press("Enter")
        page.wait_for_url("**#exercises")
        page.keyboard.press("Tab")
        assert page.evaluate("Boolean(document.activeElement.closest('#exercises'))")


class TestOnPaper:
    FOLDS = """() => [...document.querySelectorAll(".bd-article details")].map(fold => {
      const inside = [...fold.children].find(child => child.tagName !== "SUMMARY");
      return [fold.matches(".solution, #check-yourself details"), inside.checkVisibility({contentVisibilityAuto: true}) && inside.getBoundingClientRect().height > 0];
    })"""

    @pytest.fixture(params=[CHAPTERS[4], CHAPTERS[8]])
    def name(self, request):
        return request.param

    @pytest.fixture
    def page(self, browser, server, name):
        with browser.new_context(color_scheme="dark", viewport=DESKTOP) as context:
            page = context.new_page()
            page.goto(f"{server}{name}.html")
            checks.settle(page)
            yield page

    def test_a_dark_page_is_light_and_dark_again_afterwards(self, page):
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.emulate_media(media="print")
        page.wait_for_function("document.documentElement.dataset.theme === 'light'", polling=100)
        page.emulate_media(media="screen")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'", polling=100)

    def test_what_is_folded_opens_but_for_the_solutions(self, page):
        folded = page.locator(".bd-article details[open]").count()
        page.emulate_media(media="print")
        page.wait_for_function("document.documentElement.dataset.theme === 'light'", polling=100)
        seen = page.evaluate(self.FOLDS)
        assert {secret for secret, _ in seen} == {True, False}
        assert all(secret != shown for secret, shown in seen)
        page.emulate_media(media="screen")
        page.wait_for_function("document.documentElement.dataset.theme === 'dark'", polling=100)
        assert page.locator(".bd-article details[open]").count() == folded

    def test_solutions_are_there_where_they_are_asked_for(self, page, name, server):
        page.goto(f"{server}{name}.html?solutions")
        page.emulate_media(media="print")
        page.wait_for_function("document.documentElement.dataset.theme === 'light'", polling=100)
        assert all(shown for _, shown in page.evaluate(self.FOLDS))

    def test_the_menu_prints_solutions(self, page):
        page.evaluate(
            "() => { window.print = () => { dispatchEvent(new Event('beforeprint')); window.printed = true; }; }"
        )
        page.evaluate("document.querySelector('.btn-download-solutions-button').click()")
        assert page.evaluate("window.printed") and all(shown for _, shown in page.evaluate(self.FOLDS))


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
        page.clock.install()
        assert [fault for one in explorers for fault in checks.player_faults(page, one)] == []


class TestInAHand:
    @pytest.fixture(scope="module", params=CHAPTERS)
    @classmethod
    def page(cls, request, browser, server):
        with browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True) as context:
            page = context.new_page()
            page.troubles, _ = checks.listen(page, server)
            page.goto(f"{server}{request.param}.html")
            yield page

    def test_a_tap_moves_every_slider(self, page):
        for explorer in page.locator(".explorer").all():
            assert checks.touch_faults(page, explorer) == []

    def test_every_choice_of_the_quiz_is_answered(self, page):
        assert checks.quiz_faults(page) == []

    def test_nothing_fails(self, page):
        assert page.troubles == []


class TestWithoutScripts:
    @pytest.fixture(scope="module", params=CHAPTERS)
    @classmethod
    def page(cls, request, browser, book):
        with browser.new_context(viewport=PHONE, java_script_enabled=False) as context:
            page = context.new_page()
            page.goto(f"{book.html.as_uri()}/{request.param}.html")
            yield page

    def test_the_first_picture_stands_there(self, page):
        for explorer in page.locator(".explorer").all():
            assert checks.still_faults(explorer) == []

    @pytest.mark.parametrize("page", FEW_CHAPTERS, indirect=True)
    def test_every_choice_of_the_quiz_is_answered(self, page):
        assert checks.quiz_faults(page) == []


class TestConverter:
    @pytest.fixture(params=[DESKTOP, PHONE], ids=["desk", "telephone"])
    def form(self, request, browser, server):
        with browser.new_context(viewport=request.param) as context:
            page = context.new_page()
            page.goto(f"{server}chapters/appendix/lambda_conventions.html")
            yield page.locator(".converter")

    @staticmethod
    def shown(form):
        return form.locator("td").all_inner_texts()

    @pytest.mark.parametrize(
        ("value", "m", "batch_size", "lr"), [("0.05", 200, 20, "0.001"), ("3e-7", 12345, 7, "2.5")]
    )
    def test_every_source_gives_what_the_helper_gives(self, form, value, m, batch_size, lr):
        for name, text in (("value", value), ("m", str(m)), ("batch_size", str(batch_size)), ("lr", lr)):
            form.locator(f"[name={name}]").fill(text)
        for source in conventions.NAMES:
            form.locator("[name=source]").select_option(source)
            for target, cell in zip(conventions.NAMES, self.shown(form), strict=True):
                if conventions.CONVENTIONS[source].decoupled != conventions.CONVENTIONS[target].decoupled:
                    assert cell == "no equal"
                    continue
                expected = conventions.convert(float(value), source, target, m=m, batch_size=batch_size, lr=float(lr))
                # Six digits are shown.
                assert abs(float(cell) / expected - 1) < 5e-6, (source, target)

    @pytest.mark.parametrize(
        ("name", "text", "says"),
        [
            ("value", "", "strength greater than 0"),
            ("value", "-1", "strength greater than 0"),
            ("m", "2.5", "number of examples is a whole number"),
            ("batch_size", "201", "from 1 to the number of examples"),
            ("lr", "0", "learning rate is greater than 0"),
            ("value", "1,000", "without the comma"),
            ("m", "12,345", "without the comma"),
            ("value", "Infinity", "strength greater than 0"),
            ("value", "0x10", "strength greater than 0"),
        ],
    )
    def test_a_wrong_entry_is_named_and_gives_no_number(self, form, name, text, says):
        form.locator(f"[name={name}]").fill(text)
        assert says in form.locator("p").inner_text()
        assert set(self.shown(form)) == {""}

    @pytest.mark.parametrize("text", ["0.5", "0,5", " ,5 ", "5e-1", "5,0E-1"])
    def test_a_comma_is_a_point(self, form, text):
        """Typed, since a field for numbers would let no comma in."""
        form.locator("[name=value]").press("Control+a")
        form.page.keyboard.type(text)
        assert "λ = 0.5." in form.locator("p").inner_text() and self.shown(form)[0] == "0.5"

    def test_after_a_return_the_numbers_are_those_of_the_fields(self, form):
        form.page.evaluate("""() => {
          document.querySelector(".converter [name=value]").value = "3";
          dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}));
        }""")
        assert self.shown(form)[0] == "3"

    def test_the_keyboard_is_enough(self, form):
        form.locator("[name=value]").press("Control+a")
        form.page.keyboard.type("2")
        form.page.keyboard.press("Tab")
        form.page.keyboard.type("keras l2")
        assert form.locator("[name=source]").input_value() == "keras l2"
        assert self.shown(form)[0] == "4" and "λ = 4" in form.locator("p").inner_text()

    def test_without_scripts_it_shows_its_first_numbers(self, browser, server):
        with browser.new_context(java_script_enabled=False) as context:
            page = context.new_page()
            page.goto(f"{server}chapters/appendix/lambda_conventions.html")
            cells = page.locator(".converter td").all_inner_texts()
        assert len(cells) == len(conventions.NAMES) and cells[0] == "0.05" and all(cells)
