"""Each chapter's file of claims is collected as tests, on the printed draw.

`make test-all` also asks the statements on another draw, makes the changes that a reader may make, and runs each cell twice.
"""

import functools
import json
from pathlib import Path

import pytest

import chapters


@functools.cache
def drawn(stem, seed=None):
    """What comes out when the chapter is run here, or the exception."""
    try:
        return chapters.run(stem, seed=seed, forms=seed is None)
    except Exception as broken:
        return broken


def needs_the_book(item):
    return "book" in getattr(item, "fixturenames", ())


@pytest.fixture(scope="session")
def printed(request):
    """What comes out of a chapter as it is printed: from its run for the book, if there was one, or from a run here."""
    if not any(map(needs_the_book, request.session.items)):
        return drawn

    def found(stem):
        # It did not run for the book where its outputs were known, and is not asked where its cells are not those of the file.
        path = request.getfixturevalue("folder_of_claims") / f"{Path(stem).name}.json"
        return json.loads(path.read_text("utf-8")) if path.exists() else drawn(stem)

    return found


def runs(found):
    if isinstance(found, Exception):
        pytest.fail(f"{type(found).__name__}: {found}", pytrace=False)


def holds(stem, found, name):
    if isinstance(found, Exception):
        pytest.fail("the notebook could not be run and asked, see above", pytrace=False)
    if found[name]:
        pytest.fail(chapters.complaint(stem, name, found[name]), pytrace=False)


def changed(stem, **how):
    """What a reader does stops nothing, and the exercises still say what is missing."""
    found = chapters.run(stem, claims=False, **how)
    silent = {name: reason for name, reason in found.items() if "says_what_is_missing" in name and reason}
    if silent:
        pytest.fail(f"{stem}, {how}: {silent}", pytrace=False)


class Claims(pytest.File):
    def collect(self):
        [stem] = [stem for stem in chapters.stems() if stem.endswith(self.path.stem)]
        claims = chapters.claims_of(stem)
        numbers = [name for name, claim in claims.items() if claim.kind == "number"]
        always = [name for name, claim in claims.items() if claim.kind == "statement" and not claim.often]
        often = [name for name, claim in claims.items() if claim.kind == "statement" and claim.often]
        roles = [
            (number, *chapters.role_in_exercise(cell))
            for cell in chapters.read(stem)
            for number in sorted(chapters.numbers_of_exercise(cell))
        ]
        exercises = [f"the_{what}_of_{number}_{holds}" for number, what, holds in roles]
        forms = [f"the_check_of_{number}_goes_by_values" for number, what, _ in roles if what == "solution"]

        yield self.test("printed: every cell runs", lambda printed: runs(printed(stem)))
        for name in numbers + always + often + exercises + forms:
            yield self.test(f"printed: {name}", lambda printed, name=name: holds(stem, printed(stem), name))
        if chapters.has_seed(stem):
            yield self.thorough("another: every cell runs", lambda: runs(drawn(stem, chapters.OTHER)))
            for name in always + exercises:
                yield self.thorough(
                    f"another: {name}", lambda name=name: holds(stem, drawn(stem, chapters.OTHER), name)
                )
        for edit in chapters.changes_of(stem):
            yield self.thorough(f"changed to {edit[1]!r}", lambda edit=edit: changed(stem, edits=[edit]))
        yield self.thorough("run again, each cell prints the same", lambda: changed(stem, twice=True))

    def test(self, name, function):
        return pytest.Function.from_parent(self, name=name, callobj=function)

    def thorough(self, name, function):
        item = self.test(name, function)
        item.add_marker("thorough")
        return item


def pytest_collect_file(parent, file_path):
    if file_path.suffix == ".py" and file_path.parent.name == "claims":
        return Claims.from_parent(parent, path=file_path)
