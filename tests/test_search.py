"""The search finds what readers type: the page they want comes first."""

import json
from types import SimpleNamespace

import pytest

import checks
import findable
from findable import WANTED

QUERIES = [(query, page) for page, queries in WANTED.items() for query in queries]
# Words of the glossary and of headings, which need no entry of their own.
QUERIES += [
    ("ridge regression", "chapters/appendix/glossary"),
    ("effective degrees of freedom", "chapters/appendix/glossary"),
    ("double descent", "chapters/appendix/glossary"),
]


@pytest.fixture(scope="module")
def found(browser, book):
    """What the search lists first, without a server."""
    with browser.new_context() as context:
        page = context.new_page()
        first = {}
        page.goto(f"{book.html.as_uri()}/search.html?q=nothing")
        page.locator("#search-results p.search-summary").wait_for()
        for query, _ in QUERIES:
            # As the page does for the words in its address.
            page.evaluate(
                """query => {
                  document.getElementById("search-results").replaceChildren();
                  Search.performSearch(query);
                }""",
                query,
            )
            checks.wait_for(page, "document.querySelector('#search-results ul.search li a') !== null")
            links = page.locator("#search-results ul.search li a")
            first[query] = links.first.get_attribute("href").partition(".html")[0]
        return first


class TestSearch:
    # Named by the query alone, so that all stay together: by the pages they would be spread, and each page would ask all queries.
    @pytest.mark.parametrize(("query", "page"), QUERIES, ids=[query for query, _ in QUERIES])
    def test_the_page_that_is_wanted_comes_first(self, found, query, page):
        assert found[query] == page


def test_each_page_that_is_wanted_is_in_the_book():
    assert [page for page in WANTED if page not in checks.PAGES] == []


def test_the_search_knows_what_is_in_the_book_and_no_more(tmp_path):
    """Words of which no page is left go, and the entries of the index are those of all pages."""
    entries = {"one": [("single", "Sign; mark", "a-sign", "main", None)], "gone": [("single", "Gone", "", "", None)]}
    env = SimpleNamespace(get_domain={"index": SimpleNamespace(entries=entries)}.get)
    index = {"docnames": ["index", "one"], "indexentries": {}, "titles": []}
    words = {"terms": {"kept": 0, "both": [0, 3], "gone": []}, "titleterms": {"gone": [], "one": 2}}
    (tmp_path / "searchindex.js").write_text(f"Search.setIndex({json.dumps(index | words)})", "utf-8")
    app = SimpleNamespace(outdir=tmp_path, builder=SimpleNamespace(format="html"), env=env)
    findable.mend_index(app, None)
    kept = index | {"terms": {"kept": 0, "both": [0, 3]}, "titleterms": {"one": 2}}
    kept["indexentries"] = {"mark": [[1, "a-sign", True]], "sign": [[1, "a-sign", True]]}
    assert (tmp_path / "searchindex.js").read_text("utf-8") == f"Search.setIndex({json.dumps(kept, sort_keys=True)})"
