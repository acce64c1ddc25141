"""Sliders that work with a kernel and without one.

An explorer draws all its pictures once, when it is shown. In Jupyter it shows live ipywidgets, which take any value between the ends; on a
published page the same pictures stand behind native sliders, with no kernel and no network; without JavaScript, and on
paper, the first picture stands there with its sentence.
"""

import base64
import functools
import html
import io
import itertools
import json
import os
import re
from collections.abc import Sequence
from importlib import resources

import numpy as np
from matplotlib import style
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from utils._progress import progress

_SYMBOLS = {"lam": "λ", "lr": "η", "sigma": "σ"}
# A hundredth of a point is finer than any screen; the digits after it are half of a picture's weight.
# The scale of the letters, 0.015625, must keep its own.
_LONG_NUMBER = re.compile(rb"(?<!scale\()(?<!\d)\d+\.\d{3,}")
_PLAY_MILLISECONDS = 700
# How much of a single picture's height each further row of axes adds.
_FURTHER_ROW = 0.65
# On a slide, which is wider than high, rows of axes stand side by side, in inches.
_SLIDE = 7.6, 3.2


def explore(draw, *, panels=(1, 1), **controls):
    """Draw a picture for every combination of the controls' values, and put sliders on it.

    Parameters
    ----------
    draw : callable
        ``draw(ax, **values)`` draws on an empty ax and returns one sentence that says what is seen. The sentence stands
        under the picture, is its alternative text and is read aloud by screen readers. Limits of the axes are for draw to
        set: the frame stays where the first picture puts it.
    panels : (int, int)
        Rows and columns of axes. With more than one, draw gets the array of axes instead of one ax.
    **controls : sequences
        One or two controls by name, each with the values of its slider, at least two: whole numbers, ascending numbers, or
        strings. The first of each is shown first.

    Returns
    -------
    Explorer
        Shown by Jupyter, and by the book, when it is the last value of a cell.

    Raises
    ------
    ValueError
        If there are no controls or more than two, a control has fewer than two values, its numbers are not finite
        and ascending, or draw does not return a sentence.
    """
    if not 1 <= len(controls) <= 2:
        raise ValueError(f"controls must be one or two; got {len(controls)}: {', '.join(controls) or 'none'}")
    return Explorer(draw, {name: _check_values(name, values) for name, values in controls.items()}, panels)


def _check_values(name, values):
    if isinstance(values, str) or not isinstance(values, Sequence | np.ndarray) or len(values) < 2:
        raise ValueError(f"{name} must be a sequence of two values or more; got {values!r}")
    values = [value.item() if isinstance(value, np.generic) else value for value in values]
    if all(isinstance(value, str) for value in values) and len(set(values)) == len(values):
        return values
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    if not numbers or not np.isfinite(values).all() or (np.diff(values) <= 0).any():
        raise ValueError(f"{name} must hold finite numbers in ascending order, or different strings; got {values!r}")
    return values


def _label(value):
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _slider(name, values):
    """The ipywidgets slider for these values; where they are numbers it takes those in between as well."""
    import ipywidgets

    options = {
        "description": _title(name),
        "continuous_update": True,
        "style": {"description_width": "initial"},
    }
    if isinstance(values[0], str):
        return ipywidgets.SelectionSlider(options=values, **options)
    if all(isinstance(value, int) for value in values):
        step = int(np.gcd.reduce(np.diff(values)))
        return ipywidgets.IntSlider(value=values[0], min=values[0], max=values[-1], step=step, **options)
    if values[0] > 0 and values[-1] / values[0] > 50:
        low, high = np.log10([values[0], values[-1]])
        return ipywidgets.FloatLogSlider(
            value=values[0], min=low, max=high, step=(high - low) / 200, readout_format=".3g", **options
        )
    step = (values[-1] - values[0]) / 200
    return ipywidgets.FloatSlider(
        value=values[0], min=values[0], max=values[-1], step=step, readout_format=".3g", **options
    )


def _source(svg):
    return "data:image/svg+xml;base64," + base64.b64encode(svg).decode()


def _title(name):
    return _SYMBOLS.get(name, name.replace("_", " "))


