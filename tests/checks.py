"""What a page of the book must be like: each check takes a page and returns what is wrong with it.

`test_checks.py` shows each of them a page with the fault that it is there for.
"""

import functools
import gzip
import json
import re
import time
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup

ROOT = Path(__file__).parent.parent
TEXT = {".html", ".css", ".js", ".json", ".svg", ".txt", ".xml"}
DEFAULT_NAMES = ("executablebooks", "My Jupyter Book", "Jupyter Book community", "The Jupyter Book")
# The name of a file, and a formula that nobody can read aloud.
NO_WORDS = re.compile(r"\.(svg|png|webp|jpe?g|gif|pdf)\b|\w/\w+/|\\|\$")
AXE_SCRIPT = Axe().axe_script


def pages_of(toc):
    """Names of all pages in a table of contents, or in a part of one, in its order."""
    own = [toc[key] for key in ("root", "file") if key in toc]
    parts = [part for key in ("parts", "chapters", "sections") for part in toc.get(key, [])]
    return own + [page for part in parts for page in pages_of(part)]


PAGES = pages_of(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8")))
CHAPTERS = [page for page in PAGES if re.match(r"chapters/\d", page)]


def has_explorer(page):
    notebook = ROOT / f"{page}.ipynb"
    return notebook.exists() and "explorers.explore(" in notebook.read_text("utf-8")


EXPLORING = [page for page in PAGES if has_explorer(page)]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 700}
# Of a deck.
READY = "typeof deck !== 'undefined' && deck.isReady()"


def parse(html):
    return BeautifulSoup(html, "html.parser")


def error_outputs(html):
    """Outputs in which a cell complains."""
    # To parse a page takes long.
    said = re.search("traceback|stderr", html)
    outputs = parse(html).select(".output.traceback, .output.stderr") if said else []
    return [output.get_text()[:200] for output in outputs] + re.findall(r"Traceback \(most recent call last\)", html)


VISIBLE = """summary => {
  const answer = summary.parentElement.querySelector(":scope > p");
  return answer.checkVisibility({visibilityProperty: true}) && answer.getBoundingClientRect().height > 0;
}"""
CHOICES = f"""() => [...document.querySelectorAll("#check-yourself summary")].map(summary => {{
  const visible = {VISIBLE}, before = visible(summary);
  summary.click();
  const opened = visible(summary);
  summary.click();
  const verdict = summary.parentElement.querySelector(":scope > p").textContent.trim().split(" ")[0];
  return [summary.textContent.slice(0, 60), verdict, before, opened, visible(summary)];
}})"""


def quiz_faults(page):
    """Open and close every choice of every question, the first by hand: each answers whether it is right."""
    first = page.locator("#check-yourself summary").first
    first.click()
    by_hand = first.evaluate(VISIBLE)
    # The focus is where the click was.
    page.keyboard.press("Enter")
    by_key = not first.evaluate(VISIBLE)
    faults = [fault for fault, holds in {"no hand opens it": by_hand, "no key closes it": by_key}.items() if not holds]
    verdicts = set()
    for choice, verdict, before, opened, after in page.evaluate(CHOICES):
        verdicts.add(verdict)
        rules = {"open before it is chosen": not before, "no answer to": opened, "it does not close": not after}
        faults += [f"{fault}: {choice}" for fault, holds in rules.items() if not holds]
    if verdicts != {"Right.", "No."}:
        faults.append(f"the answers begin with {sorted(verdicts)}")
    return faults


def default_names(html):
    """Names that a page has when nobody gave it its own."""
    return [name for name in DEFAULT_NAMES if name in html]


def poor_alternatives(html):
    """Pictures that a reader who cannot see them learns nothing of."""
    return [str(image)[:200] for image in parse(html).select("img") if not is_described(image)]


def pictures(page):
    """Of a page as it stands, its pictures, each with the link that it is in."""
    return page.evaluate("[...document.images].map(image => (image.closest('a') ?? image).outerHTML).join('')")


def is_described(image):
    if image.get("alt") == "" and image.find_parent("a"):
        return bool(image.find_parent("a").get_text(strip=True))
    return is_alternative(image.get("alt"))


