"""Explorers: every picture drawn and sound, on the page without a kernel and in Jupyter with one."""

import base64
import itertools
import json
import re
from functools import partial
from html.parser import HTMLParser
from xml.etree import ElementTree

import matplotlib
import matplotlib.pyplot as plt
import nbclient
import nbformat
import numpy as np
import pytest
from jupyter_client.manager import start_new_kernel
from matplotlib.figure import Figure

from utils import explorers

SVG = "{http://www.w3.org/2000/svg}"


def write(value):
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def draw(ax, **values):
    """A picture, and a sentence, in which every control shows."""
    for k, value in enumerate(values.values()):
        ax.plot([0, 1], [k, len(value) if isinstance(value, str) else value])
    ax.set(title=" ".join(map(write, values.values())), xticks=[], yticks=[])
    return "This is " + ", ".join(f"{name} {write(value)}" for name, value in values.items()) + "."


def draw_two(axs, k):
    top, bottom = axs
    top.plot([0, 1], [0, k])
    bottom.plot([0, 1], [k, 0])
    return f"Up and down by {k}."


CONTROLS = {
    "whole numbers": {"degree": range(4)},
    "uneven whole numbers": {"m": [10, 30, 100]},
    "evenly spaced": {"sigma": [0.0, 0.25, 0.5]},
    "geometric": {"lam": [1e-6, 1e-3, 1.0, 1e3]},
    "mixed numbers": {"lam": [0, 0.5, 1]},
    "strings": {"target": ["sine", "cosine", "a parabola"]},
    "numpy's numbers": {"degree": np.arange(1, 4)},
    "numpy's floats": {"lam": np.logspace(-4, 2, 4)},
    "two": {"degree": range(3), "lam": [1e-3, 1.0]},
    "two, of two kinds": {"target": ("sine", "cosine"), "m": [10, 20, 30]},
}


def combinations(explorer):
    names, values = explorer.controls, explorer.controls.values()
    return [dict(zip(names, point, strict=True)) for point in itertools.product(*values)]


@pytest.fixture(scope="module", params=CONTROLS.values(), ids=CONTROLS)
def explorer(request):
    return explorers.explore(draw, **request.param)


def test_an_explorer_knows_its_controls_in_plain_numbers(request, explorer):
    given = request.node.callspec.params["explorer"]
    assert explorer.controls == {name: list(values) for name, values in given.items()}
    assert {type(value) for values in explorer.controls.values() for value in values} <= {int, float, str}


def test_every_combination_has_a_frame_and_a_sentence_and_the_last_control_varies_fastest(explorer):
    expected = [draw(Figure().subplots(), **values) for values in combinations(explorer)]
    assert explorer.sentences == expected and len(explorer.frames) == len(expected)


def test_frames_are_svg_of_one_size_and_no_two_are_alike(explorer):
    roots = [ElementTree.fromstring(frame) for frame in explorer.frames]
    assert {root.tag for root in roots} == {SVG + "svg"}
    assert len({(root.get("width"), root.get("height"), root.get("viewBox")) for root in roots}) == 1
    assert len({ElementTree.tostring(root) for root in roots}) == len(roots)


def edges(frame):
    """Outlines of the axes of a frame: of each group axes_k the path of its background."""
    groups = [g for g in ElementTree.fromstring(frame).iter(SVG + "g") if re.fullmatch(r"axes_\d+", g.get("id", ""))]
    return [next(group.iter(SVG + "path")).get("d") for group in groups]


@pytest.mark.parametrize("panels", [(1, 1), (2, 1), (1, 2)])
def test_the_axes_stay_where_the_first_picture_puts_them(panels):
    def grow(axs, k):
        for ax in np.ravel(axs):
            ax.set(xlim=(0, 10.0**k), ylim=(0, 10.0**k), ylabel="y\n" * k, title="long " * k)
        return f"Labels grow with {k}."

    frames = explorers.explore(grow, panels=panels, k=range(1, 6)).frames
    assert len(edges(frames[0])) == panels[0] * panels[1]
    assert all(edges(frame) == edges(frames[0]) for frame in frames)


