"""Ask every address outside of the book whether it still answers: `make links`.

Each is asked once, politely: with a pause between two requests to the same host, and again, later each time, when the host is
busy. A host that cannot be reached is not asked for its other addresses. Where the answer is neither yes nor no, since a host
lets no program in, the address is listed and is no failure. What leads to the book's own repository is not asked: the buttons
of all pages do.
"""

import http.client
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
    """What is wrong with an address, and whether anybody answered: nothing (""), a reason, or a reason in brackets where nobody
    can tell."""
    for k in range(TRIES):
        time.sleep(PAUSE * 4**k)
        try:
            request = urllib.request.Request(address, headers={"User-Agent": AGENT})
            with urllib.request.urlopen(request, timeout=TIMEOUT):
                return "", True
        except urllib.error.HTTPError as error:
            said, answered = f"{error.code} {error.reason}", True
            if error.code in NO_PROGRAMS:
                said = f"({said})"
            if error.code != 429 and error.code < 500 or error.code == 999:
                return said, True
        except urllib.error.URLError as error:
            said, answered = str(error.reason), False
        except (OSError, ValueError, http.client.HTTPException) as error:
            said, answered = str(error) or type(error).__name__, True
    return said, answered


def ask_host(found):
    """One after another, since they are on one host."""
    said = {}
    for address in found:
        said[address], answered = ask(address)
        if not answered:
            return dict.fromkeys(found, said[address]) | said
    return said


def main(folder, home=""):
    found = addresses(Path(folder))
    own = urlsplit(home).path.strip("/")
    by_host = defaultdict(list)
    for address in sorted(found):
        if own and own in address:
            continue
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
    sys.path.append(str(Path(__file__).parent.parent / "_ext"))
    from address import repository

    sys.exit(main(sys.argv[1], repository(Path(__file__).parent)))
