"""A deck of slides for each chapter, cut from the chapter's own page.

A code cell says in its `slideshow` metadata what it is on the deck. Prose says it inside, with marks that neither the page
nor Jupyter shows: what stands in `<span class="slide">…</span>` is on the slide, with `new` it begins the next slide, with
`next` it comes at the next press; the rest is for the speaker. A formula or list on lines of its own goes where the words
before it go.
"""

import html
import json
import os
import re
import shutil
from importlib import resources
from pathlib import Path
from string import Template

from docutils import nodes
from docutils.parsers.rst import Directive
from sphinx.errors import ExtensionError

from glossary import unlink

HERE = Path(__file__).parent
REVEAL = {"dist/reset.css", "dist/reveal.css", "dist/reveal.js", "plugin/notes/notes.js", "LICENSE"}
# A source line of a notebook is the number of its cell, counted from 1, times this.
LINES_OF_A_CELL = 10_000
# A slide of text with no more letters than this gets larger ones.
SIZES = {"short": 260, "medium": 520}
# So many times at most a press on "next" moves the slider of an explorer before it turns the page.
STOPS = 4
# A choice of a self-check. The room sees the choice, and the speaker the answer.
CHOICE = re.compile(r"<details>\s*<summary>(.*?)</summary>(.*?)</details>", re.DOTALL)
MARK = re.compile(r'<(?P<tag>span|div) class="(?P<names>(?:slide|speaker)[^"]*)">|</(?P<end>span|div)>')
KINDS = ("slide", "slide new", "slide next", "slide new next", "speaker")


def notebook_of(app, pagename):
    """The notebook behind this page if it is a chapter, else None."""
    path = Path(app.srcdir, f"{pagename}.ipynb")
    return json.loads(path.read_text("utf-8")) if path.parent.name == "chapters" and path.exists() else None


def without_marks(prose):
    """The prose as it reads, for copies from which no slides are cut."""
    return MARK.sub("", prose)


def slides_of(cell):
    """What the metadata of a cell says of each slide that begins in it: minutes, and a stage direction."""
    mark = cell["metadata"].get("slideshow", {})
    return [mark] if mark.get("slide_type") == "slide" else mark.get("slides", [])


def faults_of_marks(cell):
    """What is wrong with the marks in a cell of prose, each as a sentence that quotes the place."""
    prose, mark = "".join(cell["source"]), cell["metadata"].get("slideshow", {})
    faults, opened, begun = [], None, 0
    for found in MARK.finditer(prose):
        at = repr(prose[found.start() : found.start() + 60])
        if found["end"]:
            if not opened or opened["tag"] != found["end"]:
                faults.append(
                    f"no mark is open where one is closed: {repr(prose[max(0, found.start() - 40) : found.end()])}"
                )
            opened = None
        else:
            if opened:
                faults.append(f"a mark is never closed: {prose[opened.start() : opened.start() + 60]!r}")
            if found["names"] not in KINDS:
                faults.append(f"a mark is one of {', '.join(KINDS)}; got {found['names']!r} at {at}")
            opened = found
            begun += "new" in found["names"].split()
    if opened:
        faults.append(f"a mark is never closed: {prose[opened.start() : opened.start() + 60]!r}")
    if "slide_type" in mark:
        if MARK.search(prose) and not faults and 'class="s' in prose:
            faults.append(f"the metadata says {mark['slide_type']!r} for the whole cell, and there are marks in it")
        return faults
    if begun != len(mark.get("slides", [])):
        faults.append(f"{begun} slides begin here, and the metadata has minutes for {len(mark.get('slides', []))}")
    if not faults:
        inside = re.sub(r'<(span|div) class="s.*?</\1>', "MARKED", prose, flags=re.DOTALL)
        for paragraph in re.split(r"\n\s*\n", re.sub(r"\$\$.*?\$\$", "", inside, flags=re.DOTALL)):
            block = re.match(r"#|[-*] |\d+\. |\||>|```|<|!\[", paragraph.strip())
            if paragraph.strip() and not block and "MARKED" not in paragraph:
                faults.append(
                    f"no mark says whether this paragraph is on the slide: {paragraph.strip()[:60]!r}; mark its sentences "
                    'with <span class="slide">, or all of it with <span class="speaker">'
                )
    return faults