def test_the_first_picture_is_laid_out_for_its_labels():
    def labelled(ax, k, label):
        ax.set(ylabel=label)
        return "Labels."

    short, tall = (explorers.explore(partial(labelled, label=label), k=[1, 2]) for label in ("y", "y\n" * 6))
    assert edges(short.frames[0]) != edges(tall.frames[0])


def title_and_legend(ax, k):
    if k == 2:
        ax.plot([1, 2], [1, 2], label="only here")
        ax.legend()
        ax.set(title="only here", yscale="log")
    return f"Legend at {k}."


def twin(ax, k):
    ax.plot([0, 1], [0, k])
    ax.twinx().plot([0, 1], [k, 0])
    return f"Two scales at {k}."


def hidden(ax, k):
    ax.plot([0, 1], [0, k])
    if k == 2:
        ax.set_axis_off()
    return f"Hidden at {k}."


def inset(ax, k):
    ax.inset_axes([0.5, 0.5, 0.4, 0.4]).plot([0, 1], [0, k])
    return f"Inset at {k}."


def heading(ax, k):
    if k == 2:
        ax.figure.suptitle("only here")
    return f"Heading at {k}."


def shared_legend(ax, k):
    ax.figure.legend(ax.plot([0, 1], [0, k]), [f"line {k}"])
    return f"Legend of the figure at {k}."


def colour_bar(ax, k):
    ax.figure.colorbar(ax.imshow([[0, k], [k, 1]], aspect="auto"), ax=ax)
    return f"Colours up to {k}."


def square(ax, k):
    ax.imshow([[0, k], [k, 1]])
    return f"A square at {k}."


def ticks(ax, k):
    ax.plot([0, 1], [0, k])
    if k == 2:
        ax.set(xticks=[0, 1], xticklabels=["left", "right"], yticks=[], ylim=(0, 9), xlabel="only here")
    return f"Ticks at {k}."


def upside_down(ax, k):
    ax.plot([0, 1], [0, k])
    if k == 2:
        ax.invert_yaxis()
    return f"Upside down at {k}."


def cleared(ax, k):
    ax.clear()
    ax.plot([0, 1], [0, k])
    ax.fill_between([0, 1], [0, k], alpha=0.2)
    return f"Cleared at {k}."


PICTURES = [
    draw, title_and_legend, twin, hidden, inset, heading, shared_legend, colour_bar, square, ticks, upside_down, cleared
]  # fmt: skip


@pytest.mark.parametrize("draw", PICTURES)
def test_a_picture_does_not_depend_on_those_drawn_before_it(draw):
    explorer = explorers.explore(draw, k=[1, 2])
    backwards = [explorer.draw(k=k) for k in (2, 1)][::-1]
    assert backwards == list(zip(explorer.frames, explorer.sentences, strict=True))
    for k, frame in enumerate(explorer.frames, start=1):
        # As if it were the first.
        explorer._figure = None
        assert explorer.draw(k=k)[0] == frame


def test_a_further_picture_stands_on_the_axes_of_the_one_before():
    given = []

    def noted(ax, k):
        given.append((ax, len(ax.lines)))
        ax.plot([0, 1], [0, k])
        return "A line."

    assert explorers.explore(noted, k=[1, 2, 3]).frames
    assert len(given) == 3 and set(given) == {(given[0][0], 0)}


def test_contours_take_their_labels_with_them():
    def contours(ax, k):
        ax.clabel(ax.contour([[0, k, 0], [k, 9, k], [0, k, 0]]))
        return f"Contours at {k}."

    explorer = explorers.explore(contours, k=[1, 2, 3])
    # Labels leave gaps in the lines, and how wide those are is measured before the first picture is laid out.
    assert [explorer.draw(k=k)[0] for k in (3, 2)] == explorer.frames[:0:-1]


def test_panels_hand_an_array_of_axes_to_draw():
    shapes = []
    for panels in ((1, 1), (2, 1), (1, 2), (2, 2)):
        explorers.explore(lambda axs, k: shapes.append(np.shape(axs)) or "A sentence.", panels=panels, k=[1, 2])
    assert shapes == [(), (2,), (2,), (2, 2)]


def test_a_two_panel_explorer_draws_both():
    explorer = explorers.explore(draw_two, panels=(2, 1), k=[1, 2])
    assert [len(edges(frame)) for frame in explorer.frames] == [2, 2]
    assert explorer.frames[0] != explorer.frames[1] and "Up and down by 2." in explorer.html