def is_alternative(text):
    """Whether a text can stand for a picture: of some length, and in words."""
    return text is not None and len(text.strip()) >= 25 and not NO_WORDS.search(text)


class Attributes(HTMLParser):
    """Of all tags of a page, as pairs."""

    def __init__(self, html):
        super().__init__()
        self.pairs = []
        self.feed(html)

    def handle_starttag(self, tag, pairs):
        self.pairs += pairs


def broken_links(root):
    """Links and anchors, on any page below root, to what is not there."""
    root = root.resolve()
    paths = (path for path in sorted(root.rglob("*.html")) if "_static" not in path.relative_to(root).parts)
    pages = {path: Attributes(path.read_text("utf-8")).pairs for path in paths}
    anchors = {path: {value for key, value in pairs if key in ("id", "name")} for path, pairs in pages.items()}
    links = ((path, value) for path, pairs in pages.items() for key, value in pairs if key in ("href", "src") and value)
    return [f"{path.relative_to(root)}: {link}" for path, link in links if not leads_somewhere(path, link, anchors)]


def leads_somewhere(path, link, anchors):
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return parts.scheme != "file"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if parts.fragment.startswith("cell-id="):
        # A cell of a live notebook.
        notebook = target.parents[1] / "files" / parse_qs(parts.query)["path"][0]
        cells = json.loads(notebook.read_text("utf-8"))["cells"] if notebook.is_file() else []
        return parts.fragment.removeprefix("cell-id=") in {cell["id"] for cell in cells}
    if parts.fragment and target.suffix == ".html":
        return unquote(parts.fragment) in anchors.get(target, ())
    return target.is_file()


@functools.cache
def weight(path):
    """Bytes of a file on the wire: texts gzipped, pictures and fonts as they are."""
    content = path.read_bytes()
    return len(gzip.compress(content, 6) if path.suffix in TEXT else content)


def listen(page, home):
    """Return two lists that fill: what goes wrong on the page or leaves its home, and the addresses it asks."""
    troubles, asked = [], []

    def on_request(request):
        asked.append(request.url)
        if not request.url.startswith((home, "data:", "blob:")):
            troubles.append(f"asks {request.url}")

    def on_response(response):
        if response.status >= 400:
            troubles.append(f"{response.status} {response.url}")

    def on_message(message):
        if message.type in ("error", "warning"):
            troubles.append(f"{message.type}: {message.text}")

    page.on("request", on_request)
    page.on("response", on_response)
    page.on("requestfailed", lambda request: troubles.append(f"fails: {request.url}, {request.failure}"))
    page.on("console", on_message)
    page.on("pageerror", lambda error: troubles.append(f"uncaught: {error}"))
    return troubles, asked


# A browser without a screen may forget to paint, and what waits for its painting would wait for ever. What was waited for is
# looked at afterwards in any case.
SOON = """const soon = (promise, milliseconds) =>
  Promise.race([promise, new Promise(done => setTimeout(done, milliseconds))]);"""


def paints(page):
    """Whether the page is painted at all."""
    return page.evaluate(f"() => {{ {SOON} return soon(new Promise(requestAnimationFrame), 5000).then(Boolean); }}")


# The formulas are set, and nothing has come for a fifth of a second. Playwright's own waiting would take half a second, on
# each of a hundred pages.
SETTLED = f"""() => {{
  {SOON}
  const quiet = () => new Promise(done => {{
    let came = -1, looks = 0;
    const timer = setInterval(() => {{
      const now = performance.getEntriesByType("resource").length;
      looks = now === came && document.readyState === "complete" ? looks + 1 : 0;
      came = now;
      if (looks < 4) return;
      clearInterval(timer);
      done();
    }}, 50);
  }});
  const typeset = Promise.all([window.MathJax?.startup?.promise, document.fonts.ready]);
  return soon(soon(typeset, 20000).then(quiet), 30000);
}}"""


def settle(page):
    """Wait until the formulas are set and the network is quiet; then nothing moves any more."""
    page.evaluate(SETTLED)
    page.add_style_tag(content="* { transition: none !important; animation: none !important }")


