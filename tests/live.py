"""A live notebook, for the tests that open one: its address, and what is seen of it."""

# Everything that a notebook said while it ran, and whether it is still running.
SEEN = """() => ({
  running: [...document.querySelectorAll(".jp-InputPrompt")].some(prompt => prompt.textContent.includes("*"))
    || !document.querySelector('.jp-Notebook-ExecutionIndicator[data-status="idle"]'),
  cells: document.querySelectorAll(".jp-CodeCell").length,
  silent: document.querySelectorAll(".jp-CodeCell .jp-OutputArea-output").length === 0,
  complaints: [...document.querySelectorAll('[data-mime-type$="jupyter.error"], [data-mime-type$="jupyter.stderr"]')]
    .map(output => output.textContent),
})"""
HARMLESS = "Matplotlib is building the font cache"


def notebook_address(page):
    return f"lite/notebooks/index.html?path={page}.ipynb"
