"""The check of addresses, against a server of our own."""

import re
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace

import pytest

import links
from checks import ROOT


@pytest.fixture
def server():
    """A server that answers with the code that the path names, one after another, and says what it was asked."""
    asked = []

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            codes = re.findall(r"\d{3}", self.path)
            code = int(codes[min(asked.count(self.path), len(codes)) - 1])
            self.send_response(code)
            if code == 302:
                self.send_header("Location", "/200")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as httpd:
        Thread(target=httpd.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{httpd.server_port}", asked
        httpd.shutdown()


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    taken = []
    # Theirs alone: a thread that waits for the book sleeps, too.
    monkeypatch.setattr(links, "time", SimpleNamespace(sleep=taken.append))
    return taken


@pytest.mark.parametrize(
    ("path", "said", "asked"),
    [
        ("/200", "", 1),
        ("/302", "", 2),
        ("/404", "404 Not Found", 1),
        ("/410", "410 Gone", 1),
        ("/403", "(403 Forbidden)", 1),
        ("/503/200", "", 2),
        ("/429/429/200", "", 3),
        ("/429", "(429 Too Many Requests)", 3),
        ("/500", "500 Internal Server Error", 3),
    ],
)
def test_what_is_said_of_an_address_and_how_often_it_is_asked(server, pauses, path, said, asked):
    home, log = server
    assert links.ask(home + path) == (said, True)
    assert len(log) == asked
    assert pauses == [1, 4, 16][: asked - (path == "/302")]


def test_a_host_that_cannot_be_reached_is_not_asked_again(monkeypatch, pauses):
    gone = [f"http://127.0.0.1:9/{k}" for k in range(50)]
    said = links.ask_host(gone)
    assert list(said) == gone and all("refused" in reason for reason in said.values())
    assert len(pauses) == links.TRIES


def test_all_addresses_of_the_pages_are_asked_and_those_that_are_gone_are_named(server, tmp_path, capsys):
    home, log = server
    (tmp_path / "chapters").mkdir()
    page = '<a href="{0}/200#part">a</a> <a href="{0}/404">b</a> <a href="other.html">c</a> <a href="{0}/own/book/200">d</a>'
    (tmp_path / "chapters" / "one.html").write_text(page.format(home), "utf-8")
    (tmp_path / "two.html").write_text(f'<a href="{home}/200">a</a> <a href="{home}/403">e</a>', "utf-8")
    assert links.main(tmp_path, "https://github.com/own/book") is True
    assert sorted(log) == ["/200", "/403", "/404"]
    assert capsys.readouterr().out.splitlines() == [
        f"{home}/403: (403 Forbidden); in two.html",
        f"{home}/404: 404 Not Found; in chapters/one.html",
        "3 addresses, 1 of them broken",
    ]
    (tmp_path / "chapters" / "one.html").unlink()
    assert links.main(tmp_path) is False


def test_the_workflow_asks_once_a_week():
    workflow = (ROOT / ".github" / "workflows" / "book.yml").read_text("utf-8")
    assert re.search(r"target: \[.*\blinks\b.*\]", workflow) and "cron" in workflow


def test_a_preprint_is_named_by_its_doi():
    entries = (ROOT / "references.bib").read_text("utf-8").split("\n@")
    for entry in entries:
        if number := re.search(r"arXiv:([\d.]+)", entry):
            assert f"doi = {{10.48550/arXiv.{number[1]}}}" in entry