UNFOLD = f"""() => {{
  {SOON}
  return Promise.all([...document.querySelectorAll("details:not([open])")].map(details =>
    soon(new Promise(done => {{
      details.addEventListener("toggle", () => done(), {{once: true}});
      details.open = true;
    }}), 5000)));
}}"""


def unfold(page):
    """Open all that folds, so that the checks see what a reader can see."""
    page.evaluate(UNFOLD)


def wait_for(page, expression, *, seconds=30):
    """Wait until the expression holds of a page or of a part of it. Playwright's own way is refused by the policy of the pages."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"not within {seconds} s: {expression}"
        time.sleep(0.05)


SCROLL = f"""async () => {{
  {SOON}
  const frame = () => soon(new Promise(requestAnimationFrame), 1000);
  for (const picture of document.querySelectorAll("img, .explorer")) {{
    picture.scrollIntoView({{block: "center", behavior: "instant"}});
    await frame();
    await frame();
  }}
}}"""
LOADED = """() => [...document.images].every(image => image.complete)
  && [...document.querySelectorAll(".explorer")].every(root => root.frames?.every(frame => frame.complete))"""


def scroll_through(page):
    """Scroll from picture to picture as a reader does, and wait for all that this loads."""
    page.evaluate(SCROLL)
    wait_for(page, f"({LOADED})()")


UNTYPESET = r"""() => {
  const faults = [];
  for (const math of document.querySelectorAll(".math"))
    if (!math.querySelector("mjx-container")) faults.push("not typeset: " + math.textContent);
  for (const error of document.querySelectorAll("mjx-merror, mjx-mtext[style*='color: red']"))
    faults.push("not understood: " + (error.title || error.closest(".math").outerHTML.slice(0, 200)));
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text; (text = texts.nextNode());)
    if (/\$|\\[([]/.test(text.data) && !text.parentElement.closest("pre, code, script, style, noscript"))
      faults.push("raw: " + text.data);
  return faults;
}"""


def untypeset(page):
    """Formulas that stayed text, or that MathJax could not read, such as an unknown command, printed in red."""
    return page.evaluate(UNTYPESET)


# A line that scrolls in its own box does not stick out, nor does what only a screen reader meets: a dot, or a formula's clipped copy.
STICKING_OUT = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = element => {
    for (let box = element.parentElement; box !== document.body; box = box.parentElement)
      if (/auto|scroll/.test(getComputedStyle(box).overflowX)) return true;
    return false;
  };
  const sticksOut = element => {
    const {left, right, height} = element.getBoundingClientRect();
    return height > 1 && right - left > 1 && (right > width + 1 || left < -1);
  };
  const visible = element => element.checkVisibility({opacityProperty: true, visibilityProperty: true});
  const spoken = element => element.closest("mjx-assistive-mml");
  const all = [...document.body.querySelectorAll("*")].filter(element => !spoken(element));
  const found = all.filter(sticksOut).filter(visible);
  const faults = found.filter(element => !scrolls(element)).map(element => element.outerHTML.slice(0, 150));
  const page = document.scrollingElement.scrollWidth;
  return page > width ? [`the page is ${page} wide`, ...faults] : faults;
}"""


def sticking_out(page):
    """What is wider than the screen and does not scroll by itself."""
    return page.evaluate(STICKING_OUT)


# A formula that is cut off reads as another formula, and nothing says so.
CUT_FORMULAS = """() => {
  const cut = drawn => {
    const {left, right, width} = drawn.firstElementChild.getBoundingClientRect();
    if (!width) return false;
    for (let box = drawn; box !== document.documentElement; box = box.parentElement) {
      const style = getComputedStyle(box), edge = box.getBoundingClientRect();
      if (/auto|scroll/.test(style.overflowX)) return right > edge.left + box.scrollWidth + 1;
      if (/hidden|clip/.test(style.overflowX) && (left < edge.left - 1 || right > edge.right + 1)) return true;
    }
    return right > innerWidth + 1 || left < -1;
  };
  return [...document.querySelectorAll("mjx-container")].filter(cut).map(drawn => drawn.textContent.slice(0, 60));
}"""


def cut_formulas(page):
    """Formulas of which a part cannot be seen, not even by scrolling."""
    return page.evaluate(CUT_FORMULAS)


# A ring or an underline: what tells where the focus is.
FOCUS = """() => {
  const element = document.activeElement, style = getComputedStyle(element);
  return {
    name: (element.ariaLabel || element.title || element.innerText || element.value || element.tagName).trim().slice(0, 60),
    seen: (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none",
    formula: Boolean(element.closest(".math, mjx-container")),
    id: element.closest("section")?.id,
  };
}"""


def stops_of(page, most):
    """Where the focus is after each press on the tabulator from the top of the page, to its end at most."""
    page.evaluate("""() => {
      scrollTo(0, 0);
      document.body.tabIndex = -1;
      document.body.focus();
      document.body.removeAttribute("tabindex");
    }""")
    stops = []
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            break
        stops.append(page.evaluate(FOCUS))
    return stops


# For colours axe asks of every token of every program what is drawn behind it, which takes seconds. They depend on the kind of
# text alone: its size and weight, and in each theme its colour and what is behind it. Here all is put aside but one of each kind.
ONE_OF_EACH_KIND = """themes => {
  const all = [...document.body.querySelectorAll("*")], root = document.documentElement, before = root.dataset.theme;
  const texts = all.filter(element => element.matches("input, select, textarea")
    || [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim()));
  const kinds = new Map();
  for (const theme of themes) {
    if (theme) root.dataset.theme = theme;
    const surfaces = new Map([[null, ""]]);
    const surface = box => {
      if (!surfaces.has(box)) {
        const {backgroundColor, backgroundImage, opacity} = getComputedStyle(box);
        const own = [backgroundColor, backgroundImage, opacity].join();
        surfaces.set(box, surface(box.parentElement) + (own === "rgba(0, 0, 0, 0),none,1" ? "" : own + ";"));
      }
      return surfaces.get(box);
    };
    for (const element of texts.filter(element => element.checkVisibility())) {
      const {color, fontSize, fontWeight} = getComputedStyle(element);
      kinds.set(element, (kinds.get(element) ?? "") + [theme, color, fontSize, fontWeight, surface(element)].join());
    }
  }
  if (before) root.dataset.theme = before;
  const firsts = new Map([...kinds].reverse().map(([element, kind]) => [kind, element]));
  const needed = new Set();
  for (let element of firsts.values()) for (; element; element = element.parentElement) needed.add(element);
  const others = all.filter(
    element => !needed.has(element) && needed.has(element.parentElement) && !element.matches("style"));
  window.putAside = others.map(element => [document.createComment(""), element]);
  for (const [place, element] of putAside) element.replaceWith(place);
}"""
ALL_AGAIN = "() => { for (const [place, element] of putAside) place.replaceWith(element); }"


# A rule's impact is known beforehand. Those of less take as long as the grave ones, and `region` longest of all.
GRAVE_RULES = """() => axe._audit.rules.filter(({id, enabled, impact, tags}) =>
  enabled && id !== "color-contrast" && ["serious", "critical"].includes(impact)
  && !tags.includes("experimental") && !tags.includes("deprecated")).map(({id}) => id)"""
# Axe would fetch the style sheets again, each relative to the page instead of to the sheet that imports it.
RUN_AXE = """([rules, where]) => axe.run(where ?? document, {
  preload: false, resultTypes: ["violations"], ...(rules && {runOnly: rules})})"""


def bring_axe(page):
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)


