"""The chapters as programs: each is run from top to bottom with the printed seed or another, and its prose is held to what comes out.

The claims are in `claims/`, one file a chapter. A *number* is printed in the prose, and must come out in the printed digits
on the printed draw. A *statement* must hold on any draw. A *quoted* number is somebody else's.

    @number("c10", "0.302", "0.073")          # the id of the cell in whose prose they stand
    def training_errors(c):                   # c has the names of the notebook, as they are after that cell
        return [c.train[1], c.train[3]]

    @number("c13")                            # no digits: a sentence about the printed draw alone, "on our set"
    def on_our_set_the_line_errs_more_on_the_old_points(c):
        return c.train[1] > c.test[1]

    @statement("c19")
    def the_training_error_never_rises_with_the_degree(c):
        return np.diff(c.train) <= 1e-12
"""

import ast
import contextlib
import functools
import importlib.util
import io
import json
import linecache
import os
import re
import traceback
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

# For whoever runs several chapters at once: threads of the linear algebra would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "agg")

import numpy as np

ROOT = Path(__file__).parent.parent
CHAPTERS = ROOT / "chapters"
CLAIMS = ROOT / "tests" / "claims"
# The first of the draws that are not printed.
OTHER = 1001
SEED = re.compile(r"^seed = (\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Claim:
    """What the prose of some cells says, and the function that computes whether it is so."""

    kind: str
    cells: tuple
    digits: tuple
    function: object
    after: str | None = None
    often: str | None = None
    between: tuple = (0.95, 1.0)
    source: str = ""

    @property
    def name(self):
        return self.function.__name__


def number(cells, *digits, after=None):
    """The function returns these numbers, one for each string of digits; a percentage as a share. Without digits it returns
    whether the sentence is true on the printed draw.

    Parameters
    ----------
    cells : str
        Ids of the cells in whose prose, caption or alternative text the numbers stand, separated by spaces.
    *digits : str
        As printed: "0.302", "95%", "1390".
    after : str, optional
        The id of the cell after whose run the function is called; by default the last of `cells`.
    """
    return lambda function: Claim("number", tuple(cells.split()), digits, function, after)


def statement(cells, *, after=None, often=None, between=(0.95, 1.0)):
    """The function returns whether the sentence is true on this draw: a truth value, or an array of them for "all".

    Parameters
    ----------
    cells, after : str
        As for `number`.
    often : str, optional
        The words of the prose that say how often it is true, where that is not always.
    between : (float, float)
        The share of draws on which those words would be right.
    """
    return lambda function: Claim("statement", tuple(cells.split()), (), function, after, often, between)


def quoted(cells, *digits, source):
    """Numbers that somebody else published, in the prose of these cells; nothing is computed.

    Parameters
    ----------
    cells, *digits : str
        As for `number`.
    source : str
        Who, and where.
    """

    def nothing():
        raise NotImplementedError

    nothing.__name__ = "quoted_from_" + re.sub(r"\W+", "_", source)
    return Claim("quoted", tuple(cells.split()), digits, nothing, source=source)


def as_printed(value, digits):
    """The value with as many decimals as these digits have, without its sign, and as a percentage where they are one.

    >>> as_printed(-0.30213, "0.302"), as_printed(0.954, "95%"), as_printed(0.5, ".50"), as_printed(10231, "10 231")
    ('0.302', '95%', '.50', '10 231')
    """
    percent = "%" * digits.endswith("%")
    decimals = len(digits.rstrip("%").partition(".")[2])
    shown = f"{abs(value) * (100 if percent else 1):.{decimals}f}"
    if digits.startswith("."):
        shown = shown.removeprefix("0")
    gap = re.search(r"\d([ ,]|\\,)\d{3}\b", digits)
    if gap:
        shown = re.sub(r"(?<=\d)(?=(\d{3})+$)", lambda _: gap[1], shown)
    return shown + percent


class Draw:
    """The names of a notebook as they are after one of its cells, by attribute, and what its cells printed.

    Attributes
    ----------
    seed : int
        The notebook's seed, where it draws.
    printed : dict
        By the id of the cell: what it printed.
    """

    def __init__(self, names, printed):
        self._names, self.printed = names, printed

    def __getattr__(self, name):
        try:
            return self._names[name]
        except KeyError:
            raise AttributeError(f"the notebook has no {name} after this cell") from None

    @property
    def spare(self):
        """A generator for what a claim draws by itself, the same at each call."""
        return np.random.default_rng([self._names.get("seed", 0), 10**6])


def stems():
    """The notebooks by their place below `chapters/`, in order: "01_overfitting", "appendix/lambda_conventions"."""
    return sorted(
        path.relative_to(CHAPTERS).with_suffix("").as_posix()
        for path in CHAPTERS.rglob("*.ipynb")
        if ".ipynb_checkpoints" not in path.parts
    )


def file_of_claims(stem):
    return CLAIMS / f"{Path(stem).name}.py"


@functools.cache
def module_of(stem):
    path = file_of_claims(stem)
    spec = importlib.util.spec_from_file_location(f"claims_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def changes_of(stem):
    """What a reader may change in the first cells, each a pair of what is there and what he writes: CHANGES of the file."""
    return getattr(module_of(stem), "CHANGES", [])


@functools.cache
def claims_of(stem):
    """The claims of a chapter by name, in the order of the file."""
    path, module = file_of_claims(stem), module_of(stem)
    # A function defined twice would silently replace the first.
    names = re.findall(r"^def (\w+)\(", path.read_text("utf-8"), re.MULTILINE)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{path.name} defines twice: {', '.join(twice)}")
    values = vars(module).values()
    return {value.name: value for value in values if isinstance(value, Claim)}


def source(cell):
    return "".join(cell["source"])


def read(stem):
    return json.loads((CHAPTERS / f"{stem}.ipynb").read_text("utf-8"))["cells"]


def with_edits(cells, edits):
    """The cells with some of their code changed: pairs of what is there, once or more, and what a reader puts in its place."""
    for old, new in edits:
        hit = [cell for cell in cells if cell["cell_type"] == "code" and old in source(cell)]
        if not hit:
            raise ValueError(f"no cell says {old!r}")
        hit[0]["source"] = source(hit[0]).replace(old, new)
    return cells


def with_seed(cells, seed):
    if seed is None:
        return cells
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["source"] = SEED.sub(f"seed = {seed}", source(cell))
    return cells


def execute(code, names, filename):
    """Run a cell: the value of its last line, and what it printed."""
    linecache.cache[filename] = len(code), None, code.splitlines(keepends=True), filename
    tree, value = ast.parse(code), None
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        exec(compile(tree, filename, "exec"), names)
        if last:
            value = eval(compile(ast.Expression(last.value), filename, "eval"), names)
    return value, out.getvalue()


class BrokenCell(Exception):
    """A cell of a notebook raised; the message says which, and how."""


class Questions:
    """What a notebook is asked while it runs.

    Attributes
    ----------
    printed : dict
        As in `Draw`.
    outcomes : dict
        For each claim "" where it holds, and else the reason.
    """

    def __init__(self, stem, cells, *, claims=True, forms=False):
        self.printed, self.outcomes = {}, {}
        self._forms, self._due = forms, defaultdict(list)
        places = {cell["id"]: k for k, cell in enumerate(cells)}
        code = [k for k, cell in enumerate(cells) if cell["cell_type"] == "code"]
        for claim in (claims_of(stem) if claims else {}).values():
            missing = [cell for cell in (*claim.cells, claim.after) if cell and cell not in places]
            if missing:
                self.outcomes[claim.name] = f"{stem} has no cell {', '.join(missing)}"
                continue
            place = places[claim.after] if claim.after else max(places[cell] for cell in claim.cells)
            # Text changes nothing, so that the cell of code before it is as good.
            before = max((k for k in code if k <= place), default=code[0])
            self._due[cells[before]["id"]].append(claim)

    def ask(self, cell, names, shown, printed):
        """Ask all that is due after this cell of code, of the names as they are, what it showed, and what it printed."""
        self.printed[cell["id"]] = printed
        draw = Draw(names, self.printed)
        self.outcomes |= {claim.name: outcome(claim, draw) for claim in self._due[cell["id"]]}
        self.outcomes |= outcomes_of_exercise(cell, shown)
        if self._forms:
            self.outcomes |= outcomes_of_forms(cell, names)


def beyond_the_edge(plt):
    """How far parts of the open figures reach beyond their edges, in inches; 0 where nothing is cut off."""
    farthest = 0
    for number in plt.get_fignums():
        figure = plt.figure(number)
        figure.draw_without_rendering()
        (left, bottom), (right, top) = figure.get_tightbbox().get_points()
        width, height = figure.get_size_inches()
        farthest = max(farthest, -left, -bottom, right - width, top - height)
    # A line at the very edge may lose a hundredth.
    return round(farthest, 2) if farthest > 0.01 else 0


def run(stem, *, seed=None, edits=(), twice=False, claims=True, forms=False):
    """Run a notebook and ask its claims.

    Parameters
    ----------
    stem : str
        As in `stems`.
    seed : int, optional
        Instead of the printed one.
    edits : sequence of (str, str)
        Changes of the code, as a reader makes them.
    twice : bool
        Whether each cell is run twice; its second output must be the first. Nothing of its figures may be cut off.
    claims : bool
        Whether the claims are asked; otherwise it is only seen that everything runs, and what the exercises say.
    forms : bool
        Whether the checks are given each solution in other forms, and twice too large.

    Returns
    -------
    outcomes : dict
        For each claim "" where it holds, and else the reason.

    Raises
    ------
    BrokenCell
        If a cell raises, prints something else the second time, or draws beyond the edge of a figure.
    """
    import matplotlib.pyplot as plt

    cells = with_seed(with_edits(read(stem), edits), seed)
    names, questions = {"__name__": "__main__"}, Questions(stem, cells, claims=claims, forms=forms)
    before = Path.cwd()
    os.chdir((CHAPTERS / f"{stem}.ipynb").parent)
    try:
        for cell in cells:
            if cell["cell_type"] != "code":
                continue
            name = cell["id"]
            try:
                shown, printed = execute(source(cell), names, f"<{stem}, cell {name}>")
                if twice:
                    again = execute(source(cell), names, f"<{stem}, cell {name}>")[1]
                    if again != printed:
                        raise ValueError(f"run again, the cell prints {again!r} and not {printed!r}")
                    if beyond := beyond_the_edge(plt):
                        raise ValueError(f"parts of a figure lie {beyond} inches beyond its edge")
            except Exception as error:
                where = traceback.extract_tb(error.__traceback__)
                lines = [f"line {f.lineno}: {f.line}" for f in where if f.filename.startswith("<")]
                raise BrokenCell(
                    f"{stem}, cell {name} (seed {seed}, changes {list(edits)}): "
                    f"{type(error).__name__}: {error}; {'; '.join(lines)}"
                ) from error
            finally:
                plt.close("all")
            questions.ask(cell, names, shown, printed)
    finally:
        os.chdir(before)
    return questions.outcomes


def outcome(claim, draw):
    if claim.kind == "quoted":
        return ""
    try:
        return fault(claim, claim.function(draw))
    except Exception as error:
        [*_, last] = traceback.extract_tb(error.__traceback__)
        return f"{type(error).__name__}: {error} ({last.filename}, line {last.lineno}: {last.line})"


def fault(claim, value):
    """What is wrong with what comes out of a claim, or "". Nothing, or no truth value, is no yes."""
    if not claim.digits:
        truth = np.asarray(value)
        if truth.dtype != bool or not truth.size:
            return f"it says neither yes nor no, but {value!r:.80}"
        draw = "this" if claim.kind == "statement" else "the printed"
        return "" if truth.all() else f"it does not hold on {draw} draw"
    values = np.ravel(value)
    if len(values) != len(claim.digits):
        return f"{len(claim.digits)} numbers are printed, and {len(values)} come out"
    wrong = [
        f"the prose says {printed}, and {as_printed(value, printed)} comes out"
        for value, printed in zip(values.tolist(), claim.digits, strict=True)
        if as_printed(value, printed) != printed
    ]
    return "; ".join(wrong)


def numbers_of_exercise(cell):
    """The exercises, as "1_2", whose check is called in this cell."""
    return set(re.findall(r"^check_(\d+_\d+)\(", source(cell), re.MULTILINE)) if cell["cell_type"] == "code" else set()


def role_in_exercise(cell):
    start = "exercise" in cell["metadata"].get("tags", [])
    return ("start", "says_what_is_missing") if start else ("solution", "is_accepted")


def outcomes_of_exercise(cell, shown):
    """Each start must say what is missing, and each solution must be accepted, on any draw."""
    role, holds = role_in_exercise(cell)
    end = "nothing yet." if role == "start" else "is solved."
    said = repr(shown)
    return {
        f"the_{role}_of_{number}_{holds}": "" if said.endswith(end) else f"the check says: {said}"
        for number in numbers_of_exercise(cell)
    }


def are_numbers(answer):
    try:
        return np.asarray(answer).dtype.kind in "iuf"
    except ValueError:
        return False


def changed(answer, change):
    """The answer with its numbers changed; all else stays. A function answers as before, but for that."""
    if callable(answer):
        return lambda *given, **named: changed(answer(*given, **named), change)
    if are_numbers(answer):
        return change(np.asarray(answer))
    return tuple(changed(part, change) for part in answer) if isinstance(answer, tuple) else answer


def twice_too_large(values):
    """What is zero but for rounding becomes one."""
    return np.where(np.abs(values) < 1e-9, 1, 2 * values)


def outcomes_of_forms(cell, names):
    """A check goes by values: plain lists are as good as arrays, and no number may be twice as large."""
    outcomes = {}
    for node in ast.parse(source(cell)).body if role_in_exercise(cell)[0] == "solution" else ():
        call = getattr(node, "value", None)
        found = re.fullmatch(r"check_(\d+_\d+)", getattr(getattr(call, "func", None), "id", ""))
        if not found:
            continue
        check = names[found[0]]
        answers = [eval(compile(ast.Expression(arg), "<answer>", "eval"), names) for arg in call.args]
        faults = [
            f"accepts twice {ast.unparse(arg)}"
            for k, arg in enumerate(call.args)
            if (callable(answers[k]) or are_numbers(answers[k]))
            and check(*answers[:k], changed(answers[k], twice_too_large), *answers[k + 1 :])
        ]
        lists = check(*(changed(answer, np.ndarray.tolist) for answer in answers))
        faults += [] if lists else [f"given lists: {lists}"]
        outcomes[f"the_check_of_{found[1]}_goes_by_values"] = "; ".join(faults)
    return outcomes


def has_seed(stem):
    return any(SEED.search(source(cell)) for cell in read(stem) if cell["cell_type"] == "code")


def place(stem, name, *digits):
    """Where a cell stands, in words, and the first line of its prose that has such digits."""
    # Of no use to the kernels of the book, which are asked as well, and costly to import.
    import messages
    from prose import stands_in

    cells = read(stem)
    index = [cell["id"] for cell in cells].index(name)
    lines = source(cells[index]).splitlines() if cells[index]["cell_type"] == "markdown" else []
    found = (k for k, line in enumerate(lines, start=1) if any(stands_in(each, line) for each in digits))
    return messages.place(CHAPTERS / f"{stem}.ipynb", CHAPTERS.parent, cells, index, next(found, None))


def complaint(stem, name, reason):
    """What an author is told of a claim that does not hold: where it stands, and what is wrong."""
    claim, text = claims_of(stem).get(name), {cell["id"]: source(cell) for cell in read(stem)}
    if claim is None:
        return f"{stem}: {name.replace('_', ' ')}: {reason}"
    places = [
        f"{place(stem, cell, *claim.digits)} ({cell}: {' '.join(text[cell].split())[:70]} ...)"
        for cell in claim.cells
        if cell in text
    ]
    return f"{' / '.join(places) or stem}: {claim.kind}: {name.replace('_', ' ')}: {reason}"