def test_further_rows_make_the_picture_higher_and_further_columns_leave_its_size():
    def size(panels):
        root = ElementTree.fromstring(explorers.explore(lambda axs, k: "Empty.", panels=panels, k=[1, 2]).frames[0])
        return [float(root.get(side).removesuffix("pt")) for side in ("width", "height")]

    # The book's own size, in points, 72 to the inch.
    width, height = 72 * 5.2, 72 * 3.5
    assert size((1, 1)) == size((1, 2)) == pytest.approx([width, height])
    assert size((2, 1)) == pytest.approx([width, 1.65 * height])


def test_an_explorer_leaves_no_trace_in_matplotlib():
    before = dict(matplotlib.rcParams)
    explorers.explore(draw, k=[1, 2]).live()
    assert dict(matplotlib.rcParams) == before and plt.get_fignums() == []


def test_pictures_are_the_same_in_every_run():
    assert explorers.explore(draw, k=[1, 2]).frames == explorers.explore(draw, k=[1, 2]).frames


def test_only_the_picture_that_is_looked_at_is_drawn_and_each_other_once_when_it_is_asked_for():
    drawn = []

    def noted(ax, k):
        drawn.append(k)
        return f"This is {k}."

    explorer = explorers.explore(noted, k=range(4))
    assert drawn == [0]
    explorer.live()
    assert drawn == [0, 0]
    assert explorer.sentences == [f"This is {k}." for k in range(4)] and drawn == [0, 0, 1, 2, 3]
    assert len(explorer.frames) == 4 and "This is 3." in explorer.html and drawn == [0, 0, 1, 2, 3]


def fragile(ax, k):
    return f"One over {1 / (k - 3)}."


def test_an_error_in_draw_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        explorers.explore(fragile, k=range(3, 5))
    explorer = explorers.explore(fragile, k=range(5))
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            explorer._repr_mimebundle_()


@pytest.mark.parametrize("sentence", [None, "", "  \n", 3, b"bytes", ["a list"]])
def test_draw_returns_a_sentence_at_every_value(sentence):
    message = r"draw must return one sentence that says what is seen; got .* at \{'k': 2\}"
    explorer = explorers.explore(lambda ax, k: "A sentence." if k == 1 else sentence, k=[1, 2])
    with pytest.raises(ValueError, match=message):
        explorer.html  # noqa: B018
    with pytest.raises(ValueError, match=message):
        explorers.explore(lambda ax, k: sentence, k=[2, 3])


NO_VALUES = {
    "one": [1],
    "none": [],
    "a number": 5,
    "None": None,
    "one string": "sine",
    "a generator": (k for k in range(3)),
    "a set, which has no order": {1, 2},
    "descending": [3, 2, 1],
    "twice the same": [1, 1, 2],
    "twice the same string": ["sine", "sine"],
    "NaN": [0.0, np.nan],
    "NaN first": [np.nan, 1.0],
    "infinite": [0.0, np.inf],
    "a number and a string": [1, "two"],
    "a string and a number": ["one", 2.0],
    "truth values": [False, True],
    "a number and a truth value": [0, True],
    "a number and None": [1, None],
    "complex": [1j, 2j],
    "rows": [[1, 2], [3, 4]],
    "an array with two axes": np.ones((2, 2)),
    "a whole number that no float can hold": [1, 10**400],
    "a number near the end of the floats": [-1.7e308, 1.7e308],
}


@pytest.mark.parametrize("values", NO_VALUES.values(), ids=NO_VALUES)
def test_values_of_a_control_are_a_sequence_of_ascending_numbers_or_of_strings(values):
    with pytest.raises(ValueError, match="^degree must .*; got "):
        explorers.explore(draw, m=[1, 2], degree=values)


@pytest.mark.parametrize("controls, got", [({}, "0: none"), (dict.fromkeys("abc", [1, 2]), "3: a, b, c")])
def test_there_are_one_or_two_controls(controls, got):
    with pytest.raises(ValueError, match=f"controls must be one or two; got {got}"):
        explorers.explore(draw, **controls)


