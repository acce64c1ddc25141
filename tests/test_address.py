"""The book's address: found where nobody wrote it down, overridden where somebody did, and no dead button without one."""

import mimetypes
import shutil
import subprocess
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

import address
from checks import ROOT
from tiny import Tiny

FORM = ROOT / ".github" / "ISSUE_TEMPLATE" / "mistake.yml"


@pytest.fixture
def checkout(tmp_path):
    def checkout(remote=None):
        subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
        if remote:
            subprocess.run(["git", "-C", tmp_path, "remote", "add", "origin", remote], check=True)
        return tmp_path

    return checkout


@pytest.mark.parametrize(
    ("remote", "found"),
    [
        ("https://github.com/owner/name.git", "https://github.com/owner/name"),
        ("https://github.com/owner/name/", "https://github.com/owner/name"),
        ("git@github.com:owner/name.git", "https://github.com/owner/name"),
        ("ssh://git@github.com/owner/name", "https://github.com/owner/name"),
        ("https://somebody:secret@github.com/owner/name", "https://github.com/owner/name"),
        ("/srv/git/name.git", ""),
        ("../name", ""),
        (None, ""),
    ],
)
def test_it_is_read_off_gits_remote(checkout, remote, found):
    assert address.repository(checkout(remote), {}) == found


def test_the_workflow_knows_its_repository_before_git_does(checkout):
    environ = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "fork/name"}
    assert address.repository(checkout("https://github.com/owner/name"), environ) == "https://github.com/fork/name"


@pytest.mark.parametrize(
    ("repository", "environ", "found"),
    [
        ("https://github.com/Owner/Name", {}, "https://owner.github.io/Name/"),
        ("https://github.com/Owner/owner.github.io", {}, "https://owner.github.io/"),
        ("https://git.example.org/owner/name", {}, ""),
        ("", {}, ""),
        ("https://github.com/a/b", {"BOOK_ADDRESS": "https://example.org/course"}, "https://example.org/course/"),
    ],
)
def test_the_pages_are_where_github_puts_them_or_where_the_environment_says(repository, environ, found):
    assert address.pages(repository, environ) == found


def app_with(monkeypatch, tmp_path, repository, written="", baseurl=""):
    monkeypatch.setattr(address, "repository", lambda root: repository)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    config = SimpleNamespace(html_theme_options={"repository_url": written}, html_baseurl=baseurl)
    env = SimpleNamespace(doc2path=lambda page: tmp_path / f"{page}.ipynb")
    app = SimpleNamespace(srcdir=tmp_path, config=config, env=env)
    address.set_address(app, config)
    return app


def test_what_the_settings_name_goes_before_what_is_found(monkeypatch, tmp_path):
    app = app_with(monkeypatch, tmp_path, "https://github.com/a/b", "https://github.com/c/d", "https://example.org/")
    assert app.config.html_theme_options["repository_url"] == "https://github.com/c/d"
    assert app.config.html_baseurl == "https://example.org/"


@pytest.mark.parametrize("home", ["", "https://github.com/owner/name"])
def test_links_to_source_and_form_come_with_the_address_and_not_without(monkeypatch, tmp_path, home):
    app, context = app_with(monkeypatch, tmp_path, home), {"header_buttons": []}
    address.add_links(app, "chapters/02_bias", "page.html", context, doctree=object())
    assert [button["tooltip"] for button in context["header_buttons"]] == (
        ["Edit this page", "Report a mistake here"] if home else []
    )
    if home:
        edit, report = (urlsplit(button["url"]) for button in context["header_buttons"])
        assert edit.path == "/owner/name/edit/main/chapters/02_bias.ipynb"
        asked = parse_qs(report.query)
        fields = {field["id"] for field in yaml.safe_load(FORM.read_text("utf-8"))["body"] if "id" in field}
        assert asked.keys() - {"template"} < fields and "section" in fields and asked["page"] == ["chapters/02_bias"]
        assert asked["template"] == [FORM.name]


HOME = "https://owner.github.io/name/"


class TestPublished:
    """A small book, published where the workflow publishes it, and an older copy of it beside."""

    @pytest.fixture(scope="class")
    @classmethod
    def tiny(cls, tmp_path_factory):
        tiny = Tiny(tmp_path_factory.mktemp("published") / "tiny")
        code, said = tiny.build(GITHUB_SERVER_URL="https://github.com", GITHUB_REPOSITORY="owner/name")
        assert code == 0, said
        return tiny

    @pytest.fixture
    def opened(self, tiny, browser):
        """Open a page of the newest book, or, below versions/, of the copy, which says another version."""
        asked = []

        def answer(route):
            path = urlsplit(route.request.url).path.removeprefix("/name/")
            asked.append(path)
            old = path.startswith("versions/v0.0.1/")
            file = tiny.html / path.removeprefix("versions/v0.0.1/")
            if not route.request.url.startswith(HOME) or not file.is_file():
                return route.abort()
            body = file.read_bytes()
            if old and file.suffix == ".html":
                body = body.replace(f'content="{address.version(ROOT)}"'.encode(), b'content="0.0.1"')
            return route.fulfill(body=body, content_type=mimetypes.guess_type(file)[0] or "text/plain")

        with browser.new_context(viewport={"width": 375, "height": 700}) as context:
            context.route("**/*", answer)
            page = context.new_page()
            yield page, asked

    def test_an_old_copy_says_so_and_leads_to_the_newest(self, opened):
        page, asked = opened
        page.goto(f"{HOME}versions/v0.0.1/chapters/01_one.html")
        page.locator(".old-version").wait_for()
        newest = address.version(ROOT)
        assert page.locator(".old-version").inner_text() == f"This is version 0.0.1. The newest is {newest}."
        assert page.locator(".old-version a").get_attribute("href") == HOME
        assert "version.json" in asked

    def test_the_newest_says_nothing_and_asks_nobody(self, opened):
        page, asked = opened
        page.goto(f"{HOME}chapters/01_one.html")
        page.wait_for_load_state("networkidle")
        assert page.locator(".old-version").count() == 0 and "version.json" not in asked

    def test_its_buttons_fit_on_a_telephone(self, opened):
        page, _ = opened
        page.goto(f"{HOME}chapters/01_one.html")
        page.locator(".btn-report-button").wait_for()
        assert page.evaluate("document.scrollingElement.scrollWidth") == 375

    def test_it_tells_other_sites_what_it_is(self, tiny):
        page = tiny.page("chapters/01_one")
        assert f'<link rel="canonical" href="{HOME}chapters/01_one.html" />' in page
        assert f'<meta property="og:image" content="{HOME}_static/card.png" />' in page
        assert (tiny.html / "_static" / "card.png").stat().st_size > 10_000
        assert f"<loc>{HOME}chapters/01_one.html</loc>" in (tiny.html / "sitemap.xml").read_text("utf-8")
