"""Sliders that work with a kernel and without one.

In Jupyter an explorer shows live ipywidgets, which take any value between the ends. On
a published page, in an exported or saved notebook, all pictures stand behind native
sliders, with no kernel and no network; without JavaScript, and on paper, the first
picture stands there with its sentence. Where a reader runs the cell, only the picture
that is looked at is drawn; the others follow while the kernel rests. A program that
runs a notebook gets them all at once.
"""

import asyncio
import base64
import html
import inspect
import io
import itertools
import json
import math
import os
import re
from collections.abc import Sequence
from importlib import resources

import numpy as np
from matplotlib import style
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.text import Text

from utils import _checks
from utils._progress import progress

_SYMBOLS = {"lam": "λ", "lr": "η", "sigma": "σ"}
# A hundredth of a point is finer than any screen; the digits after it are half of a
# picture's weight. The scale of the letters, 0.015625, must keep its own.
_LONG_NUMBER = re.compile(rb"(?<!scale\()(?<!\d)\d+\.\d{3,}")
_PLAY_MILLISECONDS = 700
# How many seconds without a cell or a slider make a kernel that rests.
_REST = 0.3
# Pictures that nobody looks at yet are drawn for one explorer after another.
_ONE_AT_A_TIME = asyncio.Lock()
# How much of a single picture's height each further row of axes adds.
_FURTHER_ROW = 0.65
# On a slide, which is wider than high, rows of axes stand side by side, in inches.
_SLIDE = 6.3, 2.65


def explore(draw, /, *, panels=(1, 1), **controls):
    """Draw a picture for every combination of the controls' values, and put sliders on
    it.

    Parameters
    ----------
    draw : callable
        ``draw(ax, **values)`` draws on an empty ax and returns one sentence that says
        what is seen. The sentence stands under the picture, is its alternative text and
        is read aloud by screen readers. Limits of the axes are for draw to set: the
        frame stays where the first picture puts it. How ticks, grids and spines look
        is kept from picture to picture: what draw changes there it changes at every
        value.
    panels : (int, int)
        Rows and columns of axes. With more than one, draw gets the array of axes
        instead of one ax.
    **controls : sequences
        One or two controls by name, each with the values of its slider, at least two:
        whole numbers, ascending numbers, or strings. The first of each is shown first.

    Returns
    -------
    Explorer
        Shown by Jupyter, and by the book, when it is the last value of a cell.

    Raises
    ------
    ValueError
        If there are no controls or more than two, a control has fewer than two values,
        its numbers are not finite and ascending, draw does not take them by name beside
        its ax or does not return a sentence, or panels is not a pair of whole numbers.
    """
    _checks.function("draw", draw)
    if np.shape(panels) != (2,):
        raise ValueError(
            f"panels must be two numbers, of rows and columns; got {panels!r}"
        )
    panels = tuple(_checks.whole_number("panels", number, low=1) for number in panels)
    if not 1 <= len(controls) <= 2:
        raise ValueError(
            f"controls must be one or two; got {len(controls)}: "
            f"{', '.join(controls) or 'none'}"
        )
    controls = {name: _check_values(name, values) for name, values in controls.items()}
    _check_signature(draw, controls)
    return Explorer(draw, controls, panels)


def _check_signature(draw, controls):
    try:
        signature = inspect.signature(draw)
    except ValueError:
        # Some functions written in C have none.
        return
    try:
        signature.bind(None, **controls)
    except TypeError as error:
        names = ", ".join(controls)
        raise ValueError(
            f"draw must take an ax, and {names} by name; got draw{signature}: {error}"
        ) from None


