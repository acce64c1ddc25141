"""The self-check questions as files for a learning platform: Moodle's XML, and a QTI package for Canvas.

A question is a cell of Markdown, `**1.** …`, whose choices are `<details>`; the answer in each begins with "Right." or "No."
"""

import json
import re
import zipfile
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

QUESTION = re.compile(r"\*\*(\d+)\.\*\*\s*(.*?)\s*(?=<details>)", re.DOTALL)
CHOICE = re.compile(r"<details>\s*<summary>(.*?)</summary>\s*(.*?)\s*</details>", re.DOTALL)
LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
TEXT = {"texttype": "text/html"}


class Question(NamedTuple):
    """A question with its choices, each a text, its feedback, and whether it is right; all of it HTML."""

    name: str
    text: str
    choices: list[tuple[str, str, bool]]


def renderer():
    md = MarkdownIt().use(dollarmath_plugin)
    # Both platforms set formulas in these brackets.
    md.add_render_rule("math_inline", lambda self, tokens, at, *rest: rf"\({tokens[at].content}\)")
    md.add_render_rule("math_block", lambda self, tokens, at, *rest: rf"<p>\[{tokens[at].content}\]</p>")
    return md


def questions_of(path, address):
    """The questions of a chapter. Links lead to the published book, or are plain words where it has no address."""
    md, notebook = renderer(), json.loads(path.read_text("utf-8"))
    home = urljoin(address, "chapters/") if address else ""

    def html(text, inline=False):
        text = LINK.sub(lambda link: reached(link, home), text)
        return md.renderInline(text) if inline else md.render(text).strip()

    texts = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]
    return [
        Question(
            f"{int(path.stem[:2])}.{found[1]}",
            html(found[2]),
            [(html(said, inline=True), html(why), why.startswith("Right.")) for said, why in CHOICE.findall(text)],
        )
        for text in texts
        if (found := QUESTION.match(text))
    ]


def reached(link, home):
    words, target = link.groups()
    page = target.replace(".ipynb", ".html").replace(".md", ".html")
    return f"[{words}]({urljoin(home, page)})" if home or "://" in page else words


def title_of(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return next(re.match(r"# (.+)", "".join(cell["source"]))[1] for cell in cells if cell["cell_type"] == "markdown")


def add(parent, tag, text=None, **attributes):
    child = ET.SubElement(parent, tag, attributes)
    child.text = text
    return child


def moodle(chapters, address=""):
    """All questions as Moodle's XML, one category a chapter."""
    quiz = ET.Element("quiz")
    for path in chapters:
        category = add(quiz, "question", type="category")
        add(add(category, "category"), "text", f"$course$/top/What Is Weight Decay?/{title_of(path)}")
        for question in questions_of(path, address):
            quiz.append(moodle_question(question))
    ET.indent(quiz)
    return ET.tostring(quiz, encoding="utf-8", xml_declaration=True)


def moodle_question(question):
    node = ET.Element("question", type="multichoice")
    add(add(node, "name"), "text", question.name)
    add(add(node, "questiontext", format="html"), "text", question.text)
    for tag, text in (
        ("defaultgrade", "1"),
        ("single", "true"),
        ("shuffleanswers", "true"),
        ("answernumbering", "abc"),
    ):
        add(node, tag, text)
    for said, why, right in question.choices:
        answer = add(node, "answer", fraction="100" if right else "0", format="html")
        add(answer, "text", said)
        add(add(answer, "feedback", format="html"), "text", why)
    return node


def qti(chapters, target, address=""):
    """Write all questions as a package of QTI 1.2, one quiz a chapter, which Canvas imports."""
    manifest = ET.Element(
        "manifest", {"identifier": "weight-decay", "xmlns": "http://www.imsglobal.org/xsd/imscp_v1p1"}
    )
    add(add(manifest, "metadata"), "schema", "IMS Content")
    add(manifest, "organizations")
    resources = add(manifest, "resources")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in chapters:
            name = f"{path.stem}.xml"
            resource = add(resources, "resource", identifier=path.stem, type="imsqti_xmlv1p2", href=name)
            add(resource, "file", href=name)
            archive.writestr(name, qti_quiz(path, address))
        archive.writestr("imsmanifest.xml", ET.tostring(manifest, encoding="utf-8", xml_declaration=True))


def qti_quiz(path, address):
    root = ET.Element("questestinterop", {"xmlns": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"})
    section = add(add(root, "assessment", ident=path.stem, title=title_of(path)), "section", ident="root_section")
    for question in questions_of(path, address):
        section.append(qti_item(question))
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def qti_item(question):
    ident = f"q{question.name.replace('.', '_')}"
    item = ET.Element("item", ident=ident, title=question.name)
    fields = add(add(item, "itemmetadata"), "qtimetadata")
    for label, entry in (("question_type", "multiple_choice_question"), ("points_possible", "1")):
        field = add(fields, "qtimetadatafield")
        add(field, "fieldlabel", label)
        add(field, "fieldentry", entry)
    shown = add(item, "presentation")
    add(add(shown, "material"), "mattext", question.text, **TEXT)
    lid = add(shown, "response_lid", ident="response1", rcardinality="Single")
    choices, processing = add(lid, "render_choice"), add(item, "resprocessing")
    add(add(processing, "outcomes"), "decvar", maxvalue="100", minvalue="0", varname="SCORE", vartype="Decimal")
    for k, (said, why, _) in enumerate(question.choices):
        name = f"{ident}_{k}"
        add(add(add(choices, "response_label", ident=name), "material"), "mattext", said, **TEXT)
        displayed = condition_on(processing, name, "Yes")
        add(displayed, "displayfeedback", feedbacktype="Response", linkrefid=f"{name}_fb")
        feedback = add(add(item, "itemfeedback", ident=f"{name}_fb"), "flow_mat")
        add(add(feedback, "material"), "mattext", why, **TEXT)
    # As Canvas writes it itself: what is said of each choice first, and the points last.
    [right] = [k for k, choice in enumerate(question.choices) if choice[2]]
    add(condition_on(processing, f"{ident}_{right}", "No"), "setvar", "100", action="Set", varname="SCORE")
    return item


def condition_on(processing, choice, goes_on):
    condition = add(processing, "respcondition", **{"continue": goes_on})
    add(add(condition, "conditionvar"), "varequal", choice, respident="response1")
    return condition


def write(root, folder, address=""):
    """Write both files for the chapters under root into the folder."""
    chapters = sorted(Path(root, "chapters").glob("[0-9]*.ipynb"))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "quizzes-moodle.xml").write_bytes(moodle(chapters, address))
    qti(chapters, folder / "quizzes-canvas-qti.zip", address)