@pytest.mark.parametrize("name", ["self", "draw", "controls", "explorer", "name", "cls", "args", "kw"])
def test_controls_may_have_any_name_that_draw_takes(name):
    explorer = explorers.explore(lambda ax, **values: f"{values}", **{name: [1, 2]})
    assert explorer.sentences == [f"{ {name: 1} }", f"{ {name: 2} }"]
    picture, (slider,), _ = parts(explorer)
    slider.value = 2
    assert seen(picture)[2] == f"{ {name: 2} }"


@pytest.mark.parametrize(
    "draw, names",
    [
        (lambda ax, **values: "A sentence.", ["ax"]),
        (lambda self, k: "A sentence.", ["self"]),
        (lambda axs, k: "A sentence.", ["lam"]),
        (lambda ax, k, lam: "A sentence.", ["k"]),
        (lambda k: "A sentence.", ["k"]),
        (lambda ax, k, /: "A sentence.", ["k"]),
    ],
)
def test_controls_are_those_that_draw_takes_by_name(draw, names):
    with pytest.raises(ValueError, match=f"^draw must take an ax, and {names[0]} by name; got draw\\("):
        explorers.explore(draw, **{name: [1, 2] for name in names})


@pytest.mark.parametrize("draw", [None, "draw", 3])
def test_draw_is_a_function(draw):
    with pytest.raises(ValueError, match="^draw must be a function; got "):
        explorers.explore(draw, k=[1, 2])


@pytest.mark.parametrize("panels", [0, (0, 1), (1, 2, 3), (1.0, 1), "22", None, (-1, 2), [True, 1]])
def test_panels_are_two_whole_numbers(panels):
    with pytest.raises(ValueError, match="^panels must be .*; got "):
        explorers.explore(draw, panels=panels, k=[1, 2])


@pytest.mark.parametrize("values", [{}, {"m": 1}, {"k": 1, "m": 2}])
def test_a_picture_is_drawn_for_a_value_of_each_control_and_no_other(values):
    with pytest.raises(ValueError, match="^values must be given for k; got "):
        explorers.explore(draw, k=[1, 2]).draw(**values)


