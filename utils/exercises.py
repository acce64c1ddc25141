"""Checks for the exercises: each says in a sentence what is missing, until the exercise is solved."""

import functools
import html
from typing import NamedTuple

import numpy as np


class NotSolved(Exception):
    """An answer is missing or wrong; the message says which and, where that is known, why.

    Attributes
    ----------
    args : tuple of str
        The message.
    """


class Result(NamedTuple):
    """What a check found. A notebook shows the sentence, and `bool` tells whether the exercise is solved.

    Attributes
    ----------
    solved : bool
        Whether all answers are right.
    sentence : str
        That they are, or what is missing.
    """

    solved: bool
    sentence: str

    def __bool__(self):
        return self.solved

    def __repr__(self):
        return self.sentence

    def _repr_html_(self):
        return f"<p>{html.escape(self.sentence)}</p>"


def check(function):
    """Turn a function that compares a reader's answers into the check of an exercise.

    The check raises nothing, so that a notebook with open exercises still runs from top to bottom.

    Parameters
    ----------
    function : callable
        Takes the reader's answers, and calls `compare` on each. Its name ends with the number of the exercise, as in
        ``check_2_1``.

    Returns
    -------
    check : callable
        Takes the same arguments and returns a `Result`. An error in the reader's code is a wrong answer, and is named.
    """
    number = ".".join(function.__name__.split("_")[-2:])

    @functools.wraps(function)
    def checked(*answers):
        try:
            function(*answers)
        except NotSolved as missing:
            return Result(False, f"Exercise {number} is not solved yet: {missing}")
        except Exception as error:
            return Result(
                False, f"Exercise {number} is not solved yet: your code raised {type(error).__name__}: {error}"
            )
        return Result(True, f"Exercise {number} is solved.")

    return checked


def compare(what, answer, right, *, rtol=1e-6, atol=0.0, slips=()):
    """Raise unless an answer equals the right one.

    Parameters
    ----------
    what : str
        What the answer is, for the message: "the error of degree 3".
    answer : object
        What the reader's code gave; None and Ellipsis stand for nothing yet.
    right : bool, str, float or array
        The right answer.
    rtol, atol : float
        A number passes if it differs by at most ``atol + rtol * abs(right)``.
    slips : sequence of (value, str)
        Wrong answers that have a reason, and the sentence that names it.

    Raises
    ------
    NotSolved
        If the answer is missing, of another kind or shape, not finite, or wrong.
    """
    if answer is None or answer is Ellipsis:
        raise NotSolved(f"{what}: nothing yet.")
    if isinstance(right, bool | str):
        if isinstance(answer, np.generic):
            answer = answer.item()
        if type(answer) is not type(right):
            raise NotSolved(f"{what} should be a {type(right).__name__}; yours is {answer!r}.")
        if answer != right:
            raise NotSolved(f"{what} is not {answer!r}." + _reason(answer, slips, lambda a, b: a == b))
        return
    try:
        numbers = np.asarray(answer, dtype=float)
    except (TypeError, ValueError):
        raise NotSolved(f"{what} should be made of numbers; yours is {answer!r}.") from None
    if numbers.shape != np.shape(right):
        wanted = f"have the shape {np.shape(right)}" if np.shape(right) else "be a single number"
        raise NotSolved(f"{what} should {wanted}; yours has the shape {numbers.shape}.")
    if not np.isfinite(numbers).all():
        raise NotSolved(f"{what} should be finite; yours is {answer!r}.")
    close = functools.partial(np.allclose, rtol=rtol, atol=atol)
    if not close(numbers, right):
        shown = f"{numbers:.6g}" if numbers.ndim == 0 else "the array you gave"
        raise NotSolved(f"{what} is not {shown}." + _reason(numbers, slips, close))


def _reason(answer, slips, same):
    return next(
        (f" {sentence}" for value, sentence in slips if np.shape(answer) == np.shape(value) and same(answer, value)), ""
    )
