"""Two editions: the teacher's has everything, the student's neither solutions of exercises nor answers of exams.

`make book EDITION=student` builds the second one. Quizzes keep their answers in both, since they are there to learn from.
"""

import copy
import json
import os
import re
from pathlib import Path

from docutils import nodes

# What folds in the prose: the discussion after an exercise, and the answer below a question for an exam.
DISCUSSION = re.compile(
    r"<details>\s*<summary>(?:What the solution of [^<]*|Solution)</summary>.*?</details>\s*", re.DOTALL
)
SOLVING = "hide-cell"
EDITIONS = ("teacher", "student")


def chosen():
    """The edition that is asked for."""
    name = os.environ.get("EDITION") or EDITIONS[0]
    if name not in EDITIONS:
        raise ValueError(f"EDITION must be one of {', '.join(EDITIONS)}; got {name!r}.")
    return name


def is_solution(cell):
    return SOLVING in cell["metadata"].get("tags", ())


def without_discussions(prose):
    return DISCUSSION.sub("", prose)


def strip_prose(notebook):
    """Take the discussions out of the notebook's prose."""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = without_discussions("".join(cell["source"]))


def without_solutions(notebook):
    """The notebook as a student gets it."""
    notebook = copy.deepcopy(notebook)
    notebook["cells"] = [cell for cell in notebook["cells"] if not is_solution(cell)]
    strip_prose(notebook)
    notebook["cells"] = [cell for cell in notebook["cells"] if "".join(cell["source"]).strip()]
    return notebook


def strip_source(app, docname, source):
    """Take the discussions out of what is read; the cells stay as many as they are, so that each is found again."""
    if chosen() == "student":
        source[0] = without_discussions_anywhere(source[0], app.env.doc2path(docname))


def without_discussions_anywhere(text, path):
    if not str(path).endswith(".ipynb"):
        return without_discussions(text)
    notebook = json.loads(text)
    strip_prose(notebook)
    return json.dumps(notebook)


def strip_solutions(app, doctree):
    """Take the solutions out after they have run, so that both editions share what was executed."""
    if chosen() == "student":
        for node in list(doctree.findall(nodes.container)):
            if f"tag_{SOLVING}" in node.get("classes", ()):
                node.parent.remove(node)


def strip_copied_sources(app, exception):
    if not exception and app.builder.format == "html" and chosen() == "student":
        for path in Path(app.outdir, "_sources").rglob("*.md*"):
            path.write_text(without_discussions(path.read_text("utf-8")), "utf-8")


def setup(app):
    app.add_config_value("edition", chosen(), "env")
    app.connect("source-read", strip_source)
    app.connect("doctree-read", strip_solutions, priority=1)
    app.connect("build-finished", strip_copied_sources)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