class Page(HTMLParser):
    """All elements of a piece of HTML, with their attributes and the text inside them."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open = [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes), []))
        if tag not in ("img", "input"):
            self.open.append(self.elements[-1])

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        self.open[-1][2].append(data)

    def all(self, tag, **attributes):
        return [(a, "".join(text)) for t, a, text in self.elements if t == tag and attributes.items() <= a.items()]

    @property
    def data(self):
        ((_, text),) = self.all("script", type="application/json")
        return json.loads(text)


def decode(source):
    head, content = source.split(",")
    assert head == "data:image/svg+xml;base64"
    return base64.b64decode(content)


def test_rows_of_axes_stand_side_by_side_on_a_slide(monkeypatch):
    """In the built book alone, and as wide as a slide has room for."""

    def draw(axes, x):
        for ax in axes:
            ax.plot([0, x])
        return f"Two lines rise to {x}."

    explorer = explorers.explore(draw, panels=(2, 1), x=range(2))
    assert "wide" not in Page(explorer.html).data
    monkeypatch.setenv("BOOK_SLIDES", "1")
    wide = Page(explorer.html).data["wide"]
    assert len(wide) == 2
    assert all(b'width="453.6pt" height="190.8pt"' in decode(source) for source in wide)


def test_the_html_has_a_slider_for_each_control_and_data_for_each_frame(explorer):
    page = Page(explorer.html)
    counts = [len(values) for values in explorer.controls.values()]
    assert page.open == []
    sliders = [attributes for attributes, _ in page.all("input", type="range")]
    assert [int(slider["max"]) + 1 for slider in sliders] == counts
    assert {(slider["min"], slider["value"], slider["step"]) for slider in sliders} == {("0", "0", "1")}
    assert [decode(source) for source in page.data["frames"]] == explorer.frames
    assert page.data["sentences"] == explorer.sentences
    assert [len(labels) for labels in page.data["labels"]] == counts
    assert [slider["aria-valuetext"] for slider in sliders] == [labels[0] for labels in page.data["labels"]]
    assert len(page.all("button")) == 1


def test_labels_tell_the_values_apart(explorer):
    for labels in Page(explorer.html).data["labels"]:
        assert len(set(labels)) == len(labels)


def test_the_first_frame_and_its_sentence_stand_in_the_html_before_any_script_runs():
    explorer = explorers.explore(draw, k=[1, 2])
    page = Page(explorer.html)
    ((image, _),) = page.all("img")
    assert decode(image["src"]) == explorer.frames[0] and image["alt"] == explorer.sentences[0]
    root = ElementTree.fromstring(explorer.frames[0])
    width, height = (float(root.get(side).removesuffix("pt")) for side in ("width", "height"))
    # The sides are rounded to whole pixels.
    assert int(image["width"]) / int(image["height"]) == pytest.approx(width / height, abs=1 / int(image["height"]))
    assert [text for _, text in page.all("p")] == [explorer.sentences[0]]
    # Sliders that nothing listens to yet would promise too much.
    assert "hidden" in page.all("div", **{"class": "explorer-controls"})[0][0]


def test_controls_are_named_in_words_and_greek():
    html = explorers.explore(draw, training_set=[1, 2], lam=[0.1, 1.0]).html
    assert [text for _, text in Page(html).all("span")] == ["training set", "λ"]
    assert 'aria-label="Explorer: training set and λ"' in html


@pytest.mark.parametrize("panels", [(1, 1), (1, 2)])
def test_nothing_is_fetched_from_anywhere(panels):
    explorer = explorers.explore(lambda axs, k: f"Sentence {k}.", panels=panels, k=[1, 2])
    page = Page(explorer.html)
    fetched = [value for _, a, _ in page.elements for name, value in a.items() if name in ("src", "href", "srcset")]
    assert all(value.startswith("data:") for value in fetched) and len(fetched) == 1
    assert not re.search(r"https?:|url\(|@import|\bfetch\(|//", re.sub(r"base64,[\w+/=]+|// .*", "", explorer.html))
    for frame in explorer.frames:
        for element in ElementTree.fromstring(frame).iter():
            assert all(v.startswith("#") for name, v in element.attrib.items() if name.endswith(("href", "src")))
            assert not re.search(r"url\((?!#)|@import", " ".join([*element.attrib.values(), element.text or ""]))


NASTY = "1 < 2 & 3 > 2, \"quoted\" and 'quoted' </script><script>alert(1)</script> <!--<script> \\ \u2028 λ²"


def nasty(ax, k):
    ax.set_axis_off()
    return f"{NASTY} {k}"


def test_sentences_are_text_and_never_markup():
    explorer = explorers.explore(nasty, k=[1, 2])
    page = Page(explorer.html)
    assert page.data["sentences"] == [f"{NASTY} 1", f"{NASTY} 2"]
    assert page.all("img")[0][0]["alt"] == page.all("p")[0][1] == f"{NASTY} 1"
    assert len(page.all("script")) == 2
    # Either of these opens a state in which a browser no longer sees the end of the script.
    inside = explorer.html.split('<script type="application/json">')[1].split("</script>")[0]
    assert "<!--" not in inside and "<script" not in inside


def test_names_and_values_of_controls_are_text_and_never_markup():
    page = Page(explorers.explore(lambda ax, **values: "A sentence.", **{"<i>k": ['<b>"&"</b>', "</script>"]}).html)
    assert page.data["labels"] == [['<b>"&"</b>', "</script>"]]
    assert page.all("output")[0][1] == page.all("input")[0][0]["aria-valuetext"] == '<b>"&"</b>'
    assert page.all("span")[0][1] == "<i>k" and not page.all("b") and not page.all("i")


def test_jupyter_gets_the_widget_the_book_the_html_and_a_terminal_the_sentence():
    explorer = explorers.explore(draw, degree=range(3))
    for bundle in (explorer._repr_mimebundle_(), explorer._repr_mimebundle_(include=None, exclude=None)):
        assert set(bundle) == {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"}
        assert bundle["text/html"] == explorer.html and bundle["text/plain"] == explorer.sentences[0]
        assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]


def parts(explorer):
    picture, *sliders, play = explorer.live().children
    return picture, sliders, play


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0.01, 0.1, 1.0], "FloatLogSlider"),
        ([1.0, 2.0, 51.0], "FloatLogSlider"),
        ([1.0, 2.0, 50.0], "FloatSlider"),
        ([0.0, 0.01, 1.0], "FloatSlider"),
        ([1, 2, 1000], "IntSlider"),
        (["b", "a"], "SelectionSlider"),
    ],
)
def test_a_wide_range_of_numbers_is_moved_through_by_factors(values, kind):
    _, [slider], _ = parts(explorers.explore(lambda ax, k: f"Here {k}.", k=values))
    assert type(slider).__name__ == kind and slider.value == pytest.approx(values[0])


def seen(picture):
    """What the live picture shows: its frame, its alternative text and the sentence under it."""
    page = Page(f"<div>{picture.value}</div>")
    return decode(page.all("img")[0][0]["src"]), page.all("img")[0][0]["alt"], page.all("p")[0][1]


def test_live_sliders_take_each_value_and_show_its_frame_and_sentence(explorer):
    picture, sliders, _ = parts(explorer)
    assert len(sliders) == len(explorer.controls)
    frames = []
    for values, frame, sentence in zip(combinations(explorer), explorer.frames, explorer.sentences, strict=True):
        for slider, value in zip(sliders, values.values(), strict=True):
            slider.value = value
            assert slider.value == (pytest.approx(value, rel=1e-12) if isinstance(value, float) else value)
        shown, alternative, text = seen(picture)
        assert alternative == text == sentence
        # A logarithmic slider ends at a power of ten up to rounding, which a path's last digit may show.
        assert shown == frame or any(isinstance(value, float) for value in values.values())
        frames.append(shown)
    assert len(set(frames)) == len(frames)


@pytest.mark.parametrize(
    "values, between",
    [
        ([1, 3, 9], 5),
        ([0.0, 0.5, 1.0], 0.3),
        ([1e-6, 1.0, 1e6], 0.02),
        ([0.1, 0.2], 0.15),
        ([0, 100, 1000.0], 1.5),
    ],
)
def test_live_sliders_take_values_in_between(values, between):
    picture, (slider,), _ = parts(explorers.explore(draw, k=values))
    slider.value = between
    assert slider.value == between and seen(picture)[2] == f"This is k {between}."


@pytest.mark.parametrize("values", [[1, 3, 9], [0, 6, 10], [0.0, 0.5], [1e-6, 1.0], [0.1, 0.2]])
def test_a_live_slider_ends_where_its_values_end_and_its_steps_are_many(values):
    _, (slider,), _ = parts(explorers.explore(draw, k=values))
    base = getattr(slider, "base", None)
    low, high = (base**end if base else end for end in (slider.min, slider.max))
    assert (low, high) == pytest.approx((values[0], values[-1]))
    # Each given value lies on a step.
    ends = np.log(values) / np.log(base) if base else np.array(values)
    steps = (ends - slider.min) / slider.step
    assert steps == pytest.approx(steps.round(), abs=1e-9)
    assert all(isinstance(value, int) for value in values) or steps[-1] == pytest.approx(200)


def test_play_moves_the_first_slider_through_its_values_and_no_other(explorer):
    picture, sliders, play = parts(explorer)
    values = next(iter(explorer.controls.values()))
    assert (play.min, play.max) == (0, len(values) - 1)
    others = [slider.value for slider in sliders[1:]]
    # The sentences in which the other control stands at its first value.
    sentences = explorer.sentences[:: len(explorer.sentences) // len(values)]
    for k in [*range(1, len(values)), 0]:
        play.value = k
        assert seen(picture)[2] == sentences[k]
    assert [slider.value for slider in sliders[1:]] == others


def test_live_sentences_are_text_and_never_markup():
    picture, (slider,), _ = parts(explorers.explore(nasty, k=[1, 2]))
    slider.value = 2
    assert seen(picture)[1:] == (f"{NASTY} 2", f"{NASTY} 2")


def test_live_sliders_wear_the_names_of_the_page():
    _, sliders, play = parts(explorers.explore(draw, training_set=[1, 2], lam=[0.1, 1.0]))
    assert [slider.description for slider in sliders] == ["training set", "λ"]
    assert play.description == "training set"


def test_a_live_two_panel_explorer_moves():
    picture, (slider,), _ = parts(explorers.explore(draw_two, panels=(2, 1), k=[1, 2]))
    before = seen(picture)
    slider.value = 2
    assert seen(picture)[0] != before[0] and seen(picture)[2] == "Up and down by 2."
    assert len(edges(seen(picture)[0])) == 2


def test_two_live_views_of_an_explorer_do_not_disturb_each_other():
    explorer = explorers.explore(draw, k=[1, 2])
    (one, (slider,), _), (other, _, _) = parts(explorer), parts(explorer)
    slider.value = 2
    assert seen(one)[2] == "This is k 2." and seen(other)[2] == "This is k 1."


CELLS = [
    "from utils import explorers",
    """def draw(ax, k):
    ax.plot([0, k])
    return f"This is {k}."