def timetable(notebook):
    """The numbers of slides and of minutes under each heading; the first heading is the chapter's title."""
    sections, heading = {}, ""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            heading = [heading, *re.findall(r"^##? (.+)$", "".join(cell["source"]), flags=re.MULTILINE)][-1]
        slides, minutes = sections.get(heading, (0, 0))
        begun = slides_of(cell)
        sections[heading] = slides + len(begun), minutes + sum(slide["minutes"] for slide in begun)
    return sections


def pieces(node):
    """The parts of a page in their order, each with the number of the cell it came from; headings are parts."""
    for child in node.children:
        if isinstance(child, nodes.section):
            yield from pieces(child)
        elif not isinstance(child, nodes.target | nodes.comment):
            lines = (part.line for part in child.findall() if part.line and part.line >= LINES_OF_A_CELL)
            yield child.get("cell_index", next(lines, 0) // LINES_OF_A_CELL - 1), child


def by_cell(doctree):
    """The parts of each cell. A part that does not know its line stands in the cell of the part before."""
    found, current = {}, 0
    for index, part in pieces(doctree):
        current = max(current, index)
        found.setdefault(current, []).append(part)
    return found


def has_class(name):
    return lambda node: isinstance(node, nodes.container) and name in node["classes"]


is_input, is_output = has_class("cell_input"), has_class("cell_output")


def is_picture(node):
    if isinstance(node, nodes.image):
        return not isinstance(node.parent, nodes.figure)
    return isinstance(node, nodes.figure) or (isinstance(node, nodes.raw) and 'class="explorer"' in node.astext())


def fragment(text, next_press):
    return f'<div class="fragment">{text}</div>' if next_press else text


def marks_of(part):
    """The pieces of a part of the page, each with the names of its mark; without a mark they are for the speaker."""
    names, piece = [], []
    for child in part.children:
        found = isinstance(child, nodes.raw) and MARK.fullmatch(child.astext().strip())
        if not found:
            piece.append(child)
            continue
        yield names, piece
        names, piece = (found["names"] or "").split(), []
    yield names, piece


class Deck:
    """The slides of one chapter as HTML."""

    def __init__(self, app, doctree):
        self.app, self.doctree = app, doctree
        self.slides, self.heading = [], ""

    def render(self, *parts):
        translator = self.app.builder.create_translator(self.doctree, self.app.builder)
        for part in parts:
            part.walkabout(translator)
        return "".join(translator.body)

    def begin(self, slide):
        notes = [f"<p>{html.escape(slide['notes'])}</p>"] if "notes" in slide else []
        self.slides.append(
            {"heading": self.heading, "minutes": slide["minutes"], "text": [], "picture": "", "notes": notes}
        )

    def add(self, cell, parts):
        """Put a cell on the deck, where its mark says."""
        kind = cell["metadata"].get("slideshow", {}).get("slide_type")
        if cell["cell_type"] == "markdown" and kind is None:
            self.add_prose(parts, iter(slides_of(cell)))
            return
        headings = [part for part in parts if isinstance(part, nodes.title)]
        if headings:
            self.heading = self.render(*headings[-1].children)
        if kind == "slide":
            self.begin(slides_of(cell)[0])
        if kind == "skip" or not self.slides:
            return
        rest = [part for part in parts if not isinstance(part, nodes.title)]
        if cell["cell_type"] == "code":
            self.add_code(cell, rest, self.slides[-1], kind == "fragment")
        elif rest:
            text = self.render(*rest)
            self.slides[-1]["notes"] += [
                f"<p><strong>{choice}</strong></p>{answer}" for choice, answer in CHOICE.findall(text)
            ]
            self.slides[-1]["text"].append(CHOICE.sub(r'<p class="choice">\1</p>', text))

    def add_prose(self, parts, begun):
        """Cut a run of prose: its marked pieces are on slides, the others are the speaker's."""
        outer, names = None, []
        for part in parts:
            if isinstance(part, nodes.title):
                self.heading = self.render(*part.children)
                continue
            found = isinstance(part, nodes.raw) and MARK.fullmatch(part.astext().strip())
            if found:
                outer, names = found["names"] and found["names"].split(), []
                continue
            if outer:
                self.place(part, outer, begun)
                # What else stands in the same mark comes with it.
                outer = ["joined", *(name for name in outer if name in ("slide", "speaker"))]
            elif not isinstance(part, nodes.paragraph):
                self.place(part, ["joined", *(name for name in names if name == "slide")], begun)
            else:
                for marked, piece in marks_of(part):
                    words = nodes.paragraph("", "", *(child.deepcopy() for child in piece))
                    if words.astext().strip():
                        names = marked
                        self.place(words, names, begun)

    def place(self, part, names, begun):
        if "new" in names:
            self.begin(next(begun))
        if not self.slides:
            return
        slide, text = self.slides[-1], self.render(part)
        if "slide" not in names:
            slide["notes"].append(text)
        elif "joined" in names and slide["text"] and slide["text"][-1].startswith('<div class="fragment">'):
            slide["text"][-1] = slide["text"][-1].removesuffix("</div>") + text + "</div>"
        else:
            slide["text"].append(fragment(text, "next" in names))

    def add_code(self, cell, parts, slide, next_press):
        """A cell that draws shows its picture; any other its code, unless the page folds it, and what it prints."""
        outputs = [output for part in parts for output in part.findall(is_output)]
        drawn = [part for output in outputs for part in output.findall(is_picture)]
        if not drawn:
            folded = "hide-input" in cell["metadata"].get("tags", [])
            shown = [] if folded else [code for part in parts for code in part.findall(is_input)]
            # What the code prints comes at the next press, so that the room can guess.
            printed = fragment(self.render(*outputs), shown and outputs)
            slide["text"].append(fragment(self.render(*shown) + printed, next_press))
            return
        for part in drawn:
            explorer = isinstance(part, nodes.raw)
            if isinstance(part, nodes.figure):
                slide["notes"] += ["<p>" + caption.astext() + "</p>" for caption in part.findall(nodes.caption)]
                part = next(part.findall(nodes.image))
            wide = part.get("slide", "") if explorer else ""
            slide["picture"] += fragment(wide or self.render(part), next_press)
            if explorer:
                stops = min(STOPS, int(re.search(r'type="range"[^>]* max="(\d+)"', part.astext())[1]))
                spans = "".join(
                    f'<span class="fragment" data-before="{(k - 1) / stops}" data-stop="{k / stops}"></span>'
                    for k in range(1, stops + 1)
                )
                slide["picture"] += f'<div class="stops">{spans}</div>'
            slide["wide"] = bool(wide)

    def html(self):
        minutes, pages = 0, []
        for slide in self.slides:
            until = minutes + slide["minutes"]
            clock = f"<p><strong>{minutes:g} to {until:g} minutes</strong></p>"
            picture = f'<div class="picture">{slide["picture"]}</div>' if slide["picture"] else ""
            text = "".join(slide["text"])
            classes = ["with-picture"] if picture else []
            classes += ["wide"] if slide.get("wide") else []
            letters = len(html.unescape(re.sub(r"<[^>]*>", "", text)))
            if not picture and "<pre" not in text and "<table" not in text:
                classes += [name for name, most in SIZES.items() if letters <= most][:1]
            level = 2 if pages else 1
            pages.append(
                f'<section class="{" ".join(classes)}" data-timing="{60 * slide["minutes"]:g}">'
                f"<h{level}>{slide['heading']}</h{level}>"
                f'<div class="body">{picture}<div class="text">{text}</div></div>'
                f'<aside class="notes">{clock}{"".join(slide["notes"])}</aside></section>\n'
            )
            minutes = until
        return "".join(pages)


def table(name, head, rows):
    head = "".join(f'<th scope="col">{cell}</th>' for cell in head)
    rows = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    text = f'<table class="table {name}"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
    return [nodes.raw("", text, format="html")]


def chapters_of(env):
    """The notebooks of the chapters in the contents; others may lie beside them."""
    paths = (Path(env.doc2path(docname)) for docname in sorted(env.found_docs))
    return [path for path in paths if path.parent.name == "chapters" and path.suffix == ".ipynb"]


class Decks(Directive):
    """A table of all decks in the order of the book."""

    def run(self):
        env, rows = self.state.document.settings.env, []
        for path in chapters_of(env):
            env.note_dependency(str(path))
            sections = timetable(json.loads(path.read_text("utf-8")))
            title = html.escape(next(iter(sections)))
            deck = f"{os.path.relpath(path.parent, Path(env.doc2path(env.docname)).parent)}/{path.stem}-slides.html"
            paper = f'<a href="{deck}?print-pdf" aria-label="{title} on paper">on paper</a>'
            slides = sum(count for count, _ in sections.values())
            rows.append([int(path.stem[:2]), f'<a href="{deck}">{title}</a>', slides, paper])
        return table("decks", ["Chapter", "Lecture", "Slides", "Print"], rows)


class Timetable(Directive):
    """The timetable of one chapter's lecture, by the chapter's sections."""

    required_arguments = 1

    def run(self):
        env = self.state.document.settings.env
        path = next((path for path in chapters_of(env) if path.name.startswith(f"{int(self.arguments[0]):02}_")), None)
        if path is None:
            raise self.error(f"there is no chapter {self.arguments[0]} in _toc.yml")
        env.note_dependency(str(path))
        sections = timetable(json.loads(path.read_text("utf-8")))
        rows = [
            [f"{minutes:g}", html.escape(heading), slides] for heading, (slides, minutes) in sections.items() if slides
        ]
        return table("timetable", ["Minutes", "Part", "Slides"], rows)


def write_deck(app, pagename, templatename, context, doctree):
    """Write the deck beside the page, and put a button for it on the page."""
    notebook = notebook_of(app, pagename)
    if not notebook or app.builder.format != "html":
        return
    unlink(doctree)
    deck, parts = Deck(app, doctree), by_cell(doctree)
    for cell in notebook["cells"]:
        faults = faults_of_marks(cell) if cell["cell_type"] == "markdown" else []
        if faults:
            raise ExtensionError(f"{pagename}.ipynb, cell {cell['id']}: {faults[0]}")
    for index, cell in enumerate(notebook["cells"]):
        deck.add(cell, parts.get(index, []))
    title = next(doctree.findall(nodes.title)).astext()
    template = Template((HERE / "deck.html").read_text("utf-8"))
    page = template.substitute(
        title=html.escape(title),
        css=(HERE / "deck.css").read_text("utf-8"),
        js=(HERE / "deck.js").read_text("utf-8"),
        mathjax=f"../_static/{app.config.mathjax_path}",
        slides=deck.html(),
    )
    target = Path(app.outdir, f"{pagename}-slides.html")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(page, "utf-8")
    context["header_buttons"].append(
        {
            "type": "link",
            "url": f"{Path(pagename).name}-slides.html",
            "tooltip": "Slides of this chapter",
            "icon": "fas fa-chalkboard",
            "label": "slides-button",
        }
    )


def bring_reveal(app, exception):
    if exception or app.builder.format != "html":
        return
    source = resources.files("sphinx_revealjs") / "_static" / "revealjs"
    for name in REVEAL:
        target = Path(app.outdir, "_static", "reveal", name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / name, target)


def setup(app):
    app.add_directive("decks", Decks)
    app.add_directive("timetable", Timetable)
    app.connect("html-page-context", write_deck, priority=600)
    app.connect("build-finished", bring_reveal)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
