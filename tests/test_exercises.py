"""The exercises: each start fails its own check, each solution passes it, and a wrong answer is told what is wrong."""

import datetime
import sys
from decimal import Decimal
from fractions import Fraction

import nbformat
import numpy as np
import pytest
from jupyter_cache import get_cache

from checks import ROOT
from prose import CHAPTERS, NOTEBOOKS, on_chapters, tags
from utils import exercises


def result(cell):
    """What stands under a cell as the value of its last line."""
    return "".join(output.data["text/plain"] for output in cell.outputs if output.output_type == "execute_result")


class TestInTheBook:
    @on_chapters
    def test_every_start_fails_its_check_and_every_solution_passes(self, book, name):
        """In the notebook as the book has run it, from top to bottom."""
        cache = get_cache(ROOT / "_build" / ".jupyter_cache")
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
        [(0.5, 0.5), (np.float64(0.5), 0.5 + 4e-6), (0.10101, 10 / 99), ([1, 2], np.array([1.0, 2.0])), (True, True), (np.True_, True), ("L2", "L2"), (3, 3.0)],
    )  # fmt: skip
    def test_right_answers_pass(self, answer, right):
        exercises.compare("it", answer, right)

    @pytest.mark.parametrize(
        "answer, right, message",
        [
            (None, 0.5, "it: nothing yet."),
            (..., True, "it: nothing yet."),
            (0.6, 0.5, "it is not 0.6."),
            (0.5 + 6e-6, 0.5, "it is not 0.500006."),
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
            ("l1 ", "L2", "it is not 'l1 '. That is the lasso."),
            ("L 2", "L2", "it is not 'L 2'."),
        ],
    )
    def test_others_are_told_why(self, answer, right, message):
        slips = [("L1", "That is the lasso.")] if isinstance(right, str) else [(0.25, "You squared it.")]
        with pytest.raises(exercises.NotSolved, match=f"^{message}"):
            exercises.compare("it", answer, right, slips=slips)

    @pytest.mark.parametrize("right", [0.5, [1.0, 2.0]])
    @pytest.mark.parametrize(
        "answer",
        [
            0.5 + 0j, np.complex128(0.5), "0.5", np.str_("0.5"), b"0.5", ["1", "2"], [b"1", b"2"], [1, 2j],
            np.datetime64(5, "D"), np.timedelta64(5, "s"), datetime.date(2026, 1, 1), datetime.timedelta(5),
            np.array([1, 2], "timedelta64[s]"), np.ma.masked_array([1.0, 2.0], [0, 1]), np.ma.masked, {1.0, 2.0}, {}, len,
            (n for n in [1.0, 2.0]), [None, 1.0], [[1], [2, 3]], 10**400,
        ],
    )  # fmt: skip
    def test_what_only_looks_like_numbers_is_none(self, answer, right):
        with pytest.raises(exercises.NotSolved, match="^it should be made of numbers; yours is "):
            exercises.compare("it", answer, right)

    @pytest.mark.parametrize(
        "answer", [Fraction(1, 2), Decimal("0.5"), np.float16(0.5), np.array(0.5), np.ma.array(0.5)]
    )
    def test_numbers_of_other_kinds_are_numbers(self, answer):
        exercises.compare("it", answer, 0.5)

    @pytest.mark.parametrize("large", [2**53, 2**60, 2**64])
    @pytest.mark.parametrize("shape", [(), (2,)])
    def test_whole_numbers_that_floats_skip_are_told_apart(self, large, shape):
        """As floats 2**53 and 2**53 + 1 are the same."""
        right = np.full(shape, large + 1, dtype=object).tolist()
        exercises.compare("it", right, right)
        exercises.compare("it", np.array(right), right)
        for wrong in (large, large + 2):
            with pytest.raises(exercises.NotSolved, match="^it is not "):
                exercises.compare("it", np.full(shape, wrong, dtype=object).tolist(), right)
            with pytest.raises(exercises.NotSolved, match="^it is not "):
                exercises.compare("it", right, np.full(shape, wrong, dtype=object).tolist())
        # A tolerance is for floats.
        exercises.compare("it", right, np.full(shape, float(large)))

    def test_far_from_the_right_answer_nothing_overflows(self):
        with pytest.raises(exercises.NotSolved, match=r"^it is not -1.7e\+308\.$"):
            exercises.compare("it", -1.7e308, 1.7e308)

    @pytest.mark.parametrize(
        "answer, right",
        [
            (np.array(True), True),
            (np.array("L2"), "L2"),
            (type("S", (str,), {})("L2"), "L2"),
            (" l2", "L2"),
            ("Left", "left"),
        ],
    )
    def test_words_and_truth_values_of_other_kinds_pass(self, answer, right):
        exercises.compare("it", answer, right)

    def test_a_slip_of_another_kind_is_no_reason(self):
        slips = [("five", "A word."), (None, "Nothing."), ([5.0], "A list."), (5.0, "That is five.")]
        with pytest.raises(exercises.NotSolved, match="^it is not 5. That is five.$"):
            exercises.compare("it", 5.0, 1.0, slips=slips)

    @pytest.mark.parametrize("right", [0.5, True, "L2", [1.0, 2.0]])
    def test_an_answer_that_cannot_be_shown_is_named_by_its_class(self, right):
        class Silent:
            def __repr__(self):
                raise RuntimeError

        with pytest.raises(exercises.NotSolved, match="yours is a Silent that cannot be shown.$"):
            exercises.compare("it", Silent(), right)

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

    def test_it_takes_its_answers_by_name_too(self):
        assert self.check_7_2(answer=lambda: 42)
        assert "your code raised TypeError" in repr(self.check_7_2(question=1))

    def test_an_error_that_cannot_be_said_is_named_by_its_class(self):
        class Silent(Exception):
            def __str__(self):
                raise RuntimeError

        def answer():
            raise Silent

        assert repr(self.check_7_2(answer)).endswith("your code raised Silent: without a message")

    def test_leaving_is_a_wrong_answer_and_an_interrupt_is_none(self):
        assert "your code raised SystemExit: 3" in repr(self.check_7_2(lambda: sys.exit(3)))

        def interrupted():
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            self.check_7_2(interrupted)


def test_without_a_tolerance_what_is_equal_is_right():
    exercises.compare("it", 0.5, 0.5, rtol=0, atol=0)
    with pytest.raises(exercises.NotSolved):
        exercises.compare("it", np.nextafter(0.5, 1), 0.5, rtol=0, atol=0)
