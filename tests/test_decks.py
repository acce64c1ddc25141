"""The decks of slides as a lecturer meets them: every slide is shown in a real browser, moved, timed and measured."""

import json
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import checks
from checks import CHAPTERS, READY, ROOT, SOON

DECK = CHAPTERS[1]
LECTURE = 45
# In pixels on a screen of 1280 by 720: what the last row can read.
SMALLEST = 24
PROJECTOR = {"width": 1280, "height": 720}
OLD_PROJECTOR = {"width": 1024, "height": 768}
# Show all of a slide; an explorer's slider stays where it stands.
SHOW = """k => {
  deck.slide(k, 0, -1);
  const left = () => deck.getCurrentSlide().querySelector(".fragment:not([data-stop]):not(.visible)");
  while (left()) deck.nextFragment();
}"""
# What is wrong with the slide that is shown, and the pictures on it. Inside a formula, subscripts may be smaller.
LOOK = (
    f"""async smallest => {{ {SOON}"""
    r"""
  const slide = deck.getCurrentSlide(), faults = [];
  const visible = node => node.checkVisibility() && !node.closest("aside, script, style, .stops");
  const name = node => `<${node.tagName.toLowerCase()} ${node.className}> ${(node.alt ?? node.textContent).trim().slice(0, 40)}`;
  const box = node => node.getBoundingClientRect();
  const all = [...slide.querySelectorAll("*")].filter(visible);
  for (const node of all.filter(node => !node.parentElement.closest("mjx-container, svg"))) {
    const {left, right, top, bottom, width, height} = box(node);
    if (width && height && (left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1))
      faults.push(`${name(node)} reaches from ${[left, top]} to ${[right, bottom]}`);
    if (node.clientWidth && getComputedStyle(node).display !== "inline" && node.scrollWidth > node.clientWidth + 1)
      faults.push(`${name(node)} overflows its width of ${node.clientWidth} by ${node.scrollWidth - node.clientWidth}`);
  }
  const heading = box(slide.querySelector("h1, h2")).bottom;
  const parts = all.filter(node => node.matches(".picture, .explorer, .text > *") && box(node).height);
  for (const part of parts) {
    if (box(part).top < heading - 1) faults.push(`${name(part)} runs into the heading`);
    if (box(part).bottom > innerHeight - 24) faults.push(`${name(part)} reaches down to the number of the slide: ${box(part).bottom}`);
  }
  if (!parts.length) faults.push("nothing to see");
  const texts = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent, parent = texts.currentNode.parentElement;
    if (!text.trim() || !visible(parent) || parent.closest("mjx-container")) continue;
    const size = parseFloat(getComputedStyle(parent).fontSize) * deck.getScale();
    if (size < smallest) faults.push(`${name(parent)} has letters of ${size} px`);
    if (/\\[([]|\$\$|\{(ref|cite|numref|doc|eq)/.test(text) && !parent.closest("pre, code")) faults.push(`raw: ${text}`);
  }
  for (const formula of slide.querySelectorAll(".math")) {
    if (!visible(formula)) continue;
    const drawn = formula.querySelector("mjx-container");
    if (!drawn || formula.querySelector("mjx-merror")) faults.push(`not typeset: ${formula.textContent}`);
    else if (parseFloat(getComputedStyle(drawn).fontSize) < smallest) faults.push(`small formula: ${formula.textContent}`);
  }
  const pictures = [];
  for (const image of all.filter(node => node.matches("img"))) {
    await soon(image.decode().catch(() => {}), 5000);
    if (!image.complete || !image.naturalWidth) faults.push(`not to be loaded: ${image.src}`);
    if (image.alt.length < 20) faults.push(`no alternative text: ${image.src}`);
    pictures.push([image.src, box(image).width]);
  }
  return {faults, pictures};
}"""
)


def smallest_letters(svg, width):
    """Height in pixels of the smallest letters of a picture of Matplotlib's, shown so many pixels wide; no subscripts."""
    points = float(re.search(r'<svg[^>]*\swidth="([\d.]+)pt"', svg)[1])
    sizes = [100 * float(scale) for scale in re.findall(r"scale\(([\d.]+) -[\d.]+\)", svg)]
    return min(sizes) * width / points


