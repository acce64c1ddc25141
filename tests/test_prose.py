"""The chapters keep their word: each number in the prose is computed, each chapter has its parts.

A decimal number or a percentage in the text of a cell must be among the numbers that the chapter's file in `claims/` ties to
that cell; there it is compared with what comes out.
"""

import ast
import functools
import itertools
import math
import re
import statistics
from pathlib import Path

import numpy as np
import pytest

import chapters
from chapters import place, source
from decks import faults_of_marks, slides_of
from prose import NOTEBOOKS, cells, faults_of_numbers, on_chapters, on_notebooks, quantities, stands_in, tags


def mystnb(cell):
    return cell["metadata"].get("mystnb", {})


def prose_of(name):
    """Everything that is read, by the id of its cell: the text, alternative texts and captions of figures."""
    prose = {cell["id"]: source(cell) for _, cell in cells(name, "markdown")}
    for _, cell in cells(name, "code"):
        image, figure = mystnb(cell).get("image", {}), mystnb(cell).get("figure", {})
        prose[cell["id"]] = f"{image.get('alt', '')}\n\n{figure.get('caption', '')}"
    return prose


@pytest.mark.parametrize(
    "prose, expected",
    [
        ("The error is 0.302, or 0.073.", ["0.302", "0.073"]),
        ("It ends in 0.134. The next begins.", ["0.134"]),
        ("$\\sigma = 0.3$ and $-0.56 \\pm 0.03$, $10^{0.5}$", ["0.3", "0.56", "0.03", "0.5"]),
        ("$\\approx0.25$ and $\\tfrac12 0.4$", ["0.25", "0.4"]),
        ("a factor of 2.5, a variance of 1.3", ["2.5", "1.3"]),
        ("a share of .5", [".5"]),
        ("In 95% of the sets, in 95 %, in $95\\,\\%$, in 95 percent, in 95 per cent", ["95%"] * 5),
        ("up to 2.5% of them", ["2.5%"]),
        ("<summary>An error of 0.10?</summary>", ["0.10"]),
        ("| 0.1 | 0.02 |", ["0.1", "0.02"]),
        ("if $a <b$ or $0.5 > c$", ["0.5"]),
        ("[a slope of 1.5](https://example.org/2.5)", ["1.5"]),
        ("```{note}\nAbout 0.7.\n```", ["0.7"]),
        ("30 points at degree 15, 200 sets, 1,000 draws, see chapter 6.", []),
        ("See https://example.org/v1.25/x and <https://example.org/1.5>.", []),
        ("doi:10.1214/21.5, arXiv:1711.05101", []),
        ('<img src="a.png" width="1.5" hidden>', []),
        ("**1.1 More data.** Draw again.\n\n**1.2 Through every point.** Fit.", []),
        ("as in exercise 1.3, Exercise 2.1, exercises 1.1, 1.2 and 1.3", []),
        ("What the solution of 1.1 shows: section 7.4 of {cite:t}`hastie2009`", []),
        ("eq. (3.41), eqs. (3.7) and (3.47), Figures 1.2 to 1.4, § 2.1, section 3.4.2", []),
        ("`lam=0.5`, ``lam=0.5``, {numref}`figure 1.2 <fig>` and {cite:p}`a2.5`", []),
        ("```python\nx = 0.7\n```", []),
        ("exercise 1.3 gives 0.7; the solution of 0.5x = 1", ["0.7", "0.5"]),
    ],
)  # fmt: skip
def test_quantities_are_told_from_references(prose, expected):
    assert quantities(prose) == expected


@pytest.mark.parametrize(
    "digits, prose, found",
    [
        ("0.3", "sigma = 0.3", True),
        ("0.302", "It is 0.302.", True),
        ("95%", "in 95 per cent", True),
        ("5%", "in 95%", False),
        ("0.3", "(0.3)", True),
        ("0.3", "0.35", False),
        ("0.3", "10.3", False),
        ("94", "on 94 of 200 sets", True),
        ("94", "on 194 sets", False),
        ("94", "0.94", False),
    ],
)
def test_digits_are_found_whole(digits, prose, found):
    assert stands_in(digits, prose) == found


