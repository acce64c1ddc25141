"""Draws arrays on a given ax and returns it; computes nothing.

A colour means one thing in the whole book, and a line style says it again for those who
see no colour. The colours themselves, and all sizes, are in book.mplstyle.
"""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib_inline.backend_inline import set_matplotlib_formats

TRUTH, DATA, FIT, AVERAGE, BIAS, VARIANCE, NOISE, TEST = (f"C{i}" for i in range(8))
# The training error is measured on the data, and wears their colour.
TRAIN = DATA


def use_book_style():
    """Set Matplotlib to the book's style, and Jupyter to sharp vector figures.

    Examples
    --------
    >>> use_book_style()
    """
    plt.style.use("utils.book")
    # The layout leaves no margin to be cut off, for which each figure is drawn twice.
    set_matplotlib_formats("svg", bbox_inches=None)


def axes(ax, *, ylim=(-1.9, 1.9)):
    """Prepare ax for functions of x on [0, 1].

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    ylim : (low, high)
        Limits of y, the same in all pictures that are to be compared.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    ax.set(xlim=(-0.02, 1.02), ylim=ylim, xlabel="x", ylabel="y")
    return ax


def data(ax, x, y, *, label="data"):
    """Draw observations as dots.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x, y : (m,) arrays
        Inputs and observations.
    label : str
        Entry of the legend.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    ax.plot(x, y, "o", color=DATA, alpha=0.8, label=label, zorder=3)
    return ax


def truth(ax, x, f, *, label="truth"):
    """Draw the noiseless target, dashed.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x, f : (n,) arrays
        Inputs, in ascending order, and the target there.
    label : str
        Entry of the legend.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    ax.plot(x, f, "--", color=TRUTH, label=label, zorder=4)
    return ax


def fit(ax, x, prediction, *, label="one fit"):
    """Draw one fitted function.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x, prediction : (n,) arrays
        Inputs, in ascending order, and the fit there.
    label : str
        Entry of the legend.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    ax.plot(x, prediction, color=FIT, label=label, zorder=5)
    return ax


def fits(ax, x, predictions, *, label="single fits"):
    """Draw the fits of many training sets as thin lines.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x : (n,) array
        Inputs, in ascending order.
    predictions : (n_sets, n) array
        One row for each training set.
    label : str
        Entry of the legend.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    for line in ax.plot(
        x, predictions.T, color=FIT, linewidth=0.8, alpha=0.35, zorder=1
    ):
        # By itself Matplotlib drops the points on a straight run only from lines of 128
        # points or more.
        line.get_path().should_simplify = True
    # An entry of its own: a line as faint as these cannot be seen in the legend.
    ax.plot([], [], color=FIT, linewidth=1.2, label=label)
    return ax


def average(ax, x, prediction, *, label="average fit"):
    """Draw the average of many fits, thick.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x, prediction : (n,) arrays
        Inputs, in ascending order, and the average fit there.
    label : str
        Entry of the legend.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    ax.plot(x, prediction, color=AVERAGE, linewidth=3, label=label, zorder=6)
    return ax


def gap(ax, x, prediction, f, *, label="bias"):
    """Fill the space between the average fit and the truth.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x, prediction, f : (n,) arrays
        Inputs, in ascending order, the average fit and the truth there.
    label : str
        Entry of the legend.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    ax.fill_between(
        x, prediction, f, color=BIAS, alpha=0.3, linewidth=0, label=label, zorder=2
    )
    return ax


def band(ax, x, center, half_width, *, label="spread of the fits", color=VARIANCE):
    """Fill the band center - half_width to center + half_width.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x, center, half_width : (n,) arrays
        Inputs, in ascending order, and the band there.
    label : str
        Entry of the legend.
    color : str
        Whose spread it is: that of the fits, or NOISE.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    ax.fill_between(
        x,
        center - half_width,
        center + half_width,
        color=color,
        alpha=0.3,
        linewidth=0,
        label=label,
    )
    return ax


def errors(ax, x, *, train=None, test=None):
    """Draw training error (squares, dashed) and test error (dots, solid) against a
    setting.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x : (n,) array
        The setting, such as the degree.
    train, test : (n,) arrays, optional
        Mean squared errors.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    if train is not None:
        ax.plot(x, train, "s--", color=TRAIN, label="training error")
    if test is not None:
        ax.plot(x, test, "o-", color=TEST, label="test error")
    return ax


def stack(ax, x, noise, bias_sq, variance, *, step=None):
    """Draw noise, squared bias and variance on top of each other: the upper edge is the
    expected test error.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x : (n,) array
        The setting, such as the degree.
    noise : float or (n,) array
        Variance of the noise; at 0 it is left out of the legend.
    bias_sq, variance : (n,) arrays
        The other two parts.
    step : {"mid"}, optional
        Level around each x, for settings with nothing between them.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    layers = ax.stackplot(
        x, noise + 0 * bias_sq, bias_sq, variance, alpha=0.6, step=step,
        colors=[NOISE, BIAS, VARIANCE],
        labels=["noise" if np.any(noise) else "_noise", "bias²", "variance"],
    )  # fmt: skip
    for layer, hatch in zip(layers, ("", "//", "\\\\"), strict=True):
        layer.set(hatch=hatch, edgecolor="white", linewidth=0)
    return ax


def mark(ax, x, y, text, *, offset=(0, 18), color=TRUTH):
    """Write text beside the point (x, y), with a short line to it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    x, y : float
        The point, in data coordinates.
    text : str
        What to write.
    offset : (float, float)
        From the point to the text, in points.
    color : str
        Colour of text and line.

    Returns
    -------
    ax : matplotlib.axes.Axes
    """
    ax.annotate(
        text, (x, y), xytext=offset, textcoords="offset points", color=color,
        ha="center", va="center", zorder=9,
        arrowprops={"arrowstyle": "-", "color": color, "linewidth": 1},
    )  # fmt: skip
    return ax
