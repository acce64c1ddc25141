"""What a class gets: an edition without solutions, quizzes for a learning platform, exercises that are graded."""

import json
import re
import shutil
import zipfile
from html import unescape
from xml.etree import ElementTree as ET

import pytest
import qti2latex
from moodle_xml_parser.parser import parse_file

import editions
import gradable
import quizzes
from chapters import ROOT, source

CHAPTERS = sorted((ROOT / "chapters").glob("[0-9]*.ipynb"))
on_chapters = pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)


def cells_of(path):
    return json.loads(path.read_text("utf-8"))["cells"]


def solution_lines(path):
    """Lines that stand in a solution, in its code or in its discussion, and nowhere else in the chapter."""
    solved = "\n".join(source(cell) for cell in cells_of(path) if editions.is_solution(cell))
    rest = "\n".join(source(cell) for cell in cells_of(path) if not editions.is_solution(cell))
    told = "\n".join(editions.DISCUSSION.findall(rest))
    open_text = editions.DISCUSSION.sub("", rest)
    return {line for line in f"{solved}\n{told}".splitlines() if len(line) > 25 and line not in open_text}


@on_chapters
def test_a_students_notebook_has_no_solution_and_all_else(path):
    notebook = json.loads(path.read_text("utf-8"))
    text = "\n".join(map(source, editions.without_solutions(notebook)["cells"]))
    lines = solution_lines(path)
    assert len(lines) > 10 and [line for line in lines if line in text] == []
    starts = [source(cell) for cell in notebook["cells"] if "exercise" in cell["metadata"].get("tags", ())]
    assert starts and all(start in text for start in starts)
    assert text.count("<details>") == "".join(map(source, notebook["cells"])).count("<details>") - len(
        editions.DISCUSSION.findall("".join(map(source, notebook["cells"])))
    )


def test_a_students_guide_asks_the_exam_questions_and_answers_none():
    guide = (ROOT / "chapters" / "appendix" / "teaching.md").read_text("utf-8")
    stripped = editions.without_discussions(guide)
    assert guide.count("*Exam ") == stripped.count("*Exam ") > 20
    assert guide.count("<summary>Solution</summary>") >= 20
    assert "<details>" not in stripped


@on_chapters
def test_the_box_of_a_chapter_gives_its_exercises_the_minutes_of_the_guide(path):
    guide = (ROOT / "chapters" / "appendix" / "teaching.md").read_text("utf-8")
    text = "\n".join(map(source, cells_of(path)))
    found = dict(re.findall(rf"\b({int(path.stem[:2])}\.\d) \((\d+) min\)", guide))
    assert sorted(found) == sorted(re.findall(r"^\*\*(\d+\.\d) ", text, flags=re.M))
    assert f" minutes, and {sum(map(int, found.values()))} for all the exercises." in text


def test_an_edition_that_does_not_exist_is_refused(monkeypatch):
    monkeypatch.setenv("EDITION", "pupil")
    with pytest.raises(ValueError, match="EDITION must be one of teacher, student; got 'pupil'"):
        editions.chosen()


