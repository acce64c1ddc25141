"""Where the book lives: its repository, its published pages, and the links that lead there from each page.

`_config.yml` need not name them. The workflow's environment knows its repository, and git knows the remote of a checkout; so a
fork publishes itself under its own address. Without an address there is no link to it.
"""

import json
import os
import re
import subprocess
import tomllib
from html import escape, unescape
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

SSH = re.compile(r"(?:ssh://)?git@([^:/]+)[:/](.+)")


def repository(root, environ=os.environ):
    """The web address of the repository, from the workflow's environment or else git's remote, or nothing."""
    if environ.get("GITHUB_REPOSITORY"):
        return f"{environ.get('GITHUB_SERVER_URL', 'https://github.com')}/{environ['GITHUB_REPOSITORY']}"
    command = ["git", "-C", str(root), "config", "--get", "remote.origin.url"]
    try:
        remote = subprocess.run(command, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""
    remote = SSH.sub(r"https://\1/\2", remote).removesuffix("/").removesuffix(".git")
    parts = urlsplit(remote)
    # What a remote may hold besides, a token or a port of its own, is nobody else's business.
    return f"https://{parts.hostname}{parts.path}" if parts.scheme in ("http", "https") and parts.hostname else ""


def pages(repository, environ=os.environ):
    """The address of the published pages, from the environment or else where GitHub puts them, or nothing."""
    if environ.get("BOOK_ADDRESS"):
        return environ["BOOK_ADDRESS"].rstrip("/") + "/"
    parts = urlsplit(repository)
    if parts.hostname != "github.com":
        return ""
    owner, _, name = parts.path.strip("/").partition("/")
    home = f"https://{owner.lower()}.github.io/"
    return home if name.lower() == f"{owner.lower()}.github.io" else f"{home}{name}/"


def version(root):
    return tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def set_address(app, config):
    """What the settings name overrides what is found."""
    options = config.html_theme_options
    options["repository_url"] = options.get("repository_url") or repository(app.srcdir)
    config.html_baseurl = config.html_baseurl or pages(options["repository_url"])
    config.version = config.release = version(Path(app.srcdir))
    footer = options.get("extra_footer", "")
    options["extra_footer"] = f"{footer} Version {config.version}."


def add_links(app, pagename, templatename, context, doctree):
    """Buttons that lead from a page to its source and to a form for mistakes, filled in with the place."""
    home = app.config.html_theme_options["repository_url"]
    if not home or doctree is None:
        return
    source = Path(app.env.doc2path(pagename)).relative_to(app.srcdir).as_posix()
    known = {"template": "mistake.yml", "page": pagename, "version": app.config.version}
    links = [
        ("edit-button", "Edit this page", "fas fa-pencil", f"{home}/edit/main/{quote(source)}"),
        ("report-button", "Report a mistake here", "fas fa-flag", f"{home}/issues/new?{urlencode(known)}"),
    ]
    for label, tooltip, icon, url in links:
        button = {"type": "link", "url": url, "tooltip": tooltip, "icon": icon, "label": label}
        context["header_buttons"].append(button)


def tell_others(app, pagename, templatename, context, doctree):
    """What a link to the page shows elsewhere, and the version, by which an older copy knows that it is old."""
    home = app.config.html_baseurl
    tags = f'<meta name="book-version" content="{app.config.version}" />'
    if home:
        described = re.search(r'<meta name="description" content="([^"]*)"', context.get("metatags", ""))
        told = {
            "og:type": "article",
            "og:site_name": app.config.html_title,
            "og:title": re.sub(r"<[^>]*>", "", context.get("title") or app.config.html_title),
            "og:description": unescape(described[1]) if described else "",
            "og:url": f"{home}{pagename}.html",
            "og:image": f"{home}_static/card.png",
            "og:image:alt": CARD,
        }
        tags += "".join(f'<meta property="{name}" content="{escape(text)}" />' for name, text in told.items())
        tags += f'<meta name="twitter:card" content="summary_large_image" /><meta name="book-home" content="{escape(home)}" />'
    context["metatags"] = context.get("metatags", "") + tags


CARD = "A wave, noisy points, a curve that runs after the noise, and a calm one that weight decay keeps near the wave."


def draw_card(target):
    """Draw what a link to the book shows: the same twelve points, fitted freely and with a penalty."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt
    import numpy as np

    from utils import datasets, features, linear, plotting

    plotting.use_book_style()
    x, grid, degree = datasets.fixed_design(12), np.linspace(0, 1, 401), 11
    y = datasets.observe(datasets.sine(x), 0.3, np.random.default_rng(3))
    W, b = linear.ridge_path(features.polynomial(x, degree), y, [0.0, 0.05])
    free, calm = W @ features.polynomial(grid, degree).T + b[:, None]
    fig, ax = plt.subplots(figsize=(12, 6.3), dpi=100)
    plotting.data(ax, x, y)
    plotting.truth(ax, grid, datasets.sine(grid))
    ax.plot(grid, free, color=plotting.TEST, linewidth=2)
    ax.plot(grid, calm, color=plotting.FIT, linewidth=4)
    ax.set(ylim=(-2.6, 3.2))
    ax.axis("off")
    ax.set_title("What Is Weight Decay?", fontsize=48, loc="left", x=0.14, y=0.87)
    fig.savefig(target, bbox_inches=None)
    plt.close(fig)


def write_addresses(app, exception):
    """The list of the pages for search engines, the version, and the card."""
    if exception or app.builder.format != "html":
        return
    out, home = Path(app.outdir), app.config.html_baseurl
    (out / "version.json").write_text(json.dumps({"version": app.config.version}), "utf-8")
    if home:
        draw_card(out / "_static" / "card.png")
        names = sorted(app.env.found_docs)
        lines = "\n".join(f"  <url><loc>{home}{quote(name)}.html</loc></url>" for name in names)
        head = '<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        (out / "sitemap.xml").write_text(f"{head}\n{lines}\n</urlset>\n", "utf-8")


def setup(app):
    app.connect("config-inited", set_address, priority=0)
    app.connect("html-page-context", add_links, priority=650)
    app.connect("html-page-context", tell_others, priority=800)
    app.connect("build-finished", write_addresses)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
