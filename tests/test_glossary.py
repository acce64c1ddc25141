"""The glossary in the chapters: each term is met in the text, each that the text introduces has an entry, and that can be read there."""

import re
from contextlib import contextmanager

import pytest

import checks
import glossary
from chapters import source
from checks import CHAPTERS, ROOT, parse
from prose import NOTEBOOKS

SOURCE = (ROOT / f"{glossary.GLOSSARY}.md").read_text("utf-8")
ENTRIES = glossary.entries_of(SOURCE)
# What chapters have in italics for its stress, as a title or as the head of a paragraph.
STRESSED = """
and, any, at the old inputs, at the same inputs, average, back, before you begin, below, below the threshold, beyond the threshold, change, clips,
computer age statistical inference, data, decay, does, down, embeddings, epochs, expected, factors, falls, falls first, flat, for thirty points,
further, gains., geometric mean, half, half the sum, in size, input, inputs, is, largest, least squares, length, less, level,
linear in the observations, logarithm, mean, method, minus, more variable, nearly, not, on average, or, or choosing, other,
pattern recognition and machine learning, rises, same, shortest, small, some, speeds up, spread, square, squared, squares, sum, sure,
the elements of statistical learning, then, this weight had lately, total, training, training time, turn, twice, uses, weights, whatever the truth,
where, which, which way, within one family, without, without knowing which is which, worse,
fine-tuning., i double the batch., i fine-tune a model of seven billion weights with lora., i train a resnet-50., i train ten times longer.,
my library is keras., my loss is a sum., lora, lower, passes, a search pays for its choice., the layer., the optimizer., the order matters.,
the size, the turn, what is left of the start, independent, l2 penalty, penalty, keras, optax, pytorch, scikit-learn
"""
NO_PROSE = re.compile(r"```.*?```|\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|<[^>]*>", re.DOTALL)
ITALICS = re.compile(r"(?<![*\w])\*(?![*\s])([^*]+?)(?<!\s)\*(?![*\w])")


def number_of(chapter):
    return int(re.search(r"(\d\d)_", chapter)[1])


def introduced(prose, finds):
    """What stands in italics in some prose, and whether it is, or belongs to, what the glossary has."""
    for paragraph in re.split(r"\n\s*\n", NO_PROSE.sub(" ", prose)):
        spans, text, end = [], "", 0
        for found in ITALICS.finditer(paragraph):
            text += paragraph[end : found.start()]
            spans.append((len(text), len(text) + len(found[1])))
            text, end = text + found[1], found.end()
        text += paragraph[end:]
        known = [found.span() for found in finds.finditer(text)]
        for start, stop in spans:
            yield text[start:stop], any(first < stop and start < last for first, last in known)


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if "/" not in name])
def test_what_a_chapter_introduces_has_an_entry(name):
    finds, _ = glossary.finder(ENTRIES, number_of(name))
    stressed = set(" ".join(STRESSED.split()).split(", "))
    prose = [source(cell) for cell in NOTEBOOKS[name]["cells"] if cell["cell_type"] == "markdown"]
    loose = {words for text in prose for words, known in introduced(text, finds) if not known}
    loose = {words for words in loose if glossary.plain(words).lower() not in stressed}
    assert not loose, (
        f"{name}: a term needs an entry in the glossary, what is only stressed stands in STRESSED: {loose}"
    )


def test_terms_in_italics_are_told_from_others():
    finds, _ = glossary.finder(ENTRIES, 2)
    prose = "The *bias* of *every* fit, $a*b*c$, the *plug-in*\nestimate, **not** *Bias*."
    assert list(introduced(prose, finds)) == [("bias", True), ("every", False), ("plug-in", True), ("Bias", True)]


