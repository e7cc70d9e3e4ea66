"""Headless Chromium, driven through Playwright for Python.

Guarantee: the browser is the system's own (Playwright downloads nothing), asks nobody but the
addresses that a page names, and is closed when its context manager ends.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

HOW = "apt-get install chromium fonts-noto-cjk"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_binary() -> str | None:
    """The path of the system's Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def run_chromium() -> Iterator[Browser]:
    """A running browser until the body ends; give each person a `new_context()` of their own.

    Playwright's synchronous interface keeps an event loop running in this thread, which Django
    takes for asynchronous code: the ORM is allowed in it meanwhile.
    """
    binary = find_binary()
    if binary is None:
        raise FileNotFoundError(f"Chromium is not installed: {HOW}")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=binary, args=list(ARGUMENTS))
            try:
                yield browser
            finally:
                browser.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before
