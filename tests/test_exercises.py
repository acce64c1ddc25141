"""The exercises: each start fails its own check, each solution passes it, and a wrong answer is told what is wrong."""

import sys

import nbformat
import numpy as np
import pytest
from jupyter_cache import get_cache

from checks import ROOT
from test_prose import CHAPTERS, NOTEBOOKS, on_chapters, tags
from utils import exercises

sys.path.append(str(ROOT / "_ext"))
from book import fingerprint  # noqa: E402


def result(cell):
    """What stands under a cell as the value of its last line."""
    return "".join(output.data["text/plain"] for output in cell.outputs if output.output_type == "execute_result")


@on_chapters
def test_every_start_fails_its_check_and_every_solution_passes(book, name):
    """In the notebook as the book has run it, from top to bottom."""
    cache = get_cache(ROOT / "_build" / ".jupyter_cache" / fingerprint(ROOT))
    _, ran = cache.merge_match_into_notebook(nbformat.read(CHAPTERS / name, as_version=4))
    starts = [result(cell) for cell in ran.cells if "exercise" in tags(cell)]
    solutions = [result(cell) for cell in ran.cells if "hide-cell" in tags(cell)]
    assert len(starts) in (3, 4)
    for k, sentence in enumerate(starts, start=1):
        number = f"Exercise {int(name[:2])}.{k} is"
        assert sentence.startswith(f"{number} not solved yet: ") and sentence.endswith("nothing yet."), sentence
        assert f"{number} solved." in solutions, solutions


def test_no_cell_may_fail():
    cells = [cell for notebook in NOTEBOOKS.values() for cell in notebook["cells"]]
    assert [cell["id"] for cell in cells if "raises-exception" in tags(cell)] == []


class TestCompare:
    @pytest.mark.parametrize(
        "answer, right",
        [(0.5, 0.5), (np.float64(0.5), 0.5 + 4e-7), ([1, 2], np.array([1.0, 2.0])), (True, True), (np.True_, True), ("L2", "L2"), (3, 3.0)],
    )  # fmt: skip
    def test_right_answers_pass(self, answer, right):
        exercises.compare("it", answer, right)

    @pytest.mark.parametrize(
        "answer, right, message",
        [
            (None, 0.5, "it: nothing yet."),
            (..., True, "it: nothing yet."),
            (0.6, 0.5, "it is not 0.6."),
            (0.5 + 6e-7, 0.5, "it is not 0.500001."),
            ([1, 3], [1, 2], "it is not the array you gave."),
            ([1, 2, 3], [1, 2], r"it should have the shape \(2,\); yours has the shape \(3,\)."),
            ([0.5], 0.5, r"it should be a single number; yours has the shape \(1,\)."),
            (float("nan"), 0.5, "it should be finite; yours is nan."),
            ("half", 0.5, "it should be made of numbers; yours is 'half'."),
            ([[1], [2, 3]], 0.5, "it should be made of numbers"),
            (1, True, "it should be a bool; yours is 1."),
            (False, True, "it is not False."),
            (0.25, 0.5, "it is not 0.25. You squared it."),
            ("L1", "L2", "it is not 'L1'. That is the lasso."),
        ],
    )
    def test_others_are_told_why(self, answer, right, message):
        slips = [("L1", "That is the lasso.")] if isinstance(right, str) else [(0.25, "You squared it.")]
        with pytest.raises(exercises.NotSolved, match=f"^{message}"):
            exercises.compare("it", answer, right, slips=slips)

    def test_tolerances_are_those_given(self):
        exercises.compare("it", 0.54, 0.5, atol=0.05)
        with pytest.raises(exercises.NotSolved):
            exercises.compare("it", 0.56, 0.5, atol=0.05)
        exercises.compare("it", 110, 100, rtol=0.11)
        with pytest.raises(exercises.NotSolved):
            exercises.compare("it", 112, 100, rtol=0.11)


class TestCheck:
    @staticmethod
    @exercises.check
    def check_7_2(answer):
        exercises.compare("the answer", answer(), 42)

    @pytest.mark.parametrize(
        ("answer", "solved", "sentence"),
        [
            (lambda: 42, True, "Exercise 7.2 is solved."),
            (lambda: None, False, "Exercise 7.2 is not solved yet: the answer: nothing yet."),
            (lambda: 41, False, "Exercise 7.2 is not solved yet: the answer is not 41."),
            (
                lambda: 1 / 0,
                False,
                "Exercise 7.2 is not solved yet: your code raised ZeroDivisionError: division by zero",
            ),
        ],
    )
    def test_it_says_what_it_found(self, answer, solved, sentence):
        result = self.check_7_2(answer)
        assert bool(result) == solved and repr(result) == sentence

    def test_on_a_page_the_sentence_is_text(self):
        def answer():
            raise ValueError("1 < 2")

        assert self.check_7_2(answer)._repr_html_().endswith("your code raised ValueError: 1 &lt; 2</p>")

    def test_it_names_a_wrong_number_of_answers(self):
        assert "your code raised TypeError" in repr(self.check_7_2())
