"""Can the settings be read? Otherwise Jupyter Book answers with a page of its own code: `python _ext/settings.py FILE…`."""

import sys
from pathlib import Path

import yaml


def fault_in(path):
    """The place and the fault in one line, or None."""
    try:
        yaml.safe_load(Path(path).read_text("utf-8"))
    except yaml.MarkedYAMLError as error:
        return f"{path}, line {error.problem_mark.line + 1}: {error.problem}."
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        return f"{path}: {error}"


if __name__ == "__main__":
    sys.exit("\n".join(filter(None, map(fault_in, sys.argv[1:]))) or 0)
