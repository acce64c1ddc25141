"""Runs the notebooks, several at once, and remembers what came out for as long as it is what would come out again."""

import ast
import functools
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

import nbformat
from IPython.core.inputtransformer2 import TransformerManager
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.db import NbCacheRecord
from jupyter_cache.executors.utils import single_nb_execution
from sphinx.util import logging
from traitlets.config import Config

from book import digest
from messages import BookError, of_a_failed_cell, read_notebook, refuse_conflicts, shown

logger = logging.getLogger(__name__)
# Jupyter's own switch: otherwise each kernel warns that others on this machine could listen.
PRIVATE = Config(KernelManager={"transport_encryption": "auto"})


def as_python(cell):
    """A cell's code without what only Jupyter understands. To look for that takes ten times as long as to parse a cell."""
    try:
        ast.parse(cell)
    except SyntaxError:
        return TransformerManager().transform_cell(cell)
    return cell


def code_of(notebook):
    return "\n".join(as_python("".join(cell["source"])) for cell in notebook["cells"] if cell["cell_type"] == "code")


@functools.cache
def imported(code, package=""):
    """The names of all modules that this code may import; package is where it stands itself."""
    names = []
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names += [name.name for name in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            names += [module, *(f"{module}.{name.name}" for name in node.names)]
    return names


def helpers_of(code, root):
    """The files on which what this code prints depends: the helpers that it imports, and those that they import."""
    files = [path for path in (root / "utils").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    modules = {".".join(path.relative_to(root).with_suffix("").parts): path for path in files if path.suffix == ".py"}
    modules |= {name.removesuffix(".__init__"): path for name, path in modules.items()}
    # Style sheets and scripts have no imports, so that they count for all.
    needed, wanted = {path for path in files if path.suffix != ".py"}, []
    try:
        wanted += imported(code)
        while wanted:
            parts = wanted.pop().split(".")
            # To import a module is to import the packages above it.
            for name in (".".join(parts[:end]) for end in range(1, len(parts) + 1)):
                path = modules.get(name)
                if path and path not in needed:
                    needed.add(path)
                    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
                    wanted += imported(path.read_text("utf-8"), package)
    except SyntaxError:
        return files
    dynamic = any("import_module" in path.read_text("utf-8") for path in needed if path.suffix == ".py")
    return files if dynamic or "import_module" in code else needed


def made_with(path, root):
    """Name the state of all that a notebook's outputs depend on besides its own code."""
    files = [*helpers_of(code_of(read_notebook(path, root)), root), root / "requirements.lock"]
    return digest([*files, *path.parent.glob("*.py")], root)[:16]


def notebooks_among(env, docnames):
    paths = {docname: Path(env.doc2path(docname)) for docname in docnames}
    return {docname: path for docname, path in paths.items() if path.suffix == ".ipynb"}


def outdated(app, env, added, changed, removed):
    """A page is read again when a helper that its notebook imports has changed."""
    root, known = Path(app.srcdir), getattr(env, "book_made_with", {})
    refuse_conflicts([Path(env.doc2path(docname)) for docname in env.found_docs], root)
    found = notebooks_among(env, env.found_docs)
    env.book_made_with = {docname: made_with(path, root) for docname, path in found.items()}
    name_strays(root, found.values())
    return [docname for docname in found if known.get(docname) != env.book_made_with[docname]]


def name_strays(root, found):
    for path in sorted((root / "chapters").rglob("*.ipynb")):
        if path not in found and ".ipynb_checkpoints" not in path.parts:
            logger.info(f"{shown(path, root)} is not in _toc.yml, and so not in the book.")


@functools.cache
def open_cache(folder):
    """The cache of outputs; one that cannot be read is made again."""
    try:
        cache = get_cache(folder)
        with cache.db.connect() as connection:
            if connection.exec_driver_sql("PRAGMA integrity_check").scalar() != "ok":
                raise ValueError
        cache.list_cache_records()
    except Exception:
        shutil.rmtree(folder)
        cache = get_cache(folder)
    # Earlier editions of the book kept a cache for each state of the helpers.
    for path in cache.path.iterdir():
        if path.is_dir() and path.name != "executed":
            shutil.rmtree(path)
    return cache


def forget(cache, key):
    """Remove all that the cache has under this key, be it whole or not."""
    shutil.rmtree(cache.path / "executed" / key, ignore_errors=True)
    NbCacheRecord.remove_records(
        [record.pk for record in cache.list_cache_records() if record.hashkey == key], cache.db
    )


@functools.cache
def key_of(cache, path):
    return cache.create_hashed_notebook(nbformat.read(path, as_version=4))[1]


def is_known(cache, key, state):
    """Whether the cache has outputs that are readable, of this state, and undisturbed.

    What a cell says on stderr may be the machine's fault, as that a disk is full or a folder is not writable. The build
    warns of it, and the next one runs the notebook again.
    """
    try:
        record = NbCacheRecord.record_from_hashkey(key, cache.db)
        notebook = cache.get_cache_bundle(record.pk).nb
    except Exception:
        return False
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return record.data.get("made_with") == state and not any(output.get("name") == "stderr" for output in outputs)


def settle(root):
    """What notebooks find in the build, wherever it runs; a reader's own settings must not get into the book."""
    home = root / "_build" / ".home"
    # A progress bar is for somebody who waits, and would stand in the page for ever.
    os.environ["TQDM_DISABLE"] = "1"
    # The notebooks share the cores already; threads of the linear algebra would wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["BOOK_SLIDES"] = "1"
    # The tests have their own way into the kernels; a reader's startup file has none.
    os.environ["PYTHONSTARTUP"] = os.environ.get("BOOK_STARTUP", "")
    # The home folder may be one that nobody may write to, of which each notebook would complain.
    os.environ["IPYTHONDIR"] = str(home / "ipython")
    os.environ["JUPYTER_RUNTIME_DIR"] = str(home / "jupyter")
    fonts = Path(os.environ.setdefault("MPLCONFIGDIR", str(home / "matplotlib")))
    for folder in (home / "ipython", home / "jupyter", fonts):
        folder.mkdir(parents=True, exist_ok=True)
    # Matplotlib says on stderr that it lists the fonts, if that takes long, as it does on a new machine.
    if not list(fonts.glob("fontlist*")):
        subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], capture_output=True)


