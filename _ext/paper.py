"""The book on paper and in an e-reader, made from its pages: `python _ext/paper.py PAGES FOLDER`, with `--student` without
hints and solutions.

Hints, answers and solutions stand at the end of each chapter. An explorer is one of its pictures, with the address of the live
one. A browser sets the formulas: it prints the whole as one PDF, and gives each page's XHTML with MathML for the EPUB.
"""

import argparse
import json
import mimetypes
import re
import subprocess
import sys
import uuid
import zipfile
from html import escape
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

from address import version

ROOT = Path(__file__).parent.parent
TITLE = "What Is Weight Decay?"
# What needs a browser, or repeats what the page or the glossary shows.
NOT_ON_PAPER = (
    "script, style, button, .headerlink, .explorer-controls, .meaning, .live-exercise, "
    ".tag_hide-input details.hide, .tag_exercise .cell_output"
)
LATER = re.compile(r"(first|second|third|fourth)? ?hint|what the solution|solution", re.IGNORECASE)
# What a hint, an answer or a solution belongs to: an exercise, a self-check question, a question for an exam or before the course.
ASKED = re.compile(r"\d+\.\d+|\d+\.$|Exam \d+|First session")
STYLE = Path(__file__).with_name("paper.css")
MATHJAX = '<script>window.MathJax = {{"options": {{"processHtmlClass": "math"}}}}</script><script src="{}"></script>'
# The formulas as a screen reader gets them, in place of those that MathJax draws.
TO_MATHML = r"""() => {
  for (const drawn of document.querySelectorAll("mjx-container")) {
    const math = drawn.querySelector("mjx-assistive-mml > math");
    math.setAttribute("display", drawn.hasAttribute("display") ? "block" : "inline");
    for (const node of [math, ...math.querySelectorAll("*")])
      for (const {name} of [...node.attributes]) if (/^(data-|class|style)/.test(name)) node.removeAttribute(name);
    // Letters of these kinds are characters of their own, and readers of books know no other way to them.
    for (const node of math.querySelectorAll("[mathvariant='double-struck'], [mathvariant='bold']")) {
      const first = node.getAttribute("mathvariant") === "bold" ? {A: 0x1d400, 0: 0x1d7ce} : {A: 0x1d538, 0: 0x1d7d8};
      node.textContent = node.textContent.replace(/[A-Z\d]/g, letter => /\d/.test(letter)
        ? String.fromCodePoint(first[0] + Number(letter))
        : (first.A === 0x1d538 && {C: "ℂ", H: "ℍ", N: "ℕ", P: "ℙ", Q: "ℚ", R: "ℝ", Z: "ℤ"}[letter])
          || String.fromCodePoint(first.A + letter.charCodeAt() - 65));
      node.setAttribute("mathvariant", "normal");
    }
    drawn.replaceWith(math);
  }
  return new XMLSerializer().serializeToString(document.querySelector("main"));
}"""


def parts_of(toc):
    """The parts of the book: a caption, and the names of its pages."""
    yield "", [toc["root"]]
    for part in toc["parts"]:
        yield part["caption"], [chapter["file"] for chapter in part["chapters"]]


def name_of(page):
    return page.replace("/", "-")


def show_the_middle(explorer):
    """Show the frame in the middle; at the first the slider is at an end, where often nothing has happened yet."""
    data = json.loads(explorer.select_one("script").string)
    at = len(data["frames"]) // 2
    explorer.img["src"], explorer.img["alt"] = data["frames"][at], data["sentences"][at]
    explorer.select_one(".explorer-sentence").string = data["sentences"][at]


