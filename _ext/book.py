"""What the book adds to Sphinx: explorers' pictures as files, no dead weight, and a build that is whole or fails."""

import base64
import hashlib
import json
import os
import re
from pathlib import Path

from docutils import nodes

FRAMES = re.compile(r'(<div class="explorer".*?<script type="application/json">)(.*?)(</script>)', re.DOTALL)
# Scripts that no page uses: Thebe (stale, and an error on each page) and the toggle buttons (myst-nb folds by itself).
UNUSED_SCRIPTS = ("thebe", "togglebutton")
# Half a megabyte of script that draws the icons of the theme's icon font once more, and preloads of that font whose
# crossorigin attribute makes every browser refuse them on file://. The style sheet asks for the font by itself.
DEAD_WEIGHT = re.compile(
    r'\s*<script src="[^"]*fontawesome[^"]*\.js[^"]*"></script>|\s*<link rel="preload" as="font"[^>]*>'
    r'|\s*<script type="application/vnd\.jupyter\.widget-state\+json">.*?</script>',
    re.DOTALL,
)


def digest(paths, root):
    """Name the state of some files: their places below root, and what is in them."""
    state = hashlib.sha256()
    for path in sorted(paths):
        state.update(f"{os.path.relpath(path, root)}\n".encode() + path.read_bytes())
    return state.hexdigest()


def fingerprint(root):
    """Name the state of the helpers and the packages, which are the same for the whole book."""
    sources = [path for path in (root / "utils").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return digest([*sources, root / "requirements.lock"], root)[:16]


def name_state(app, config):
    """What makes the pages is part of their state: if some of it changes, all are read again, or at least written."""
    here, root = Path(__file__).parent, Path(app.srcdir)
    # Some pages have tables of all chapters.
    config.book_reads_with = digest([*here.glob("*.py"), root / "requirements.lock", root / "_toc.yml"], root)
    looks = [*here.glob("*.*"), *(path for path in (root / "_static").rglob("*") if path.is_file())]
    config.book_writes_with = digest([*looks, root / "references.bib"], root)


def drop_buttons_without_address(app, config):
    """Without the book's address the buttons for Colab and Binder would lead nowhere, and the theme breaks on them."""
    if not config.html_theme_options.get("repository_url"):
        config.html_theme_options.pop("launch_buttons", None)


def frames_to_files(app, doctree, docname):
    """Move the pictures of each explorer from the page into files, so that they load when they are wanted."""
    if app.builder.format != "html":
        return
    folder = Path(app.outdir, "_images")
    folder.mkdir(exist_ok=True)
    prefix = "../" * docname.count("/") + "_images/"
    for node in doctree.findall(nodes.raw):
        found = FRAMES.search(node.astext())
        if not found:
            continue
        data = json.loads(found[2])
        wide = data.pop("wide", None)
        first = data["frames"][0]
        data["frames"] = [prefix + to_file(source, folder) for source in data["frames"]]
        new = nodes.raw("", explorer_page(node.astext(), found, data, first), format="html")
        if wide:
            data["frames"] = [prefix + to_file(source, folder) for source in wide]
            new["slide"] = explorer_page(node.astext(), found, data, first)
        node.replace_self(new)


def to_file(source, folder):
    """Write the picture in a data address to a file, and return the file's name."""
    picture = base64.b64decode(source.partition("base64,")[2])
    name = f"explorer-{hashlib.sha256(picture).hexdigest()[:16]}.svg"
    (folder / name).write_bytes(picture)
    return name


def explorer_page(page, found, data, first):
    """The explorer's HTML with other frames; first is the picture that stands there before."""
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    page = page[: found.start(2)] + text + page[found.end(2) :]
    return page.replace(f'src="{first}"', f'src="{data["frames"][0]}"')


def drop_unused_scripts(app, pagename, templatename, context, doctree):
    context["script_files"] = [
        script for script in context["script_files"] if not any(name in str(script) for name in UNUSED_SCRIPTS)
    ]


def search_from_a_folder(app, pagename, templatename, context, doctree):
    """Without a server no page may fetch another, so that the search has no excerpts to show."""
    if pagename == "search":
        app.add_js_file(
            None, body='if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;'
        )


def drop_dead_weight(app, exception):
    if exception or app.builder.format != "html":
        return
    pages = Path(app.outdir).rglob("*.html")
    for page in (page for page in pages if page.relative_to(app.outdir).parts[0] not in ("_static", "lite")):
        text = page.read_text("utf-8")
        slim = DEAD_WEIGHT.sub("", text).replace('role="doc-biblioentry"', 'role="listitem"')
        if slim != text:
            page.write_text(slim, "utf-8")


def setup(app):
    for part in ("messages", "whole", "execute"):
        app.setup_extension(part)
    app.add_config_value("book_reads_with", "", "env")
    app.add_config_value("book_writes_with", "", "html")
    app.connect("config-inited", name_state, priority=1)
    app.connect("config-inited", drop_buttons_without_address, priority=1)
    app.connect("doctree-resolved", frames_to_files)
    app.connect("html-page-context", search_from_a_folder)
    app.connect("html-page-context", drop_unused_scripts, priority=900)
    app.connect("build-finished", drop_dead_weight)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
