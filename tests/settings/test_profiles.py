"""What each profile's settings accept, read in a process of their own as a server reads them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

POSTGRES = "postgresql://kip@127.0.0.1:1/kip"


def python(
    script: str, folder: Path, profile: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a script under a profile with these variables and no others of the platform's."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("KIP_")}
    needed = {
        "DJANGO_SETTINGS_MODULE": f"kiplatform.settings.{profile}",
        "KIP_VAR_DIR": str(folder),
        "KIP_SECRET_KEY": "for-one-test-" * 5,
        "KIP_ALLOWED_HOSTS": "knowledge.example.com",
    }
    return subprocess.run(
        [sys.executable, "-c", script],
        env={**own, **needed, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def settings_read(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Import the settings of a developer's machine with these variables."""
    return python("import kiplatform.settings.development", folder, "development", **environment)


@pytest.mark.parametrize("engine", [{}, {"KIP_SEARCH_ENGINE": "embedded"}])
def test_nothing_starts_on_postgresql_with_the_engine_that_lives_in_sqlite(
    tmp_path: Path, engine: dict[str, str]
) -> None:
    done = settings_read(tmp_path, KIP_DATABASE_URL=POSTGRES, **engine)
    assert done.returncode != 0
    assert "KIP_SEARCH_ENGINE=elasticsearch" in done.stderr


def test_postgresql_goes_with_elasticsearch_and_sqlite_with_either(tmp_path: Path) -> None:
    for variables in (
        {"KIP_DATABASE_URL": POSTGRES, "KIP_SEARCH_ENGINE": "elasticsearch"},
        {"KIP_SEARCH_ENGINE": "elasticsearch"},
        {},
    ):
        done = settings_read(tmp_path, **variables)
        assert done.returncode == 0, done.stderr


def test_the_log_of_production_holds_our_own_lines_with_their_trace_and_no_chatter(
    tmp_path: Path,
) -> None:
    script = (
        "import django, logging; django.setup();"
        "from kiplatform.core.trace import trace\n"
        "with trace('0123456789abcdef'):\n"
        "    for name in ('portal', 'django_tasks', 'wagtail', 'wagtail.images'):\n"
        "        logging.getLogger(name).info('%s says', name)\n"
        "    logging.getLogger('django_tasks').warning('a task failed')\n"
    )
    done = python(script, tmp_path, "production")
    assert done.returncode == 0, done.stderr
    lines = [line.split(" ", 2)[2] for line in done.stderr.splitlines()]
    assert lines == [
        "INFO portal [0123456789abcdef] portal says",
        "WARNING django_tasks [0123456789abcdef] a task failed",
    ]