def test_there_are_chapters():
    assert NOTEBOOKS


@on_notebooks
def test_every_number_in_the_prose_is_held_by_a_claim_of_its_cell(name):
    stem = name.removesuffix(".ipynb")
    faults = faults_of_numbers(prose_of(name), chapters.claims_of(stem).values(), functools.partial(place, stem))
    assert not faults, "\n".join(faults)


@on_notebooks
def test_no_check_of_ours_is_in_the_readers_way(name):
    found = [cell["id"] for _, cell in cells(name, "code") if re.search(r"^\s*assert\b", source(cell), re.MULTILINE)]
    hidden = [cell["id"] for _, cell in cells(name, "code") if "remove-cell" in tags(cell)]
    assert not found and not hidden, f"{name}: checks belong into tests/claims: {found + hidden}"


@on_notebooks
def test_notebooks_are_kept_without_outputs(name):
    ran = [k for k, cell in cells(name, "code") if cell["outputs"] or cell["execution_count"] is not None]
    assert not ran, f"{name}: cells {ran} have outputs or execution counts"


@on_notebooks
def test_no_cell_is_longer_than_25_lines(name):
    lengths = {k: sum(bool(line.strip()) for line in source(cell).splitlines()) for k, cell in cells(name, "code")}
    long = {k: length for k, length in lengths.items() if length > 25}
    assert not long, f"{name}: too many lines (cell: lines) {long}"


@on_notebooks
def test_every_cell_that_draws_makes_its_generator_from_the_one_seed(name):
    """So that a cell that is run again prints the same; each has a number of its own, since equal ones draw the same."""
    code = [(cell["id"], source(cell)) for _, cell in cells(name, "code")]
    made = [(k, number) for k, text in code for number in re.findall(r"default_rng\((.*)\)", text)]
    wrong = [(k, number) for k, number in made if not re.fullmatch(r"\[seed, \d+\]", number)]
    assert not wrong, f"{name}: a generator is made by np.random.default_rng([seed, number]); got {wrong}"
    numbers = [number for _, number in made]
    assert len(set(numbers)) == len(numbers), f"{name}: made twice: {made}"
    makers = {k for k, _ in made}
    strays = [
        k for k, text in code if draws_outside(text) == "in a function" or draws_outside(text) and k not in makers
    ]
    assert not strays, (
        f"{name}: cells {strays} use a generator that they did not make; a function takes it as an argument"
    )


def draws_outside(code):
    """Where the code uses the name rng without being given it: "in a function", "in the cell", or nowhere (None)."""

    def free(node, given, inside):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            arguments = [argument.arg for argument in [*node.args.args, *node.args.kwonlyargs]]
            given, inside = given or "rng" in arguments, True
        if isinstance(node, ast.Name) and node.id == "rng" and isinstance(node.ctx, ast.Load) and not given:
            yield "in a function" if inside else "in the cell"
        for child in ast.iter_child_nodes(node):
            yield from free(child, given, inside)

    return min(free(ast.parse(code), False, False), key="in a function in the cell".find, default=None)


@pytest.mark.parametrize(
    "code, where",
    [
        ("rng = make()\nx = rng.normal()", "in the cell"),
        ("def draw(n):\n    return rng.normal(size=n)\ndraw(rng)", "in a function"),
        ("def draw(rng, n):\n    return [rng.normal() for _ in range(n)]", None),
        ("draw = lambda n: rng.normal()", "in a function"),
        ("x = 1", None),
    ],
)
def test_a_generator_that_comes_from_elsewhere_is_found(code, where):
    assert draws_outside(code) == where