def look(deck, html):
    """What is wrong with the slide that is shown."""
    seen = deck.evaluate(LOOK, SMALLEST)
    for source, width in seen["pictures"]:
        svg = Path(html, "_images", Path(unquote(urlsplit(source).path)).name).read_text("utf-8")
        if (size := smallest_letters(svg, width)) < SMALLEST - 0.5:
            seen["faults"].append(f"letters of {size:.1f} px in a picture {width:.0f} px wide")
    return seen["faults"]


def faults_of(deck, html):
    """Show every slide of a deck, and return what is wrong with each."""
    found = []
    for k in range(deck.evaluate("deck.getTotalSlides()")):
        deck.evaluate(SHOW, k)
        found += [f"slide {k + 1}: {fault}" for fault in look(deck, html)]
    return found


@pytest.fixture
def open_deck(browser, book, server):
    """Open the deck of a chapter; requests that leave the machine, and errors, are failures."""
    contexts, troubles = [], []

    def open_deck(page_name, *, query="", from_folder=False, screen=None, **options):
        context = browser.new_context(viewport=screen or PROJECTOR, **options)
        contexts.append(context)
        context.set_default_timeout(30_000)
        home = book.html.as_uri() + "/" if from_folder else server
        page = context.new_page()
        troubles.append(checks.listen(page, home)[0])
        page.goto(f"{home}{page_name}-slides.html{query}")
        checks.wait_for(page, READY)
        return page

    yield open_deck
    for context in contexts:
        context.close()
    assert sum(troubles, []) == []


def resize(deck, screen):
    deck.set_viewport_size(screen)
    checks.wait_for(deck, f"deck.getConfig().width === {screen['width']}")


class TestDeck:
    @pytest.fixture(scope="module", params=CHAPTERS)
    @classmethod
    def opened(cls, request, browser, book):
        """A deck, opened once for all that is asked of it, from a folder, where fewer things are allowed than over http."""
        with browser.new_context(viewport=PROJECTOR) as context:
            context.set_default_timeout(30_000)
            deck, home = context.new_page(), f"{book.html.as_uri()}/"
            deck.name, (troubles, _) = request.param, checks.listen(deck, home)
            deck.goto(f"{home}{request.param}-slides.html")
            checks.wait_for(deck, READY)
            yield deck
        assert troubles == []

    @pytest.fixture
    def deck(self, opened):
        resize(opened, PROJECTOR)
        return opened

    def test_an_arrow_turns_it(self, deck):
        deck.evaluate("deck.slide(0, 0, -1)")
        deck.keyboard.press("ArrowRight")
        assert deck.evaluate("deck.getCurrentSlide().checkVisibility()")

    def test_no_slide_has_a_fault(self, deck, book):
        assert faults_of(deck, book.html) == []

    def test_no_slide_has_a_fault_on_an_old_projector(self, deck, book):
        """A deck that is open is laid out anew for it."""
        resize(deck, OLD_PROJECTOR)
        assert faults_of(deck, book.html) == []

    def test_it_is_a_lecture(self, deck):
        """Fifteen to twenty-five slides, each with notes that say when and what, three quarters of an hour in all."""
        notes = deck.eval_on_selector_all(
            ".slides > section > aside.notes", "notes => notes.map(note => note.textContent)"
        )
        assert 15 <= len(notes) <= 25 and len(notes) == deck.evaluate("deck.getTotalSlides()")
        times = [re.match(r"([\d.]+) to ([\d.]+) minutes", note) for note in notes]
        assert all(times) and [time[1] for time in times[1:]] == [time[2] for time in times[:-1]]
        assert times[0][1] == "0" and times[-1][2] == str(LECTURE)
        assert [note for note, time in zip(notes, times, strict=True) if len(note) - len(time[0]) < 40] == []

    def test_the_speaker_sees_every_formula(self, deck, parsed):
        """In MathML, since the speaker's window knows nothing else, and made from what the notes say."""
        page = parsed(f"{deck.name}-slides")
        written = [
            re.sub(r"^\\[(\[]|\\[)\]]$", "", node.get_text().strip()) for node in page.select("aside.notes .math")
        ]
        read = deck.eval_on_selector_all(
            "aside.notes .math", "nodes => nodes.map(node => [node.dataset.tex, node.innerHTML])"
        )
        assert [tex for tex, _ in read] == written
        assert [tex for tex, shown in read if "<math" not in shown or "merror" in shown] == []
        assert [
            tex for tex, shown in read if "^" in tex and not re.search("<m(sup|subsup|over|underover)>", shown)
        ] == []

    def test_explorers_move_by_keyboard_and_by_clicker(self, deck):
        places = deck.evaluate("deck.getSlides().flatMap((slide, k) => slide.querySelector('.explorer') ? [k] : [])")
        assert places
        for place in places:
            deck.evaluate("k => deck.slide(k, 0, -1)", place)
            picture = deck.locator("section.present .explorer img")
            sentence = deck.locator("section.present .explorer-sentence")

            def shown(picture=picture, sentence=sentence):
                return picture.get_attribute("src"), sentence.text_content()

            def where():
                return deck.evaluate("deck.getIndices().h")

            slider = deck.locator("section.present .explorer input").first
            stops = min(4, int(slider.get_attribute("max")))
            seen = [shown()]
            for _ in range(stops):
                deck.keyboard.press("PageDown")
                seen.append(shown())
            assert len(set(seen)) == stops + 1 and where() == place
            assert slider.input_value() == slider.get_attribute("max")
            deck.keyboard.press("PageUp")
            assert shown() == seen[-2]
            slider.focus()
            deck.keyboard.press("ArrowRight")
            moved = shown()
            assert moved != seen[-2] and where() == place
            deck.keyboard.press("Escape")
            deck.keyboard.press("ArrowRight")
            assert where() == place + 1
            for key, page in (("PageDown", place + 1), ("PageUp", place - 1)):
                deck.evaluate("k => deck.slide(k, 0, -1)", place)
                slider.focus()
                deck.keyboard.press(key)
                assert where() == page and not deck.evaluate("document.activeElement.matches('input')")


