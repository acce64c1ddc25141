"""The exercises as notebooks for nbgrader: `make class` writes a course that it can hand out, collect and grade.

The source has the solution, which nbgrader takes out; a point is given where the chapter's own check is content.
"""

import ast
import json
import re
from collections import defaultdict
from pathlib import Path

from pybtex.database import parse_file

from editions import is_solution, without_solutions
from lite import copy_for_readers

SOLUTION = "### BEGIN SOLUTION\n{}\n### END SOLUTION"
CALL = re.compile(r"check_(\d+)_(\d+)\(.*\)\s*\Z", re.DOTALL)
NUMBER = re.compile(r"exercise (\d+)\.(\d+)")
CONFIG = """\
c = get_config()
c.CourseDirectory.course_id = "weight-decay"
# A start already says where the answer goes.
c.ClearSolutions.code_stub = {"python": "# Your code above this line."}
c.ExecutePreprocessor.timeout = 600
"""


def marked(cell, name, *, grade=False, solution=False, locked=False):
    """The cell, with what nbgrader wants to know of it."""
    known = {
        "schema_version": 3,
        "grade_id": name,
        "grade": grade,
        "solution": solution,
        "locked": locked,
        "task": False,
    }
    cell["metadata"]["nbgrader"] = known | ({"points": 1} if grade else {})
    return cell


def assignment(path, root, works, address):
    """A chapter whose exercises are graded."""
    notebook = copy_for_readers(path, root, works, address)
    solutions = solutions_of(notebook)
    notebook = without_solutions(notebook)
    cells = []
    for cell in notebook["cells"]:
        start = "".join(cell["source"])
        if "exercise" in cell["metadata"].get("tags", ()):
            call = CALL.search(start)
            number = f"{call[1]}-{call[2]}"
            cell["source"] = start[: call.start()] + SOLUTION.format(answered(solutions[number], call[0]))
            cells.append(marked(cell, f"answer-{number}", solution=True))
            cells.append(marked(test_of(call[0].strip(), number), f"exercise-{number}", grade=True, locked=True))
        elif "@exercises.check" in start:
            cells.append(marked(cell, f"check-{cell['id']}", locked=True))
        else:
            cells.append(cell)
    notebook["cells"] = cells
    return notebook


def solutions_of(notebook):
    """The code that solves each exercise, in one cell or in several."""
    found = defaultdict(list)
    for cell in filter(is_solution, notebook["cells"]):
        number = NUMBER.search(cell["metadata"]["mystnb"]["code_prompt_show"])
        found["-".join(number.groups())].append("".join(cell["source"]))
    return {number: "\n\n".join(parts) for number, parts in found.items()}


def answered(solution, call):
    """The solution, with each answer under the name that the start gives it, in place of its own call of the check."""
    wanted = ast.parse(call).body[0].value
    lines = solution.splitlines()
    for step in reversed(ast.parse(solution).body):
        given = getattr(step, "value", None)
        if isinstance(given, ast.Call) and ast.unparse(given.func) == ast.unparse(wanted.func):
            pairs = zip(map(ast.unparse, wanted.args), map(ast.unparse, given.args), strict=True)
            lines[step.lineno - 1 : step.end_lineno] = [f"{name} = {value}" for name, value in pairs if name != value]
    return "\n".join(lines)


def test_of(call, number):
    source = f"result = {call}\nprint(result)\nassert result, result.sentence"
    return {
        "cell_type": "code",
        "id": f"grade-{number}",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }


def write(root, folder, address=""):
    """Write the course: a source notebook for each chapter with exercises, and nbgrader's settings."""
    works = parse_file(root / "references.bib", bib_format="bibtex").entries
    for path in sorted(Path(root, "chapters").glob("[0-9]*.ipynb")):
        target = folder / "source" / path.stem / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(
            json.dumps(assignment(path, root, works, address), ensure_ascii=False, indent=1) + "\n", "utf-8"
        )
    (folder / "nbgrader_config.py").write_text(CONFIG, "utf-8")
