"""Every symbol of every formula in the chapters stands in the first column of the table on the page of notation."""

import re

import pytest

from chapters import source
from checks import ROOT
from prose import NOTEBOOKS

LETTERS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi varphi chi psi omega "
    "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell nabla odot"
)
# An accent, or a face, and what has it.
DRESSED = re.compile(
    r"\\(hat|bar|tilde|dot|vec|widehat|overline|mathbb|mathbf|mathcal|mathrm|boldsymbol)(?![A-Za-z])\s*(?:\{\s*(\\[A-Za-z]+|\w)[^}]*\}|(\\[A-Za-z]+|\w))"
)
NAME = re.compile(r"\\operatorname\*?\{([^}]*)\}")
WORDS = re.compile(r"\\(?:text\w*|label|tag)\{[^}]*\}|\\(?:begin|end)\{[^}]*\}")
# What is somebody else's.
EXCEPTIONS = {"C": "Mallows's C_p and scikit-learn's C are names"}


def formulas(prose):
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", prose, flags=re.DOTALL)
    displayed = re.findall(r"\$\$(.+?)\$\$", prose, flags=re.DOTALL)
    return displayed + re.findall(r"(?<!\\)\$([^$]+)\$", re.sub(r"\$\$.+?\$\$", "", prose, flags=re.DOTALL))


def symbols(formula):
    """Its letters, Latin and Greek, each with its accent, and its names of several letters."""
    found = set()

    def take(match):
        found.add("".join(part.lstrip("\\") for part in match.groups() if part))
        return " "

    rest = DRESSED.sub(take, NAME.sub(take, WORDS.sub(" ", formula)))
    rest = re.sub(rf"\\({'|'.join(LETTERS.split())})(?![A-Za-z])", take, rest)
    return found | set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", rest)))


ROWS = re.findall(r"^\| (.*?) \|", (ROOT / "chapters/appendix/notation.md").read_text("utf-8"), flags=re.MULTILINE)
EXPLAINED = {symbol for row in ROWS for formula in formulas(row) for symbol in symbols(formula)}


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        (r"\hat f_D(x) = \bar{y}", {"hatf", "D", "x", "bary"}),
        (r"\mathbb E\lVert w\rVert^2 \le \tfrac1m\lambda_j", {"mathbbE", "w", "m", "lambda", "j"}),
        (r"\operatorname{df}(\lambda) = \text{all of it}", {"df", "lambda"}),
        (r"\begin{aligned} a &\leftarrow \sqrt{\hat v} \end{aligned}", {"a", "hatv"}),
        (r"\frac{\partial J}{\partial W} \odot \mathbf 1", {"J", "W", "odot", "mathbf1"}),
        (r"\hat{\beta} + \sin\pi x + \mathrm e^{-2}", {"hatbeta", "pi", "x", "mathrme"}),
    ],
)
def test_symbols_are_read(formula, expected):
    assert symbols(formula) == expected


def test_no_exception_is_idle():
    used = {
        s for notebook in NOTEBOOKS.values() for c in notebook["cells"] for f in formulas(source(c)) for s in symbols(f)
    }
    assert EXCEPTIONS.keys() <= used and not EXCEPTIONS.keys() & EXPLAINED


@pytest.mark.parametrize("name", [name for name in NOTEBOOKS if "/" not in name])
def test_every_symbol_is_explained(name):
    prose = [source(cell) for cell in NOTEBOOKS[name]["cells"] if cell["cell_type"] == "markdown"]
    used = {symbol: formula for text in prose for formula in formulas(text) for symbol in symbols(formula)}
    loose = {symbol: formula for symbol, formula in used.items() if symbol not in EXPLAINED | EXCEPTIONS.keys()}
    assert not loose, f"{name}: in no row of notation.md: {loose}"