class Page:
    """A page of the site, made ready for paper."""

    def __init__(self, html, page, pages, home):
        self.page, self.home, self.pages = page, home, pages
        self.folder = (html / page).parent
        self.html = html
        soup = BeautifulSoup((html / f"{page}.html").read_text("utf-8"), "html.parser")
        self.soup, self.article = soup, soup.select_one("article")
        for node in self.article.select(NOT_ON_PAPER):
            if node.name != "script" or node.get("type") != "application/json":
                node.decompose()
        for explorer in self.article.select(".explorer"):
            self.still(explorer)
        for node in self.article.select("script"):
            node.decompose()
        # The text names chapters by their numbers, which the site shows beside the page.
        if number := re.match(r"0*(\d+)_", page.rpartition("/")[2]):
            self.article.h1.insert(0, f"{number[1]}. ")
        self.title = self.article.h1.get_text().strip()

    def new(self, tag, text="", **attributes):
        node = self.soup.new_tag(tag, attrs=attributes)
        node.string = text
        return node

    def still(self, explorer):
        show_the_middle(explorer)
        sentence = explorer.select_one(".explorer-sentence")
        sentence.attrs.pop("aria-live", None)
        if self.home:
            live = self.new("a", "The live one has a slider.", href=f"{self.home}{self.page}.html")
            sentence.append(" ")
            sentence.append(live)

    def fold_out(self, student):
        """Put the hints, answers and solutions at the end; what else folds is opened."""
        later = self.new("section", **{"class": "later"})
        asked = ""
        for node in self.article.select("strong, em, details, .tag_hide-cell"):
            words = node.summary.get_text(" ", strip=True) if node.summary else node.get_text()
            if node.name in ("strong", "em"):
                asked = found[0].rstrip(".") if (found := ASKED.match(words)) else asked
            elif node.find_parent(class_=["later", "tag_hide-cell"]) or not node.summary:
                continue
            elif "tag_hide-cell" in node.get("class", ()):
                self.move(node, later, f"{asked}, solution", student)
            elif LATER.match(words):
                what = "what the solution shows" if words.startswith("What") else f"{words[0].lower()}{words[1:]}"
                self.move(node, later, f"{asked}, {what}", student)
            elif node.find_parent(id="check-yourself"):
                self.ask(node, later, asked)
            else:
                node.summary.name, node.name = "strong", "aside"
        if later.find("div"):
            later.insert(0, self.new("h2", "Hints, answers and solutions"))
            self.article.append(later)

    def ask(self, choice, later, question):
        """Leave the choice with a letter where it stands, and put the answer below the same letter."""
        before = [line for line in self.article.select("p.choice") if line["data-question"] == question]
        letter = f"{question}{'abcdefgh'[len(before)]}"
        line = self.new("p", f"{letter}) ", **{"class": "choice", "data-question": question})
        line.extend([child.extract() for child in list(choice.summary.contents)])
        choice.insert_before(line)
        self.move(choice, later, letter, False)

    def move(self, node, later, words, drop):
        node.extract()
        for inner in [node, *node.select("details")]:
            inner.name = "div"
            if inner.summary:
                inner.summary.decompose()
        if not drop:
            later.append(self.new("h3", words))
            later.append(node)

    def point(self, link_of):
        """Give every name of a place the page's own prefix, and every link its new address."""
        for node in self.article.select("[id]"):
            node["id"] = f"{name_of(self.page)}--{node['id']}"
        for node in self.article.select("[aria-labelledby], [aria-describedby], [for]"):
            for key in ("aria-labelledby", "aria-describedby", "for"):
                node.attrs.pop(key, None)
        for link in self.article.select("a[href]"):
            target = self.target(link["href"], link_of)
            if target:
                link["href"] = target
            else:
                link.name = "span"
                link.attrs = {}

    def target(self, href, link_of):
        parts = urlsplit(href)
        if parts.scheme or parts.netloc:
            return href
        path = (
            (self.folder / unquote(parts.path)).resolve() if parts.path else (self.html / f"{self.page}.html").resolve()
        )
        inside = path.relative_to(self.html.resolve()).as_posix() if path.is_relative_to(self.html.resolve()) else ""
        if inside.removesuffix(".html") in self.pages:
            return link_of(inside.removesuffix(".html"), parts.fragment)
        return urljoin(self.home, inside) if self.home and inside else ""

    def images(self):
        """The pictures, each with the file it comes from."""
        for image in self.article.select("img"):
            if not image["src"].startswith("data:"):
                yield image, (self.folder / unquote(image["src"])).resolve()


def pages_of(html, home, student, names, link_of):
    for name in names:
        page = Page(html, name, set(names), home)
        page.fold_out(student)
        page.point(link_of)
        yield page


