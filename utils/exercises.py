"""Checks for the exercises: each says in a sentence what is missing, until the exercise
is solved.
"""

import functools
import html
from typing import NamedTuple

import numpy as np

from utils import _checks


class NotSolved(Exception):
    """An answer is missing or wrong; the message says which and, where that is known,
    why.

    Attributes
    ----------
    args : tuple of str
        The message.
    """


class Result(NamedTuple):
    """What a check found. A notebook shows the sentence, and `bool` tells whether the
    exercise is solved.

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

    The check raises nothing, so that a notebook with open exercises still runs from top
    to bottom.

    Parameters
    ----------
    function : callable
        Takes the reader's answers, and calls `compare` on each. Its name ends with the
        number of the exercise, as in ``check_2_1``.

    Returns
    -------
    check : callable
        Takes the same arguments and returns a `Result`. An error in the reader's code
        is a wrong answer, and is named.
    """
    number = ".".join(function.__name__.split("_")[-2:])

    @functools.wraps(function)
    def checked(*answers, **named):
        try:
            function(*answers, **named)
        except NotSolved as missing:
            reason = _said(missing)
        except (Exception, SystemExit) as error:
            reason = f"your code raised {type(error).__name__}: {_said(error)}"
        else:
            return Result(True, f"Exercise {number} is solved.")
        return Result(False, f"Exercise {number} is not solved yet: {reason}")

    return checked


def _said(error):
    """What an error says, where its class, which may be the reader's, can say it."""
    try:
        return str(error)
    except Exception:
        return "without a message"


def _shown(answer):
    """How an answer looks, where its class, which may be the reader's, can show it."""
    try:
        return f"{answer!r:.200}"
    except Exception:
        return f"a {type(answer).__name__} that cannot be shown"


def compare(what, answer, right, *, rtol=1e-5, atol=0.0, slips=()):
    """Raise unless an answer equals the right one.

    Parameters
    ----------
    what : str
        What the answer is, for the message: "the error of degree 3".
    answer : object
        What the reader's code gave; None and Ellipsis stand for nothing yet.
    right : bool, str, float or array
        The right answer. Capitals and blanks around a word make no difference.
    rtol, atol : float
        A number passes if it differs by at most ``atol + rtol * abs(right)``, so that
        six digits are enough; a whole one beyond 2**53, where floats skip some, only if
        it is equal.
    slips : sequence of (value, str)
        Wrong answers that have a reason, and the sentence that names it.

    Raises
    ------
    NotSolved
        If the answer is missing, of another kind or shape, not finite, or wrong.
        Complex numbers, text and dates are no numbers here, even where a float can be
        made of them; masked entries are missing.
    """
    if answer is None or answer is Ellipsis:
        raise NotSolved(f"{what}: nothing yet.")
    if isinstance(right, bool | str):
        _compare_words(what, answer, right, slips)
        return
    numbers = _numbers(what, answer)
    if numbers.shape != np.shape(right):
        wanted = f"have the shape {np.shape(right)}"
        wanted = wanted if np.shape(right) else "be a single number"
        raise NotSolved(f"{what} should {wanted}; yours has the shape {numbers.shape}.")
    close = functools.partial(_close, rtol=rtol, atol=atol)
    if not close(answer, right):
        shown = "the array you gave" if numbers.ndim else f"{numbers:.6g}"
        raise NotSolved(f"{what} is not {shown}." + _reason(answer, slips, close))


def _compare_words(what, answer, right, slips):
    if isinstance(answer, np.generic | np.ndarray) and answer.ndim == 0:
        answer = answer.item()
    if not isinstance(answer, type(right)):
        kind = type(right).__name__
        raise NotSolved(f"{what} should be a {kind}; yours is {_shown(answer)}.")
    if _plain(answer) != _plain(right):
        reason = _reason(answer, slips, lambda a, b: _plain(a) == _plain(b))
        raise NotSolved(f"{what} is not {_shown(answer)}." + reason)


def _plain(word):
    """The word without what no reader means; truth values are no words."""
    return word.strip().casefold() if isinstance(word, str) else (type(word), word)


def _numbers(what, answer):
    try:
        numbers = _checks.real_array(what, answer)
    except ValueError:
        raise NotSolved(
            f"{what} should be made of numbers; yours is {_shown(answer)}."
        ) from None
    if not np.isfinite(numbers).all():
        raise NotSolved(f"{what} should be finite; yours is {_shown(answer)}.")
    return numbers


def _close(answer, right, *, rtol, atol):
    """Whether |answer - right| <= atol + rtol * |right| everywhere."""
    given, wanted = np.asarray(answer), np.asarray(right)
    if wanted.dtype.kind not in "biufO":
        return False
    numbers = given.astype(float)
    if (
        wanted.dtype.kind in "iuO"
        and np.abs(numbers).max(initial=0) >= _checks.LAST_WHOLE
    ):
        # Here floats skip whole numbers.
        return np.array_equal(np.array(answer, dtype=object), wanted.astype(object))
    with np.errstate(over="ignore"):
        wanted = wanted.astype(float)
        return bool((np.abs(numbers - wanted) <= atol + rtol * np.abs(wanted)).all())


def _reason(answer, slips, same):
    for value, sentence in slips:
        if np.shape(answer) == np.shape(value) and same(answer, value):
            return f" {sentence}"
    return ""
