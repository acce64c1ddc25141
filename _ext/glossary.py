"""Each term's first use in a chapter leads to its entry in the glossary, and shows there what the entry says.

What a word looks like in a sentence stands in the glossary's source, in comments above its entry: `.. also half-lives` adds forms to
the term and its plural, `.. as the gain` takes their place, and `.. in 9, 11` names the only chapters in which the word is this term.
"""

import re
from pathlib import Path
from typing import NamedTuple

from docutils import nodes

from book import digest

GLOSSARY = "chapters/appendix/glossary"
CHAPTER = re.compile(r"chapters/(\d\d)_\w+")
# Questions would be answered by what a term says.
UNLINKED = {"check-yourself", "exercises"}
# What stands in these is read as running text; headings, listings, captions, tables and the box at a chapter's head are not.
PROSE = (nodes.document, nodes.section, nodes.bullet_list, nodes.enumerated_list, nodes.list_item, nodes.paragraph)
IN_A_SENTENCE = (nodes.emphasis, nodes.strong)
# An entry shows as many whole sentences as have so many letters together, and one at least.
ENOUGH = 240


class Term(nodes.inline):
    """A term at its first use."""


class Entry(NamedTuple):
    forms: tuple
    chapters: frozenset


def plain(words):
    return re.sub(r"\s+", " ", words).replace("’", "'")


def plural(term):
    if re.search(r"[^aeiou]y$", term):
        return f"{term[:-1]}ies"
    return f"{term}es" if re.search(r"(s|x|ch|sh)$", term) else f"{term}s"


def entries_of(source):
    """The terms of the glossary, each with its forms, and with the chapters to which it is limited, if it is."""
    found, comments = {}, {}
    for line in source.partition("```{glossary}\n")[2].partition("\n```")[0].splitlines():
        comment = re.fullmatch(r"\.\. (also|as|in) (.+)", line)
        if comment:
            comments[comment[1]] = comment[2].split(", ")
        elif line and not line[0].isspace():
            forms = comments.get("as", [line, plural(line)]) + comments.get("also", [])
            found[line] = Entry(tuple(forms), frozenset(map(int, comments.get("in", []))))
            comments = {}
    return found


def pattern_of(form):
    """The form as it stands in a sentence: small letters at its beginning may be large there, and lines may break in it."""
    first = f"[{form[0]}{form[0].upper()}]" if form[0].islower() else re.escape(form[0])
    return first + re.sub(r"(\\ )+", r"\\s+", re.escape(form[1:])).replace("'", "['’]")


def finder(entries, chapter):
    """What finds terms in a text, the longest first, and the term of each form."""
    forms = {
        form: term
        for term, entry in entries.items()
        if not entry.chapters or chapter in entry.chapters
        for form in entry.forms
    }
    longest_first = sorted(forms, key=len, reverse=True)
    finds = re.compile(rf"(?<![\w-])(?:{'|'.join(map(pattern_of, longest_first))})(?![\w-])")
    lower = {form.lower(): term for form, term in forms.items()}
    return finds, lambda found: lower[plain(found).lower()]


def running_text(doctree):
    """The pieces of text in paragraphs, each with its paragraph; those that are folded come last."""
    folds, folded = 0, []
    for node in doctree.findall():
        if isinstance(node, nodes.raw):
            folds += node.astext().count("<details") - node.astext().count("</details>")
        elif isinstance(node, nodes.Text):
            place = node.parent
            while isinstance(place, IN_A_SENTENCE):
                place = place.parent
            above = place
            while isinstance(above, PROSE) and above.parent and not UNLINKED.intersection(above["ids"]):
                above = above.parent
            if not isinstance(place, nodes.paragraph) or not isinstance(above, nodes.document):
                continue
            if folds:
                folded.append((node, place))
            else:
                yield node, place
    yield from folded


def meaning_of(definition):
    """The first sentences of an entry, without its sources and the link to its chapter."""
    kept = (nodes.Text, nodes.emphasis, nodes.strong, nodes.literal, nodes.math)
    sentences = [[]]
    for node in next(definition.findall(nodes.paragraph)).children:
        if isinstance(node, nodes.Text):
            first, *others = re.split(r"(?<=[.:])\s+(?=[A-Z])", re.sub(r"\s+", " ", node.astext()))
            sentences[-1].append(nodes.Text(first))
            sentences += [[nodes.Text(other)] for other in others]
        elif isinstance(node, kept):
            sentences[-1].append(node.deepcopy())
        elif sentences[-1]:
            # A source stands behind a space.
            sentences[-1][-1] = nodes.Text(sentences[-1][-1].astext().rstrip())
    said, letters = [], 0
    for sentence in sentences:
        letters += sum(len(node.astext()) for node in sentence)
        if said and letters > ENOUGH:
            break
        said += [nodes.Text(" "), *sentence] if said else sentence
    return said


def meanings(env):
    """What each term means, from the glossary as it was read."""
    return {
        plain(item.children[0].astext()): meaning_of(item)
        for item in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item)
    }


def link_terms(app, doctree, docname):
    chapter = CHAPTER.fullmatch(docname)
    if not chapter or app.builder.format != "html" or GLOSSARY not in app.env.found_docs:
        return
    entries = entries_of(Path(app.env.doc2path(GLOSSARY)).read_text("utf-8"))
    finds, term_of = finder(entries, int(chapter[1]))
    said = meanings(app.env)
    labels = {plain(name): at for (kind, name), (_, at) in app.env.get_domain("std").objects.items() if kind == "term"}
    seen = set()
    for text, paragraph in list(running_text(doctree)):
        pieces, end = [], 0
        for found in finds.finditer(text.astext()):
            term = term_of(found[0])
            if term in seen:
                continue
            seen.add(term)
            target = app.builder.get_relative_uri(docname, GLOSSARY) + "#" + labels[term]
            number = f"meaning-{len(seen)}"
            link = Term("", found[0], target=target, number=number, meaning=said[term], name=term)
            pieces += [nodes.Text(text.astext()[end : found.start()]), link]
            end = found.end()
        if pieces:
            paragraph["classes"].append("has-terms")
            text.parent.replace(text, [*pieces, nodes.Text(text.astext()[end:])])


def unlink(doctree):
    """The page without its links to the glossary, as the slides want it."""
    for term in list(doctree.findall(Term)):
        term.replace_self(term.children)


def visit_term(translator, node):
    translator.body.append(f'<span class="term"><a href="{node["target"]}" aria-describedby="{node["number"]}">')


def depart_term(translator, node):
    translator.body.append(f'</a><span class="meaning" role="tooltip" id="{node["number"]}">')
    for part in node["meaning"]:
        part.walkabout(translator)
    translator.body.append("</span></span>")


def name_state(app, config):
    """What an entry says stands on many pages, so that a change of the glossary is a change of all."""
    config.glossary_fingerprint = digest(Path(app.srcdir).glob(f"{GLOSSARY}.md"), Path(app.srcdir))


def setup(app):
    app.add_node(Term, html=(visit_term, depart_term))
    app.add_config_value("glossary_fingerprint", "", "html")
    app.connect("config-inited", name_state)
    app.connect("doctree-resolved", link_terms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
