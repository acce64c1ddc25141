"""Firefox and WebKit for the tests of the pages, each spoken to in the protocol that it brings; run alone, it installs them.

Both are Debian's: `firefox-esr` answers WebDriver BiDi without a driver of its own, and WebKitGTK comes with `webkit2gtk-driver`
and a small browser, which wants a screen.
"""

import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from websocket import create_connection

PACKAGES = "firefox-esr webkit2gtk-driver xvfb"
SCREEN = {"width": 1280, "height": 900}
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "Home": "\ue011", "End": "\ue010"}
KEYS |= {"PageDown": "\ue00f", "PageUp": "\ue00e", "ArrowLeft": "\ue012", "ArrowRight": "\ue014"}


def are_installed():
    return all(map(shutil.which, ("firefox-esr", "WebKitWebDriver", "Xvfb")))


def install():
    """Install them where that is possible."""
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(f"apt-get update && apt-get install -y --no-install-recommends {PACKAGES}", shell=True)


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def patiently(connect, seconds=60):
    """What connect returns once it does not fail any more."""
    end = time.monotonic() + seconds
    while True:
        try:
            return connect()
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


@contextmanager
def running(command, **options):
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, **(quiet | options))
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Tab:
    """What both browsers can do."""

    def wait_for(self, expression, *, seconds=60):
        """Wait until the expression is true, and return its value."""
        end = time.monotonic() + seconds
        while not (value := self.evaluate(expression)):
            assert time.monotonic() < end, f"not within {seconds} s: {expression}"
            time.sleep(0.2)
        return value

    def act(self, kind, *actions):
        """Do what a hand does with the keys, or with the mouse or a finger."""
        source = {"type": "key"} if kind == "key" else {"type": "pointer", "parameters": {"pointerType": kind}}
        self.perform([source | {"id": kind, "actions": list(actions)}])

    def press(self, *keys):
        """Press keys, one after another."""
        values = [KEYS.get(key, key) for key in keys]
        self.act("key", *({"type": way, "value": value} for value in values for way in ("keyDown", "keyUp")))

    def box_of(self, selector, text=""):
        """Where an element is, the first that says just this text."""
        return self.wait_for(f"""[...document.querySelectorAll({json.dumps(selector)})]
          .filter(one => !{json.dumps(text)} || one.textContent.trim() === {json.dumps(text)})
          .map(one => one.getBoundingClientRect()).map(box => [box.left, box.top, box.width, box.height])[0]""")

    def click(self, selector, text=""):
        left, top, width, height = self.box_of(selector, text)
        move = {"type": "pointerMove", "x": round(left + width / 2), "y": round(top + height / 2)}
        self.act("mouse", move, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0})

    def drag(self, selector, start, end, pointer="mouse"):
        """Press on the element, at a share of its width, and let go at another."""
        left, top, width, height = self.box_of(selector)
        xs = [round(left + width * (start + (end - start) * k / 8)) for k in range(9)]
        moves = [{"type": "pointerMove", "x": x, "y": round(top + height / 2), "duration": 20} for x in xs]
        self.act(
            pointer, moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0}
        )


