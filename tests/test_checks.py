"""The checks of the pages, checked: each is shown a sound page, and one with the fault that it is there for."""

import base64
import functools
import importlib
from pathlib import Path

import pytest

import checks
from checks import EXPLORING, PHONE
from conftest import serve
from utils import explorers

# Its name has hyphens.
mathjax = importlib.import_module("sphinx-mathjax-offline")
GOOD_ALT = "A line falls from the left to the right."


def test_the_contents_are_read_at_every_depth():
    chapters = [{"file": "a", "sections": [{"file": "b"}]}]
    assert checks.pages_of({"root": "index", "parts": [{"chapters": chapters}]}) == ["index", "a", "b"]


@pytest.mark.parametrize(
    "html", ['<div class="output traceback">', '<div class="output stderr">', "Traceback (most recent call last)"]
)
def test_an_error_in_an_output_is_found(html):
    assert checks.error_outputs(html)
    assert not checks.error_outputs('<div class="output stream">0.302</div>')


def test_a_default_name_is_found():
    assert checks.default_names('<a href="https://github.com/executablebooks/jupyter-book">')
    assert not checks.default_names("What Is Weight Decay?")


@pytest.mark.parametrize(
    "alt",
    ["", 'alt=""', 'alt="A figure."', 'alt="../_images/fdc8bcb37b95cc63d3524999f8.svg"', f'alt="{GOOD_ALT} $y = -x$"'],
)
def test_a_poor_alternative_is_found(alt):
    assert checks.poor_alternatives(f"<p>Words outside of any link.</p><img {alt}>")
    assert checks.poor_alternatives(f"<a href='#'><img {alt}></a>")


def test_a_good_alternative_and_a_decoration_pass():
    assert not checks.poor_alternatives(f'<img alt="{GOOD_ALT}"><a href="#"><img alt="">The book</a>')


@pytest.mark.parametrize("link", ["gone.html", "there.html#gone", "#gone", "there.html?q=1#gone", "_images/gone.svg"])
def test_a_broken_link_is_found(tmp_path, link):
    sound = '<p id="here"></p><a href="#here"></a><a href="there.html"></a><a href="https://elsewhere.invalid/"></a>'
    (tmp_path / "there.html").write_text(sound)
    assert checks.broken_links(tmp_path) == []
    (tmp_path / "page.html").write_text(f'{sound}<a href="{link}"></a>')
    assert checks.broken_links(tmp_path) == [f"page.html: {link}"]


@pytest.mark.parametrize(
    "place, sound", [("one.ipynb#cell-id=c1", True), ("one#cell-id=c1", False), ("one.ipynb#cell-id=c2", False)]
)
def test_a_broken_link_to_a_cell_is_found(tmp_path, place, sound):
    (tmp_path / "lite" / "files").mkdir(parents=True)
    (tmp_path / "lite" / "files" / "one.ipynb").write_text('{"cells": [{"id": "c1"}]}')
    link = f"lite/notebooks/index.html?path={place}"
    (tmp_path / "page.html").write_text(f'<a href="{link}"></a>')
    assert checks.broken_links(tmp_path) == ([] if sound else [f"page.html: {link}"])


def test_the_weight_is_that_on_the_wire(tmp_path):
    for name in ("text.svg", "picture.png"):
        (tmp_path / name).write_bytes(bytes(10_000))
    assert checks.weight(tmp_path / "text.svg") < 100
    assert checks.weight(tmp_path / "picture.png") == 10_000


@pytest.fixture(scope="module")
def only_tab(browser):
    with browser.new_context(viewport=PHONE, has_touch=True) as context:
        yield context.new_page()


@pytest.fixture
def tab(only_tab):
    only_tab.emulate_media(media="screen")
    only_tab.goto("about:blank")
    yield only_tab
    only_tab.unroute_all()


def document(body):
    return f'<!DOCTYPE html><html lang="en"><head><title>A page</title></head><body><main>{body}</main></body></html>'


