"""Ask every address outside of the book whether it still answers: `make links`.

Each is asked once, politely: with a pause between two requests to the same host, and again, later each time, when the host is
busy. Where the answer is neither yes nor no, since a host lets no program in, the address is listed and is no failure.
"""

import sys
import time
import urllib.error
import urllib.request
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

AGENT = "Mozilla/5.0 (compatible; link check of a textbook, once a week)"
PAUSE, TRIES, TIMEOUT = 1.0, 3, 30
# A publisher who answers so is there, and wants no program.
NO_PROGRAMS = {401, 403, 405, 406, 418, 429, 999}


class Links(HTMLParser):
    """The addresses to which a page leads outside of the book."""

    def __init__(self, page):
        super().__init__()
        self.found = set()
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        address = dict(attributes).get("href") or ""
        if tag == "a" and urlsplit(address).scheme in ("http", "https"):
            self.found.add(urldefrag(address).url)


def addresses(folder):
    """The pages from which each address is reached."""
    found = defaultdict(list)
    for path in sorted(folder.rglob("*.html")):
        if not {"_static", "lite"} & set(path.relative_to(folder).parts):
            for address in Links(path.read_text("utf-8")).found:
                found[address].append(path.relative_to(folder).as_posix())
    return found


def ask(address):
    """What is wrong with an address: nothing (""), a reason, or a reason in brackets where nobody can tell."""
    said = ""
    for k in range(TRIES):
        time.sleep(PAUSE * 4**k)
        try:
            request = urllib.request.Request(address, headers={"User-Agent": AGENT})
            with urllib.request.urlopen(request, timeout=TIMEOUT):
                return ""
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):
                return f"{error.code} {error.reason}"
            said = f"({error.code} {error.reason})" if error.code in NO_PROGRAMS else f"{error.code} {error.reason}"
        except (OSError, ValueError) as error:
            said = str(error)
    return said


def ask_host(found):
    """One after another, since they are on one host."""
    return {address: ask(address) for address in found}


def main(folder):
    found = addresses(Path(folder))
    by_host = defaultdict(list)
    for address in sorted(found):
        by_host[urlsplit(address).netloc].append(address)
    with ThreadPoolExecutor(8) as pool:
        said = {address: reason for part in pool.map(ask_host, by_host.values()) for address, reason in part.items()}
    for address, reason in sorted(said.items()):
        if reason:
            print(f"{address}: {reason}; in {', '.join(found[address][:3])}")
    broken = sum(bool(reason) and not reason.startswith("(") for reason in said.values())
    print(f"{len(said)} addresses, {broken} of them broken")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
