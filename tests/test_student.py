"""The student's edition, whole: no file of it has a line of a solution, or of an answer to a question for an exam.

Files are compared by their letters and figures alone, so that tags, escapes and line ends hide nothing. The same search finds
the lines in the teacher's edition.
"""

import html
import io
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from sphinx.search.en import SearchEnglish

import chromium
import editions
from chapters import ROOT, source

TAG = re.compile(r"<[^<>]*>")
ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|.)")
# Where prose has markup, a page has none or another.
MARKUP = re.compile(r"[\[\]()$`{}*_<>\\|#&]|\n\n")
SHORTEST = 24


def letters(text):
    return re.sub(r"[\W_]+", "", text)


def plain(text):
    """What a file says if it is a page, and what if it has strings with escapes."""
    strings = ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else " ", text)
    return [letters(html.unescape(TAG.sub("", text))), letters(html.unescape(strings))]


def sources():
    """Of each page what it says to everybody, what code its solutions have, and what prose."""
    for path in sorted([*ROOT.glob("*.md"), *(ROOT / "chapters").rglob("*.md")]):
        text = path.read_text("utf-8")
        yield editions.without_discussions(text), "", "\n\n".join(secret_prose(text))
    for path in sorted((ROOT / "chapters").rglob("*.ipynb")):
        cells = json.loads(path.read_text("utf-8"))["cells"]
        prose = "\n\n".join(source(cell) for cell in cells if cell["cell_type"] == "markdown")
        code = "\n".join(
            source(cell) for cell in cells if cell["cell_type"] == "code" and not editions.is_solution(cell)
        )
        solved = "\n".join(source(cell) for cell in cells if editions.is_solution(cell))
        yield f"{editions.without_discussions(prose)}\n{code}", solved, "\n\n".join(secret_prose(prose))


def secret_prose(text):
    return [re.sub(r"<summary>.*?</summary>", "", part) for part in editions.DISCUSSION.findall(text)]


@pytest.fixture(scope="module")
def secrets():
    """What stands in a solution or an answer, and nowhere else, as letters and figures."""
    texts = list(sources())
    told = letters("\n".join(open_text for open_text, _, _ in texts))
    pieces = {letters(line) for _, code, _ in texts for line in code.splitlines()}
    pieces |= {letters(piece) for _, _, prose in texts for piece in MARKUP.split(prose)}
    return sorted(piece for piece in pieces if len(piece) >= SHORTEST and piece not in told)


@pytest.fixture(scope="module")
def secret_words():
    """The stems that the search would list for solutions alone."""
    stem = SearchEnglish({}).stem

    def words(text, shortest=1):
        return {stem(word.lower()) for word in re.findall(r"[A-Za-z]+", text) if len(word) >= shortest}

    texts = list(sources())
    told = set().union(*(words(open_text) for open_text, _, _ in texts))
    told |= words((ROOT / "references.bib").read_text("utf-8"))
    return set().union(*(words(f"{code} {prose}", 5) for _, code, prose in texts)) - told


def texts_in(folder):
    """Each file with its text, also those inside of archives."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if zipfile.is_zipfile(path):
                with zipfile.ZipFile(io.BytesIO(content)) as archive:
                    for name in archive.namelist():
                        yield f"{path.relative_to(folder)}/{name}", archive.read(name).decode("utf-8", "ignore")
            else:
                yield str(path.relative_to(folder)), content.decode("utf-8", "ignore")


def leaks(folder, secrets):
    """The secrets that are found, each with the files that tell them."""
    found = {}
    for name, text in texts_in(folder):
        said = plain(text)
        for secret in secrets:
            if secret in said[0] or secret in said[1]:
                found.setdefault(secret, []).append(name)
    return found


def words_of_the_index(folder):
    text = (folder / "searchindex.js").read_text("utf-8")
    return set(json.loads(text[text.index("{") : text.rindex("}") + 1])["terms"])


def test_there_are_secrets_of_each_kind(secrets, secret_words):
    assert len(secrets) > 400 and len(secret_words) > 15
    guide = (ROOT / "chapters" / "appendix" / "teaching.md").read_text("utf-8")
    answers = letters("".join(secret_prose(guide)))
    assert sum(secret in answers for secret in secrets) > 50


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("page.html", lambda line: "<pre>" + "</span><span>".join(map(html.escape, line.split(" "))) + "</pre>"),
        ("notebook.ipynb", lambda line: json.dumps({"cells": [{"source": [f'"{line}"\n', "\n"]}]})),
        ("main.js.map", lambda line: json.dumps({"sourcesContent": [f"a\n{line}\n"]})),
        ("searchindex.js", lambda line: f"Search.setIndex({json.dumps({'titles': [line]})})"),
    ],
)
def test_what_is_put_there_is_found_in_each_kind_of_file(tmp_path, secrets, name, write):
    line = next(
        line
        for _, code, _ in sources()
        for line in code.splitlines()
        if letters(line) in secrets and '"' in line and "<" in line
    )
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / name).write_text(write(line), "utf-8")
    assert list(leaks(tmp_path, secrets)) == [letters(line)]
    with zipfile.ZipFile(tmp_path / "deep" / "all.zip", "w") as archive:
        archive.write(tmp_path / "deep" / name, name)
    assert len(leaks(tmp_path, secrets)[letters(line)]) == 2


@pytest.fixture(scope="module")
def student(tmp_path_factory, book, build_book):
    """The student's edition, built over the teacher's, so that nothing may stay of that."""
    folder = tmp_path_factory.mktemp("student")
    shutil.copytree(book.html.parent, folder / "_build")
    return build_book(folder, EDITION="student").html


def pdf_of(pages, folder, playwright):
    """The book on paper without solutions, made of these pages."""
    import yaml

    import paper

    with chromium.launch(playwright) as browser:
        toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
        paper.pdf(pages, folder, toc, "", True, browser)
        paper.epub(pages, folder, toc, "", True, browser)
    text = "\n".join(page.extract_text() for page in PdfReader(folder / "book.pdf").pages)
    (folder / "book.txt").write_text(text, "utf-8")
    (folder / "book.pdf").unlink()
    return folder


@pytest.mark.thorough
class TestEdition:
    def test_the_teachers_edition_tells_them(self, book, secrets, secret_words):
        found = leaks(book.html, secrets)
        assert len(found) > 0.97 * len(secrets), sorted(set(secrets) - set(found))
        assert len(secret_words & words_of_the_index(book.html)) > 0.8 * len(secret_words)

    def test_no_file_of_the_students_does(self, student, secrets):
        assert leaks(student, secrets) == {}

    def test_nor_does_its_search(self, student, secret_words):
        assert secret_words & words_of_the_index(student) == set()

    def test_nor_do_its_pictures(self, book, student):
        pictures = {
            Path(image["src"]).name
            for page in book.html.glob("chapters/*.html")
            for image in BeautifulSoup(page.read_text("utf-8"), "html.parser").select(".tag_hide-cell img")
        }
        assert pictures and not pictures & {path.name for path in student.rglob("*")}

    @pytest.mark.parametrize("of", ["book", "student"])
    def test_nor_its_paper(self, request, of, secrets, tmp_path, playwright):
        pages = request.getfixturevalue(of)
        assert leaks(pdf_of(getattr(pages, "html", pages), tmp_path, playwright), secrets) == {}
