"""What holds the prose is tested with faults put in: each is caught, in words that an author understands."""

import functools
import json

import pytest

import chapters
import decks
import execute
import prose
import redraw
from chapters import as_printed

CODE = [
    ("setup", "import numpy as np\n\nseed = 2"),
    ("toss", "rng = np.random.default_rng([seed, 1])\nheads = rng.random() < 0.5\nmean = 0.302\nprint(heads, mean)"),
    ("check", "from utils import exercises\n\n\n@exercises.check\ndef check_1_1(answer):\n    exercises.compare('it', answer, True)"),
]  # fmt: skip
CLAIMS = """
import numpy as np
from chapters import number, quoted, statement

CHANGES = [("mean = 0.302", "mean = 0.4")]
THEIRS = quoted("text", "0.31", source="Bishop 2006")

@number("text", "0.302")
def the_mean(c):
    return c.mean

@statement("text")
def the_coin_falls_on_one_side(c):
    return c.heads in (True, False)
"""
PROSE = "# A coin\n\nThe mean is 0.302, and Bishop has 0.31."


@pytest.fixture
def chapter(tmp_path, monkeypatch):
    """A book of one chapter, to be written with any faults."""
    monkeypatch.setattr(chapters, "CHAPTERS", tmp_path)
    monkeypatch.setattr(chapters, "CLAIMS", tmp_path)

    def write(*, code=CODE, claims=CLAIMS, prose=PROSE, answers=("None", "True")):
        cells = [{"cell_type": "code", "id": name, "metadata": {}, "source": text} for name, text in code]
        cells.append({"cell_type": "markdown", "id": "text", "metadata": {}, "source": prose})
        for name, tags, answer in zip(("start", "solution"), (["exercise"], ["hide-cell"]), answers, strict=True):
            source = f"check_1_1({answer})"
            cells.append({"cell_type": "code", "id": name, "metadata": {"tags": tags}, "source": source})
        (tmp_path / "01_coin.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
        (tmp_path / "01_coin.py").write_text(claims, "utf-8")
        return "01_coin"

    chapters.module_of.cache_clear()
    chapters.claims_of.cache_clear()
    yield write
    chapters.module_of.cache_clear()
    chapters.claims_of.cache_clear()


def wrong(outcomes):
    return {name: reason for name, reason in outcomes.items() if reason}


class TestClaims:
    def test_a_sound_chapter_has_no_fault(self, chapter):
        assert wrong(chapters.run(chapter(), twice=True)) == {}

    def test_a_wrong_digit_is_told_with_what_comes_out(self, chapter):
        stem = chapter(claims=CLAIMS.replace('"0.302"', '"0.303"'), prose=PROSE.replace("0.302", "0.303"))
        [(name, reason)] = wrong(chapters.run(stem)).items()
        said = chapters.complaint(stem, name, reason)
        assert '01_coin.ipynb, section "A coin", cell 4, line 3 (text: # A coin The mean is 0.303,' in said
        assert said.endswith("the mean: the prose says 0.303, and 0.302 comes out")

    def test_a_number_without_a_claim_is_found_even_where_the_code_has_it(self):
        faults = prose.faults_of_numbers({"text": PROSE}, [])
        assert [fault.partition(": '")[0] for fault in faults] == [
            "cell text: no claim of this cell (text) holds 0.302",
            "cell text: no claim of this cell (text) holds 0.31",
        ]

    def test_a_number_with_a_claim_of_another_cell_is_found_with_its_line(self, chapter):
        text, of_another = {"text": PROSE}, chapters.number("old", "0.302")(lambda c: 0.302)
        place = functools.partial(chapters.place, chapter())
        fault = prose.faults_of_numbers(text, [of_another], place)[0]
        assert '01_coin.ipynb, section "A coin", cell 4, line 3: no claim of this cell (text) holds 0.302' in fault

    def test_a_claim_on_a_number_that_is_printed_no_more_is_found(self):
        claim = chapters.number("text", "0.302")(lambda c: 0.302)
        [fault] = prose.faults_of_numbers({"text": "The mean."}, [claim])
        assert "holds 0.302, which stands in none of text" in fault

    def test_a_claim_of_a_cell_that_is_gone_is_found(self, chapter):
        outcomes = chapters.run(chapter(claims=CLAIMS.replace('@statement("text")', '@statement("old")')))
        assert wrong(outcomes) == {"the_coin_falls_on_one_side": "01_coin has no cell old"}

    def test_a_claim_that_is_defined_twice_is_found(self, chapter):
        stem = chapter(claims=CLAIMS + CLAIMS.partition("THEIRS")[2].partition("\n")[2])
        with pytest.raises(ValueError, match=r"01_coin.py defines twice: the_coin_falls_on_one_side, the_mean"):
            chapters.claims_of(stem)

    def test_a_cell_that_prints_something_else_when_run_again_is_found(self, chapter):
        code = [CODE[0], ("toss", "rng = rng if 'rng' in globals() else np.random.default_rng(seed)\nmean = 0.302\nheads = True\nprint(rng.random())"), CODE[2]]  # fmt: skip
        with pytest.raises(chapters.BrokenCell, match=r"cell toss .*run again, the cell prints"):
            chapters.run(chapter(code=code), twice=True)

    def test_a_figure_of_which_a_part_is_cut_off_is_found(self, chapter):
        draw = "import matplotlib.pyplot as plt\n\nfig = plt.figure(figsize=(4, 3))\nfig.text(0.5, 0.5, 'words')"
        assert chapters.run(chapter(code=[*CODE, ("figure", draw)]), twice=True)
        wide = draw.replace("'words'", "'words ' * 20")
        with pytest.raises(
            chapters.BrokenCell, match=r"cell figure .*parts of a figure lie [\d.]+ inches beyond its edge"
        ):
            chapters.run(chapter(code=[*CODE, ("figure", wide)]), twice=True)

    def test_a_cell_that_raises_is_told_with_its_line(self, chapter):
        code = [CODE[0], ("toss", "mean = 0.302\nheads = 1 / 0"), CODE[2]]
        with pytest.raises(chapters.BrokenCell, match=r"cell toss .*ZeroDivisionError.*line 2: heads = 1 / 0"):
            chapters.run(chapter(code=code))

    @pytest.mark.parametrize(
        ("answers", "name"),
        [
            (("True", "True"), "the_start_of_1_1_says_what_is_missing"),
            (("None", "None"), "the_solution_of_1_1_is_accepted"),
        ],
    )
    def test_an_exercise_that_is_solved_at_its_start_or_not_at_its_end_is_found(self, chapter, answers, name):
        assert list(wrong(chapters.run(chapter(answers=answers)))) == [name]

    @pytest.mark.parametrize(
        ("compared", "fault"),
        [
            ("exercises.compare('it', answer, 2.0)", ""),
            ("exercises.compare('it', answer + 0.0, 2.0)", ""),
            ("exercises.compare('it', answer, 2.0, atol=3)", "accepts twice np.array(2.0)"),
            ("exercises.compare('it', answer.real, 2.0)", ""),
            ("exercises.compare('it', 0.0 if isinstance(answer, float) else answer, 2.0)", "given lists: Exercise 1.1 is not"),
        ],
    )  # fmt: skip
    def test_a_check_that_goes_by_anything_but_values_is_found(self, chapter, compared, fault):
        code = [*CODE[:2], ("check", CODE[2][1].replace("exercises.compare('it', answer, True)", compared))]
        said = chapters.run(chapter(code=code, answers=("None", "np.array(2.0)")), forms=True)[
            "the_check_of_1_1_goes_by_values"
        ]
        assert said.startswith(fault) and bool(said) == bool(fault)

    @pytest.mark.parametrize(
        ("value", "digits", "shown"),
        [
            (0.3024, "0.302", "0.302"),
            (-0.3026, "0.302", "0.303"),
            (0.954, "95%", "95%"),
            (0.0254, "2.5%", "2.5%"),
            (0.16, ".16", ".16"),
            (10231.4, "10 231", "10 231"),
            (10231.4, "10,231", "10,231"),
            (94, "94", "94"),
            (float("nan"), "0.3", "nan"),
        ],
    )
    def test_values_are_shown_as_the_digits_are_printed(self, value, digits, shown):
        assert as_printed(value, digits) == shown

    def test_a_change_of_the_reader_that_no_cell_knows_is_named(self, chapter):
        with pytest.raises(ValueError, match="no cell says 'mean = 1'"):
            chapters.run(chapter(), edits=[("mean = 1", "mean = 2")])


@pytest.mark.thorough
def test_in_the_kernel_of_the_book_comes_out_what_comes_out_here(tmp_path, monkeypatch):
    stem, root = "04_tradeoff", chapters.ROOT
    monkeypatch.setenv("CLAIMS", str(tmp_path))

    def outputs():
        result, failure = execute.run(root / "chapters" / f"{stem}.ipynb", root, 60)
        assert not failure
        found = [output for cell in result.nb.cells for output in cell.get("outputs", [])]
        # In the rest are names of widgets and of explorers, which are others at each run.
        shown = [(each.get("text"), *map(each.get("data", {}).get, ("text/plain", "image/svg+xml"))) for each in found]
        # The bar of the pictures is there where the machine is slow.
        return [each for each in shown if not (each[1] or "").startswith("pictures:")]

    alone = outputs()
    monkeypatch.setenv("PYTHONSTARTUP", str(root / "tests" / "in_kernel.py"))
    assert alone and outputs() == alone
    assert json.loads((tmp_path / f"{stem}.json").read_text("utf-8")) == chapters.run(stem, forms=True)


@pytest.mark.thorough
def test_a_notebook_that_only_begins_like_a_chapter_is_not_asked_for_it(tmp_path, monkeypatch):
    root = chapters.ROOT
    notebook = json.loads((root / "chapters" / "appendix" / "before_you_begin.ipynb").read_text("utf-8"))
    *_, last = (cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    last["source"] = "print('something else')"
    (tmp_path / "begins.ipynb").write_text(json.dumps(notebook), "utf-8")
    monkeypatch.setenv("CLAIMS", str(tmp_path))
    monkeypatch.setenv("PYTHONSTARTUP", str(root / "tests" / "in_kernel.py"))
    result, failure = execute.run(tmp_path / "begins.ipynb", root, 60)
    assert not failure and not list(tmp_path.glob("*.json"))
    *_, last = (cell for cell in result.nb.cells if cell["cell_type"] == "code")
    assert [output["text"] for output in last["outputs"]] == ["something else\n"]


class TestRedraw:
    @staticmethod
    def rows(stem, tmp_path, seeds=20):
        results = {}
        for seed in range(1, seeds + 1):
            redraw.draw(stem, seed, tmp_path / f"{seed}.json")
            results[seed] = json.loads((tmp_path / f"{seed}.json").read_text("utf-8"))
        return {name: (held, of, enough) for name, held, of, enough, _ in redraw.table(stem, results)}

    def test_a_statement_that_is_true_on_one_draw_in_two_is_found(self, chapter, tmp_path):
        stem = chapter(claims=CLAIMS + '\n@statement("text")\ndef it_is_heads(c):\n    return c.heads\n')
        rows = self.rows(stem, tmp_path)
        held, of, enough = rows["it_is_heads"]
        assert 4 <= held <= 16 and of == 20 and not enough
        assert rows["the_coin_falls_on_one_side"] == (20, 20, True)
        assert "the_mean" not in rows

    def test_a_statement_that_says_how_often_it_is_true_is_held_to_that(self, chapter, tmp_path):
        claims = CLAIMS + '\n@statement("text", often="{}", between={})\ndef it_is_heads(c):\n    return c.heads\n'
        rows = self.rows(chapter(claims=claims.format("one in two", (0.4, 0.6))), tmp_path)
        assert rows["it_is_heads"][2]
        chapters.module_of.cache_clear()
        chapters.claims_of.cache_clear()
        rows = self.rows(chapter(claims=claims.format("almost always", (0.95, 1.0))), tmp_path)
        assert not rows["it_is_heads"][2]

    def test_a_chapter_that_breaks_on_a_draw_is_found(self, chapter, tmp_path):
        code = [CODE[0], ("toss", "mean, heads = 0.302, 1 / (seed - 3)"), CODE[2]]
        held, of, enough = self.rows(chapter(code=code, claims=CLAIMS.replace("in (True, False)", "is not None")), tmp_path)["the_coin_falls_on_one_side"]  # fmt: skip
        assert (held, of, enough) == (19, 20, True)


class TestMarks:
    @staticmethod
    def faults(prose, **mark):
        return decks.faults_of_marks({"source": prose, "metadata": {"slideshow": mark}})

    @pytest.mark.parametrize(
        "prose",
        [
            '<span class="slide">On it.</span> For the speaker. <span class="slide next">Then $x$.</span>',
            '<span class="speaker">For the speaker.</span>',
            '## Heading\n\n<span class="slide">So</span>\n\n$$\nx\n$$',
            '<div class="slide next">\n\n$$\nx\n$$\n\n</div>',
        ],
    )
    def test_sound_marks_have_no_fault(self, prose):
        assert self.faults(prose) == []

    @pytest.mark.parametrize(
        ("prose", "fault"),
        [
            ('<span class="slide">Never closed.\n\nMore.', "a mark is never closed: '<span class=\"slide\">Never closed."),
            ('<span class="slide">One <span class="slide">two</span>', "a mark is never closed"),
            ("Closed.</span>", "no mark is open where one is closed: 'Closed.</span>'"),
            ('<span class="slides">A word.</span>', "a mark is one of slide, slide new"),
            ('<span class="slide">Marked.</span>\n\nNot marked at all.', "no mark says whether this paragraph is on the slide: 'Not marked at all.'"),
            ('<span class="slide new">A slide.</span>', "1 slides begin here, and the metadata has minutes for 0"),
        ],
    )  # fmt: skip
    def test_a_fault_is_named(self, prose, fault):
        assert any(said.startswith(fault) for said in self.faults(prose)), self.faults(prose)

    def test_a_cell_that_is_on_no_slide_needs_none(self):
        assert self.faults("Not marked.", slide_type="skip") == []

    def test_copies_are_without_marks(self):
        prose = '<span class="slide new">On $x$.</span> Not.\n\n<div class="slide">\n\n$$x$$\n\n</div>'
        assert decks.without_marks(prose) == "On $x$. Not.\n\n\n\n$$x$$\n\n"