@pytest.mark.parametrize("page_name", CHAPTERS)
def test_a_formula_goes_where_the_words_before_it_go(parsed, page_name):
    """As the notebook has it: after a paragraph that ends in a mark for the slide, or in such a mark of its own."""
    cells = json.loads((ROOT / f"{page_name}.ipynb").read_text("utf-8"))["cells"]
    prose = [
        "".join(cell["source"])
        for cell in cells
        if cell["cell_type"] == "markdown" and "slide_type" not in cell["metadata"].get("slideshow", {})
    ]
    before = re.compile(r'(?:<span class="slide[^"]*">(?:(?!<span).)*</span>|<div class="slide[^"]*">)\s*$', re.DOTALL)
    wanted = [
        re.sub(r"\s+", "", found[1])
        for text in prose
        for found in re.finditer(r"\$\$(.*?)\$\$", text, re.DOTALL)
        if before.search(text[: found.start()])
    ]
    deck = parsed(f"{page_name}-slides")
    shown = [re.sub(r"\s+", "", node.get_text()) for node in deck.select(".text div.math")]
    assert [tex for tex in wanted if not any(tex in one for one in shown)] == []


class TestWhatIsFound:
    """A slide with a fault put into it."""

    @pytest.fixture(scope="class")
    @classmethod
    def deck(cls, browser, book):
        with browser.new_context(viewport=PROJECTOR) as context:
            page = context.new_page()
            page.goto(f"{book.html.as_uri()}/{DECK}-slides.html")
            checks.wait_for(page, READY)
            yield page

    @pytest.mark.parametrize(
        ("shown", "fault", "message"),
        [
            (".short", "text.style.fontSize = '23px'", "letters of 23 px"),
            (".short", "text.innerHTML += '<p style=\"width: 1400px\">wide</p>'", "reaches from"),
            (".short", "text.innerHTML += '<pre>' + 'long '.repeat(60) + '</pre>'", "overflows its width"),
            (".short", "text.innerHTML += '<p>low</p>'.repeat(9)", "reaches down to the number"),
            (".short", "text.innerHTML += '<p style=\"margin-top: -500px\">high</p>'", "runs into the heading"),
            (".short", "text.innerHTML = ''", "nothing to see"),
            (".short", "text.innerHTML += '<p>' + String.raw`\\(x\\)` + '</p>'", "raw: "),
            (".short", "text.innerHTML += '<span class=\"math\">x</span>'", "not typeset: x"),
            (".with-picture", "image.style.width = '600px'", "in a picture 600 px wide"),
            (".with-picture", "image.alt = ''", "no alternative text"),
            (".with-picture", "image.style.marginTop = '300px'", "reaches"),
        ],
    )
    def test_a_fault_is_found(self, deck, book, shown, fault, message):
        place = deck.evaluate("shown => deck.getSlides().findIndex(slide => slide.matches(shown))", shown)
        deck.evaluate(SHOW, place)
        assert look(deck, book.html) == []
        deck.evaluate(
            """fault => {
              const slide = deck.getCurrentSlide();
              window.before = slide.innerHTML;
              new Function("text", "image", fault)(slide.querySelector(".text"), slide.querySelector("img"));
            }""",
            fault,
        )
        found = look(deck, book.html)
        deck.evaluate("() => { deck.getCurrentSlide().innerHTML = window.before; }")
        assert any(message in one for one in found), found


