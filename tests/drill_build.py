"""Disturbs the build of a tiny book on purpose, and asks after each time one plain build for a whole and right book.

It is killed at twenty random moments, its disk is filled at three sizes, each file that it keeps is cut off in turn, notebooks
are renamed and copied. This takes about a quarter of an hour.
"""

import argparse
import contextlib
import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tiny import Tiny

MEGABYTES = (4, 20, 30)


def differing(tiny, clean):
    found = tiny.files()
    return sorted(name for name in found.keys() | clean.keys() if found.get(name) != clean.get(name))


def after(what, tiny, clean):
    """One plain build, and what is wrong then."""
    exit_code, said = tiny.build()
    fault = f"exit code {exit_code}: {said[-600:]}" if exit_code else ", ".join(differing(tiny, clean))
    print(f"{'not whole' if fault else 'whole'} after {what}{': ' if fault else ''}{fault}", flush=True)
    return bool(fault)


def say(tiny, word):
    (tiny.root / "utils" / "word.py").write_text(f'WORD = "{word}"\n', "utf-8")


def clean_books(folder):
    """A clean book of each of two states."""
    books = {}
    for word in ("first", "second"):
        tiny = Tiny(folder / word)
        say(tiny, word)
        exit_code, said = tiny.build()
        assert exit_code == 0, said
        books[word] = tiny.files()
    return books


def kills(tiny, books, rng, times):
    """Killed while the other state is built, at any moment of the time that this takes."""
    begin = time.monotonic()
    tiny.build()
    lasts, word = time.monotonic() - begin, "first"
    for _ in range(times):
        word = "second" if word == "first" else "first"
        say(tiny, word)
        build, moment = tiny.start(), rng.uniform(0, lasts)
        with contextlib.suppress(subprocess.TimeoutExpired):
            build.communicate(timeout=moment)
        build.kill()
        build.communicate()
        yield after(f"a kill at {moment:.1f} s", tiny, books[word])
    say(tiny, "first")
    tiny.build()


def full_disks(tiny, books):
    """Only root may make a disk that is soon full; others may forbid that a file gets large."""
    build = tiny.root / "_build"
    for size in MEGABYTES:
        shutil.rmtree(build)
        build.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", build], stderr=subprocess.PIPE
        )
        if mounted.returncode:
            print(f"No disk of {size} MB without the rights of root.")
            continue
        try:
            exit_code, _ = tiny.build()
            assert exit_code, f"the book is smaller than {size} MB"
            subprocess.run(["mount", "-o", "remount,size=2g", build], check=True)
            yield after(f"a disk of {size} MB was full", tiny, books["first"])
        finally:
            subprocess.run(["umount", build], check=True)
    tiny.build()


def cuts(tiny, books):
    """Each file that a build keeps for the next, cut off at a half; of the pages' own files some."""
    build = tiny.root / "_build"
    kept = [
        path for path in build.rglob("*") if path.is_file() and "_static" not in path.parts and "lite" not in path.parts
    ]
    for name in sorted(path.relative_to(build) for path in kept):
        if (build / name).exists():
            with (build / name).open("r+b") as file:
                file.truncate((build / name).stat().st_size // 2)
            yield after(f"{name} was cut off", tiny, books["first"])


def renames(tiny, books):
    chapters = tiny.root / "chapters"
    for name in ("Untitled", "02_two-Copy1", "nothing"):
        shutil.copy(chapters / "02_two.ipynb", chapters / f"{name}.ipynb")
    yield after("copies", tiny, books["first"])
    for name in ("Untitled", "02_two-Copy1", "nothing"):
        (chapters / f"{name}.ipynb").unlink()
    yield after("the copies went", tiny, books["first"])
    (chapters / "01_one.ipynb").rename(chapters / "01_uno.ipynb")
    tiny.contents("01_uno", "02_two")
    exit_code, said = tiny.build()
    assert exit_code == 0, said
    assert not (tiny.html / "chapters" / "01_one.html").exists()
    (chapters / "01_uno.ipynb").rename(chapters / "01_one.ipynb")
    tiny.contents("01_one", "02_two")
    yield after("a chapter was renamed, and renamed back", tiny, books["first"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=["kills", "disks", "cuts", "renames"])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        books, tiny = clean_books(Path(folder)), Tiny(Path(folder, "disturbed"))
        say(tiny, "first")
        tiny.build()
        drills = {
            "kills": kills(tiny, books, random.Random(asked.seed), asked.kills),
            "disks": full_disks(tiny, books),
            "cuts": cuts(tiny, books),
            "renames": renames(tiny, books),
        }
        faults = [fault for name, drill in drills.items() if asked.only in (None, name) for fault in drill]
    print(f"{len(faults)} times disturbed, {sum(faults)} times not whole.")
    sys.exit(any(faults))


if __name__ == "__main__":
    main()