@pytest.mark.parametrize(
    "body",
    [
        '<script src="https://elsewhere.invalid/script.js"></script>',
        '<img src="gone.svg" alt="">',
        "<script>console.error('no')</script>",
        "<script>console.warn('no')</script>",
        "<script>throw Error('no')</script>",
    ],
)
def test_trouble_is_heard(tab, tmp_path, body):
    home = f"{tmp_path.as_uri()}/"
    troubles, asked = checks.listen(tab, home)
    (tmp_path / "page.html").write_text(document("<script>console.log('fine')</script>"))
    tab.goto(f"{home}page.html")
    assert troubles == [] and asked == [f"{home}page.html"]
    (tmp_path / "page.html").write_text(document(body))
    tab.goto(f"{home}page.html")
    assert troubles


def test_an_answer_that_is_an_error_is_heard(tab, tmp_path):
    with serve(tmp_path) as server:
        troubles, _ = checks.listen(tab, server)
        tab.goto(f"{server}gone.html")
    assert any(trouble.startswith("404") for trouble in troubles)


@pytest.mark.parametrize(
    "formula, fault",
    [
        (r'<span class="math">\(\frac{1}{2}\)</span> and <code>$PATH</code>', None),
        (r'<span class="math">one half</span>', "not typeset"),
        (r'<span class="math">\(\frac{1}\)</span>', "not understood"),
        (r'<span class="math">\(\weightdecay\)</span>', "not understood"),
        ("Half a dollar sign: $", "raw"),
    ],
)
def test_a_formula_that_is_not_typeset_is_found(tab, tmp_path, formula, fault):
    script = Path(mathjax.__file__).with_name("static").joinpath("mathjax", "tex-chtml.js").as_uri()
    (tmp_path / "page.html").write_text(document(f'{formula}<script src="{script}"></script>'))
    tab.goto((tmp_path / "page.html").as_uri())
    checks.settle(tab)
    found = checks.untypeset(tab)
    assert [text.partition(":")[0] for text in found] == ([fault] if fault else [])


WIDE = '<div style="width: 500px; height: 9px">wide</div>'


@pytest.mark.parametrize(
    "body, sound",
    [
        (f'<div style="overflow-x: auto">{WIDE}</div>', True),
        (f'<div hidden>{WIDE}</div><div style="visibility: hidden; position: fixed; left: -99px">aside</div>', True),
        (WIDE, False),
        (f'<div style="overflow: hidden">{WIDE}</div>', False),
        ('<div style="position: relative; left: -50px">cut off</div>', False),
    ],
)
def test_what_sticks_out_is_found(tab, body, sound):
    tab.set_content(document(body))
    assert (checks.sticking_out(tab) == []) == sound


@pytest.mark.parametrize(
    "style, cut",
    [
        ("overflow-x: auto", False),
        ("width: 600px", False),
        ("overflow: hidden", True),
        ("", True),
    ],
)
def test_a_formula_that_is_cut_is_found(tab, style, cut):
    wide = '<mjx-container style="display: block"><mjx-math style="display: block; width: 500px">x</mjx-math></mjx-container>'
    around = '<div style="overflow: auto">' if "600px" in style else "<div>"
    tab.set_content(document(f'{around}<p style="{style}"><span class="math">{wide}</span></p></div>'))
    assert bool(checks.cut_formulas(tab)) == cut


def test_a_focus_that_does_not_show_is_found(tab):
    tab.set_content(document('<a href="#a">one</a><a href="#b" style="outline: none">two</a>'))
    assert [(stop["name"], stop["seen"]) for stop in checks.stops_of(tab, 2)] == [("one", True), ("two", False)]


