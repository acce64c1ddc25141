"""The rendered book: complete, without errors and default names, its links whole."""

from types import SimpleNamespace

import pytest
import yaml
from jupyter_book.config import get_final_config

import checks
from book import drop_buttons_without_address
from checks import PAGES, ROOT


def text_of(book, page):
    return (book.html / f"{page}.html").read_text("utf-8")


class TestBook:
    def test_the_build_warns_of_nothing(self, book):
        assert "build succeeded." in book.log
        assert "WARNING:" not in book.log and "ERROR:" not in book.log

    def test_every_page_of_the_contents_is_there(self, book):
        assert [page for page in PAGES if not (book.html / f"{page}.html").is_file()] == []

    @pytest.mark.parametrize("page", PAGES)
    def test_no_cell_complains(self, book, page):
        assert checks.error_outputs(text_of(book, page)) == []

    @pytest.mark.parametrize("page", PAGES)
    def test_no_page_has_a_default_name(self, book, page):
        assert checks.default_names(text_of(book, page)) == []

    def test_every_link_inside_the_book_leads_somewhere(self, book):
        assert checks.broken_links(book.html) == []


@pytest.mark.parametrize("address", ["", "https://example.org/owner/name"])
def test_the_buttons_come_with_the_address_of_the_book_and_not_without(address):
    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf-8"))
    settings["repository"]["url"] = address
    options = get_final_config(user_yaml=settings, cli_config={"latex_individualpages": False})[0]["html_theme_options"]
    drop_buttons_without_address(None, SimpleNamespace(html_theme_options=options))
    assert options["repository_url"] == address
    buttons = {"binderhub_url", "colab_url"} <= set(options.get("launch_buttons", {}))
    assert buttons == bool(address)
