PYTHON ?= python3
BIN = .venv/bin
PAGE = _build/html/index.html

# What editors write into a notebook besides outputs: JupyterLab, VS Code, Colab.
EDITORS_KEYS = metadata.language_info.version metadata.language_info.codemirror_mode metadata.language_info.file_extension \
	metadata.language_info.mimetype metadata.language_info.nbconvert_exporter metadata.language_info.pygments_lexer \
	metadata.widgets metadata.vscode metadata.colab cell.metadata.execution cell.metadata.editable cell.metadata.scrolled \
	cell.metadata.collapsed cell.metadata.trusted cell.metadata.vscode cell.metadata.colab cell.metadata.id cell.metadata.outputId

.PHONY: book slides test test-all redraw lab filter serve check clean

# The page is removed first, so that one left by an earlier build cannot stand in for one that was not written. What a
# failed build has read is forgotten, or the next one would warn of nothing, since it reads only what has changed.
book: .venv/for-the-book
	rm -f $(PAGE)
	OFFLINE=$(OFFLINE) $(BIN)/jupyter-book build . -W -n --keep-going || { rm -rf _build/.doctrees; exit 1; }
	@test -f $(PAGE) || { echo "The build wrote no $(PAGE)." >&2; exit 1; }
	@echo "The book: file://$(CURDIR)/$(PAGE)"

# The slides are cut from the pages, so that they are built with them.
slides: book
	@echo "The slides: file://$(CURDIR)/_build/html/chapters/appendix/slides.html"

# Without a browser the other tests still run, and those of the pages fail.
test: .venv/for-the-tests
	-$(BIN)/python tests/chromium.py
	$(BIN)/pytest

# Each change that a reader may make in the first cells of a chapter is tried as well.
test-all: .venv/for-the-tests
	$(BIN)/pytest -m "thorough or not thorough"

# Every chapter with other seeds: on how many draws is each of its statements true?
redraw: .venv/for-the-tests
	$(BIN)/python tests/redraw.py --seeds $(or $(SEEDS),20) --chapters $(CHAPTERS)

# What is saved in JupyterLab reaches git without outputs.
filter:
	git config filter.nbstripout.clean "$(BIN)/nbstripout --keep-id"
	git config filter.nbstripout.extrakeys "$(EDITORS_KEYS)"

lab: .venv/for-the-book
	-$(MAKE) --silent filter
	mkdir -p .venv/share/jupyter/lab/settings
	cp _ext/jupyterlab.json .venv/share/jupyter/lab/settings/overrides.json
	$(BIN)/jupyter lab chapters

serve: book
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html

check: .venv/for-the-tests
	$(BIN)/ruff check utils tests _ext benchmarks
	$(BIN)/ruff format --check utils tests _ext benchmarks

clean:
	rm -rf .venv _build

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/for-the-book: requirements.txt requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/pip install -r requirements.txt
	touch $@

.venv/for-the-tests: tests/requirements.lock .venv/for-the-book
	$(BIN)/pip install -r tests/requirements.lock
	touch $@