@pytest.mark.parametrize(
    ("text", "chapter", "expected"),
    [
        ("Biases and half-lives, in Adam.", 7, ["bias", "half-life of decay", "Adam"]),
        ("Adam with L2 and adam, lions and Lion", 10, ["coupled decay", "Lion"]),
        ("law of total\nvariance, variance", 3, ["law of total variance", "variance"]),
        ("noise-free, the noise, a unit", 3, ["noise"]),
        ("a unit, and gains little; the gain", 11, ["unit", "gain"]),
        ("Newton’s method and Newton's method", 8, ["Newton's method"] * 2),
    ],
)
def test_forms_are_found(text, chapter, expected):
    finds, term_of = glossary.finder(ENTRIES, chapter)
    assert [term_of(found[0]) for found in finds.finditer(text)] == expected


def test_the_source_and_its_comments_are_read():
    text = "# Glossary\n\n```{glossary}\n.. also log loss\n.. in 8, 9\nentropy\n  Text.\n\n.. as the gain\ngain\n  Text\n```\n"
    assert glossary.entries_of(text) == {
        "entropy": glossary.Entry(("entropy", "entropies", "log loss"), frozenset({8, 9})),
        "gain": glossary.Entry(("the gain",), frozenset()),
    }


@pytest.fixture(scope="module")
def links_of(parsed):
    """The links of a chapter's page to the glossary, by its name."""
    return lambda name: parsed(name).select(".term > a")


def terms_of(links):
    return [link["href"].partition("#")[2] for link in links]


class TestEntries:
    def test_every_entry_is_met_where_it_says(self, book):
        page = parse((book.html / f"{glossary.GLOSSARY}.html").read_text("utf-8"))
        pages = {name: (book.html / f"{name}.html").read_text("utf-8") for name in CHAPTERS}
        terms = {name: re.findall(r'class="term"><a href="[^"#]*#([^"]+)"', page) for name, page in pages.items()}
        faults = []
        for term in page.select("dt[id]"):
            meets = {name for name in CHAPTERS if term["id"] in terms[name]}
            named = {
                "chapters/" + link["href"].removeprefix("../").removesuffix(".html")
                for link in term.find_next_sibling("dd").select('a[href^="../"]')
            }
            if not meets:
                faults.append(f"{term['id']} is in no chapter")
            faults += [
                f"{term['id']} is not met in {name}" for name in named - meets if term["id"] != "term-regularization"
            ]
        assert not faults, "\n".join(faults)
        assert "regularization" in (book.html / "chapters/05_regularization.html").read_text("utf-8").lower()


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_term_leads_to_its_entry_once_and_from_running_text(links_of, name):
    links = links_of(name)
    assert len(links) >= 10 and len(set(terms_of(links))) == len(links)
    faults = [
        link.get_text()
        for link in links
        if link.find_parent("p") is None
        or link.find_parent(["h1", "h2", "h3", "blockquote", "summary", "figcaption", "table", "pre", "code"])
        or link.find_parent(id=["check-yourself", "exercises"])
        or len(link.find_next_sibling(id=link["aria-describedby"]).get_text()) < 20
    ]
    assert not faults


@pytest.mark.parametrize("name", CHAPTERS)
def test_the_slides_know_nothing_of_it(book, name):
    deck = (book.html / f"{name}-slides.html").read_text("utf-8")
    assert not re.search(r'class="[^"]*\b(term|meaning)\b|href="[^"]*glossary', deck)