def _check_values(name, values):
    if (
        isinstance(values, str)
        or not isinstance(values, Sequence | np.ndarray)
        or len(values) < 2
    ):
        raise ValueError(
            f"{name} must be a sequence of two values or more; got {values!r}"
        )
    values = [
        value.item() if isinstance(value, np.generic) else value for value in values
    ]
    if all(isinstance(value, str) for value in values) and len(set(values)) == len(
        values
    ):
        return values
    numbers = all(
        isinstance(value, int | float) and not isinstance(value, bool)
        for value in values
    )
    # Written so that NaN is refused. Beyond the limit the ends would be too far apart.
    limited = numbers and all(abs(value) < 1e300 for value in values)
    if not limited or not all(low < high for low, high in itertools.pairwise(values)):
        raise ValueError(
            f"{name} must hold finite numbers in ascending order, or different "
            f"strings; got {values!r}"
        )
    return values


def _label(value):
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _slider(name, values):
    """The ipywidgets slider for these values; where they are numbers it takes those in
    between as well.
    """
    import ipywidgets

    options = {
        "description": _title(name),
        "continuous_update": True,
        "style": {"description_width": "initial"},
    }
    if isinstance(values[0], str):
        return ipywidgets.SelectionSlider(options=values, **options)
    if all(isinstance(value, int) for value in values):
        step = math.gcd(*(high - low for low, high in itertools.pairwise(values)))
        return ipywidgets.IntSlider(
            value=values[0], min=values[0], max=values[-1], step=step, **options
        )
    if values[0] > 0 and values[-1] / values[0] > 50:
        low, high = np.log10([values[0], values[-1]])
        return ipywidgets.FloatLogSlider(
            value=values[0],
            min=low,
            max=high,
            step=(high - low) / 200,
            readout_format=".3g",
            **options,
        )
    step = (values[-1] - values[0]) / 200
    return ipywidgets.FloatSlider(
        value=values[0],
        min=values[0],
        max=values[-1],
        step=step,
        readout_format=".3g",
        **options,
    )


def _look(figure):
    """What tells whether axes are as they were new, but for what stands on them."""
    axes = [(ax.title, ax.axison, ax.child_axes, ax.get_aspect()) for ax in figure.axes]
    return figure.get_children(), axes


def _is_text(artist):
    return isinstance(artist, Text)


def _source(svg):
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()


def _title(name):
    return _SYMBOLS.get(name, name.replace("_", " "))


