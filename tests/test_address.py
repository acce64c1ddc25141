"""The book's address: found where nobody wrote it down, overridden where somebody did, and no dead button without one."""

import shutil
import subprocess
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

import address
from checks import ROOT

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
    app = SimpleNamespace(srcdir=tmp_path, config=config, env=env, scripts=[])
    app.add_js_file = app.scripts.append
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