""",
    "explorers.explore(draw, k=range(5))",
]


def test_a_program_that_runs_a_notebook_gets_all_pictures_with_the_cell():
    """The built book, an exported notebook: nbclient listens no longer than a cell runs."""
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, CELLS)))
    nbclient.NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    # Where drawing takes more than two seconds there is a progress bar beside the result.
    [output] = [output for output in notebook.cells[-1].outputs if output.output_type == "execute_result"]
    assert Page(output.data["text/html"]).data["sentences"] == [f"This is {k}." for k in range(5)]
    assert output.data["application/vnd.jupyter.widget-view+json"]["model_id"]


@pytest.fixture
def kernel():
    """A kernel, and what it says to somebody who runs cells, till the last has run or it says what is wanted."""
    manager, client = start_new_kernel(kernel_name="python3")

    def run(*codes, wanted=None):
        ids = [client.execute(code, allow_stdin=True) for code in codes]
        said = []
        while not said or not (wanted(said[-1]) if wanted else ends(said[-1], ids[-1])):
            said.append(client.get_iopub_msg(timeout=60))
            assert said[-1]["msg_type"] != "error", said[-1]["content"]
        return said

    yield run
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def ends(message, cell):
    rests = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
    return rests and message["parent_header"]["msg_id"] == cell


def completed(message):
    return message["msg_type"] == "update_display_data"


def printed(said):
    return "".join(message["content"]["text"] for message in said if message["msg_type"] == "stream").strip()


NOTED = "\n".join(["drawn = []", CELLS[0], CELLS[1].replace("ax.plot", "drawn.append(k); ax.plot")])


def test_a_reader_gets_the_live_view_at_once_and_the_pictures_while_the_kernel_rests(kernel):
    kernel(NOTED)
    at_once = kernel(CELLS[2])
    (shown,) = [message["content"] for message in at_once if message["msg_type"] == "display_data"]
    assert not any(message["msg_type"] in ("execute_result", "stream") for message in at_once)
    first = Page(shown["data"]["text/html"])
    ((image, _),) = first.all("img")
    assert image["alt"] == "This is 0." and first.open == [] and not first.all("script")
    assert "The other pictures are drawn while the notebook rests" in shown["data"]["text/html"]
    # One picture for the page, one for the live view.
    assert printed(kernel("print(drawn)")) == "[0, 0]"
    later = kernel("1 + 1", wanted=completed)[-1]
    assert printed(kernel("print(drawn)")) == "[0, 0, 1, 2, 3, 4]"
    # They come into the output of the cell, and the view that the reader may have moved stays the same.
    assert later["content"]["transient"]["display_id"] == shown["transient"]["display_id"]
    assert later["parent_header"]["msg_id"] == at_once[0]["parent_header"]["msg_id"]
    data = later["content"]["data"]
    assert Page(data["text/html"]).data["sentences"] == [f"This is {k}." for k in range(5)]
    view = "application/vnd.jupyter.widget-view+json"
    assert data[view] == shown["data"][view]


def test_cells_go_before_pictures_that_nobody_looks_at(kernel):
    """Cells that wait already find that none is drawn; of several explorers one is completed after another."""
    kernel(NOTED)
    said = kernel(CELLS[2], CELLS[2], "print(drawn)")
    assert printed(said) == "[0, 0, 0, 0]" and not any(map(completed, said))
    ids = [m["content"]["transient"]["display_id"] for m in said if m["msg_type"] == "display_data"]
    done = [kernel("2 + 2", wanted=completed)[-1]["content"]["transient"]["display_id"] for _ in range(2)]
    assert len(ids) == 2 and done == ids
