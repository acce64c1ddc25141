"""Makes `.venv` unless one is there that works; with `--check` it only says whether it does."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

UNFINISHED = "unfinished"


def works(folder):
    """Whether the environment was made to its end, and here: its Python starts, and its pip installs into it.

    After a folder was moved or copied, the scripts in it call the Python of the old place.
    """
    scripts = folder / "bin"
    try:
        interpreter = re.search(r"(/[^\"'\n]*)/python", (scripts / "pip").read_text("utf-8"))
        own = os.path.samefile(interpreter[1], scripts)
        started = subprocess.run([scripts / "python", "-c", "import pip"], stderr=subprocess.DEVNULL)
    except (OSError, TypeError):
        return False
    return own and started.returncode == 0 and not (folder / UNFINISHED).exists()


def make(folder):
    if folder.is_symlink():
        folder.unlink()
    elif folder.exists():
        print(f"{folder} does not work, or was made elsewhere, and is made anew.")
        shutil.rmtree(folder)
    if subprocess.run([sys.executable, "-m", "venv", folder]).returncode:
        sys.exit(
            "Python could not make an environment. On Debian and Ubuntu its part for that is a package of its own: "
            "`sudo apt install python3-venv`, then the same command again."
        )


if __name__ == "__main__":
    environment = Path(".venv")
    if "--check" in sys.argv:
        print("works" if works(environment) else "does not work")
    elif not works(environment):
        make(environment)
