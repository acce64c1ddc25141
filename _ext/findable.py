"""What readers type into the search and the page that they then want, where the page says it in other words.

They are entries of the index. Each is tested as a query.
"""

import json
import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms import SphinxTransform
from sphinx.util.index_entries import split_index_msg

WANTED = {
    "index": ["license", "licence"],
    "chapters/04_tradeoff": ["tradeoff", "bias-variance tradeoff", "irreducible error"],
    "chapters/05_regularization": ["regularisation", "standardise", "collinearity", "dropout"],
    "chapters/06_choosing_lambda": ["hyperparameter", "leakage", "LOOCV", "cross validation"],
    "chapters/07_weight_decay": ["mini-batch"],
    "chapters/10_optimizers": ["optimiser"],
    "chapters/11_modern_practice": ["LLM", "BatchNorm", "LayerNorm", "warmup"],
    "chapters/12_double_descent": ["benign overfitting"],
    "chapters/appendix/lambda_conventions": ["glmnet"],
    "chapters/appendix/glossary": ["elastic net"],
}


class AddEntries(SphinxTransform):
    """Enter the words into the index, which the search asks before it looks at the text."""

    # Before the entries of a page are collected, which the transform of 850 does.
    default_priority = 840

    def apply(self):
        words = WANTED.get(self.env.docname, ())
        if words:
            place = next(self.document.findall(nodes.section))["ids"][0]
            entries = [("single", word, place, "main", None) for word in words]
            self.document.insert(0, addnodes.index(entries=entries))


def entries_of(env, docname):
    """The words under which a page stands in the index: each with its anchor, and whether it is the main one."""
    for kind, words, anchor, main, _ in env.get_domain("index").entries.get(docname, ()):
        for word in split_index_msg(kind, words):
            yield word.lower(), anchor or "", main == "main"


def mend_index(app, exception):
    """Give the search what Sphinx keeps for those pages alone that it has just written, and take what is left of others.

    From build to build it forgets the entries of the index, and keeps words of which no page is left: those of solutions,
    where the edition has changed.
    """
    path = Path(app.outdir, "searchindex.js")
    if exception or app.builder.format != "html" or not path.exists():
        return
    start, index, end = re.fullmatch(r"(\w+\.\w+\()(.*)(\);?\s*)", path.read_text("utf-8"), re.DOTALL).groups()
    index = json.loads(index)
    for kind in ("terms", "titleterms"):
        index[kind] = {word: pages for word, pages in index[kind].items() if pages != []}
    index["indexentries"] = {}
    for page, docname in enumerate(index["docnames"]):
        for word, anchor, main in sorted(set(entries_of(app.env, docname))):
            index["indexentries"].setdefault(word, []).append([page, anchor, main])
    path.write_text(f"{start}{json.dumps(index, sort_keys=True)}{end}", "utf-8")


def setup(app):
    app.add_transform(AddEntries)
    app.connect("build-finished", mend_index)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