def style():
    """The rules for paper, and the page's own for the drawings of the landing page."""
    road = [
        rule for rule in (ROOT / "_static" / "book.css").read_text("utf-8").splitlines() if rule.startswith(".road")
    ]
    return "\n".join([STYLE.read_text("utf-8"), *road])


def opened(browser, path, text):
    path.write_text(text, "utf-8")
    page = browser.new_page()
    page.goto(path.as_uri())
    page.evaluate("() => window.MathJax?.startup?.promise?.then(() => {})")
    page.evaluate("() => Promise.all([...document.images].map(image => image.decode().catch(() => {})))")
    return page


def head(html, mathjax=True):
    script = MATHJAX.format((html / "_static" / "mathjax" / "tex-chtml.js").resolve().as_uri()) if mathjax else ""
    return f'<meta charset="utf-8"><title>{TITLE}</title><style>{style()}</style>{script}'


def contents(parts, titles, numbers):
    lines = []
    for caption, names in parts:
        lines += [f"<h3>{escape(caption)}</h3>"] if caption else []
        for name in names:
            number = numbers.get(name, "")
            lines.append(
                f'<p class="line"><a href="#{name_of(name)}">{escape(titles[name])}</a><span>{number}</span></p>'
            )
    return f'<nav class="contents"><h2>Contents</h2>{"".join(lines)}</nav>'


def pdf(html, out, toc, home, student, browser):
    """Print the whole book, first to learn on which pages its chapters begin, then with their numbers."""
    parts = list(parts_of(toc))
    names = [name for _, chapter in parts for name in chapter]
    made = list(pages_of(html, home, student, names, lambda page, at: f"#{name_of(page)}" + (f"--{at}" if at else "")))
    for page in made:
        for image, path in page.images():
            image["src"] = path.as_uri()
    titles = {page.page: page.title for page in made}
    body = "".join(f'<section class="page" id="{name_of(page.page)}">{page.article}</section>' for page in made)
    cover = f'<section class="cover"><p class="title">{TITLE}</p><p>Version {version(ROOT)}</p><p>{escape(home)}</p></section>'
    numbers = {}
    for _ in range(2):
        listed = contents(parts, titles, numbers)
        page = opened(browser, out / "whole.html", f"<!doctype html><html lang=en>{head(html)}{cover}{listed}{body}")
        page.pdf(
            path=out / "book.pdf",
            format="A4",
            margin={"top": "20mm", "bottom": "22mm", "left": "22mm", "right": "22mm"},
            display_header_footer=True,
            header_template="<span></span>",
            footer_template='<div style="font-size: 9px; width: 100%; text-align: center" class="pageNumber"></div>',
            outline=True,
            tagged=True,
        )
        page.close()
        numbers = first_pages(out / "book.pdf", titles)
    (out / "whole.html").unlink()


def first_pages(path, titles):
    """On which page each chapter begins, by the outline that the browser wrote."""
    reader = PdfReader(path)

    def walk(items):
        for item in items:
            if isinstance(item, list):
                yield from walk(item)
            else:
                yield item.title.strip(), reader.get_destination_page_number(item) + 1

    begins = dict(reversed(list(walk(reader.outline))))
    return {name: begins[title] for name, title in titles.items() if title in begins}


def epub(html, out, toc, home, student, browser):
    """Write the pages as EPUB 3."""
    parts = list(parts_of(toc))
    names = [name for _, chapter in parts for name in chapter]
    link_of = lambda page, at: f"{name_of(page)}.xhtml" + (f"#{name_of(page)}--{at}" if at else "")  # noqa: E731
    files, titles, texts, marks = {}, {}, {}, {}
    for page in pages_of(html, home, student, names, link_of):
        found = list(page.images())
        for image, path in found:
            image["src"] = path.as_uri()
        text = f"<!doctype html><html lang=en>{head(html)}<main>{page.article}</main>"
        shown = opened(browser, out / "page.html", text)
        content = shown.evaluate(TO_MATHML)
        shown.close()
        for _, path in found:
            files[path] = f"images/{path.name}"
            content = content.replace(path.as_uri(), files[path])
        titles[page.page], texts[page.page] = page.title, content
        marks[page.page] = [mark for mark, has in (("mathml", "<math"), ("svg", "<svg")) if has in content]
    (out / "page.html").unlink()
    write_epub(out / "book.epub", parts, titles, texts, files, marks)


