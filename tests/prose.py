"""The notebooks as texts: their cells, and the numbers that stand in their prose."""

import json
import re
from pathlib import Path

import pytest

CHAPTERS = Path(__file__).parent.parent / "chapters"
NOTEBOOKS = {
    path.relative_to(CHAPTERS).as_posix(): json.loads(path.read_text("utf-8"))
    for path in sorted(CHAPTERS.rglob("*.ipynb"))
    if not any(part.startswith(".") for part in path.relative_to(CHAPTERS).parts)
}
on_notebooks = pytest.mark.parametrize("name", NOTEBOOKS)
# Those of the appendix are notebooks without a chapter's anatomy.
on_chapters = pytest.mark.parametrize("name", [name for name in NOTEBOOKS if "/" not in name])

# Digits that are no quantities. The order matters: what is inside a listing or a role is read first.
NO_QUANTITIES = [
    r"^```(?!\{).*?^```",  # listings; what stands in a directive is prose
    r"^```.*?$",
    r"\{[\w:+-]+\}`[^`]*`",  # roles, as of citations
    r"(`+)[^`]+\1",
    r"(?<=\])\([^)\s]*\)",  # where a link leads
    r"<[a-zA-Z][\w-]*(?:\s+[\w-]+(?:=\"[^\"]*\")?)*\s*/?>",  # tags with their attributes
    r"\bhttps?://\S+",
    r"\bdoi:\S+",
    r"\barXiv:\S+",
    r"^\*\*\d+\.\d+(?= )",  # the number of an exercise, where it begins
]
LABEL = r"\(?[1-9]\d*(?:\.[1-9]\d*)+\)?"
# What has a number for a name.
NAMED = (
    r"(?:exercises?|solutions? of|sections?|chapters?|equations?|eqs?\.|figures?|tables?|theorems?|§)[\s~]*"
    rf"{LABEL}(?:(?:,| and|, and| or| to|–) {LABEL})*(?!\d)"
)
DECIMAL = r"(?<![\d.])(\d*\.\d+)(?!\d)"
PERCENTAGE = r"(?<![\d.])(\d*\.?\d+)(?:\s|\\[,;]|~)*(?:\\?%|per ?cent\b)"


def quantities(prose):
    """Decimal numbers and percentages of a piece of prose, as they must stand in code: 0.302, 95%."""
    for pattern in NO_QUANTITIES:
        prose = re.sub(pattern, " ", prose, flags=re.DOTALL | re.MULTILINE)
    prose = re.sub(NAMED, " ", prose, flags=re.IGNORECASE)
    percentages = [f"{number}%" for number in re.findall(PERCENTAGE, prose)]
    rest = re.sub(PERCENTAGE, " ", prose)
    return re.findall(DECIMAL, rest) + percentages


def stands_in(digits, prose):
    """Whether these digits stand in the prose as a whole, not as a part of a longer number."""
    if digits.endswith("%"):
        return digits in quantities(prose)
    return re.search(rf"(?<![\d.]){re.escape(digits)}(?!\d|\.\d)", prose) is not None


def cells(name, kind):
    return [(k, cell) for k, cell in enumerate(NOTEBOOKS[name]["cells"]) if cell["cell_type"] == kind]


def tags(cell):
    return cell["metadata"].get("tags", [])


def faults_of_numbers(prose, claims, place=lambda cell, digits: f"cell {cell}"):
    """Numbers in the prose that no claim holds there, and numbers of claims that the prose does not print there."""
    held = {cell: {d for claim in claims for d in claim.digits if cell in claim.cells} for cell in prose}
    loose = [
        f"{place(cell, quantity)}: no claim of this cell ({cell}) holds {quantity}: {' '.join(text.split())[:60]!r}"
        for cell, text in prose.items()
        for quantity in quantities(text)
        if quantity not in held[cell]
    ]
    idle = [
        f"{claim.name} holds {digits}, which stands in none of {', '.join(claim.cells)}"
        for claim in claims
        for digits in claim.digits
        if not any(stands_in(digits, prose.get(cell, "")) for cell in claim.cells)
    ]
    return loose + idle
