"""What the book adds to Sphinx: an honest execution cache, explorers' pictures as files, no dead weight."""

import base64
import hashlib
import json
import os
import re
from pathlib import Path

from docutils import nodes
from jupyter_cache import get_cache
from jupyter_cache.executors import load_executor

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
    """Name the state of the code and the packages on which every figure depends."""
    sources = [path for path in (root / "utils").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return digest([*sources, root / "requirements.lock"], root)[:16]


def set_cache(app, config):
    root = Path(app.srcdir)
    config.book_fingerprint = fingerprint(root)
    config.nb_execution_cache_path = str(root / "_build" / ".jupyter_cache" / config.book_fingerprint)


def drop_buttons_without_address(app, config):
    """Without the book's address the buttons for Colab and Binder would lead nowhere, and the theme breaks on them."""
    if not config.html_theme_options.get("repository_url"):
        config.html_theme_options.pop("launch_buttons", None)


def execute_side_by_side(app):
    """Run the notebooks that the cache does not know, several at once; myst-nb itself runs one after another."""
    # A progress bar is for somebody who waits, and would stand in the page for ever.
    os.environ["TQDM_DISABLE"] = "1"
    # The notebooks share the cores already; threads of the linear algebra would wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["BOOK_SLIDES"] = "1"
    cache = get_cache(app.config.nb_execution_cache_path)
    for path in sorted(Path(app.srcdir, "chapters").rglob("*.ipynb")):
        cache.add_nb_to_project(str(path))
    if len(cache.list_unexecuted()) > 1:
        executor = load_executor("local-parallel", cache)
        executor.run_and_cache(timeout=app.config.nb_execution_timeout)


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
    for page in Path(app.outdir).rglob("*.html"):
        text = page.read_text("utf-8")
        slim = DEAD_WEIGHT.sub("", text).replace('role="doc-biblioentry"', 'role="listitem"')
        if slim != text:
            page.write_text(slim, "utf-8")


def setup(app):
    app.add_config_value("book_fingerprint", "", "env")
    app.connect("config-inited", set_cache, priority=1)
    app.connect("config-inited", drop_buttons_without_address, priority=1)
    app.connect("builder-inited", execute_side_by_side)
    app.connect("doctree-resolved", frames_to_files)
    app.connect("html-page-context", search_from_a_folder)
    app.connect("html-page-context", drop_unused_scripts, priority=900)
    app.connect("build-finished", drop_dead_weight)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
