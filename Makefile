PYTHON ?= python3
BIN = .venv/bin
# The tests of the helpers.
HELPERS = $(patsubst %,tests/test_%.py,by_hand bias_variance conventions datasets exact_ridge features input lasso linear \
	logistic network optimizers recorded ridge_path training validation)
PAGE = _build/html/index.html
# The address of a page, as a browser takes it: with %20 for a blank in the folder's name.
ADDRESS = $(BIN)/python -c 'import pathlib, sys; print(sys.argv[1], pathlib.Path(sys.argv[2]).absolute().as_uri())'

# What editors write into a notebook besides outputs: JupyterLab, VS Code, Colab.
EDITORS_KEYS = metadata.language_info.version metadata.language_info.codemirror_mode metadata.language_info.file_extension \
	metadata.language_info.mimetype metadata.language_info.nbconvert_exporter metadata.language_info.pygments_lexer \
	metadata.widgets metadata.vscode metadata.colab cell.metadata.execution cell.metadata.editable cell.metadata.scrolled \
	cell.metadata.collapsed cell.metadata.trusted cell.metadata.vscode cell.metadata.colab cell.metadata.id cell.metadata.outputId

.PHONY: book class release slides test quick test-all links bench mutants redraw hooks not-as-root lab filter serve check clean

# The page is removed first, so that one left by an earlier build cannot stand in for one that was not written.
book: .venv/for-the-book
	@rm -f $(PAGE)
	@! grep -Hn '^<<<<<<< ' _config.yml _toc.yml references.bib || { echo "Two versions are in conflict there: choose one." >&2; exit 1; }
	@$(BIN)/python _ext/settings.py _config.yml _toc.yml
	OFFLINE=$(OFFLINE) LITE=$(LITE) $(BIN)/jupyter-book build . -W -n --keep-going
	@test -f $(PAGE) || { echo "The build wrote no $(PAGE)." >&2; exit 1; }
	@$(ADDRESS) "The book$(if $(filter 0,$(LITE)), (without its live notebooks)):" $(PAGE)

# Quizzes for Moodle and Canvas, and exercises for nbgrader, in _build/class.
class: .venv/for-the-tests
	$(BIN)/python _ext/release.py class

# The version is the same everywhere, or nothing is made.
release: .venv/for-the-tests
	$(BIN)/python _ext/release.py check "$(VERSION)"
	$(MAKE) book EDITION=teacher
	$(BIN)/python tests/chromium.py
	$(BIN)/python _ext/release.py all "$(VERSION)"

# The slides are cut from the pages, so that they are built with them.
slides: book
	@$(ADDRESS) "The slides:" _build/html/chapters/appendix/slides.html

# Without a browser all else is tested, and a last line says what was not; with CI=true that is a failure.
test: .venv/for-the-tests
	$(BIN)/python tests/chromium.py
	$(BIN)/pytest

# Lint and the helpers, in less than a minute: no notebook, no book, no browser.
quick: .venv/for-the-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	EXAMPLES=0.2 $(BIN)/pytest -m "not thorough" utils $(HELPERS)

# Everything, and how much of the helpers is reached: each change that a reader may make in the first cells of a chapter, each
# live notebook, each notebook in a kernel of its own, two more browsers, five times as many examples.
test-all: .venv/for-the-tests
	$(BIN)/python tests/chromium.py
	$(BIN)/python tests/engines.py
	EXAMPLES=5 $(BIN)/pytest -m "" --cov --cov-report=term tests utils
	$(BIN)/pytest -m "" -p no:cacheprovider --nbval-lax --nbval-cell-timeout=120 --ignore=chapters/utils.py chapters

# Does every address that the book names still answer?
links: book
	$(BIN)/python tests/links.py _build/html

# Every chapter with other seeds: on how many draws is each of its statements true?
redraw: .venv/for-the-tests
	$(BIN)/python tests/redraw.py --seeds $(or $(SEEDS),20) --chapters $(CHAPTERS)

# Small faults in `utils`, one at a time: do the tests see them? All of a module take hours, so SAMPLE says how many.
mutants: .venv/for-the-tests
	$(BIN)/python tests/mutants.py --sample $(or $(SAMPLE),50) --seed $(or $(SEED),0) --modules $(MODULES)

# The timings of the page "How fast is it, and why", beside other libraries, which are installed for this alone. Ten
# minutes of a machine that does nothing else; SETS is the number of training sets that are spread over processes.
bench: benchmarks/.venv/installed
	TQDM_DISABLE=1 OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 SETS=$(SETS) \
		benchmarks/.venv/bin/python benchmarks/bench.py "$(ROW)"

benchmarks/.venv/installed: benchmarks/requirements.txt
	$(PYTHON) -m venv benchmarks/.venv
	benchmarks/.venv/bin/pip install -r benchmarks/requirements.txt || { rm -rf benchmarks/.venv; exit 1; }
	touch $@

# What is saved in JupyterLab reaches git without outputs.
filter:
	git config filter.nbstripout.clean "$(BIN)/nbstripout --keep-id"
	git config filter.nbstripout.extrakeys "$(EDITORS_KEYS)"

# Jupyter's own refusal names an option and no reason.
not-as-root:
	@test "$$(id -u)" != 0 || test -n "$(ROOT)" || { echo "JupyterLab does not start for root, since its cells could change\
 anything on this machine: use another account, or, in a container, make lab ROOT=yes." >&2; exit 1; }

lab: not-as-root .venv/for-the-book
	-$(MAKE) --silent filter
	mkdir -p .venv/share/jupyter/lab/settings
	cp _ext/jupyterlab.json .venv/share/jupyter/lab/settings/overrides.json
	$(BIN)/jupyter lab $(if $(ROOT),--allow-root) $(firstword $(sort $(wildcard chapters/*.ipynb)))

serve: book
	@$(BIN)/python _ext/serve.py _build/html

check: .venv/for-the-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell $(filter-out %.json %.lock %.bib %.svg %.sha256 %.png tests/%,$(shell git ls-files))
	$(BIN)/typos

# Before each commit git checks what is about to be committed.
hooks: .venv/for-the-tests
	$(BIN)/pre-commit install

clean:
	rm -rf .venv _build

# The stamps stand for an environment that works: one that was half made, or has moved, is made anew.
ifneq ($(wildcard .venv),)
ifneq ($(shell $(PYTHON) _ext/environment.py --check),works)
$(shell rm -f .venv/for-the-book .venv/for-the-tests)
endif
endif

# An installation that is killed leaves its mark; one that pip gives up has changed nothing.
INSTALL = touch .venv/unfinished; $(BIN)/python -m pip install -r $(1); code=$$?; rm .venv/unfinished; \
	test $$code = 0 || { echo "pip could not install what is needed: is there a network?" >&2; exit $$code; }

.venv/for-the-book: requirements.txt requirements.lock pyproject.toml
	$(PYTHON) _ext/environment.py
	$(call INSTALL,requirements.txt)
	touch $@

.venv/for-the-tests: tests/requirements.lock .venv/for-the-book
	$(call INSTALL,tests/requirements.lock)
	touch $@
