"""What people do on the pages, by structure and address, so that it holds in every language."""

import re

from playwright.sync_api import Locator, Page, expect

SUGGESTION = "#suggestions [data-suggest-item]"


def type_question(page: Page, text: str) -> None:
    """Open the form of a question and type, the last letters one by one."""
    page.goto("/portal/ask/")
    field = page.locator("#id_text")
    field.fill(text[:-3])
    field.press_sequentially(text[-3:], delay=20)


def suggested(page: Page, title: str) -> Locator:
    """The suggestion with this title."""
    return page.locator(SUGGESTION).filter(has_text=title)


def send_question(page: Page) -> str:
    """Say what it is about, send, and return the public id of the question."""
    page.locator("label.choice-card", has=page.locator('input[value="product_service"]')).click()
    page.locator("#ask-form .form__actions button[type=submit]").click()
    page.wait_for_url(re.compile(r"/portal/questions/\w+/"))
    return last_part(page)


def last_part(page: Page) -> str:
    """The public id that the page's address ends with."""
    return page.url.partition("?")[0].partition("#")[0].rstrip("/").rpartition("/")[2]


def say(page: Page, text: str) -> None:
    """Write in the thread of the page with Ctrl-Enter."""
    area = page.locator("form[data-thread-form] textarea[name=text]")
    area.fill(text)
    area.press("Control+Enter")


def message(page: Page, text: str) -> Locator:
    """The message with this text that the server has."""
    return page.locator("#thread-list .message:not([data-pending])").filter(has_text=text)


def fill_and_send(page: Page, **fields: str) -> None:
    """Fill fields of the page's form by name and send it."""
    form = page.locator("main form[data-draft]")
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if field.evaluate("element => element.matches('select')"):
            field.select_option(value)
        else:
            field.fill(value)
    form.locator("button[type=submit]").first.click()


def mark(page: Page) -> None:
    """Leave a mark that a reload would wipe out."""
    page.evaluate("window.kipStayed = true")


def expect_no_reload(page: Page) -> None:
    """Fail if the page was loaded anew since `mark`."""
    assert page.evaluate("window.kipStayed === true"), "the page was loaded anew"


def expect_live(page: Page) -> None:
    """Wait until the page's websocket listens to all that the page shows."""
    expect(page.locator("[data-live-status]")).to_be_hidden()
