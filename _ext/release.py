"""What a release brings along, made from the built book: `python _ext/release.py all VERSION`.

The site for a stick, the notebooks, the book as PDF and EPUB, a handout of each deck, all figures, the quizzes and the exercises
for learning platforms, and their checksums. `check VERSION` asks whether the version is the same everywhere, and `class` makes
only what a learning platform takes.
"""

import argparse
import csv
import hashlib
import io
import re
import shutil
import sys
import zipfile
from pathlib import Path

import yaml
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

import gradable
import paper
import quizzes
from address import pages, repository, version

ROOT = Path(__file__).parent.parent
NUMBER = re.compile(r"\d+\.\d+\.\d+")
DARK = "filter: invert(1) hue-rotate(180deg)"


def faults(root, wanted):
    """Where another version stands than the one that is wanted, each as a sentence."""
    if not NUMBER.fullmatch(wanted):
        return [f"A version is three numbers with dots between; got {wanted!r}."]
    cited = str(yaml.safe_load((root / "CITATION.cff").read_text("utf-8"))["version"])
    stands = {"pyproject.toml": version(root), "CITATION.cff": cited}
    found = [f"{name} says version {stands[name]}, not {wanted}." for name in stands if stands[name] != wanted]
    if not re.search(rf"^## {re.escape(wanted)}\b", (root / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE):
        found.append(f"CHANGELOG.md has no section that begins with '## {wanted}'.")
    return found


def archive(target, files):
    """Zip the files, given by their names inside, so that the same content gives the same archive."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as into:
        for name in sorted(files):
            into.writestr(zipfile.ZipInfo(name), files[name], zipfile.ZIP_DEFLATED)


def tree(folder, prefix=""):
    return {
        f"{prefix}{path.relative_to(folder).as_posix()}": path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def figures(html, names, browser):
    """All figures: their files, and a table of names, captions and alternative texts."""
    files, rows = {}, []
    shot = browser.new_page(device_scale_factor=2)
    for page in names:
        soup = BeautifulSoup((html / f"{page}.html").read_text("utf-8"), "html.parser")
        for k, figure in enumerate(soup.select("article figure:has(img), article .explorer")):
            if "explorer" in figure.get("class", ()):
                paper.show_the_middle(figure)
            image, caption = figure.img, figure.select_one("figcaption .caption-text")
            name = f"{Path(page).name}-{figure.get('id') or f'explorer-{k}'}"
            source = ((html / page).parent / image["src"]).resolve()
            if source.suffix != ".svg":
                continue
            drawn = source.read_text("utf-8")
            for tone, svg in (("light", drawn), ("dark", drawn.replace("<svg ", f'<svg style="{DARK}" ', 1))):
                files[f"svg/{name}-{tone}.svg"] = svg.encode()
                ground = f"width: 640px; background: {'black' if tone == 'dark' else 'white'}"
                shot.set_content(f'<body style="margin: 0; {ground}">{svg[svg.index("<svg") :]}')
                files[f"png/{name}-{tone}.png"] = shot.locator("svg").first.screenshot()
            rows.append([name, page, caption.get_text(" ", strip=True) if caption else "", image["alt"]])
    table = io.StringIO()
    csv.writer(table).writerows([["name", "page", "caption", "alternative text"], *rows])
    return files | {"figures.csv": table.getvalue().encode(), "LICENSE.txt": (ROOT / "LICENSE-prose").read_bytes()}


def handouts(html, folder, browser):
    """Print each deck, a numbered slide a page."""
    import checks

    folder.mkdir(parents=True, exist_ok=True)
    for deck in sorted(html.glob("chapters/*-slides.html")):
        page = browser.new_page()
        page.goto(f"{deck.resolve().as_uri()}?print-pdf")
        checks.wait_for(page, "document.querySelectorAll('.pdf-page').length > 10")
        page.evaluate("() => window.MathJax?.startup?.promise?.then(() => {})")
        page.wait_for_load_state("networkidle")
        page.pdf(path=folder / f"{deck.stem}.pdf", prefer_css_page_size=True, print_background=True)
        page.close()


def make(html, out, home):
    sys.path.append(str(ROOT / "tests"))
    import chromium

    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))
    names = [name for _, part in paper.parts_of(toc) for name in part]
    archive(out / "site.zip", tree(html, "what-is-weight-decay/"))
    copies = {name: content for name, content in tree(html / "_sources").items() if name.endswith(".ipynb")}
    archive(out / "notebooks.zip", copies | {"LICENSE.txt": (ROOT / "LICENSE").read_bytes()})
    with sync_playwright() as playwright, chromium.launch(playwright) as browser:
        paper.pdf(html, out, toc, home, False, browser)
        paper.epub(html, out, toc, home, False, browser)
        handouts(html, out / "handouts", browser)
        archive(out / "figures.zip", figures(html, names, browser))
    classroom(out, home)
    for folder in ("handouts", "nbgrader"):
        archive(out / f"{folder}.zip", tree(out / folder, f"{folder}/"))
        shutil.rmtree(out / folder)
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(out.iterdir())]
    (out / "SHA256SUMS").write_text("".join(sums), "utf-8")


def classroom(out, home):
    """What a learning platform takes: the quizzes, and the exercises as gradable notebooks."""
    quizzes.write(ROOT, out, home)
    gradable.write(ROOT, out / "nbgrader", repository(ROOT))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["all", "check", "class"])
    parser.add_argument("version", nargs="?", default="")
    given = parser.parse_args()
    home, build = pages(repository(ROOT)), ROOT / "_build"
    if given.what == "class":
        classroom(build / "class", home)
        print(f"For a learning platform: {build / 'class'}")
        return
    found = faults(ROOT, given.version)
    if found:
        sys.exit("\n".join(found))
    if given.what == "all":
        make(build / "html", build / "release", home)
        print(f"The release: {build / 'release'}")


if __name__ == "__main__":
    main()
