"""What people do on the pages, by structure and address, so that it holds in every language."""

import json
import re
from weakref import WeakKeyDictionary

from playwright.sync_api import Locator, Page, WebSocket

LISTENING: WeakKeyDictionary[Page, set[str]] = WeakKeyDictionary()
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
    page.wait_for_load_state()  # A page can be read before its keys work.
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


def listen(page: Page) -> None:
    """Keep track of the live channels that this browser page has subscribed to."""
    LISTENING[page] = set()

    def opened(socket: WebSocket) -> None:
        LISTENING[page] = set()
        socket.on("framereceived", received)

    def received(frame: str | bytes) -> None:
        message = json.loads(frame)
        if message["op"] == "subscribed":
            LISTENING[page].add(message["channel"])

    page.on("websocket", opened)


def wait_live(page: Page) -> None:
    """Wait until the page's websocket listens to every channel that the page shows."""
    shown = page.locator("[data-channel]").evaluate_all("all => all.map(e => e.dataset.channel)")
    assert shown, "nothing on this page is live"
    for _step in range(400):
        if LISTENING[page] >= set(shown):
            return
        # Not a plain sleep: Playwright takes in what the browser says only while it waits itself.
        page.wait_for_timeout(50)
    raise AssertionError(f"not live: {set(shown) - LISTENING[page]}")
