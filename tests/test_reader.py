"""What a reader has done is kept in his browser alone, and all that folds opens at once."""

import json

import pytest

import checks

KEY = "what-is-weight-decay"
PAGE = "chapters/02_bias.html"


@pytest.fixture
def page(browser, server):
    with browser.new_context() as context:
        page = context.new_page()
        page.home = server
        page.goto(f"{server}{PAGE}")
        yield page


def kept(page):
    return json.loads(page.evaluate(f"localStorage.getItem('{KEY}')") or "{}")


def test_the_landing_page_leads_back_to_where_the_reader_was(page):
    page.goto(f"{page.home}index.html")
    assert page.locator(".continue").count() == 0
    page.goto(f"{page.home}{PAGE}")
    page.locator("#which-degree-has-no-bias").scroll_into_view_if_needed()
    checks.wait_for(page, f"localStorage.getItem('{KEY}')?.includes('which-degree')")
    page.goto(f"{page.home}index.html")
    link = page.locator(".continue a")
    assert link.inner_text() == "Bias, Which degree has no bias?"
    link.click()
    page.wait_for_url(f"**/{PAGE}#which-degree-has-no-bias")


def test_a_question_counts_once_its_right_answer_is_opened_and_not_when_all_folds_are(page):
    button = page.get_by_role("button", name="Open all that folds")
    button.click()
    assert page.locator("article details:not([open])").count() == 0
    page.get_by_role("button", name="Close all that folds").click()
    assert page.locator("article details[open]").count() == 0
    checks.wait_for(page, "!('unfolding' in document.documentElement.dataset)")
    assert "done" not in kept(page)
    choices = page.locator("#check-yourself details")
    right = [choice for choice in choices.all() if choice.locator("p").nth(0).text_content().startswith("Right.")]
    for k, choice in enumerate(right, 1):
        choice.locator("summary").click()
        checks.wait_for(page, f"JSON.parse(localStorage['{KEY}']).done?.['{PAGE}']?.questions.length === {k}")
    page.reload()
    mark = page.locator(".bd-sidebar-primary .done")
    assert mark.get_attribute("aria-label") == "all questions answered"


def test_what_is_kept_is_no_way_out_of_the_book(page):
    planted = json.dumps(
        {"last": {"page": "https://example.org/chapters/a.html", "at": "x", "chapter": "a", "section": ""}}
    )
    page.evaluate(f"localStorage.setItem('{KEY}', {json.dumps(planted)})")
    page.goto(f"{page.home}index.html")
    assert page.locator(".continue").count() == 0
    page.evaluate(f"localStorage.setItem('{KEY}', 'not json')")
    page.reload()
    assert page.locator(".continue").count() == 0 and page.locator(".bd-article h1").is_visible()