@pytest.mark.parametrize("body", ["<input>", '<img src="data:,">', "<button></button>"])
def test_a_barrier_is_found(tab, body):
    tab.set_content(document("<h1>Words</h1><p>More words.</p>"))
    assert checks.barriers(tab) == []
    tab.set_content(document(f"<h1>Words</h1>{body}"))
    assert checks.barriers(tab)
    tab.set_content(document(f"<article><h1>Words</h1></article>{body}"))
    assert checks.barriers(tab, around="article")
    tab.set_content(document(f"<h1>Words</h1><article>{body}</article>"))
    assert checks.barriers(tab, around="article") == []


@pytest.mark.parametrize("stop", ["", 'tabindex="0"'])
def test_what_scrolls_by_no_key_is_found(tab, stop):
    tab.set_content(document(f'<pre {stop} style="width: 99px; overflow: auto">{"wide " * 20}</pre>'))
    assert bool(checks.barriers(tab)) == (not stop)
    assert bool(checks.barriers(tab, around="pre")) == (not stop)


@pytest.mark.parametrize(
    "style", ["color: #ddd", "background: #666", "opacity: 0.3", "font-size: 9px; color: #888", "background: #333"]
)
def test_one_text_of_each_kind_is_enough_to_find_its_colours(tab, style):
    """Where many are of the same kind, and this one is of another."""
    many = "<p>Words.</p>" * 5
    tab.set_content(document(f"<h1>Words</h1>{many}"))
    assert checks.barriers_of_colour(tab) == []
    tab.set_content(document(f'<h1>Words</h1>{many}<div style="{style}">{many}</div>'))
    [found] = checks.barriers_of_colour(tab)
    assert found.startswith("color-contrast")
    assert len(checks.barriers_of_colour(tab, everywhere=True)) == 5


@pytest.mark.parametrize("elsewhere", ["", "display: none"])
def test_a_colour_that_is_pale_in_one_theme_alone_is_found(tab, elsewhere):
    """Of two texts that look alike in the other theme, or of which one is hidden there."""
    script = """<script>
      const dark = matchMedia("(prefers-color-scheme: dark)"), root = document.documentElement;
      const follow = () => { root.dataset.theme = dark.matches ? "dark" : "light"; };
      dark.addEventListener("change", follow);
      follow();
    </script>"""
    style = "<style>[data-theme=dark] { background: #000; color: #fff } [data-theme=dark] .pale { color: #333 }</style>"
    style += f"<style>[data-theme=light] .pale {{ {elsewhere} }}</style>"
    tab.set_content(document(f'{script}{style}<p>Words.</p><p class="pale">Words.</p>'))
    [found] = checks.barriers_of_colour(tab, themes=["dark", "light"])
    assert "pale" in found
    assert tab.evaluate("document.documentElement.dataset.theme") == "light"
    assert checks.barriers_of_colour(tab, themes=["light"]) == []


def draw(ax, degree, noise):
    ax.plot([0, degree], [0, noise])
    return f"A straight line rises to {noise} at degree {degree}."


# Stand for the first two pictures in what follows.
FIRST, SECOND = range(2)


@functools.cache
def sound_explorer():
    """Its HTML, and its pictures as they stand there."""
    explorer = explorers.explore(draw, degree=range(4), noise=[1, 2, 3])
    return explorer.html, [base64.b64encode(frame).decode() for frame in explorer.frames]


def shown(tab, old="", new=""):
    """The sound explorer on the tab, or one with another text, or another picture, in it."""
    html, pictures = sound_explorer()
    old = pictures[old] if old in (FIRST, SECOND) else old
    assert old in html
    tab.set_content(document(html.replace(old, new) if old else html))
    return tab.locator(".explorer")


def sweep(tab, explorer):
    return checks.sweep_faults(checks.sweep(explorer))


def keyboard(tab, explorer):
    return checks.keyboard_faults(explorer)


def play(tab, explorer):
    return checks.player_faults(tab, explorer)


def tap(tab, explorer):
    return checks.touch_faults(tab, explorer)


def still(tab, explorer):
    return checks.still_faults(explorer)


def back(tab, explorer):
    return checks.return_faults(explorer)


def paper(tab, explorer):
    tab.emulate_media(media="print")
    return checks.still_faults(explorer)


