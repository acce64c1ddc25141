"""Tells a reader whose copy of a chapter is older than the helpers that it meets."""

import json
from importlib import resources

_OLDER = (
    "This copy of the chapter is older than the book's helpers, so that something in it"
    " may not run. It stays as it is. To get the new chapter without losing yours,"
    " rename this one (File, Rename) and press the button on the chapter's page."
)


def check(page, made_from):
    """Print a sentence if the book has a newer edition of this chapter than the one
    that the notebook was made from.

    Only helpers that came with a published book know its editions; others say nothing.

    Parameters
    ----------
    page : str
        The chapter's place in the book, as ``"chapters/01_overfitting"``.
    made_from : str
        The edition of the notebook that asks.

    Examples
    --------
    >>> check("chapters/01_overfitting", "0123456789abcdef")
    """
    editions = resources.files("utils") / "editions.json"
    if not editions.is_file():
        return
    if json.loads(editions.read_text("utf-8")).get(page) != made_from:
        print(_OLDER)
