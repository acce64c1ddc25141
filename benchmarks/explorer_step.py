"""How long a step of an explorer's slider takes in the browser, from the input event to the new picture on the screen.

Build the book first, then: python benchmarks/explorer_step.py [folder of the pages]
"""

import statistics
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parent.parent
sys.path.append(str(ROOT / "tests"))
import checks  # noqa: E402
import chromium  # noqa: E402

STEPS = """async root => {
  const image = root.querySelector("img");
  const times = [];
  for (const slider of root.querySelectorAll("input[type=range]"))
    for (let value = Number(slider.max); value >= 0; value--) {
      slider.value = value;
      const start = performance.now();
      slider.dispatchEvent(new Event("input", {bubbles: true}));
      await image.decode();
      await new Promise(requestAnimationFrame);
      times.push(performance.now() - start);
    }
  return times;
}"""


def main(folder):
    with sync_playwright() as playwright, chromium.launch(playwright) as browser:
        tab = browser.new_page()
        for page in checks.PAGES:
            tab.goto((folder.resolve() / f"{page}.html").as_uri())
            checks.settle(tab)
            checks.scroll_through(tab)
            for number, explorer in enumerate(tab.locator(".explorer").all(), start=1):
                explorer.scroll_into_view_if_needed()
                times = explorer.evaluate(STEPS)
                median, worst = statistics.median(times), max(times)
                print(f"{page}, explorer {number}: median {median:.0f} ms, longest {worst:.0f} ms, {len(times)} steps")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "_build" / "html")
