"""A page by keyboard: every stop is seen, no formula that fits is one, what scrolls is, and the exercises are near."""

import pytest

import checks
from checks import CHAPTERS


@pytest.fixture(scope="module", params=[CHAPTERS[8], "chapters/appendix/notation"])
def page(request, browser, server):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(f"{server}{request.param}.html")
        checks.settle(page)
        yield page


def test_every_stop_is_seen_and_none_is_a_formula(page):
    stops = checks.stops_of(page, 80)
    assert [stop["name"] for stop in stops if not stop["seen"]] == []
    assert [stop["name"] for stop in stops if stop["formula"]] == []


def test_what_scrolls_is_a_stop_with_a_name(page):
    page.set_viewport_size({"width": 320, "height": 600})
    checks.wait_for(
        page,
        "document.querySelector('.pst-scrollable-table-container[tabindex], .math.wide[tabindex], .wide [tabindex]')",
    )
    named = page.eval_on_selector_all(
        ".bd-article [tabindex='0']:is(.pst-scrollable-table-container, .math, mjx-container)",
        "found => found.map(one => one.ariaLabel)",
    )
    assert set(named) <= {"Table", "Formula"} and named
    page.set_viewport_size({"width": 1280, "height": 900})
    checks.wait_for(page, "!document.querySelector('.bd-article .math.wide')")


@pytest.mark.parametrize("page", [CHAPTERS[8]], indirect=True)
def test_the_exercises_are_near(page):
    assert [stop["name"] for stop in checks.stops_of(page, 2)] == ["Skip to main content", "Skip to the exercises"]
    page.keyboard.press("Enter")
    checks.wait_for(page, "location.hash === '#exercises'")
    page.keyboard.press("Tab")
    assert page.evaluate("Boolean(document.activeElement.closest('#exercises'))")
