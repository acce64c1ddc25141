"""A book is whole and of one state, or its build fails.

Sphinx writes down what it has read before it writes the pages. A build that is stopped in between would leave old pages that
the next one takes for new, and so would pages, pictures or records that got lost. So the files of a build that came to its end
are listed with what is in them. The list is taken away before anything is changed, and a build that does not find it, or finds
other files, begins afresh. What the notebooks print is kept elsewhere, so that this takes seconds.
"""

import hashlib
import json
import os
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

from book import digest
from decks import notebook_of
from messages import BookError

PICTURE = re.compile(r"_images/([\w.%+-]+)")
LINK = re.compile(r'\b(?:href|src)="(?!#|[a-zA-Z][a-zA-Z+.-]*:|//)([^"#]+)')


def contents(folder):
    """The files in a folder, each with the digest of what is in it."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def parts(app):
    """The folders that one build leaves to the next."""
    return [app.outdir, app.doctreedir, Path(app.outdir).parent / "jupyter_execute"]


def state(app):
    """What is in them, but for the live notebooks, and the page that every build writes anew."""
    found = [contents(Path(folder)) for folder in parts(app)]
    found[0] = {
        name: digest for name, digest in found[0].items() if name != "index.html" and not name.startswith("lite/")
    }
    return found


def list_of(app):
    return Path(app.outdir).parent / f".whole-{Path(app.outdir).name}.json"


def begin(app, config):
    whole = list_of(app)
    try:
        listed = json.loads(whole.read_text("utf-8"))
    except (OSError, ValueError):
        listed = None
    whole.unlink(missing_ok=True)
    if listed != state(app):
        for folder in map(Path, parts(app)):
            for path in folder.glob("*"):
                if path.name != "lite":
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
    # The book is opened here, so that this page stands for all: while it is missing, there is no book.
    Path(app.outdir, "index.html").unlink(missing_ok=True)


def remove_orphans(app, env, added, changed, removed):
    """The pages of a chapter go when it goes."""
    for docname in removed:
        for name in ("{}.html", "{}-slides.html", "_sources/{}.ipynb", "_sources/{}.md"):
            Path(app.outdir, name.format(docname)).unlink(missing_ok=True)
    return []


def source_of(env, docname):
    """Name the state of the files from which this page is read."""
    paths = [Path(env.doc2path(docname)), *(Path(env.srcdir, path) for path in env.dependencies[docname])]
    return digest([path for path in paths if path.is_file()], env.srcdir)


def outdated(app, env, added, changed, removed):
    """Sphinx looks whether a file is newer; one that was moved here, or came from a backup, is other and older."""
    known = getattr(env, "book_sources", {})
    return [page for page in known if page in env.found_docs and known[page] != source_of(env, page)]


def forget(app, env, docnames):
    """A label that moves to an earlier page would be there twice until its old page is read."""
    for docname in docnames:
        app.emit("env-purge-doc", env, docname)
        env.clear_doc(docname)


def shared_by_all(env):
    """What pages show of other pages: headings, places and numbers to which they lead, and what is cited."""
    standard, cited = env.domaindata["std"], env.domaindata["cite"]["citation_refs"]
    places = [sorted(standard[kind].items()) for kind in ("labels", "anonlabels", "objects")]
    numbers = [sorted(each.items()) for each in (env.toc_secnumbers, env.toc_fignumbers)]
    headings = [(page, env.tocs[page].pformat()) for page in sorted(env.found_docs)]
    keys = sorted((ref.docname, ref.citation_ref_id, [target.key for target in ref.targets]) for ref in cited)
    return hashlib.sha256(repr([places, numbers, headings, keys]).encode()).hexdigest()


def remember(app, env):
    """Sphinx writes those pages that were read; when they share something new, all are to be written."""
    known, env.book_shared = getattr(env, "book_shared", None), shared_by_all(env)
    env.book_sources = {page: source_of(env, page) for page in env.found_docs}
    return list(env.found_docs) if known != env.book_shared else []


def is_notebook(app, docname):
    return app.env.doc2path(docname).endswith(".ipynb")


def check(app, exception):
    """Find what is missing in the book, and remove the pictures that no page shows any more."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    pages = (path for path in out.rglob("*.html") if path.relative_to(out).parts[0] not in ("_static", "lite"))
    texts = {path: path.read_text("utf-8") for path in pages}
    expected = {Path(app.builder.get_outfilename(docname)) for docname in app.env.found_docs}
    expected |= {out / f"{docname}-slides.html" for docname in app.env.found_docs if notebook_of(app, docname)}
    if app.config.book_is_live:
        expected |= {out / "lite" / "files" / f"{page}.ipynb" for page in app.env.found_docs if is_notebook(app, page)}
    lost = sorted(path for path in expected if not path.is_file())
    missing = [f"{path.relative_to(out)} is missing." for path in lost]
    shown = {unquote(name) for text in texts.values() for name in PICTURE.findall(text)}
    missing += [f"_images/{name} is missing." for name in sorted(shown) if not (out / "_images" / name).is_file()]
    for path, text in texts.items():
        for link in sorted({unquote(link.partition("?")[0]) for link in LINK.findall(text)}):
            target = Path(os.path.normpath(path.parent / link))
            if link and not target.exists() and target not in lost and "_images/" not in link:
                missing.append(f"{path.relative_to(out)} leads to {link}, which is not there.")
    if missing:
        raise BookError("\n".join(missing))
    for picture in (out / "_images").glob("*"):
        if picture.name not in shown:
            picture.unlink()


def finish(app, exception):
    """List the files, unless something is wrong with them: then the next build will read all pages, and say so again."""
    if exception or app._warncount:
        return
    unfinished = list_of(app).with_suffix(".part")
    unfinished.write_text(json.dumps(state(app)), "utf-8")
    unfinished.replace(list_of(app))


def setup(app):
    app.connect("config-inited", begin, priority=0)
    app.connect("env-get-outdated", remove_orphans)
    app.connect("env-get-outdated", outdated)
    app.connect("env-before-read-docs", forget)
    # After all others, which number sections and figures here.
    app.connect("env-get-updated", remember, priority=900)
    app.connect("build-finished", check, priority=900)
    app.connect("build-finished", finish, priority=1000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
