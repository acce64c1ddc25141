"""One style sheet for all pages, of those rules alone that can match something in the book.

The theme links a dozen sheets of half a megabyte, nine tenths of it for what the book does not have, and a page is not painted
before they are there.
"""

import hashlib
import os
import re

LINK = re.compile(r'\s*<link [^>]*rel="stylesheet"[^>]*>')
SCRIPT = re.compile(r'<script [^>]*src="[^>]*>')
SHEET = "_static/pages.css"
COMMENT = re.compile(r"/\*.*?\*/|@charset[^;]*;", re.DOTALL)
IMPORT = re.compile(r'@import\s+(?:url\()?["\']?([^"\')\s;]+)["\']?\)?\s*;')
ADDRESS = re.compile(r"""url\(\s*["']?(?!data:|#|["'])([^"')]+)["']?\s*\)""")
NAME = re.compile(r"[.#]((?:[\w-]|\\.)+)")
# What a page is given anew with each build, its policy and its pictures, is full of short words that name nothing.
NAMED = re.compile(r"""\b(?:class|id)=["']([^"']*)""")
CODE = re.compile(r"<script(?![^>]*\bjson)[^>]*>(.*?)</script>", re.DOTALL)
# What stands in them does not keep a selector from matching.
ASIDE = re.compile(r"\[[^\]]*\]|:(?:not|is|where)\([^()]*(?:\([^()]*\)[^()]*)*\)")
# A script makes such names out of pieces.
MADE = re.compile(r"bs-|mjx")


def text_of(path, folder):
    """A sheet with what it imports, its addresses seen from the folder."""
    text = COMMENT.sub("", path.read_text("utf-8"))
    text = ADDRESS.sub(lambda found: f"url({os.path.relpath(path.parent / found[1], folder)})", text)
    text = re.sub(r"\s+", " ", text)
    return IMPORT.sub(lambda found: text_of(path.parent / found[1], folder), text)


def rules(text):
    """Each rule's selector and what stands in its braces; a statement without braces has None."""
    start = depth = inside = 0
    for mark in re.finditer(r"[{};]", text):
        if mark[0] == "{":
            if depth == 0:
                inside = mark.end()
            depth += 1
        elif mark[0] == "}":
            depth -= 1
            if depth == 0:
                yield text[start : inside - 1].strip(), text[inside : mark.start()]
                start = mark.end()
        elif depth == 0:
            yield text[start : mark.start()].strip(), None
            start = mark.end()


def can_match(selector, words):
    names = (name.replace("\\", "") for name in NAME.findall(ASIDE.sub("", selector)))
    return all(name in words or MADE.match(name) for name in names)


def slim(text, words):
    """The sheet without the rules that match nothing where no names but these words are used."""
    kept = []
    for selector, body in rules(text):
        if body is None:
            kept.append(f"{selector};")
        elif re.match(r"@(media|supports|layer|container)\b", selector):
            if inner := slim(body, words):
                kept.append(f"{selector}{{{inner}}}")
        elif selector.startswith("@"):
            kept.append(f"{selector}{{{body}}}")
        else:
            alive = [one for one in re.split(r",(?![^(\[]*[)\]])", selector) if can_match(one, words)]
            if alive:
                kept.append(f"{','.join(alive)}{{{body}}}")
    return "\n".join(kept)


def linked(pages, kind):
    """The files that the pages name in such tags, in their order."""
    for path, text in pages.items():
        for tag in kind.findall(text):
            yield (path.parent / re.search(r'(?:href|src)="([^"?]+)', tag)[1]).resolve()


def write(out, pages):
    """Write the sheet for these pages, by path with their texts, and return their texts with a link to it.

    A page that was written before is linked to it already; what it had before is linked by the others.
    """
    sheets = dict.fromkeys(linked(pages, LINK))
    sheets.pop((out / SHEET).resolve(), None)
    if sheets:
        # The index of the search is no script, though it is read as one: it holds each word of the book.
        scripts = {path for path in linked(pages, SCRIPT) if "_static" in path.parts and "mathjax" not in path.parts}
        texts = [name for text in pages.values() for name in NAMED.findall(text) + CODE.findall(text)]
        texts += [path.read_text("utf-8") for path in scripts]
        words = {word for text in texts for word in re.findall(r"[\w-]+", text)}
        folder = (out / SHEET).parent
        whole = "".join(text_of(path, folder.resolve()) for path in sheets)
        (out / SHEET).write_text(slim(whole, words), "utf-8")
    digest = hashlib.sha256((out / SHEET).read_bytes()).hexdigest()[:8]
    return {path: relink(text, path, out, digest) for path, text in pages.items()}


def relink(text, path, out, digest):
    up = os.path.relpath(out / SHEET, path.parent)
    first = LINK.search(text)
    rest = LINK.sub("", text[first.end() :])
    return f'{text[: first.start()]}\n<link rel="stylesheet" href="{up}?v={digest}">{rest}'