@pytest.fixture(scope="module", params=["", "https://example.org/book/"])
def exported(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    quizzes.write(ROOT, folder, request.param)
    return folder, request.param


def asked():
    texts = [source(cell) for path in CHAPTERS for cell in cells_of(path) if cell["cell_type"] == "markdown"]
    return [text for text in texts if re.match(r"\*\*\d+\.\*\*", text)]


def test_moodle_gets_every_question_with_one_right_choice_and_a_word_on_each(exported):
    folder, home = exported
    questions = ET.parse(folder / "quizzes-moodle.xml").findall("question[@type='multichoice']")
    assert len(questions) == len(asked())
    for question in questions:
        answers = question.findall("answer")
        assert [answer.get("fraction") for answer in answers].count("100") == 1 and len(answers) >= 3
        for answer in answers:
            told = answer.find("feedback/text").text
            assert told.startswith("<p>Right." if answer.get("fraction") == "100" else "<p>No.")
            assert answer.find("text").text and not re.search(r"\$|\]\(|\*\*", told)
    links = re.findall(r'href="([^"]*)"', "".join(question.findtext("answer/feedback/text") for question in questions))
    assert all(link.startswith(home) for link in links) if home else not links


def test_canvas_gets_the_same_questions(exported):
    folder, _ = exported
    with zipfile.ZipFile(folder / "quizzes-canvas-qti.zip") as package:
        manifest = ET.fromstring(package.read("imsmanifest.xml"))
        named = [node.get("href") for node in manifest.iter() if node.tag.endswith("}resource")]
        assert named == [f"{path.stem}.xml" for path in CHAPTERS]
        items = [
            node for name in named for node in ET.fromstring(package.read(name)).iter() if node.tag.endswith("}item")
        ]
    assert len(items) == len(asked())
    for item in items:
        choices = {node.get("ident") for node in item.iter() if node.tag.endswith("}response_label")}
        told = {node.get("ident") for node in item.iter() if node.tag.endswith("}itemfeedback")}
        right = [node for node in item.iter() if node.tag.endswith("}setvar")]
        assert told == {f"{choice}_fb" for choice in choices} and len(right) == 1


def test_other_programs_read_the_same_questions_out_of_both(exported):
    folder, _ = exported
    asked_by_moodle = parse_file(str(folder / "quizzes-moodle.xml"))["multichoice"]
    assert all(question.single and question.shuffle_answers for question in asked_by_moodle)
    read = [
        (
            question.text_pre_parse,
            [choice.answer for choice in question.options],
            [choice.answer for choice in question.options if choice.score_fraction == 100],
            [choice.feedback for choice in question.options],
        )
        for question in asked_by_moodle
    ]
    unpacked = qti2latex.extract_zip_to_tmp(folder / "quizzes-canvas-qti.zip")
    files = sorted(qti2latex.read_qti_dir(unpacked))
    items = [item for path in files for item in qti2latex.findall_anyns(ET.parse(path).getroot(), "item")]
    shutil.rmtree(unpacked)
    assert len(files) == len(CHAPTERS) and len(items) == len(read) == len(asked())
    for item, (stem, choices, right, told) in zip(items, read, strict=True):
        assert qti2latex.guess_type(qti2latex.get_qti_metadata(item), item) == "multiple_choice_question"
        said = dict(qti2latex.get_choices(item))
        conditions = qti2latex.findall_anyns(item, "respcondition")
        [scored] = [node for node in conditions if qti2latex.childall_anyns(node, "setvar")]
        chosen = qti2latex.findall_anyns(scored, "varequal")[0].text
        assert (qti2latex.get_item_stem(item), list(said.values()), [said[chosen]]) == (stem, choices, right)
        # The reader of Moodle's file resolves the entities of what is said.
        feedback = qti2latex.findall_anyns(item, "itemfeedback")
        assert [unescape(qti2latex.findall_anyns(node, "mattext")[0].text) for node in feedback] == told


class TestGradable:
    @pytest.fixture(scope="class")
    @classmethod
    def course(cls, tmp_path_factory):
        folder = tmp_path_factory.mktemp("course")
        gradable.write(ROOT, folder)
        return folder

    @on_chapters
    def test_each_exercise_has_a_place_for_the_answer_and_a_locked_cell_that_grades_it(self, course, path):
        cells = cells_of(course / "source" / path.stem / path.name)
        known = [cell["metadata"]["nbgrader"] for cell in cells if "nbgrader" in cell["metadata"]]
        starts = sum("exercise" in cell["metadata"].get("tags", ()) for cell in cells_of(path))
        assert sum(mark["solution"] for mark in known) == sum(mark["grade"] for mark in known) == starts > 0
        assert all(mark["locked"] for mark in known if mark["grade"])
        names = [mark["grade_id"] for mark in known]
        assert len(names) == len(set(names))

    @on_chapters
    def test_what_the_tool_takes_out_is_the_solution_and_all_of_it(self, course, path):
        text = "\n".join(map(source, cells_of(course / "source" / path.stem / path.name)))
        handed_out = re.sub(r"### BEGIN SOLUTION.*?### END SOLUTION", "", text, flags=re.DOTALL)
        assert [line for line in solution_lines(path) if line in handed_out] == []
