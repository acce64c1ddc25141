"""A release: one version everywhere, and what it brings along can be opened."""

import shutil

import pytest

import checks
import paper
import release
from checks import ROOT


@pytest.fixture
def tree(tmp_path):
    for name in ("pyproject.toml", "CITATION.cff"):
        shutil.copy(ROOT / name, tmp_path)
    version = release.version(ROOT)
    (tmp_path / "CHANGELOG.md").write_text(f"# Changes\n\n## {version}\n\nAll of it.\n", "utf-8")
    return tmp_path, version


def test_with_one_version_everywhere_nothing_is_missing(tree):
    folder, version = tree
    assert release.faults(folder, version) == []


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("pyproject.toml", "pyproject.toml says version 9.9.9, not {}."),
        ("CITATION.cff", "CITATION.cff says version 9.9.9, not {}."),
        ("CHANGELOG.md", "CHANGELOG.md has no section that begins with '## {}'."),
    ],
)
def test_another_version_anywhere_is_named(tree, name, says):
    folder, version = tree
    text = (folder / name).read_text("utf-8")
    (folder / name).write_text(text.replace(version, "9.9.9"), "utf-8")
    assert release.faults(folder, version) == [says.format(version)]


@pytest.mark.parametrize("wanted", ["1", "v1.0.0", "1.0", "1.0.0rc1", ""])
def test_what_is_no_version_is_refused(tree, wanted):
    assert release.faults(tree[0], wanted) == [f"A version is three numbers with dots between; got {wanted!r}."]


def test_a_drawing_becomes_one_that_an_epub_takes():
    drawn = b'<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"\n "http://www.w3.org/svg11.dtd">\n<svg><defs>'
    drawn += b'<path id="DejaVuSans-20" transform="scale(0.015625)"/><path id="a" d="M 0 0" transform="scale(1)"/></defs></svg>'
    strict = paper.strict(drawn)
    assert b"DOCTYPE" not in strict
    assert b'<path id="DejaVuSans-20" d="" transform' in strict and b'<path id="a" d="M 0 0"' in strict


class TestPage:
    @pytest.fixture(scope="class")
    @classmethod
    def page(cls, book):
        page = paper.Page(book.html, "chapters/05_regularization", set(checks.PAGES), "https://example.org/book/")
        page.fold_out(False)
        return page

    def test_it_has_the_number_by_which_the_text_names_it(self, page):
        assert page.title == "5. Regularization"

    def test_what_only_a_screen_needs_is_gone(self, page):
        text = page.article.get_text()
        assert "is not solved yet" not in text and not page.article.select(".meaning, button, script, summary")

    def test_an_explorer_is_a_picture_with_the_address_of_the_live_one(self, page):
        explorers = page.article.select(".explorer")
        assert explorers and all(explorer.img["alt"] for explorer in explorers)
        links = [explorer.a["href"] for explorer in explorers]
        assert set(links) == {"https://example.org/book/chapters/05_regularization.html"}

    def test_hints_answers_and_solutions_are_at_the_end(self, page):
        later = page.article.select_one("section.later")
        assert later.find_parent().name == "article" and later.find_next_siblings() == []
        headings = [heading.get_text() for heading in later.select("h3")]
        for end in ("hint", "solution", "what the solution shows"):
            assert sum(heading.endswith(end) for heading in headings) >= 4, end
        assert not page.article.select("details")


class TestFormulas:
    def test_formulas_of_the_epub_have_their_letters(self, browser, book, tmp_path):
        (tmp_path / "page.html").write_text(
            f"<!doctype html><html lang=en>{paper.head(book.html)}"
            r"<main><span class='math'>\(\mathbb E[X] \in \mathbb R, \mathbf 1\)</span></main>",
            "utf-8",
        )
        with browser.new_context() as context:
            page = paper.opened(context, tmp_path / "page.html", (tmp_path / "page.html").read_text("utf-8"))
            said = page.evaluate(paper.TO_MATHML)
        assert all(letter in said for letter in "𝔼ℝ𝟏") and "mjx" not in said and "<math" in said