@on_chapters
def test_prose_is_whole(name):
    """A run of prose is one cell: two cells of prose follow each other only at a heading, a question, or where one is not for slides."""
    before, faults = None, []
    for cell in NOTEBOOKS[name]["cells"]:
        kind = cell["cell_type"], cell["metadata"].get("slideshow", {}).get("slide_type")
        question = re.match(r"\*\*\d+\.\*\* ", source(cell))
        if before == kind and kind[0] == "markdown" and not source(cell).startswith("#") and not question:
            faults.append(cell["id"])
        before = None if question or source(cell).startswith("# ") else kind
    assert not faults, f"{name}: {faults} go on where the cell before stopped; join them"


def paragraphs(name):
    """The paragraphs of the text before the questions: no headings, lists, boxes, formulas or listings."""
    for _, cell in cells(name, "markdown"):
        if source(cell).startswith("## Check yourself"):
            return
        text = re.sub(r"^```.*?^```$", "", source(cell), flags=re.DOTALL | re.MULTILINE)
        text = re.sub(r"</?(span|div)[^>]*>", "", re.sub(r"\$\$.*?\$\$", "FORMULA", text, flags=re.DOTALL))
        for paragraph in map(str.strip, re.split(r"\n\s*\n", text)):
            if paragraph and not re.match(r"#|>|[-*] |\||\d+\. |FORMULA|<", paragraph):
                yield paragraph


@on_chapters
def test_few_paragraphs_are_a_single_sentence(name):
    found = list(paragraphs(name))
    ends = [len(re.findall(r"[.?!](?=\s|$|\))", re.sub(r"\$[^$]*\$", "X", paragraph))) for paragraph in found]
    single = [paragraph[:50] for paragraph, n in zip(found, ends, strict=True) if n <= 1]
    assert len(single) <= 0.15 * len(found), f"{name}: {len(single)} of {len(found)}: {single}"


@on_chapters
def test_a_chapter_has_few_cells(name):
    most = 100 if name >= "09" else 80
    assert len(NOTEBOOKS[name]["cells"]) <= most


@on_chapters
def test_cells_that_are_read_are_short(name):
    """Median seven lines, and sixteen at most but for the listing that is the chapter's subject."""
    folded = {"hide-input", "hide-cell", "exercise"}
    read = [cell for _, cell in cells(name, "code") if not folded & set(tags(cell))]
    lines = {cell["id"]: sum(bool(line.strip()) for line in source(cell).splitlines()) for cell in read}
    long = {k: n for k, n in lines.items() if n > 16 and "listing" not in tags(next(c for c in read if c["id"] == k))}
    assert statistics.median(lines.values()) <= 7 and not long, f"{name}: {lines}"


@on_notebooks
def test_every_figure_has_an_alternative_text_a_caption_and_a_name(name):
    faults = []
    for k, cell in cells(name, "code"):
        if not re.search(r"\bplt\.(subplots|subplot_mosaic|figure)\(", source(cell)) or "hide-cell" in tags(cell):
            continue
        alternative = mystnb(cell).get("image", {}).get("alt", "")
        figure = mystnb(cell).get("figure", {})
        if len(alternative) < 40:
            faults.append(f"cell {k}: an alternative text of at least 40 characters, got {alternative!r}")
        if " " not in alternative.strip() or re.search(r"\.(png|svg|jpe?g|webp|py|ipynb)\b", alternative):
            faults.append(f"cell {k}: an alternative text that says what is seen, got {alternative!r}")
        faults += [f"cell {k}: a {key} of the figure" for key in ("caption", "name") if not figure.get(key)]
    assert not faults, f"{name} needs\n" + "\n".join(faults)


def test_names_of_figures_are_taken_once():
    names = [
        mystnb(cell)["figure"]["name"]
        for name in NOTEBOOKS
        for _, cell in cells(name, "code")
        if "figure" in mystnb(cell)
    ]
    assert len(set(names)) == len(names), f"taken twice: {sorted({name for name in names if names.count(name) > 1})}"


@on_chapters
def test_every_chapter_has_an_explorer(name):
    assert any("explorers.explore(" in source(cell) for _, cell in cells(name, "code")), f"{name} has no explorer"


