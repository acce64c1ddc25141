"""What goes wrong, as an author reads it: the file, the section, the line, and no more than that."""

import json
import logging
import re
import sys
from pathlib import Path

from sphinx.errors import SphinxError
from sphinx.util.console import color_terminal, nocolor

# A source line of a notebook is the number of its cell, counted from 1, times this, and the line in the cell.
LINES_OF_A_CELL = 10_000
PLACE = re.compile(r"(?P<file>.+\.ipynb):(?P<line>\d{5,})")
COLOURS = re.compile(r"\x1b\[[\d;]*m")
CONFLICT = re.compile(r"^\s*\"?<{7} ", re.MULTILINE)


class BookError(SphinxError):
    category = "The book cannot be built"


def shown(path, root):
    return Path(path).relative_to(root).as_posix() if Path(path).is_relative_to(root) else str(path)


def read_notebook(path, root):
    """The notebook as JSON. What an author may have left in it is named with its file."""
    try:
        notebook = json.loads(path.read_text("utf-8"))
        if notebook["nbformat"] != 4:
            raise LookupError
        if all({"cell_type", "metadata", "source"} <= cell.keys() for cell in notebook["cells"]):
            return notebook
        where, fault = "", "a cell lacks its type, its metadata or its source"
    except json.JSONDecodeError as error:
        where, fault = f", line {error.lineno}", error.msg
    except UnicodeDecodeError as error:
        where, fault = "", f"it is not in UTF-8: {error.reason} at byte {error.start}"
    except (AttributeError, LookupError, TypeError):
        where, fault = "", "it has no cells of format 4"
    raise BookError(f"{shown(path, root)}{where}: this is not a notebook ({fault}).")


def refuse_conflicts(paths, root):
    """A merge that nobody finished would be read as prose, or not at all."""
    texts = {path: path.read_text("utf-8", errors="replace") for path in sorted(paths)}
    found = {path: mark for path, text in texts.items() if (mark := CONFLICT.search(text))}
    if found:
        lines = {path: texts[path].count("\n", 0, mark.end()) + 1 for path, mark in found.items()}
        raise BookError(
            "\n".join(
                f"{shown(path, root)}, line {line}: two versions are in conflict here." for path, line in lines.items()
            )
            + "\nChoose one, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>."
        )


def section_of(cells, index):
    """The heading above the end of a cell."""
    prose = ["".join(cell["source"]) for cell in cells[: index + 1] if cell["cell_type"] == "markdown"]
    headings = re.findall(r"^#+ (.+)$", "\n".join(prose), flags=re.MULTILINE)
    return f', section "{headings[-1]}"' if headings else ""


def place(path, root, cells, index, line=None):
    """A line of a cell in words."""
    where = f"{shown(path, root)}{section_of(cells, index)}, cell {index + 1}"
    return f"{where}, line {line}" if line and line > 0 else where


class InWords(logging.Filter):
    """Puts the section and the cell in place of the number by which a notebook's parser knows a line."""

    def __init__(self, root):
        super().__init__()
        self.root = root

    def in_words(self, found):
        path, (cell, line) = Path(self.root, found["file"]), divmod(int(found["line"]), LINES_OF_A_CELL)
        try:
            cells = json.loads(path.read_text("utf-8"))["cells"]
        except (OSError, ValueError):
            return found[0]
        # The parser counts one line too many.
        return place(path, self.root, cells, cell - 1, line - 1) if cell <= len(cells) else found[0]

    def filter(self, record):
        if isinstance(location := getattr(record, "location", None), str):
            record.location = PLACE.sub(self.in_words, location)
        return True


def of_a_failed_cell(path, root, notebook, error):
    """A cell that failed, in a few lines: where, what stands there, and what Python says of it."""
    for index, cell in enumerate(notebook.cells):
        for output in cell.get("outputs", []):
            if output.output_type == "error":
                trace = COLOURS.sub("", "\n".join(output.traceback))
                lines = re.findall(r"Cell In\[\d+\], line (\d+)|^ *Cell In\[\d+\], line (\d+)", trace)
                line = int(lines[0][0] or lines[0][1]) if lines else None
                code = cell.source.splitlines()
                quoted = f"\n\n    {code[line - 1].strip()}\n" if line and line <= len(code) else ""
                helpers = re.findall(r"^File (\S+?):(\d+)", trace, flags=re.MULTILINE)
                raised = f"\nIt was raised in {shown(helpers[-1][0], root)}, line {helpers[-1][1]}." if helpers else ""
                said = f"{output.ename}: {output.evalue}"
                return f"{place(path, root, notebook.cells, index, line)}{quoted}\n{said[:1000]}{raised}"
    return f"{shown(path, root)}: {str(error).strip()[:1000]}"


def say_it_once(kind, error, traceback):
    """Jupyter Book ends with how it came to call Sphinx; what is wrong has been said above by then."""
    if isinstance(error, RuntimeError) and "building your book" in str(error):
        if error.__cause__ is None or isinstance(error.__cause__, SphinxError):
            return
    sys.__excepthook__(kind, error, traceback)


def setup(app):
    sys.excepthook = say_it_once
    # Sphinx's own command does this, which Jupyter Book does not call.
    if not color_terminal():
        nocolor()
    # After Sphinx has made one text of the place, and before it makes an error of the warning.
    for handler in logging.getLogger("sphinx").handlers:
        if handler.level == logging.WARNING:
            handler.filters.insert(2, InWords(Path(app.srcdir)))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
