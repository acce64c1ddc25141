"""What the book changes in the theme's pages: what folds say, what the head says, the ways past the contents, and what may run."""

import base64
import hashlib
import html
import json
import re
from importlib import resources
from pathlib import Path

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode

import styles

# A search engine shows about half as much.
LONGEST = 300
DESCRIPTIONS = {"genindex": "The index of the book “{}”.", "search": "Search the book “{}”."}
SCRIPT = re.compile(r"<script([^>]*)>(.*?)</script>", re.DOTALL)
PRESS = re.compile(r'onclick="(?:window\.)?(\w+)\([^"]*"')
PRELOAD = re.compile(r'\s*<link rel="preload" as="script"[^>]*>')
LAST = "<!-- Scripts loaded after <body> so the DOM is not blocked -->"
POLICY = re.compile(r'\n<meta http-equiv="Content-Security-Policy"[^>]*>')
# MathJax and the explorers write styles.
ALLOWED = "default-src 'self'; script-src 'self'{}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; base-uri 'none'"
NOTES = Path(str(resources.files("sphinx_revealjs"))) / "_static/revealjs/plugin/notes/notes.js"
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
    """The text of a page with one viewport, a way straight to its exercises, no script in an attribute, and none before the text."""
    first = VIEWPORT.search(page)
    if first:
        page = page[: first.end()] + VIEWPORT.sub("", page[first.end() :])
    page = PRESS.sub(r'data-press="\1"', PRELOAD.sub("", page))
    head, middle, body = page.partition("</head>")
    if LAST in body:
        # But for the first, which chooses the colours, all can wait until there is something to read.
        early, *late = [found[0] for found in SCRIPT.finditer(head)]
        head = SCRIPT.sub(lambda found: found[0] if found[0] == early else "", head)
        body = body.replace(LAST, "\n".join([*late, LAST]), 1)
    page = head + middle + body
    return page.replace(SKIP, TO_THE_EXERCISES) if 'id="exercises"' in page else page


def fingerprints(page):
    """What a browser may compare each script with that stands in the page itself."""
    scripts = {found[2] for found in SCRIPT.finditer(page) if "src=" not in found[1] and "json" not in found[1]}
    digests = (base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in sorted(scripts))
    return "".join(f" 'sha256-{digest}'" for digest in digests)


def speakers_window():
    """The page that reveal.js writes into the speaker's window, which may run no more than the deck may."""
    written = re.search(r"<script>.*?<\\/script>", NOTES.read_text("utf-8"), re.DOTALL)[0]
    return json.loads('"' + written.replace("\\x", "\\u00").replace("\\'", "'") + '"')


def with_policy(page):
    """The page with a policy: it runs its own scripts and those of the book, whatever else gets into it."""
    page = POLICY.sub("", page)
    others = speakers_window() if "RevealNotes" in page else ""
    policy = f'<meta http-equiv="Content-Security-Policy" content="{ALLOWED.format(fingerprints(page + others))}">'
    return re.sub('<meta charset="utf-8"[^>]*>', lambda charset: f"{charset[0]}\n{policy}", page, count=1)


def mend_pages(app, exception):
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    paths = [out / f"{name}.html" for name in [*sorted(app.env.found_docs), *DESCRIPTIONS]]
    before = {path: path.read_text("utf-8") for path in paths if path.exists()}
    after = styles.write(out, {path: mend(page) for path, page in before.items()})
    for path in out.glob("chapters/*-slides.html"):
        before[path] = after[path] = path.read_text("utf-8")
    for path, page in after.items():
        if (page := with_policy(page)) != before[path]:
            path.write_text(page, "utf-8")


def setup(app):
    app.add_node(HideCodeCellNode, override=True, html=(visit_fold, depart_fold))
    app.connect("html-page-context", name_page)
    app.connect("html-page-context", print_with_solutions, priority=700)
    # After all else that changes a page that is written.
    app.connect("build-finished", mend_pages, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