@pytest.mark.parametrize("check", [sweep, keyboard, play, tap, back, paper])
def test_a_sound_explorer_passes(tab, check):
    assert check(tab, shown(tab)) == []


FAULTS = {
    "dead slider": ('addEventListener("input"', 'addEventListener("never"'),
    "same picture": ("image.src = frames[index]", "image.src = frames[0]"),
    "same sentence": ("sentences[index]", "sentences[0]"),
    "same words for screen readers": ('setAttribute("aria-valuetext", label)', 'setAttribute("aria-valuetext", "0")'),
    "same alternative": ("image.alt = ", ""),
    "broken picture": (SECOND, "broken"),
    "no pause": ("clearInterval(timer)", "0"),
    "no end": ("setInterval(step", "setInterval(Boolean"),
    "no return": ('addEventListener("pageshow"', 'addEventListener("never"'),
    "no play": ('play.addEventListener("click"', 'play.addEventListener("never"'),
    "cannot be touched": (".explorer-controls input {", ".explorer-controls input { pointer-events: none;"),
    "sliders on paper": ("@media print", "@media speech"),
}
MUTE = ["dead slider", "same picture", "same sentence", "same words for screen readers", "same alternative"]
FOUND_BY = {
    sweep: [*MUTE, "broken picture"],
    keyboard: MUTE,
    play: ["no pause", "no end", "no play"],
    tap: ["dead slider", "cannot be touched"],
    back: ["no return"],
    paper: ["sliders on paper"],
}


@pytest.mark.parametrize("check, fault", [(check, fault) for check in FOUND_BY for fault in FOUND_BY[check]])
def test_a_faulty_explorer_is_found(tab, check, fault):
    assert check(tab, shown(tab, *FAULTS[fault]))


def test_what_needs_scripts_is_found(browser):
    with browser.new_context(java_script_enabled=False) as context:
        tab = context.new_page()
        assert still(tab, shown(tab)) == []
        assert still(tab, shown(tab, '"explorer-controls" hidden', '"explorer-controls"'))
        assert still(tab, shown(tab, FIRST, "broken"))


QUIZ = """<section id="check-yourself"><details><summary>It falls.</summary><p>Right. It does.</p></details>
<details><summary>It rises.</summary><p>No. It falls.</p></details></section>"""


def test_a_sound_quiz_passes(tab):
    tab.set_content(QUIZ)
    assert checks.quiz_faults(tab) == []


@pytest.mark.parametrize(
    "old, new, fault",
    [
        ("<details>", "<details open>", "open before it is chosen: It falls."),
        ("<p>No. It falls.</p>", "<p hidden>No. It falls.</p>", "no answer to: It rises."),
        ("No. It falls.", "Yes. It falls.", "the answers begin with ['Right.', 'Yes.']"),
        ("<summary>", "<summary onclick='event.preventDefault()'>", "no hand opens it"),
        ("<summary>", "<summary onkeydown='event.preventDefault()'>", "no key closes it"),
    ],
)
def test_a_faulty_quiz_is_found(tab, old, new, fault):
    tab.set_content(QUIZ.replace(old, new))
    assert fault in checks.quiz_faults(tab)


class TestHaste:
    @pytest.mark.parametrize("early", [False, True])
    def test_a_frame_that_delays_the_page_is_found(self, tab, server, early):
        def answer(route):
            response = route.fetch()
            assert "new IntersectionObserver" in response.text()
            body = response.text().replace("new IntersectionObserver", "fetchFrames(); new IntersectionObserver")
            # A script with a fault put into it is not the one that the page allows.
            body = body.replace("Content-Security-Policy", "")
            route.fulfill(response=response, body=body if early else response.text())

        tab.route(f"**/{EXPLORING[0]}.html", answer)
        tab.goto(f"{server}{EXPLORING[0]}.html")
        checks.scroll_through(tab)
        assert bool(checks.hasty_frames(tab)) == early
