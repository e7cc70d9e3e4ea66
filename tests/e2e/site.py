"""The real site for the browser: a web process with a relay inside, on a database of its own.

Guarantee: the site starts with the bank of tests.e2e.bank, listens on a free port of loopback,
and is gone when its context manager ends. Nothing of the code under test is replaced.
"""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, expect

from search.embedders.bundled import EmbedderArtifact
from search.embedders.store import prepare
from tests.database import REPOSITORY, opened, template
from tests.e2e.pages import listen
from tests.servers.processes import PATIENCE, Process, free_port, run_server

DATABASE = "kiplatform.sqlite3"
PATIENCE_MS = PATIENCE * 1000
expect.set_options(timeout=PATIENCE_MS)
# Seconds; on a busy machine the migrations alone can take two minutes on PostgreSQL.
PATIENCE_COMMAND = 300


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The variables with which a process runs on what `folder` holds."""
    return {
        "DJANGO_SETTINGS_MODULE": "kiplatform.settings.development",
        "KIP_VAR_DIR": str(folder),
        "KIP_DATABASE_URL": "",
        "KIP_REDIS_URL": "",
        "KIP_RELAY": "inline",
        "KIP_LOG_LEVEL": "WARNING",
        "KIP_SEARCH_ENGINE": "embedded",
        "KIP_SEARCH_EMBEDDER": "bundled",
        "KIP_SEARCH_READER": "disabled",
        **more,
    }


def run(folder: Path, *command: str, **more: str) -> str:
    """Run a Python program on `folder` and return what it printed; fails with its last words."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=REPOSITORY,
        env=os.environ | environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=PATIENCE_COMMAND,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


def make_bank(folder: Path, **more: str) -> Path:
    """Make the bank in `folder` and return its database file."""
    shutil.copyfile(template(), folder / DATABASE)
    link_models(folder)
    # Nothing in the background: what the bank needs is done before the process ends.
    run(folder, "-m", "tests.e2e.bank", KIP_RELAY="manual", **more)
    return folder / DATABASE


def link_models(folder: Path) -> None:
    """Let processes on `folder` find the models of this checkout instead of building their own."""
    prepare(settings.MODEL_CACHE, EmbedderArtifact())
    (folder / "models").symlink_to(Path(settings.MODEL_CACHE).resolve())


def copy_database(source: Path, target: Path) -> None:
    """Copy a database, with what its write-ahead log still holds."""
    with (
        contextlib.closing(sqlite3.connect(source)) as before,
        contextlib.closing(sqlite3.connect(target)) as after,
    ):
        before.backup(after)


@dataclass(frozen=True)
class Site:
    """A running site: where it is, and how a person comes in."""

    url: str
    folder: Path
    process: Process

    def visitor(self, browser: Browser, *, language: str = "zh-hans", **options: object) -> Page:
        """A page in a browser context of its own, signed in as nobody."""
        context = browser.new_context(base_url=self.url, **options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": "django_language", "value": language, "url": self.url}])
        page = context.new_page()
        listen(page)
        return page

    def person(
        self, browser: Browser, email: str, *, language: str = "zh-hans", **options: object
    ) -> Page:
        """A page in a browser context of its own, signed in as one of the bank's people."""
        page = self.visitor(browser, language=language, **options)
        self.sign_in(page.context, email)
        return page

    def sign_in(self, context: BrowserContext, email: str) -> None:
        """Sign a context in, through the demo's door."""
        context.request.get("/accounts/login/")
        token = next(c["value"] for c in context.cookies() if c["name"] == "csrftoken")
        answer = context.request.post(
            "/demo/sign-in/",
            form={"email": email},
            headers={"X-CSRFToken": token, "Referer": self.url},
        )
        assert answer.ok, answer.status

    def manage(self, *arguments: str) -> str:
        """Run a management command on the site's database, and return what it printed."""
        return run(self.folder, "manage.py", *arguments)


@contextlib.contextmanager
def run_site(folder: Path, bank: Path, **more: str) -> Iterator[Site]:
    """Run a site on a copy of `bank`; meanwhile the ORM of this process reads its database."""
    copy_database(bank, folder / DATABASE)
    link_models(folder)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", "kiplatform.asgi:application"]
    with (
        run_server(
            [*command, "--port", str(port), "--log-level", "warning"],
            ready_url=f"{url}/accounts/login/",
            log=folder / "site.log",
            env=environment(folder, **more),
            cwd=REPOSITORY,
        ) as process,
        opened(folder / DATABASE),
    ):
        yield Site(url=url, folder=folder, process=process)
