"""What the book changes in the theme's pages: what folds say, what the head says, and the ways past the contents."""

import html
import re
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode

# A search engine shows about half as much.
LONGEST = 300
DESCRIPTIONS = {"genindex": "The index of the book “{}”.", "search": "Search the book “{}”."}
VIEWPORT = re.compile(r'\s*<meta name="viewport"[^>]*>')
SKIP = '<a href="#main-content">Skip to main content</a></div>'
TO_THE_EXERCISES = (
    '<a href="#main-content">Skip to main content</a><a href="#exercises">Skip to the exercises</a></div>'
)


def visit_fold(translator, node):
    """A fold is called what it shows, whether it is open or not. On paper all open but the solutions."""
    show = html.escape(node["prompt_show"])
    hide = re.sub("^Show", "Hide", show) if node["prompt_hide"] == "Hide" else html.escape(node["prompt_hide"])
    solution = " solution" if "solution" in show else ""
    translator.body.append(
        f'<details class="admonition hide{solution} {" ".join(node["classes"])}">\n<summary>\n'
        f'<p class="collapsed admonition-title">{show}</p>\n<p class="expanded admonition-title">{hide}</p>\n</summary>\n'
    )


def depart_fold(translator, node):
    translator.body.append("</details>\n")


def words_of(node):
    """What a paragraph says, without the marks in it; a formula is read as it is written."""
    parts = (part for part in node.findall(nodes.Text) if not isinstance(part.parent, nodes.raw))
    text = "".join(spoken(part) if isinstance(part.parent, nodes.math) else part.astext() for part in parts)
    return re.sub(r"\s+", " ", text).strip()


SIGNS = {"lambda": "λ", "eta": "η", "sigma": "σ", "nabla": "∇", "sin": "sin ", "pi": "π"}


def spoken(formula):
    text = re.sub(r"\\([a-z]+) ?", lambda found: SIGNS.get(found[1], ""), formula.astext())
    return re.sub(r"[{}\\]", "", text)


def shortened(text):
    if len(text) <= LONGEST:
        return text
    return text[:LONGEST].rpartition(" ")[0].rstrip(",;:") + " …"


def name_page(app, pagename, templatename, context, doctree):
    """A page is described by its first paragraph, and has the book's name once in its title."""
    book = app.config.html_title
    first = next(doctree.findall(nodes.paragraph), None) if doctree else None
    text = (
        shortened(words_of(first))
        if first is not None
        else DESCRIPTIONS.get(pagename, "A page of the book “{}”.").format(book)
    )
    context["metatags"] = context.get("metatags", "") + f'<meta name="description" content="{html.escape(text)}" />'
    if context.get("title") == book:
        context["docstitle"] = ""


def print_with_solutions(app, pagename, templatename, context, doctree):
    """Where a page has solutions, its menu of downloads can print them as well."""
    if doctree is None or not any(
        "solution" in fold.get("prompt_show", "") for fold in doctree.findall(nodes.container)
    ):
        return
    for group in context["header_buttons"]:
        if group["label"] == "download-buttons":
            group["buttons"].append(
                {
                    "type": "javascript",
                    "javascript": "printWithSolutions()",
                    "text": ".pdf with solutions",
                    "tooltip": "Print to PDF with the solutions and the answers",
                    "icon": "fas fa-file-pdf",
                    "label": "download-solutions-button",
                }
            )


def mend(page):
    """The text of a page with one viewport, and a way straight to its exercises."""
    first = VIEWPORT.search(page)
    if first:
        page = page[: first.end()] + VIEWPORT.sub("", page[first.end() :])
    return page.replace(SKIP, TO_THE_EXERCISES) if 'id="exercises"' in page else page


def mend_pages(app, exception):
    if exception or app.builder.format != "html":
        return
    for name in [*app.env.found_docs, *DESCRIPTIONS]:
        path = Path(app.outdir, f"{name}.html")
        if path.exists():
            page = path.read_text("utf-8")
            if (mended := mend(page)) != page:
                path.write_text(mended, "utf-8")


def setup(app):
    app.add_node(HideCodeCellNode, override=True, html=(visit_fold, depart_fold))
    app.connect("html-page-context", name_page)
    app.connect("html-page-context", print_with_solutions, priority=700)
    app.connect("build-finished", mend_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