def violations(page, rules=None, *, where=None):
    """What breaks one of these rules, or of all of axe's, in the page or in the part of it that `where` is, as axe describes it."""
    bring_axe(page)
    found = page.evaluate(RUN_AXE, [rules, where])["violations"]
    return [f"{broken['id']}: {node['html'][:150]}" for broken in found for node in broken["nodes"]]


# Half of a page's elements are the words of its programs, a quarter the parts of its formulas. They mean nothing by themselves, and
# axe looks at each.
WITHOUT_DETAILS = """() => {
  window.inside = [...document.querySelectorAll("pre, mjx-math, mjx-assistive-mml")].map(box => [box, [...box.childNodes]]);
  for (const [box] of inside) box.replaceChildren(box.textContent);
}"""
WITH_DETAILS = "() => { for (const [box, nodes] of inside) box.replaceChildren(...nodes); }"


def barriers(page, around=None):
    """Barriers but for those of colour, in the page or in what is around the elements of a selector.

    What scrolls, though not by keyboard, is looked for everywhere.
    """
    bring_axe(page)
    page.evaluate(WITHOUT_DETAILS)
    found = violations(page, page.evaluate(GRAVE_RULES), where={"exclude": [[around]]} if around else None)
    if around:
        found += violations(page, ["scrollable-region-focusable"])
    page.evaluate(WITH_DETAILS)
    return found