class Explorer:
    """Pictures and sentences for every combination of one or two controls; made by
    `explore`.

    Attributes
    ----------
    controls : dict
        Name and values of each control.
    frames : list of bytes
        The pictures, as SVG; the last control varies fastest. They are drawn when they
        are first asked for.
    sentences : list of str
        What is seen on each.
    """

    # Of all sliders, so that none has to wait for pictures that nobody looks at.
    _moves = 0

    def __init__(self, draw, controls, panels, *, slide=False):
        self.controls = controls
        self._draw = draw
        self._panels = panels
        self._slide = slide
        self._figure = self._positions = None
        self._points = [
            dict(zip(controls, point, strict=True))
            for point in itertools.product(*controls.values())
        ]
        self._pictures = [self.draw(**self._points[0])]

    def _draw_next(self):
        self._pictures.append(self.draw(**self._points[len(self._pictures)]))

    def _draw_rest(self):
        for _ in progress(self._points[len(self._pictures) :], "pictures"):
            self._draw_next()
        return self._pictures

    @property
    def frames(self):
        """The pictures, drawn when they are first asked for."""
        return [picture for picture, _ in self._draw_rest()]

    @property
    def sentences(self):
        """What is seen on each."""
        return [sentence for _, sentence in self._draw_rest()]

    def _empty_axes(self):
        """The axes of the picture before, without all that draw put on them: to make
        their frames and ticks takes longer than all else. If draw has changed more than
        that, new ones.
        """
        if self._figure is None or _look(self._figure) != self._new_look:
            self._figure, self._axes = self._new_figure()
            self._new_look = _look(self._figure)
            self._frames = {ax: set(ax.get_children()) for ax in self._figure.axes}
            return
        for ax, frame in self._frames.items():
            # The labels of contours go with them.
            while drawn := [part for part in ax.get_children() if part not in frame]:
                drawn[0].remove()
            for text in (*filter(_is_text, frame), ax.xaxis.label, ax.yaxis.label):
                text.set_text("")
            # The scales bring the places and names of the ticks with them.
            ax.set(xscale="linear", yscale="linear", xlim=(0, 1), ylim=(0, 1))
            ax.set_prop_cycle(None)
            ax.relim()
            ax.set_autoscale_on(True)

    def _new_figure(self):
        figure = Figure()
        if self._slide:
            figure.set_size_inches(_SLIDE)
            return figure, figure.subplots(*self._panels[::-1])
        width, height = figure.get_size_inches()
        figure.set_size_inches(
            width, height * (1 + _FURTHER_ROW * (self._panels[0] - 1))
        )
        return figure, figure.subplots(*self._panels)

    def _freeze_layout(self):
        """Lay out the first picture, and give its layout to all others, so that nothing
        jumps when a slider moves.
        """
        figure = self._figure
        if self._positions is None:
            figure.draw_without_rendering()
            self._positions = [ax.get_position() for ax in figure.axes]
        figure.set_layout_engine("none")
        for ax, position in zip(figure.axes, self._positions, strict=False):
            ax.set_position(position)

    def draw(self, /, **values):
        """Draw the picture for these values.

        Parameters
        ----------
        **values : number or str
            One for each control; any that ``draw`` accepts, not only those of the
            slider.

        Returns
        -------
        svg : bytes
            The picture.
        sentence : str
            What is seen on it.

        Raises
        ------
        ValueError
            If a control has no value or there is none of that name, or the drawing
            function does not return a sentence.
        """
        if values.keys() != self.controls.keys():
            names = ", ".join(self.controls)
            raise ValueError(
                f"values must be given for {names}; got {', '.join(values) or 'none'}"
            )
        with style.context("utils.book"):
            self._empty_axes()
            sentence = self._draw(self._axes, **values)
            if not isinstance(sentence, str) or not sentence.strip():
                raise ValueError(
                    "draw must return one sentence that says what is seen; got "
                    f"{sentence!r} at {values}"
                )
            self._freeze_layout()
            buffer = io.BytesIO()
            # Figure.savefig would draw each picture twice, once for the layout.
            FigureCanvasSVG(self._figure).print_svg(buffer, metadata={"Date": None})
        return _LONG_NUMBER.sub(
            lambda number: b"%.2f" % float(number[0]), buffer.getvalue()
        ), sentence

    def _first_image(self):
        with style.context("utils.book"):
            inches = self._figure.get_size_inches()
        width, height = (round(96 * side) for side in inches)
        svg, sentence = self._pictures[0]
        return (
            f'<img src="{_source(svg)}" alt="{html.escape(sentence)}"'
            f' width="{width}" height="{height}" decoding="sync">'
        )

    def _first_html(self):
        """What is seen of a notebook saved before the other pictures are drawn."""
        return (
            f'<div style="max-width: 640px">{self._first_image()}'
            f"<p>{html.escape(self._pictures[0][1])}</p>"
            "<p>The other pictures are drawn while the notebook rests; saved after"
            " that, it shows them all.</p></div>"
        )

    @property
    def html(self):
        """The explorer as one piece of HTML that needs no kernel, no network and no
        other file.
        """
        sources = [_source(frame) for frame in self.frames]
        labels = [
            [_label(value) for value in values] for values in self.controls.values()
        ]
        data = {"frames": sources, "sentences": self.sentences, "labels": labels}
        # Set where the book is built; nobody else waits for pictures that only a slide
        # shows.
        if os.environ.get("BOOK_SLIDES") and self._panels[0] > 1:
            wide = Explorer(self._draw, self.controls, self._panels, slide=True)
            data["wide"] = [_source(frame) for frame in wide.frames]
        data = json.dumps(data, ensure_ascii=False)
        # Nothing in a sentence may end the script, or begin a comment in it.
        data = data.replace("<", "\\u003c")
        sliders = "".join(
            f"<label><span>{html.escape(_title(name))}</span>"
            f'<input type="range" min="0" max="{len(values) - 1}" value="0" step="1"'
            f' aria-valuetext="{html.escape(_label(values[0]))}">'
            f"<output>{html.escape(_label(values[0]))}</output></label>"
            for name, values in self.controls.items()
        )
        title = html.escape(" and ".join(map(_title, self.controls)))
        first = html.escape(self.sentences[0])
        files = {
            name: (resources.files("utils") / f"explorer.{name}").read_text("utf-8")
            for name in ("css", "js")
        }
        return (
            f'<div class="explorer" role="group" aria-label="Explorer: {title}">'
            f"{self._first_image()}"
            f'<div class="explorer-controls" hidden>{sliders}'
            f'<button type="button" data-milliseconds="{_PLAY_MILLISECONDS}">Play'
            "</button></div>"
            f'<p class="explorer-sentence" aria-live="polite">{first}</p>'
            f'<script type="application/json">{data}</script>'
            f"<style>{files['css']}</style><script>{files['js']}</script></div>"
        )

    def live(self):
        """The explorer as ipywidgets, redrawn by the kernel at each move.

        Returns
        -------
        ipywidgets.VBox
            The picture with its sentence, the sliders, and a button that plays through
            the first.
        """
        import ipywidgets

        sliders = {
            name: _slider(name, values) for name, values in self.controls.items()
        }
        picture = ipywidgets.HTML()

        def update(_=None):
            Explorer._moves += 1
            svg, sentence = self.draw(
                **{name: slider.value for name, slider in sliders.items()}
            )
            text = html.escape(sentence)
            image = f'<img src="{_source(svg)}" alt="{text}">'
            picture.value = f'{image}<p aria-live="polite">{text}</p>'

        for slider in sliders.values():
            slider.observe(update, "value")
        update()
        name, values = next(iter(self.controls.items()))
        play = ipywidgets.Play(
            min=0,
            max=len(values) - 1,
            interval=_PLAY_MILLISECONDS,
            description=_title(name),
        )
        play.observe(
            lambda change: setattr(sliders[name], "value", values[change["new"]]),
            "value",
        )
        return ipywidgets.VBox([picture, *sliders.values(), play])

    def _repr_mimebundle_(self, include=None, exclude=None):
        return self._bundle(self.html)

    def _bundle(self, page):
        live = self.live()._repr_mimebundle_()
        return {**live, "text/html": page, "text/plain": self._pictures[0][1]}

    def _ipython_display_(self):
        """Show a reader the live view at once, and complete the HTML while the kernel
        rests.
        """
        shell = _shell_of_a_reader()
        if shell is None:
            # IPython goes on with _repr_mimebundle_.
            raise NotImplementedError
        from IPython.display import display

        bundle = self._bundle(self._first_html())
        handle = display(bundle, raw=True, display_id=True)
        self._task = asyncio.ensure_future(self._complete(shell, handle, bundle))

    async def _complete(self, shell, handle, bundle):
        async with _ONE_AT_A_TIME:
            while len(self._pictures) < len(self._points):
                await self._rest(shell)
                self._draw_next()
            await self._rest(shell)
            handle.update({**bundle, "text/html": self.html}, raw=True)

    async def _rest(self, shell):
        """Wait until, for a moment, no cell has been run and no slider moved."""
        before = None
        while before != (before := (shell.execution_count, Explorer._moves)):
            await asyncio.sleep(_REST)


def _shell_of_a_reader():
    """The shell in which somebody runs a cell, or None for a program that runs a
    notebook.

    Such a program (nbclient, with which the book is built; nbconvert; nbval) tells the
    kernel that nobody is there to answer, and listens no longer than the cell runs.
    """
    try:
        asyncio.get_running_loop()
        from IPython import get_ipython

        shell = get_ipython()
        asks = shell.kernel.get_parent()["content"]["allow_stdin"]
    except (ImportError, RuntimeError, AttributeError, KeyError, TypeError):
        return None
    return shell if asks else None
