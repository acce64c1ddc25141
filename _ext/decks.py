"""A deck of slides for each chapter, cut from the chapter's own page by the `slideshow` metadata of its cells."""

import html
import json
import os
import re
import shutil
from importlib import resources
from pathlib import Path
from string import Template

from book import digest
from docutils import nodes
from docutils.parsers.rst import Directive

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


def name_state(app, config):
    """A deck is written with its page, so that a change of what all decks share is a change of all pages."""
    config.deck_fingerprint = digest(HERE.glob("deck*.*"), HERE)


def notebook_of(app, pagename):
    """The notebook behind this page if it is a chapter, else None."""
    path = Path(app.srcdir, f"{pagename}.ipynb")
    return json.loads(path.read_text("utf-8")) if path.parent.name == "chapters" and path.exists() else None


def starts(cell):
    return cell["metadata"].get("slideshow", {}).get("slide_type") in ("slide", "subslide")


def timetable(notebook):
    """The numbers of slides and of minutes under each heading; the first heading is the chapter's title."""
    sections, heading = {}, ""
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            heading = [heading, *re.findall(r"^##? (.+)$", "".join(cell["source"]), flags=re.MULTILINE)][-1]
        slides, minutes = sections.get(heading, (0, 0))
        mark = cell["metadata"].get("slideshow", {})
        sections[heading] = (slides + starts(cell), minutes + (mark.get("minutes", 0) if starts(cell) else 0))
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


def fragment(text, kind):
    return f'<div class="fragment">{text}</div>' if kind == "fragment" else text


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

    def add(self, cell, parts):
        """Put a cell on the deck, where its mark says."""
        mark = cell["metadata"].get("slideshow", {})
        kind = mark.get("slide_type", "-")
        headings = [part for part in parts if isinstance(part, nodes.title)]
        if headings:
            self.heading = self.render(*headings[-1].children)
        if kind == "skip":
            return
        if starts(cell):
            self.slides.append(
                {"heading": self.heading, "minutes": mark.get("minutes", 0), "text": [], "picture": "", "notes": []}
            )
        if not self.slides:
            return
        slide = self.slides[-1]
        slide["notes"] += [f"<p>{html.escape(mark['notes'])}</p>"] if "notes" in mark else []
        rest = [part for part in parts if not isinstance(part, nodes.title)]
        if cell["cell_type"] == "code":
            self.add_code(cell, rest, slide, kind)
        elif kind == "notes":
            slide["notes"].append(self.render(*rest))
        elif rest:
            text = self.render(*rest)
            answers = CHOICE.findall(text)
            slide["notes"] += [f"<p><strong>{choice}</strong></p>{answer}" for choice, answer in answers]
            slide["text"].append(fragment(CHOICE.sub(r'<p class="choice">\1</p>', text), kind))

    def add_code(self, cell, parts, slide, kind):
        """A cell that draws shows its picture; any other its code, unless the page folds it, and what it prints."""
        outputs = [output for part in parts for output in part.findall(is_output)]
        drawn = [part for output in outputs for part in output.findall(is_picture)]
        if not drawn:
            folded = "hide-input" in cell["metadata"].get("tags", [])
            shown = [] if folded else [code for part in parts for code in part.findall(is_input)]
            # What the code prints comes at the next press, so that the room can guess.
            printed = fragment(self.render(*outputs), "fragment" if shown and outputs else "-")
            slide["text"].append(fragment(self.render(*shown) + printed, kind))
            return
        for part in drawn:
            explorer = isinstance(part, nodes.raw)
            if isinstance(part, nodes.figure):
                slide["notes"] += ["<p>" + caption.astext() + "</p>" for caption in part.findall(nodes.caption)]
                part = next(part.findall(nodes.image))
            wide = part.get("slide", "") if explorer else ""
            slide["picture"] += fragment(wide or self.render(part), kind)
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


class Decks(Directive):
    """A table of all decks in the order of the book."""

    def run(self):
        env, rows = self.state.document.settings.env, []
        for path in sorted(Path(env.srcdir, "chapters").glob("*.ipynb")):
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
        [path] = Path(env.srcdir, "chapters").glob(f"{int(self.arguments[0]):02}_*.ipynb")
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
    deck, parts = Deck(app, doctree), by_cell(doctree)
    for index, cell in enumerate(notebook["cells"]):
        if "remove-cell" not in cell["metadata"].get("tags", []):
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
    app.add_config_value("deck_fingerprint", "", "html")
    app.connect("config-inited", name_state)
    app.connect("html-page-context", write_deck, priority=600)
    app.connect("build-finished", bring_reveal)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
