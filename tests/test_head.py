"""What stands in the head of a page: what it is called and described by, what may run, and how soon there is something to read."""

import gzip
import re

import pytest

import styles
from checks import CHAPTERS, PAGES

ALL = [*PAGES, "genindex", "search"]
DECKS = [f"{chapter}-slides" for chapter in CHAPTERS]
# The connection that browsers call slow: bytes a second, and seconds until an answer begins.
SPEED, ANSWER = 50_000, 2


def first_paint(page, sheet):
    """When a page of so many bytes is painted. It goes on coming while its sheet is asked for; then both share the line."""
    return 2 * ANSWER + (sheet + min(sheet, max(0, page - ANSWER * SPEED))) / SPEED


@pytest.mark.parametrize("name", ALL)
class TestHead:
    def test_it_is_described_by_its_first_paragraph(self, parsed, name):
        [description] = parsed(name).select('meta[name="description"]')
        text = description["content"]
        assert 25 <= len(text) <= 310 and "\\" not in text and "<" not in text
        if name in PAGES:
            paragraph = parsed(name).select_one(".bd-article section p")
            [tip.decompose() for tip in paragraph.select("[role=tooltip]")]
            first = re.sub(r"\s+", " ", paragraph.get_text()).strip()
            assert first.startswith(text.removesuffix(" …")) or "\\(" in first

    def test_it_has_one_viewport_and_the_books_name_once(self, parsed, name):
        assert len(parsed(name).select('meta[name="viewport"]')) == 1
        assert parsed(name).title.get_text().count("What Is Weight Decay?") == 1

    def test_each_fold_says_what_it_shows(self, parsed, name):
        names = [fold.get_text(" ", strip=True) for fold in parsed(name).select("details.hide > summary")]
        assert [said for said in names if not re.fullmatch(r"Show (.{5,}) Hide \1", said)] == []
        assert parsed(name).select("summary[aria-label]") == []

    def test_a_page_with_exercises_has_a_link_straight_to_them(self, parsed, name):
        links = [link["href"] for link in parsed(name).select("#pst-skip-link a")]
        assert (
            links == ["#main-content", "#exercises"]
            if parsed(name).select_one("#exercises")
            else links == ["#main-content"]
        )

    def test_it_is_painted_after_one_sheet_and_no_script(self, book, parsed, name):
        head = parsed(name).head
        assert head.select("script[src], link[rel=preload]") == []
        [sheet] = head.select("link[rel=stylesheet]")
        path = book.html / f"{name}.html"
        texts = [file.read_bytes() for file in (path, path.parent / sheet["href"].partition("?")[0])]
        assert first_paint(*(len(gzip.compress(text, 6)) for text in texts)) <= 8
        assert first_paint(*map(len, texts)) <= 12


class TestAllHeads:
    def test_no_two_pages_have_the_same_description(self, book):
        pages = [(book.html / f"{name}.html").read_text("utf-8") for name in ALL]
        said = [
            description for page in pages for description in re.findall('<meta [^>]*name="description"[^>]*>', page)
        ]
        assert len(set(said)) == len(said) == len(ALL)


class TestPolicy:
    @pytest.mark.parametrize("name", ALL + DECKS)
    def test_no_script_may_run_that_is_not_the_books(self, parsed, name):
        policy = parsed(name).select_one('meta[charset] + meta[http-equiv="Content-Security-Policy"]')["content"]
        [scripts] = re.findall(r"script-src ([^;]*)", policy)
        assert re.fullmatch(r"'self'( 'sha256-[\w+/]{43}=')+", scripts)
        assert [tag.name for tag in parsed(name)(True) if any(key.startswith("on") for key in tag.attrs)] == []

    @pytest.mark.parametrize("from_folder", [False, True], ids=["http", "folder"])
    @pytest.mark.parametrize("name", ["index", DECKS[0]])
    def test_what_gets_in_does_not_run(self, browser, book, server, name, from_folder):
        """The other tests of the pages see that everything else does run: what is refused, the browser reports as an error."""
        with browser.new_context() as context:
            page = context.new_page()
            page.goto(f"{book.html.as_uri() if from_folder else server.rstrip('/')}/{name}.html")
            page.evaluate("""() => {
              document.body.append(Object.assign(document.createElement("script"), {textContent: "window.got = 'in'"}));
              document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='window.got = `in`'><a href='javascript:got = 1'>.</a>");
            }""")
            page.wait_for_timeout(200)
            assert page.evaluate("window.got === undefined")


@pytest.mark.parametrize(
    ("sheet", "kept"),
    [
        (".used{a:b}.unused{a:b}", ".used{a:b}"),
        ("p .used,.unused p,p{a:b}", "p .used,p{a:b}"),
        (".used:not(.unused){a:b}", ".used:not(.unused){a:b}"),
        (".used:is(.unused,.used) p{a:b}", ".used:is(.unused,.used) p{a:b}"),
        (r".wide\:used{a:b}", ""),
        ("#used.unused{a:b}#used{c:url(data:x;y)}", "#used{c:url(data:x;y)}"),
        ("@media print{.unused{a:b}.used{a:b}}@media print{.unused{a:b}}", "@media print{.used{a:b}}"),
        ("@media print{@supports (a:b){.unused{a:b}p{a:b}}}", "@media print{@supports (a:b){p{a:b}}}"),
        ("@font-face{font-family:x}@keyframes unused{0%{a:b}}", "@font-face{font-family:x}@keyframes unused{0%{a:b}}"),
        ('[href$=".pdf"]{a:b}', '[href$=".pdf"]{a:b}'),
    ],
)
def test_a_sheet_keeps_what_can_match(sheet, kept):
    assert styles.slim(sheet, {"used", "p"}).replace("\n", "") == kept
