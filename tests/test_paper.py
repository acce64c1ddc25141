"""A page on paper: light, open and whole, and its solutions where they are asked for."""

import re

import pytest

import checks
from checks import CHAPTERS

# Of each fold, whether it is a solution or an answer, and whether it shows what is in it.
FOLDS = """[...document.querySelectorAll(".bd-article details")].map(fold => {
  const inside = [...fold.children].find(child => child.tagName !== "SUMMARY");
  return [fold.matches(".solution, #check-yourself details"),
    inside.checkVisibility({contentVisibilityAuto: true}) && inside.getBoundingClientRect().height > 0];
})"""


@pytest.fixture(scope="module")
def page(browser, server):
    """A chapter in the dark."""
    with browser.new_context(color_scheme="dark", viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{server}{CHAPTERS[0]}.html")
        checks.settle(page)
        yield page


@pytest.fixture(autouse=True)
def as_it_was(page):
    opened = page.locator(".bd-article details[open]").count()
    yield
    page.emulate_media(media="screen")
    checks.wait_for(page, "document.documentElement.dataset.theme === 'dark'")
    assert page.locator(".bd-article details[open]").count() == opened


def put_on_paper(page):
    page.emulate_media(media="print")
    checks.wait_for(page, "document.documentElement.dataset.theme === 'light'")


def test_what_is_folded_opens_but_for_the_solutions(page):
    put_on_paper(page)
    seen = page.evaluate(FOLDS)
    assert {secret for secret, _ in seen} == {True, False}
    assert all(secret != shown for secret, shown in seen)


def test_the_menu_prints_solutions(page):
    page.evaluate("() => { window.print = () => { dispatchEvent(new Event('beforeprint')); window.printed = true; }; }")
    page.evaluate("document.querySelector('.btn-download-solutions-button').click()")
    assert page.evaluate("window.printed") and all(shown for _, shown in page.evaluate(FOLDS))
    page.evaluate("dispatchEvent(new Event('afterprint'))")


def test_no_ground_is_dark_and_no_letter_pale(page):
    put_on_paper(page)
    lightness = """key => [...document.querySelectorAll("body, main, .bd-article, .bd-article *")]
      .map(element => getComputedStyle(element)[key].match(/[\\d.]+/g).map(Number))
      .filter(([, , , opacity]) => opacity !== 0).map(([red, green, blue]) => (red + green + blue) / 765)"""
    assert min(page.evaluate(lightness, "backgroundColor")) > 0.8
    assert max(page.evaluate(lightness, "color")) < 0.6


def test_it_has_margins(page):
    rules = page.evaluate("[...document.styleSheets].flatMap(sheet => [...sheet.cssRules]).map(rule => rule.cssText)")
    [margins] = [re.search(r"@page *{ *margin: (\d+)mm (\d+)mm", rule) for rule in rules if "@page" in rule]
    assert min(map(int, margins.groups())) >= 15


def test_solutions_are_there_where_they_are_asked_for(page, server):
    page.goto(f"{server}{CHAPTERS[0]}.html?solutions")
    checks.settle(page)
    put_on_paper(page)
    assert all(shown for _, shown in page.evaluate(FOLDS))