def run_notebooks(app, env, docnames):
    """Run the notebooks that are to be read and whose outputs are not known."""
    root, found = Path(app.srcdir), notebooks_among(env, docnames)
    cache = open_cache(app.config.nb_execution_cache_path)
    states = {path: env.book_made_with[docname] for docname, path in found.items()}
    unknown = [path for path, state in states.items() if not is_known(cache, key_of(cache, path), state)]
    if not unknown:
        return
    settle(root)
    logger.info(f"running {len(unknown)} notebooks: {', '.join(path.stem for path in unknown)}")
    failures = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {pool.submit(run, path, root, app.config.nb_execution_timeout): path for path in unknown}
        try:
            for future in as_completed(runs):
                path, (result, failure) = runs[future], future.result()
                if failure:
                    failures.append(failure)
                    continue
                forget(cache, key_of(cache, path))
                data = {"execution_seconds": result.time, "made_with": states[path]}
                cache.cache_notebook_bundle(CacheBundleIn(result.nb, str(path), data=data), check_validity=False)
        except KeyboardInterrupt:
            # The kernels see that nobody waits for them any more, and end; to wait for them may take minutes.
            os._exit(130)
    if failures:
        raise BookError("\n\n".join(failures))


def run(path, root, timeout):
    """The notebook with its outputs, and what went wrong if something did."""
    notebook = nbformat.read(path, as_version=4)
    try:
        result = single_nb_execution(
            notebook, cwd=str(path.parent), timeout=timeout, allow_errors=False, config=PRIVATE
        )
    except Exception as error:  # the kernel did not start, or died
        return None, of_a_failed_cell(path, root, notebook, error)
    return result, result.err and of_a_failed_cell(path, root, notebook, result.err)


def forget_the_unused(app, exception):
    """What no notebook of the book needs any more would only grow."""
    if exception:
        return
    cache = open_cache(app.config.nb_execution_cache_path)
    used = {key_of(cache, path) for path in notebooks_among(app.env, app.env.found_docs).values()}
    kept = {record.hashkey for record in cache.list_cache_records()}
    for key in (kept | {path.name for path in (cache.path / "executed").glob("*")}) - used:
        forget(cache, key)


def set_cache(app, config):
    config.nb_execution_cache_path = str(Path(app.srcdir) / "_build" / ".jupyter_cache")


def setup(app):
    app.connect("config-inited", set_cache, priority=1)
    app.connect("env-get-outdated", outdated)
    app.connect("env-before-read-docs", run_notebooks)
    app.connect("build-finished", forget_the_unused, priority=800)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
