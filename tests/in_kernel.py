"""Run at its start by each kernel of the book that the tests build: a chapter is asked there what it claims, between its cells.

So no notebook runs twice. A notebook that ran to its end leaves a file with the outcomes in the folder that CLAIMS names.
"""


def ask_between_cells(shell):
    """Everything is imported here, since what stands outside would be among the names of the notebook."""
    import contextlib
    import io
    import json
    import os
    import sys
    import warnings
    from pathlib import Path

    import chapters

    class Heard:
        """A stream that remembers what goes through it."""

        def __init__(self, stream):
            self.stream, self.text = stream, ""

        def write(self, text):
            self.text += text
            return self.stream.write(text)

        def __getattr__(self, name):
            return getattr(self.stream, name)

    def questions_of(first):
        """The stem of the notebook with this first cell, its questions and its cells of code."""
        for stem in chapters.stems():
            cells = chapters.read(stem)
            code = [cell for cell in cells if cell["cell_type"] == "code"]
            if chapters.source(code[0]) == first:
                return stem, chapters.Questions(stem, cells, forms=True), code
        raise ValueError(f"no notebook begins with {first!r}")

    asked = []

    def before(_):
        sys.stdout = Heard(sys.stdout)

    def after(result):
        printed, sys.stdout = sys.stdout.text, sys.stdout.stream
        # What a claim says or warns of must not get into the book, nor what goes wrong here. Without a file the claims are asked of
        # another run, which tells the reason.
        try:
            with warnings.catch_warnings(action="error"), contextlib.redirect_stdout(io.StringIO()):
                asked[:] = asked or questions_of(result.info.raw_cell)
                stem, questions, cells = asked
                cell = cells.pop(0)
                if chapters.source(cell) != result.info.raw_cell or not result.success:
                    raise ValueError(f"{stem} runs other cells than it has")
                questions.ask(cell, shell.user_ns, result.result, printed)
                if not cells:
                    path = Path(os.environ["CLAIMS"], f"{Path(stem).name}.json")
                    path.write_text(json.dumps(questions.outcomes), "utf-8")
        except Exception:
            shell.events.unregister("pre_run_cell", before)
            shell.events.unregister("post_run_cell", after)

    shell.events.register("pre_run_cell", before)
    shell.events.register("post_run_cell", after)


ask_between_cells(get_ipython())  # noqa: F821 (the kernel's own)
del ask_between_cells