class Firefox(Tab):
    """Firefox, over WebDriver BiDi."""

    def __init__(self, socket):
        self.socket, self.number, self.said = socket, 0, []
        self.ask("session.new", capabilities={})
        self.ask("session.subscribe", events=["log.entryAdded"])
        self.context = self.ask("browsingContext.getTree")["contexts"][0]["context"]
        self.ask("browsingContext.setViewport", context=self.context, viewport=SCREEN)

    def ask(self, method, **params):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            answer = json.loads(self.socket.recv())
            if answer.get("method") == "log.entryAdded" and answer["params"]["level"] in ("error", "warn"):
                self.said.append(answer["params"]["text"])
            if answer.get("id") == self.number:
                assert answer["type"] == "success", f"{method}: {answer.get('message')}"
                return answer["result"]

    def open(self, address):
        self.ask("browsingContext.navigate", context=self.context, url=address, wait="complete")

    def evaluate(self, expression):
        """The value of an expression, or of its promise."""
        answer = self.ask(
            "script.evaluate",
            expression=f"(async () => JSON.stringify((await ({expression})) ?? null))()",
            target={"context": self.context},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer["exceptionDetails"]["text"]
        return json.loads(answer["result"]["value"])

    def back(self):
        self.ask("browsingContext.traverseHistory", context=self.context, delta=-1)

    def reload(self):
        self.ask("browsingContext.reload", context=self.context, wait="complete")

    def perform(self, actions):
        self.ask("input.performActions", context=self.context, actions=actions)


class WebKit(Tab):
    """WebKitGTK, over WebDriver."""

    def __init__(self, address, browser):
        # Its driver has no way to tell what a page complains of.
        self.address, self.said = address, []
        options = {"webkitgtk:browserOptions": {"binary": browser, "args": ["--automation"]}}
        opened = patiently(lambda: self.ask("POST", "", capabilities={"alwaysMatch": options}))
        self.address += f"/{opened['sessionId']}"
        self.ask("POST", "/timeouts", script=60_000, pageLoad=120_000)
        self.ask("POST", "/window/rect", **SCREEN)

    def ask(self, way, path, **params):
        request = urllib.request.Request(
            self.address + path, json.dumps(params).encode() if way == "POST" else None, method=way
        )
        try:
            with urllib.request.urlopen(request, timeout=180) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{path}: {error.read().decode()[:500]}") from None

    def open(self, address):
        self.ask("POST", "/url", url=address)

    def evaluate(self, expression):
        """The value of an expression, or of its promise."""
        script = f"""const done = arguments[0];
          (async () => ({expression}))().then(value => done([value ?? null]), error => done(String(error)));"""
        answer = self.ask("POST", "/execute/async", script=script, args=[])
        assert isinstance(answer, list), answer
        return answer[0]

    def back(self):
        self.ask("POST", "/back")

    def reload(self):
        self.ask("POST", "/refresh")

    def perform(self, actions):
        self.ask("POST", "/actions", actions=actions)


@contextmanager
def firefox(folder):
    """A Firefox with a fresh profile in the folder."""
    port, profile = free_port(), Path(folder, "profile")
    profile.mkdir(parents=True)
    # It does not look for news of itself, which would be asked of others.
    settings = 'user_pref("app.normandy.enabled", false); user_pref("extensions.getAddons.cache.enabled", false);'
    (profile / "user.js").write_text(settings)
    command = ["firefox-esr", "--headless", "--no-remote", "--profile", profile, f"--remote-debugging-port={port}"]
    with running(command, env=os.environ | {"HOME": str(folder)}):
        address = f"ws://127.0.0.1:{port}/session"
        socket = patiently(lambda: create_connection(address, timeout=300, suppress_origin=True))
        yield Firefox(socket)
        socket.close()


@contextmanager
def webkit(folder):
    """A WebKit with a fresh profile in the folder, on a screen that nobody sees."""
    port = free_port()
    reading, writing = os.pipe()
    screen = ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1400x1000x24", "-nolisten", "tcp"]
    with running(screen, pass_fds=[writing]), os.fdopen(reading) as said:
        os.close(writing)
        own = {"DISPLAY": f":{said.readline().strip()}", "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
        own |= {"XDG_CACHE_HOME": str(folder), "XDG_DATA_HOME": str(folder)}
        # Otherwise it plays a graphics card, for which it needs more time than for all that a page does.
        own |= {"WEBKIT_DISABLE_COMPOSITING_MODE": "1", "WEBKIT_SKIA_ENABLE_CPU_RENDERING": "1"}
        [browser] = Path("/usr/lib").glob("*/webkit2gtk-4.1/MiniBrowser")
        with running(["WebKitWebDriver", f"--port={port}"], env=os.environ | own):
            tab = WebKit(f"http://127.0.0.1:{port}/session", str(browser))
            yield tab
            tab.ask("DELETE", "")


ENGINES = {"firefox": firefox, "webkit": webkit}

if __name__ == "__main__" and not are_installed():
    install()
