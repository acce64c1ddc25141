"""A tiny book is killed, starved and confused on purpose. After each time one plain build makes the book that a clean one is."""

import os
import random
import resource
import shutil
import signal
import subprocess
import time

import pytest

from tiny import Tiny, differing

pytestmark = pytest.mark.thorough
WORDS = ("first", "second")


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    """The files of a clean book of each of two states, and the number of lines that its build says."""
    books, lines = {}, 0
    for word in WORDS:
        tiny = Tiny(tmp_path_factory.mktemp(word) / "book")
        tiny.say(word)
        exit_code, said = tiny.build()
        assert exit_code == 0, said
        books[word], lines = tiny.files(), len(said.splitlines())
    return books, lines


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    tiny = Tiny(tmp_path_factory.mktemp("a book"))
    tiny.say("first")
    tiny.build()
    return tiny


def fault(tiny, files):
    """What is wrong with the book after one plain build."""
    exit_code, said = tiny.build()
    return said[-2000:] if exit_code else differing(tiny.files(), files)


@pytest.mark.parametrize("seed", range(20))
def test_a_build_that_was_ended_at_any_moment(tiny, clean, seed):
    """While it makes another state than the last one."""
    rng, word = random.Random(seed), WORDS[(seed + 1) % 2]
    tiny.say(word)
    build = tiny.start()
    for _ in range(rng.randrange(clean[1])):
        build.stdout.readline()
    time.sleep(rng.choice([0, rng.uniform(0, 2)]))
    build.send_signal(rng.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT]))
    build.communicate()
    assert not fault(tiny, clean[0][word])


@pytest.mark.parametrize("megabytes", [4, 18, 27])
def test_a_full_disk(tiny, clean, megabytes):
    """Root makes a small disk; others forbid themselves large files, which fails in the same calls."""
    tiny.say("first")
    build = tiny.root / "_build"
    shutil.rmtree(build)
    build.mkdir()
    if os.geteuid() == 0:
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", build], check=True)
        try:
            assert tiny.build()[0], "the disk was large enough"
            subprocess.run(["mount", "-o", "remount,size=2g", build], check=True)
            assert not fault(tiny, clean[0]["first"])
        finally:
            subprocess.run(["umount", build], check=True)
    else:
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000 * megabytes, hard))
        try:
            assert tiny.build()[0], "no file was so large"
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert not fault(tiny, clean[0]["first"])


KEPT = [".doctrees/**/*", ".jupyter_cache/**/*", ".home/**/*", "jupyter_execute/**/*", ".whole*"]
KEPT += ["html/*", "html/chapters/*", "html/_sources/**/*", "html/_images/*"]


@pytest.mark.parametrize("part", KEPT)
def test_each_file_that_is_kept_cut_off(tiny, clean, part):
    tiny.say("first")
    tiny.build()
    names = sorted(path for path in (tiny.root / "_build").glob(part) if path.is_file())
    faults = {}
    for path in names:
        if path.exists():
            os.truncate(path, path.stat().st_size // 2)
            faults[path.name] = fault(tiny, clean[0]["first"])
    assert names and not any(faults.values()), faults


def test_renamed_and_copied_notebooks(tiny, clean):
    tiny.say("first")
    tiny.build()
    chapters = tiny.root / "chapters"
    names = ("Untitled", "02_two-Copy1", "nothing")
    for name in names:
        shutil.copy(chapters / "02_two.ipynb", chapters / f"{name}.ipynb")
    assert not fault(tiny, clean[0]["first"])
    for name in names:
        (chapters / f"{name}.ipynb").unlink()
    assert not fault(tiny, clean[0]["first"])
    (chapters / "01_one.ipynb").rename(chapters / "01_uno.ipynb")
    tiny.contents("01_uno", "02_two")
    exit_code, said = tiny.build()
    assert exit_code == 0, said
    assert not (tiny.html / "chapters" / "01_one.html").exists()
    (chapters / "01_uno.ipynb").rename(chapters / "01_one.ipynb")
    tiny.contents("01_one", "02_two")
    assert not fault(tiny, clean[0]["first"])


def test_live_notebooks_of_which_half_got_lost(tiny):
    """They are built beside the pages; the book is not whole without them."""
    exit_code, said = tiny.build(LITE="1")
    assert exit_code == 0, said
    before = tiny.files()
    rng, live = random.Random(0), tiny.html / "lite"
    for path in [path for path in live.rglob("*") if path.is_file()]:
        if rng.random() < 0.5:
            path.unlink()
    exit_code, said = tiny.build(LITE="1")
    assert exit_code == 0, said
    assert tiny.files().keys() == before.keys()
    assert (live / "files" / "chapters" / "01_one.ipynb").is_file()