class TestInTheBrowser:
    NAME = "chapters/10_optimizers"

    @classmethod
    @contextmanager
    def opened(cls, browser, book, **options):
        """The page from a folder, without a server: what a term means must be in it."""
        with browser.new_context(**options) as context:
            page = context.new_page()
            page.goto(f"{book.html.as_uri()}/{cls.NAME}.html")
            checks.settle(page)
            yield page

    @pytest.fixture(scope="class")
    @classmethod
    def desk(cls, browser, book):
        with cls.opened(browser, book, viewport={"width": 1280, "height": 900}) as page:
            yield page

    @pytest.fixture
    def page(self, desk):
        """With nothing open."""
        desk.emulate_media(media="screen", color_scheme="light")
        desk.mouse.move(5, 5)
        desk.evaluate("document.activeElement.blur()")
        return desk

    @staticmethod
    def term(page, words="AdamW"):
        link = page.locator(".term > a", has_text=re.compile(f"^{words}$"))
        return link, link.locator("xpath=following-sibling::span")

    def test_the_pointer_opens_it_and_may_move_into_it(self, page):
        link, meaning = self.term(page)
        assert not meaning.is_visible()
        link.hover()
        box = meaning.bounding_box()
        x, bottom = link.bounding_box()["x"] + 5, box["y"] + box["height"] - 3
        for y in range(int(link.bounding_box()["y"] + 5), int(bottom), 2):
            page.mouse.move(x, y)
            assert meaning.is_visible(), f"closed {y - box['y']} pixels below its upper edge"
        assert page.evaluate("([x, y]) => document.elementFromPoint(x, y).closest('.meaning') !== null", [x, bottom])
        page.mouse.move(5, 5)
        assert not meaning.is_visible()

    def test_escape_puts_it_away_until_the_term_is_left(self, page):
        link, meaning = self.term(page)
        link.hover()
        page.keyboard.press("Escape")
        page.mouse.move(link.bounding_box()["x"] + 3, link.bounding_box()["y"] + 8)
        assert not meaning.is_visible()
        page.mouse.move(5, 5)
        link.hover()
        assert meaning.is_visible()

    def test_the_keyboard_opens_it_and_escape_closes_it(self, page):
        link, meaning = self.term(page)
        link.evaluate("link => link.focus({focusVisible: true})")
        assert meaning.is_visible()
        checks.wait_for(link, "link => link.getBoundingClientRect().bottom <= innerHeight")
        page.wait_for_timeout(300)
        box = meaning.bounding_box()
        assert 0 <= box["y"] and box["y"] + box["height"] <= 900
        page.keyboard.press("Escape")
        page.mouse.move(600, 10)
        assert not meaning.is_visible()
        page.keyboard.press("Tab")
        page.keyboard.press("Shift+Tab")
        assert meaning.is_visible()
        page.keyboard.press("Enter")
        page.wait_for_url("**/glossary.html#term-AdamW")
        page.go_back()
        checks.settle(page)

    @pytest.fixture
    def telephone(self, browser, book):
        options = {"viewport": {"width": 375, "height": 700}, "has_touch": True, "is_mobile": True}
        with self.opened(browser, book, **options) as page:
            yield page

    def test_the_first_tap_shows_it_and_the_second_follows(self, telephone):
        (link, meaning), (other, _) = self.term(telephone), self.term(telephone, "Lion")
        link.tap()
        assert meaning.is_visible()
        box = meaning.bounding_box()
        assert 0 <= box["x"] and box["x"] + box["width"] <= 375
        other.tap()
        assert not meaning.is_visible()
        link.tap()
        link.tap()
        telephone.wait_for_url("**/glossary.html#term-AdamW")

    @pytest.mark.parametrize("colours", ["light", "dark"])
    def test_there_is_no_barrier_when_it_is_open(self, page, colours):
        page.emulate_media(color_scheme=colours)
        checks.wait_for(page, f"document.documentElement.dataset.theme === '{colours}'")
        link, meaning = self.term(page)
        link.evaluate("link => link.focus({focusVisible: true})")
        assert meaning.is_visible()
        assert checks.violations(page, where={"include": [[".has-terms"]]}) == []

    def test_screen_readers_say_it_after_the_term(self, page):
        session = page.context.new_cdp_session(page)
        session.send("DOM.enable")
        link, meaning = self.term(page, "Muon")
        node = session.send("DOM.getDocument", {"depth": 0})["root"]["nodeId"]
        link.evaluate("link => { link.dataset.asked = '' }")
        asked = session.send("DOM.querySelector", {"nodeId": node, "selector": "[data-asked]"})["nodeId"]
        [said] = session.send("Accessibility.getPartialAXTree", {"nodeId": asked, "fetchRelatives": False})["nodes"]
        assert said["name"]["value"] == "Muon"
        assert said["description"]["value"].startswith("An optimizer for the matrices of a network")

    def test_paper_shows_the_term_as_a_word(self, page):
        link, meaning = self.term(page)
        link.hover()
        page.emulate_media(media="print")
        assert not meaning.is_visible()
        assert link.evaluate("link => getComputedStyle(link).textDecorationLine") == "none"
