from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from playwright.sync_api import Error as BrowserError
from pytest_django import DjangoDbBlocker

from tests.e2e.site import Site, make_bank, run_site

# What a failed test tells of each page and of the site's log, in characters.
TOLD = 1_500


@pytest.fixture(scope="session")
def bank(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Path:
    """The database of the small bank, made once for all modules of this worker."""
    with django_db_blocker.unblock():
        return make_bank(tmp_path_factory.mktemp("bank"))


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, bank: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Site]:
    """A running site for one module's tests, on a copy of the bank."""
    with (
        django_db_blocker.unblock(),
        run_site(tmp_path_factory.mktemp("site"), bank) as running,
    ):
        yield running


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test shows what every open page showed, and the end of the site's log."""
    report = yield
    arguments = getattr(item, "funcargs", {})
    if report.when == "call" and report.failed:
        if "browser" in arguments:
            report.sections.extend(_pages(arguments["browser"]))
        if "site" in arguments:
            log = (arguments["site"].folder / "site.log").read_text(errors="replace")
            report.sections.append(("the site's log", log[-TOLD:]))
    return report


def _pages(browser: Browser) -> Iterator[tuple[str, str]]:
    for context in browser.contexts:
        for page in context.pages:
            try:
                shown = page.locator("body").inner_text(timeout=2_000)
            except BrowserError as error:
                shown = str(error)
            yield f"page {page.url}", shown[:TOLD]