ANATOMY = ["Check yourself", "Exercises", "In three lines", "Further reading"]


def parts(name):
    """Cells under each heading of the second level; a cell of text with a heading inside is cut there."""
    found, heading = {}, None
    for cell in NOTEBOOKS[name]["cells"]:
        if cell["cell_type"] == "code":
            found.setdefault(heading, []).append(cell)
            continue
        for k, piece in enumerate(re.split(r"^## (.+)$", source(cell), flags=re.MULTILINE)):
            if k % 2:
                heading = piece.strip()
            elif piece.strip():
                found.setdefault(heading, []).append({"cell_type": "markdown", "metadata": {}, "source": piece})
    return found


def text_of(part):
    return "\n".join(source(cell) for cell in part if cell["cell_type"] == "markdown")


@on_chapters
def test_every_chapter_has_its_parts_in_order(name):
    assert source(NOTEBOOKS[name]["cells"][0]).startswith("# ")
    assert [heading for heading in parts(name) if heading in ANATOMY] == ANATOMY, f"{name}: {list(parts(name))}"


def folded(text):
    """What stands in the text between <details> and </details>: pairs of what is always seen and what is folded."""
    found = re.findall(r"<details>\s*<summary>(.+?)</summary>(.+?)</details>", text, flags=re.DOTALL)
    assert len(found) == text.count("<details>") == text.count("</details>"), "a <details> is not well formed"
    return [(seen.strip(), hidden.strip()) for seen, hidden in found]


@on_chapters
def test_every_chapter_asks_at_least_three_questions_with_an_answer_to_each_choice(name):
    """One choice is right, and each says why it is or why it is not."""
    questions = [source(cell) for cell in parts(name)["Check yourself"] if "<details>" in source(cell)]
    faults = []
    for number, question in enumerate(questions, start=1):
        if not question.lstrip().startswith(f"**{number}.** "):
            faults.append(f"question {number} begins with {question[:20]!r}")
        choices = folded(question)
        verdicts = [answer.partition(" ")[0] for _, answer in choices]
        if len(choices) < 3 or sorted(verdicts) != ["No."] * (len(choices) - 1) + ["Right."]:
            faults.append(f"question {number} has the verdicts {verdicts}")
        faults += [f"question {number}, {seen!r}: {answer!r}" for seen, answer in choices if len(answer) < 60]
    assert len(questions) >= 3 and not faults, f"{name}: {faults}"


HEDGES = (
    "usually|mostly|often|sometimes|generally|in general|probably|perhaps|can|could|may|might|need not|about|nearly|almost|"
    "roughly|a little|little|slightly|somewhat|hardly|only if|only when|only once|unless|if|as long as|partly|mainly|rather"
)
ABSOLUTES = (
    "always|never|every|everything|all|any|none|nothing|neither|both|exactly|whatever|whoever|must|cannot|just|only|perfect|useless|"
    "worthless"
)


def says(words):
    return lambda choices: [bool(re.search(rf"\b(?:{words})\b", choice, re.IGNORECASE)) for choice in choices]


def longer(choices):
    """How many choices are longer than each."""
    return [sum(len(other) > len(choice) for other in choices) for choice in choices]


# What may tell the right choice from the others to somebody who knows nothing of the matter: which choices have it.
CLUES = {
    "comes first": lambda choices: [k == 0 for k in range(len(choices))],
    "comes last": lambda choices: [k == len(choices) - 1 for k in range(len(choices))],
    "is the longest": lambda choices: [rank == 0 for rank in longer(choices)],
    "is the shortest": lambda choices: [rank == max(longer(choices)) for rank in longer(choices)],
    "says yes": lambda choices: [choice.startswith("Yes") for choice in choices],
    "says no": lambda choices: [choice.startswith("No") for choice in choices],
    "hedges": says(HEDGES),
    "is absolute": says(ABSOLUTES),
    "gives a reason": says("since|because"),
    "has digits": lambda choices: [bool(re.search(r"\d", choice)) for choice in choices],
}


