"""What each profile's settings accept, read in a process of their own as a server reads them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

POSTGRES = "postgresql://kip@127.0.0.1:1/kip"


def settings_read(
    folder: Path, profile: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Import a profile's settings with these variables."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("KIP_")}
    return subprocess.run(
        [sys.executable, "-c", f"import kiplatform.settings.{profile}"],
        env={**own, "KIP_VAR_DIR": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("engine", [{}, {"KIP_SEARCH_ENGINE": "embedded"}])
def test_nothing_starts_on_postgresql_with_the_engine_that_lives_in_sqlite(
    tmp_path: Path, engine: dict[str, str]
) -> None:
    done = settings_read(tmp_path, "development", KIP_DATABASE_URL=POSTGRES, **engine)
    assert done.returncode != 0
    assert "KIP_SEARCH_ENGINE=elasticsearch" in done.stderr


def test_postgresql_goes_with_elasticsearch_and_sqlite_with_either(tmp_path: Path) -> None:
    for variables in (
        {"KIP_DATABASE_URL": POSTGRES, "KIP_SEARCH_ENGINE": "elasticsearch"},
        {"KIP_SEARCH_ENGINE": "elasticsearch"},
        {},
    ):
        done = settings_read(tmp_path, "development", **variables)
        assert done.returncode == 0, done.stderr