class Explorer:
    """Pictures and sentences for every combination of one or two controls; made by `explore`.

    Attributes
    ----------
    controls : dict
        Name and values of each control.
    frames : list of bytes
        The pictures, as SVG; the last control varies fastest. They are drawn when they are first asked for.
    sentences : list of str
        What is seen on each.
    """

    def __init__(self, draw, controls, panels, *, slide=False):
        self.controls = controls
        self._draw = draw
        self._panels = panels
        self._slide = slide
        self._positions = None
        self._points = [dict(zip(controls, point, strict=True)) for point in itertools.product(*controls.values())]
        self._first = self.draw(**self._points[0])

    @functools.cached_property
    def _drawn(self):
        rest = [self.draw(**point) for point in progress(self._points[1:], "pictures")]
        return list(zip(self._first, *rest, strict=True))

    @property
    def frames(self):
        """The pictures, drawn when they are first asked for."""
        return list(self._drawn[0])

    @property
    def sentences(self):
        """What is seen on each."""
        return list(self._drawn[1])

    def _empty_figure(self):
        figure = Figure()
        if self._slide:
            figure.set_size_inches(_SLIDE)
            return figure, figure.subplots(*self._panels[::-1])
        width, height = figure.get_size_inches()
        figure.set_size_inches(width, height * (1 + _FURTHER_ROW * (self._panels[0] - 1)))
        return figure, figure.subplots(*self._panels)

    def _freeze_layout(self, figure):
        """Lay out the first picture, and give its layout to all others, so that nothing jumps when a slider moves."""
        if self._positions is None:
            figure.draw_without_rendering()
            self._positions = [ax.get_position() for ax in figure.axes]
        figure.set_layout_engine("none")
        for ax, position in zip(figure.axes, self._positions, strict=False):
            ax.set_position(position)

    def draw(self, **values):
        """Draw the picture for these values.

        Parameters
        ----------
        **values : number or str
            One for each control; any that ``draw`` accepts, not only those of the slider.

        Returns
        -------
        svg : bytes
            The picture.
        sentence : str
            What is seen on it.

        Raises
        ------
        ValueError
            If the drawing function does not return a sentence.
        """
        with style.context("utils.book"):
            figure, axes = self._empty_figure()
            sentence = self._draw(axes, **values)
            if not isinstance(sentence, str) or not sentence.strip():
                raise ValueError(f"draw must return one sentence that says what is seen; got {sentence!r} at {values}")
            self._freeze_layout(figure)
            buffer = io.BytesIO()
            # Figure.savefig would draw each picture twice, once for the layout.
            FigureCanvasSVG(figure).print_svg(buffer, metadata={"Date": None})
        return _LONG_NUMBER.sub(lambda number: b"%.2f" % float(number[0]), buffer.getvalue()), sentence

    @property
    def html(self):
        """The explorer as one piece of HTML that needs no kernel, no network and no other file."""
        with style.context("utils.book"):
            width, height = (round(96 * inches) for inches in self._empty_figure()[0].get_size_inches())
        sources = [_source(frame) for frame in self.frames]
        labels = [[_label(value) for value in values] for values in self.controls.values()]
        data = {"frames": sources, "sentences": self.sentences, "labels": labels}
        # Set where the book is built; nobody else waits for pictures that only a slide shows.
        if os.environ.get("BOOK_SLIDES") and self._panels[0] > 1:
            wide = Explorer(self._draw, self.controls, self._panels, slide=True)
            data["wide"] = [_source(frame) for frame in wide.frames]
        data = json.dumps(data, ensure_ascii=False)
        # Nothing in a sentence may end the script, or begin a comment in it.
        data = data.replace("<", "\\u003c")
        sliders = "".join(
            f"<label><span>{html.escape(_title(name))}</span>"
            f'<input type="range" min="0" max="{len(values) - 1}" value="0" step="1" autocomplete="off"'
            f' aria-valuetext="{html.escape(_label(values[0]))}">'
            f"<output>{html.escape(_label(values[0]))}</output></label>"
            for name, values in self.controls.items()
        )
        title = html.escape(" and ".join(map(_title, self.controls)))
        first = html.escape(self.sentences[0])
        files = {name: (resources.files("utils") / f"explorer.{name}").read_text("utf-8") for name in ("css", "js")}
        return (
            f'<div class="explorer" role="group" aria-label="Explorer: {title}">'
            f'<img src="{sources[0]}" alt="{first}" width="{width}" height="{height}" decoding="sync">'
            f'<div class="explorer-controls" hidden>{sliders}'
            f'<button type="button" data-milliseconds="{_PLAY_MILLISECONDS}">Play</button></div>'
            f'<p class="explorer-sentence" aria-live="polite">{first}</p>'
            f'<script type="application/json">{data}</script>'
            f"<style>{files['css']}</style><script>{files['js']}</script></div>"
        )

    def live(self):
        """The explorer as ipywidgets, redrawn by the kernel at each move.

        Returns
        -------
        ipywidgets.VBox
            The picture with its sentence, the sliders, and a button that plays through the first.
        """
        import ipywidgets

        sliders = {name: _slider(name, values) for name, values in self.controls.items()}
        picture = ipywidgets.HTML()

        def update(_=None):
            svg, sentence = self.draw(**{name: slider.value for name, slider in sliders.items()})
            text = html.escape(sentence)
            picture.value = f'<img src="{_source(svg)}" alt="{text}"><p aria-live="polite">{text}</p>'

        for slider in sliders.values():
            slider.observe(update, "value")
        update()
        name, values = next(iter(self.controls.items()))
        play = ipywidgets.Play(min=0, max=len(values) - 1, interval=_PLAY_MILLISECONDS, description=_title(name))
        play.observe(lambda change: setattr(sliders[name], "value", values[change["new"]]), "value")
        return ipywidgets.VBox([picture, *sliders.values(), play])

    def _repr_mimebundle_(self, include=None, exclude=None):
        live = self.live()._repr_mimebundle_()
        return {**live, "text/html": self.html, "text/plain": self._first[1]}