class TestDeckInUse:
    @pytest.mark.parametrize("from_folder", [False, True], ids=["http", "folder"])
    def test_the_speaker_has_notes_and_a_clock(self, open_deck, from_folder):
        deck = open_deck(DECK, from_folder=from_folder)
        with deck.expect_popup() as popup:
            deck.keyboard.press("s")
        notes = popup.value.locator(".speaker-controls-notes .value")
        notes.get_by_text("0 to").wait_for()
        assert popup.value.locator("iframe").count() == 2
        with_formula = "deck.getSlides().findIndex(slide => slide.querySelector('aside .math'))"
        deck.evaluate(f"deck.slide({with_formula}, 0, -1)")
        checks.wait_for(popup.value, "document.querySelector('.speaker-controls-notes .value math')")

    @staticmethod
    def explorer(deck):
        """Show the first slide with an explorer; its place and its slider."""
        place = deck.evaluate("deck.getSlides().findIndex(slide => slide.querySelector('.explorer'))")
        deck.evaluate("k => deck.slide(k, 0, -1)", place)
        return place, deck.locator("section.present .explorer input").first

    def test_beside_a_slider_the_deck_hears_its_keys(self, open_deck):
        deck = open_deck(DECK)
        _, slider = self.explorer(deck)
        # The last is what the black button of a clicker sends.
        for key in ("b", "."):
            slider.focus()
            for paused in (True, False):
                deck.keyboard.press(key)
                assert deck.evaluate("deck.isPaused()") == paused
            checks.wait_for(deck, "document.activeElement.matches('.explorer input')")
        deck.evaluate("() => { document.documentElement.requestFullscreen = async () => { window.filled = true; }; }")
        deck.keyboard.press("f")
        assert deck.evaluate("window.filled")
        slider.focus()
        deck.keyboard.press("o")
        assert deck.evaluate("deck.isOverview()")

    @pytest.mark.parametrize("from_folder", [False, True], ids=["http", "folder"])
    def test_a_slider_moves_in_both_windows(self, open_deck, from_folder):
        deck = open_deck(DECK, from_folder=from_folder)
        place, slider = self.explorer(deck)
        with deck.expect_popup() as popup:
            deck.keyboard.press("s")
        copy = popup.value.frame_locator("#current-slide iframe").locator("section.present .explorer")
        copy.wait_for()
        sentence = deck.locator("section.present .explorer-sentence")
        for key in ("End", "ArrowLeft"):
            slider.press(key)
            copy.get_by_text(sentence.inner_text(), exact=True).wait_for()
        copy.locator("input").first.press("Home")
        checks.wait_for(deck, "document.querySelector('section.present .explorer input').value === '0'")
        assert deck.evaluate("deck.getIndices().h") == place

    def test_a_finger_on_a_slider_does_not_turn_the_slide(self, open_deck):
        deck = open_deck(DECK, has_touch=True)
        place, slider = self.explorer(deck)
        box, finger = slider.bounding_box(), deck.context.new_cdp_session(deck)
        y = box["y"] + box["height"] / 2

        def drag(start, end):
            xs = [box["x"] + 8 + (box["width"] - 16) * (start + (end - start) * k / 10) for k in range(11)]
            for k, x in enumerate(xs):
                touch = {"type": "touchMove" if k else "touchStart", "touchPoints": [{"x": x, "y": y}]}
                finger.send("Input.dispatchTouchEvent", touch)
            finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

        for start, end, value in ((0, 1, slider.get_attribute("max")), (1, 0, "0")):
            drag(start, end)
            assert (deck.evaluate("deck.getIndices().h"), slider.input_value()) == (place, value)

    def test_a_jump_back_to_an_explorer_finds_it_as_it_was_left(self, open_deck):
        deck = open_deck(DECK)
        place, slider = self.explorer(deck)
        seen = "document.querySelectorAll('section.present [data-stop].visible').length"

        def jump(slide):
            # A timer of the jump before would close the field of this one.
            deck.wait_for_timeout(300)
            deck.keyboard.press("g")
            checks.wait_for(deck, "document.activeElement.matches('.jump-to-slide-input')")
            deck.keyboard.type(f"{slide + 1}")
            deck.keyboard.press("Enter")
            checks.wait_for(deck, f"deck.getIndices().h === {slide} && document.activeElement === document.body")

        deck.keyboard.press("PageDown")
        deck.keyboard.press("PageDown")
        left = slider.input_value()
        for away in (place - 1, place + 2):
            jump(away)
            jump(place)
            assert (slider.input_value(), deck.evaluate(seen)) == (left, 2)
        deck.keyboard.press("PageDown")
        assert int(slider.input_value()) > int(left) and deck.evaluate("deck.getIndices().h") == place

    @pytest.mark.parametrize("screen", [(3840, 2160), (1024, 768), (1920, 1080)])
    def test_it_fills_the_screen(self, open_deck, screen):
        deck = open_deck(DECK, screen={"width": screen[0], "height": screen[1]})
        box = deck.locator("section.present").bounding_box()
        assert (box["x"], box["y"], box["width"], box["height"]) == pytest.approx((0, 0, *screen), abs=1)

    def test_on_paper_each_slide_is_a_page_with_margins(self, open_deck):
        deck = open_deck(DECK, query="?print-pdf")
        checks.wait_for(deck, "document.querySelectorAll('.pdf-page > section').length === deck.getTotalSlides()")
        checks.settle(deck)
        gaps = deck.evaluate("""() => [...document.querySelectorAll(".pdf-page > section")].map(slide => {
          const page = slide.parentElement.getBoundingClientRect(), heading = slide.querySelector("h1, h2").getBoundingClientRect();
          const words = slide.querySelector(".body").getBoundingClientRect();
          return Math.min(heading.left - page.left, heading.top - page.top, page.right - words.right, page.bottom - words.bottom);
        })""")
        assert gaps and min(gaps) >= 20
        pages = deck.pdf(prefer_css_page_size=True, print_background=True).count(b"/Type /Page\n")
        assert pages == len(gaps)

    def test_the_overview_shows_many_slides(self, open_deck):
        deck = open_deck(DECK)
        deck.keyboard.press("o")
        assert deck.evaluate("deck.isOverview()")
        assert deck.evaluate("deck.getSlides().filter(slide => slide.checkVisibility()).length") > 5


class TestWayToTheDecks:
    def test_each_chapter_has_a_button(self, book):
        for page in CHAPTERS:
            assert f'href="{Path(page).name}-slides.html"' in (book.html / f"{page}.html").read_text("utf-8")

    def test_the_overview_names_them_all(self, book):
        text = (book.html / "chapters" / "appendix" / "slides.html").read_text("utf-8")
        for page in CHAPTERS:
            assert f'href="../{Path(page).name}-slides.html"' in text, page