def barriers_of_colour(page, *, themes=(None,), everywhere=False):
    """Texts that are too pale in one of the themes, or as they are: one of each kind, or all that there are."""
    if not everywhere:
        page.evaluate(ONE_OF_EACH_KIND, themes)
    found = []
    for theme in themes:
        if theme:
            page.emulate_media(color_scheme=theme)
            wait_for(page, f"document.documentElement.dataset.theme === '{theme}'")
        found += violations(page, ["color-contrast"])
    if not everywhere:
        page.evaluate(ALL_AGAIN)
    return found


HASTY_FRAMES = """() => {
  const [visit] = performance.getEntriesByType("navigation");
  const paints = performance.getEntriesByType("paint").map(paint => paint.startTime);
  const shown = Math.max(visit.loadEventStart, ...paints);
  const started = new Map(performance.getEntriesByType("resource").map(entry => [entry.name, entry.startTime]));
  const faults = [];
  document.querySelectorAll(".explorer").forEach(root => {
    const first = root.querySelector("img").src;
    for (const {src} of root.frames)
      if (src !== first && !(started.get(src) >= shown)) faults.push(`${src} at ${started.get(src)} of ${shown}`);
  });
  return faults;
}"""


def hasty_frames(page):
    """Pictures of explorers, but for the first, that were fetched before the page was loaded and painted."""
    return page.evaluate(HASTY_FRAMES)


READ = f"""async root => {{
  {SOON}
  const image = root.querySelector("img");
  const sliders = [...root.querySelectorAll("input[type=range]")];
  await soon(image.decode().catch(() => {{}}), 5000);
  return {{
    values: sliders.map(slider => Number(slider.value)),
    spoken: sliders.map(slider => slider.getAttribute("aria-valuetext")),
    shown: sliders.map(slider => slider.parentElement.querySelector("output").textContent),
    src: image.src,
    alt: image.alt,
    sentence: root.querySelector(".explorer-sentence").textContent,
    decoded: image.complete && image.naturalWidth > 0,
  }};
}}"""
SWEEP = f"""async root => {{
  const read = {READ};
  const states = [];
  const sliders = [...root.querySelectorAll("input[type=range]")];
  const walk = async rest => {{
    if (!rest.length) return states.push(await read(root));
    for (let value = 0; value <= Number(rest[0].max); value++) {{
      rest[0].value = value;
      rest[0].dispatchEvent(new Event("input", {{bubbles: true}}));
      await walk(rest.slice(1));
    }}
  }};
  await walk(sliders);
  return states;
}}"""


def read(explorer):
    """What an explorer shows now, its picture decoded."""
    return explorer.evaluate(READ)


def sweep(explorer):
    """What it shows at each combination of its sliders' values."""
    return explorer.evaluate(SWEEP)


def faults(state):
    """What is wrong with an explorer as it stands."""
    rules = {
        "the picture cannot be shown": state["decoded"],
        "the alternative text is poor": is_alternative(state["alt"]),
        "the sentence is not the alternative text": state["sentence"] == state["alt"],
        "a slider says another value than it shows": state["spoken"] == state["shown"] and all(state["shown"]),
    }
    return [f"{fault} at {state['values']}" for fault, holds in rules.items() if not holds]


TOLD = ("values", "spoken", "alt", "sentence")


def dead_steps(before, after, keys=(*TOLD, "src")):
    """What does not change from one state of an explorer to another, and should."""
    kept = [key for key in keys if before[key] == after[key]]
    return [f"{key} stays from {before['values']} to {after['values']}: {after[key]}" for key in kept]