def rarity_of_hits(hits, chances):
    """The chance of so many hits or fewer, or of so many or more, whichever is smaller; each hit has a chance of its own."""
    law = np.ones(1)
    for chance in chances:
        law = np.convolve(law, [1 - chance, chance])
    return min(law[: hits + 1].sum(), law[hits:].sum())


def rarity_of_counts(counts):
    """The chance of these counts in equally likely classes, or of any that are as rare: the exact multinomial test."""
    total, classes = sum(counts), len(counts)
    every = (c for c in itertools.product(range(total + 1), repeat=classes - 1) if sum(c) <= total)
    log_chance = {c: -sum(math.lgamma(n + 1) for n in (*c, total - sum(c))) for c in every}
    chances = np.exp(np.array(list(log_chance.values())) + math.lgamma(total + 1) - total * math.log(classes))
    this = math.exp(log_chance[tuple(counts[:-1])] + math.lgamma(total + 1) - total * math.log(classes))
    return chances[chances <= this * (1 + 1e-9)].sum()


def faults_of_quizzes(questions, level=0.01):
    """What gives the right choices away over many questions, each the choices and the place of the right one."""
    faults = []
    for clue, which in CLUES.items():
        fits = [which(choices) for choices, _ in questions]
        hits = sum(fit[right] for fit, (_, right) in zip(fits, questions, strict=True))
        chances = [sum(fit) / len(fit) for fit in fits]
        if rarity_of_hits(hits, chances) < level / 2:
            faults.append(f"the right choice {clue} {hits} times, by chance {sum(chances):.1f}")
    for size in sorted({len(choices) for choices, _ in questions}):
        alike = [(choices, right) for choices, right in questions if len(choices) == size]
        for what, of_right in {
            "places": [right for _, right in alike],
            "ranks in length": [longer(choices)[right] for choices, right in alike],
        }.items():
            counts = [of_right.count(k) for k in range(size)]
            if rarity_of_counts(counts) < level:
                faults.append(f"of {size} choices, the right ones have the {what} {counts}")
    return faults


def questions_of(name):
    """The choices of each question of a chapter, and the place of the right one."""
    answered = [folded(source(cell)) for cell in parts(name)["Check yourself"] if "<details>" in source(cell)]
    return [([seen for seen, _ in q], [a.startswith("Right.") for _, a in q].index(True)) for q in answered]


def test_the_right_choices_cannot_be_told_by_their_looks():
    """Over all questions of the book, what has nothing to do with the matter is as frequent among right choices as by chance."""
    chapters_ = [questions_of(name) for name in NOTEBOOKS if "/" not in name]
    faults = faults_of_quizzes([question for chapter in chapters_ for question in chapter])
    for number, questions in enumerate(chapters_, start=1):
        if len({right for _, right in questions}) == 1:
            faults.append(f"chapter {number} has every right choice in the same place")
        if len({longer(choices)[right] for choices, right in questions}) == 1:
            faults.append(f"chapter {number} has right choices all of the same rank in length")
    assert not faults, "\n".join(faults)


def test_what_gives_right_choices_away_is_found():
    even = [(["Yes", "No: bb", "No: cccc"], k % 3) for k in range(30)]
    assert faults_of_quizzes(even) == []
    assert len(faults_of_quizzes([(choices, 2) for choices, _ in even])) >= 4
    hedged = [
        (["It usually is" if k % 3 == place else f"It is so: {place}" for place in range(3)], k % 3) for k in range(30)
    ]
    assert any("hedges" in fault for fault in faults_of_quizzes(hedged))
    never_last = [(["a", "b", "c", "d"], place) for place, n in enumerate([1, 5, 9, 0]) for _ in range(n)]
    assert any("places [1, 5, 9, 0]" in fault for fault in faults_of_quizzes(never_last))


