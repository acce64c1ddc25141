"""Each chapter's file of claims is collected as tests, on the printed draw.

`make test-all` also asks the statements on another draw, makes the changes that a reader may make, and runs each cell twice.
"""

import functools

import pytest

import chapters

# The printed draw, and one other.
OTHER = 1001


@functools.cache
def outcomes(stem, seed):
    try:
        return chapters.run(stem, seed=seed, forms=seed is None)
    except chapters.BrokenCell as broken:
        return broken


class Claims(pytest.File):
    def collect(self):
        [stem] = [stem for stem in chapters.stems() if stem.endswith(self.path.stem)]
        claims = chapters.claims_of(stem)
        exercises = [
            f"the_{what}_of_{number}_{holds}"
            for cell in chapters.read(stem)
            for number in sorted(chapters.numbers_of_exercise(cell))
            for what, holds in [chapters.role_in_exercise(cell)]
        ]
        forms = [
            f"the_check_of_{number}_goes_by_values"
            for cell in chapters.read(stem)
            for number in sorted(chapters.numbers_of_exercise(cell))
            if chapters.role_in_exercise(cell)[0] == "solution"
        ]
        draws = {"printed": None} | ({"another": OTHER} if chapters.has_seed(stem) else {})
        for draw, seed in draws.items():
            yield Whole.from_parent(self, name=f"{draw}: every cell runs", stem=stem, seed=seed)
            names = [name for name, claim in claims.items() if claim.kind == "number" and seed is None]
            names += [
                name for name, claim in claims.items() if claim.kind == "statement" and not (claim.often and seed)
            ]
            for name in names + exercises + (forms if seed is None else []):
                yield One.from_parent(self, name=f"{draw}: {name}", stem=stem, seed=seed, claim=name)

        for old, new in chapters.changes_of(stem):
            yield Changed.from_parent(self, name=f"changed to {new!r}", stem=stem, edits=[(old, new)])
        yield Changed.from_parent(self, name="run again, each cell prints the same", stem=stem, twice=True)


class Whole(pytest.Item):
    def __init__(self, *, stem, seed, **others):
        super().__init__(**others)
        self.stem, self.seed = stem, seed
        if seed is not None:
            self.add_marker("thorough")

    def runtest(self):
        found = outcomes(self.stem, self.seed)
        if isinstance(found, Exception):
            pytest.fail(str(found), pytrace=False)

    def repr_failure(self, excinfo):
        return str(excinfo.value)

    def reportinfo(self):
        return self.path, None, self.name


class One(Whole):
    def __init__(self, *, claim, **others):
        super().__init__(**others)
        self.claim = claim

    def runtest(self):
        found = outcomes(self.stem, self.seed)
        if isinstance(found, Exception):
            pytest.fail("a cell of the notebook raises, see above", pytrace=False)
        if found[self.claim]:
            pytest.fail(chapters.complaint(self.stem, self.claim, found[self.claim]), pytrace=False)


class Changed(pytest.Item):
    """What a reader does stops nothing, and the exercises still say what is missing."""

    def __init__(self, *, stem, edits=(), twice=False, **others):
        super().__init__(**others)
        self.stem, self.edits, self.twice = stem, edits, twice
        self.add_marker("thorough")

    def runtest(self):
        found = chapters.run(self.stem, edits=self.edits, twice=self.twice, claims=False)
        silent = {name: reason for name, reason in found.items() if "says_what_is_missing" in name and reason}
        if silent:
            pytest.fail(f"{self.stem}, {self.edits}: {silent}", pytrace=False)

    def repr_failure(self, excinfo):
        return str(excinfo.value)

    def reportinfo(self):
        return self.path, None, self.name


def pytest_collect_file(parent, file_path):
    if file_path.suffix == ".py" and file_path.parent.name == "claims":
        return Claims.from_parent(parent, path=file_path)