def write_epub(target, parts, titles, texts, files, marks):
    def xhtml(title, body):
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" '
            f'xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en"><head><title>{escape(title)}</title>'
            f'<link rel="stylesheet" href="book.css"/></head><body>{body}</body></html>'
        )

    lines = "".join(
        (f"<li><span>{escape(caption)}</span><ol>" if caption else "")
        + "".join(f'<li><a href="{name_of(name)}.xhtml">{escape(titles[name])}</a></li>' for name in names)
        + ("</ol></li>" if caption else "")
        for caption, names in parts
    )
    nav = xhtml("Contents", f'<nav epub:type="toc"><h1>Contents</h1><ol>{lines}</ol></nav>')
    manifest = ['<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>']
    manifest.append('<item id="css" href="book.css" media-type="text/css"/>')
    for name in texts:
        properties = f' properties="{" ".join(marks[name])}"' if marks[name] else ""
        manifest.append(
            f'<item id="{name_of(name)}" href="{name_of(name)}.xhtml" media-type="application/xhtml+xml"{properties}/>'
        )
    for k, path in enumerate(files):
        manifest.append(f'<item id="i{k}" href="{files[path]}" media-type="{mimetypes.guess_type(path)[0]}"/>')
    spine = "".join(f'<itemref idref="{name_of(name)}"/>' for name in texts)
    known = uuid.uuid5(uuid.NAMESPACE_URL, f"{TITLE} {version(ROOT)}")
    package = (
        '<?xml version="1.0" encoding="utf-8"?>\n<package xmlns="http://www.idpf.org/2007/opf" version="3.0" '
        'unique-identifier="id" xml:lang="en"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">urn:uuid:{known}</dc:identifier><dc:title>{TITLE}</dc:title><dc:language>en</dc:language>'
        f"<dc:creator>The authors of {TITLE}</dc:creator><dc:rights>CC BY 4.0; code MIT</dc:rights>"
        f'<meta property="dcterms:modified">{modified()}</meta></metadata>'
        f'<manifest>{"".join(manifest)}</manifest><spine><itemref idref="nav"/>{spine}</spine></package>'
    )
    container = (
        '<?xml version="1.0"?><container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
    )
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("book/package.opf", package)
        archive.writestr("book/nav.xhtml", nav)
        archive.writestr("book/book.css", style())
        for name, text in texts.items():
            archive.writestr(f"book/{name_of(name)}.xhtml", xhtml(titles[name], text))
        for path, inside in files.items():
            content = path.read_bytes()
            archive.writestr(f"book/{inside}", strict(content) if path.suffix == ".svg" else content)


def strict(drawn):
    """A drawing of Matplotlib as an EPUB wants it: without the address of SVG's definition, and the letter that is blank
    with the outline that it has not."""
    return re.sub(rb'<path id="[^"]*"(?= transform="[^"]*"/>)', rb'\g<0> d=""', re.sub(rb"<!DOCTYPE[^>]*>", b"", drawn))


def modified():
    """The day of the last change of the text, so that the same state gives the same file."""
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%cd", "--date=format-local:%Y-%m-%dT%H:%M:%SZ"]
    return subprocess.run(command, capture_output=True, text=True, env={"TZ": "UTC"}).stdout.strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("html", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--student", action="store_true")
    parser.add_argument("--home", default="")
    given = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    import chromium

    given.out.mkdir(parents=True, exist_ok=True)
    toc = yaml.safe_load((given.html.parent.parent / "_toc.yml").read_text("utf-8"))
    with sync_playwright() as playwright, chromium.launch(playwright) as browser:
        pdf(given.html, given.out, toc, given.home, given.student, browser)
        epub(given.html, given.out, toc, given.home, given.student, browser)


if __name__ == "__main__":
    main()