def sweep_faults(states):
    """What is wrong anywhere on the grid of values, or is told alike of two neighbours, or leaves the picture as it is."""
    grid = {tuple(state["values"]): state for state in states}
    steps = ((a, b) for a in grid for b in neighbours(a) if b in grid)
    alone = [fault for state in states for fault in faults(state)]
    return alone + [fault for a, b in steps for fault in dead_steps(grid[a], grid[b], TOLD)] + frozen_pictures(grid)


def frozen_pictures(grid):
    """Sliders that never change the picture. Two neighbours may share one, as when a fit has converged."""
    pictures = defaultdict(set)
    for point, state in grid.items():
        for k in range(len(point)):
            pictures[k, point[:k], point[k + 1 :]].add(state["src"])
    return [
        f"slider {k} is idle beside {(*left, *right)}" for (k, left, right), found in pictures.items() if len(found) < 2
    ]


def neighbours(point):
    return [(*point[:k], point[k] + 1, *point[k + 1 :]) for k in range(len(point))]


KEYS = ("ArrowRight", "ArrowLeft", "End", "Home", "PageUp")


def keyboard_faults(explorer):
    """Keys that do not move a focused slider, or move it without its picture."""
    found = []
    for slider in explorer.locator("input[type=range]").all():
        slider.focus()
        slider.press("Home")
        state = read(explorer)
        for key in KEYS:
            slider.press(key)
            before, state = state, read(explorer)
            found += [f"{key}: {fault}" for fault in faults(state) + dead_steps(before, state)]
    return found


# Timers go off only when the test lets time pass.
TAKE_THE_CLOCK = """() => {
  const timers = [];
  window.setInterval = (beat, every) => timers.push({beat, every: Number(every) || 1});
  window.clearInterval = number => { delete timers[number - 1]; };
  window.pass = milliseconds => timers.forEach(({beat, every}, k) => {
    for (let time = every; time <= milliseconds && k in timers; time += every) beat();
  });
}"""


def player_faults(page, explorer):
    """What is wrong with the button that plays; the page's clock is turned by hand."""
    button = explorer.get_by_role("button")
    page.evaluate(TAKE_THE_CLOCK)
    states = [read(explorer)]
    for milliseconds in (0, 5_000, 30_000):
        button.click()
        page.evaluate("milliseconds => pass(milliseconds)", milliseconds)
        states.append(read(explorer))
    start, playing, paused, end = states
    rules = {
        "Pause does not stop it": playing == paused,
        "it does not play to the end": end["values"][0] == highest(explorer.locator("input[type=range]").first),
        "it says Pause at the end": button.text_content() == "Play",
    }
    return dead_steps(start, playing) + [fault for fault, holds in rules.items() if not holds]


RETURN = """root => {
  for (const slider of root.querySelectorAll("input[type=range]")) slider.value = slider.max;
  dispatchEvent(new PageTransitionEvent("pageshow", {persisted: true}));
}"""


def return_faults(explorer):
    """What does not follow when a page comes back with other values in its sliders, as a browser brings them."""
    before = read(explorer)
    explorer.evaluate(RETURN)
    after = read(explorer)
    return faults(after) + dead_steps(before, after)


def highest(slider):
    return int(slider.get_attribute("max"))


def touch_faults(page, explorer):
    """Sliders that a finger at the right end of their track does not take there."""
    found = []
    for k, slider in enumerate(explorer.locator("input[type=range]").all()):
        before = read(explorer)
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        page.touchscreen.tap(box["x"] + box["width"] - 2, box["y"] + box["height"] / 2)
        after = read(explorer)
        found += faults(after) + dead_steps(before, after)
        found += [f"{after['values']} is not the end"] if after["values"][k] != highest(slider) else []
    return found


def still_faults(explorer):
    """What is missing, or dead, where no script runs: the first picture and its sentence, and no control."""
    rules = {
        "no picture": explorer.locator("img").is_visible(),
        "no sentence": explorer.locator(".explorer-sentence").is_visible(),
        "a dead control": explorer.locator("input, button, select").locator("visible=true").count() == 0,
    }
    return [fault for fault, holds in rules.items() if not holds] + faults(read(explorer))