@pytest.mark.parametrize("counts", [[4, 4, 4], [9, 2, 1], [1, 5, 9, 0]])
def test_the_multinomial_test_has_its_level(counts):
    """Counts drawn at random are as rare as these, or rarer, in that share of all draws."""
    draws = np.random.default_rng(0).multinomial(sum(counts), [1 / len(counts)] * len(counts), 20_000)
    log_chance = -np.vectorize(math.lgamma)(draws + 1.0).sum(axis=1)
    share = np.mean(log_chance <= -sum(math.lgamma(n + 1) for n in counts) + 1e-9)
    expected = rarity_of_counts(counts)
    assert abs(share - expected) <= 4 * math.sqrt(expected * (1 - expected) / 20_000)


def prompt(cell):
    return mystnb(cell).get("code_prompt_show", "")


@on_chapters
def test_every_chapter_has_three_or_four_exercises_with_check_start_hints_and_solution(name):
    part = parts(name)["Exercises"]
    chapter = int(re.match(r"\d+", Path(name).name)[0])
    numbers = re.findall(r"^\*\*(\d+\.\d+) ", text_of(part), flags=re.MULTILINE)
    assert numbers in ([f"{chapter}.{k}" for k in range(1, n + 1)] for n in (3, 4)), f"{name}: exercises {numbers}"
    found, current = {number: [] for number in numbers}, None
    for cell in part:
        if cell["cell_type"] == "markdown":
            for piece in re.split(r"^(?=\*\*\d+\.\d+ )", source(cell), flags=re.MULTILINE):
                current = (re.match(r"\*\*(\d+\.\d+) ", piece) or [None, current])[1]
                found.get(current, []).extend(seen for seen, _ in folded(piece))
            continue
        checked = f"check_{current.replace('.', '_')}(" in source(cell)
        if prompt(cell) == f"Show the check of exercise {current}" and "hide-input" in tags(cell) and checked:
            found[current].append("check")
        elif "exercise" in tags(cell) and checked:
            found[current].append("start")
        elif prompt(cell) == f"Show a solution of exercise {current}" and "hide-cell" in tags(cell):
            found[current].append("checked solution" if checked else "solution")
    for number, order in found.items():
        hints = [seen for seen in order if seen.endswith("hint")]
        assert hints in (["First hint", "Second hint"], ["First hint", "Second hint", "Third hint"]), (
            f"{name}, {number}: {order}"
        )
        rest = [seen for seen in order if seen not in hints and not seen.startswith("What the solution")]
        assert rest[:2] == ["check", "start"] and rest.count("checked solution") == 1, (
            f"{name}, exercise {number}: {order}"
        )
        assert set(rest[2:]) <= {"solution", "checked solution"}, f"{name}, exercise {number}: {order}"


@on_chapters
def test_a_summary_of_three_lines_has_three_lines(name):
    lines = [line for line in text_of(parts(name)["In three lines"]).splitlines() if line.strip()]
    assert len(lines) == 3, f"{name}: {len(lines)} lines"


@on_chapters
def test_every_cell_says_what_it_is_on_the_slides(name):
    """A slide also says how long it lasts; what the speaker is told besides is plain text."""
    faults = []
    for cell in NOTEBOOKS[name]["cells"]:
        mark, place = cell["metadata"].get("slideshow", {}), f"cell {cell['id']}"
        question = re.match(r"\*\*\d+\.\*\* ", source(cell))
        allowed = {"slide", "fragment", "-", "skip"} if cell["cell_type"] == "code" or question else {None, "skip"}
        if mark.get("slide_type") not in allowed:
            faults.append(f"{place} is {mark.get('slide_type')!r}")
        if cell["cell_type"] == "markdown":
            faults += [f"{place}: {fault}" for fault in faults_of_marks(cell)]
        for slide in slides_of(cell):
            if "minutes" not in slide:
                faults.append(f"{place}: a slide has no minutes")
            if re.search(r"[{}$\\]", slide.get("notes", "")):
                faults.append(f"{place}: {slide['notes']}")
    assert not faults, f"{name}:\n" + "\n".join(faults)
