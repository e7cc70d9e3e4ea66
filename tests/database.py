"""The test database: migrated once for a set of migrations, then copied for each run.

Guarantee: the copy is made from a template whose name holds a hash of every migration and of the
installed packages' versions, so a changed migration is never missed.
"""

import hashlib
import importlib.metadata
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

REPOSITORY = Path(__file__).resolve().parents[1]
CACHE = REPOSITORY / "var" / "cache"


def _fingerprint() -> str:
    digest = hashlib.sha256()
    # What runs after a migration writes rows too, so its code counts.
    patterns = ("*/migrations/*.py", "*/*/migrations/*.py", "manager_knowledge/services/*.py")
    for path in sorted(path for pattern in patterns for path in REPOSITORY.glob(pattern)):
        digest.update(path.relative_to(REPOSITORY).as_posix().encode())
        digest.update(path.read_bytes())
    for package in ("Django", "wagtail", "django-allauth", "django-tasks-db"):
        digest.update(importlib.metadata.version(package).encode())
    return digest.hexdigest()[:16]


def template() -> Path:
    """Return a migrated SQLite file, made now if this set of migrations has none yet."""
    path = CACHE / f"test-database-{_fingerprint()}.sqlite3"
    if path.exists():
        return path
    CACHE.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(suffix=".sqlite3", dir=CACHE)
    os.close(descriptor)
    with opened(Path(name)):
        with connection.cursor() as cursor:
            # Whoever is interrupted starts with a new file, so waiting for the disk buys nothing.
            cursor.execute("PRAGMA synchronous=OFF")
        call_command("migrate", verbosity=0, interactive=False)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    # Two workers may build it at once: the same file comes out, and the last one stays.
    Path(name).replace(path)
    return path


@contextmanager
def opened(path: Path) -> Iterator[None]:
    """Let the default connection use the SQLite file `path` inside the block."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = str(path)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = settings.DATABASES["default"]["NAME"] = before


@contextmanager
def copied(folder: Path) -> Iterator[Path]:
    """Let the default connection use a fresh copy of the template in `folder`."""
    path = folder / "kiplatform.sqlite3"
    shutil.copyfile(template(), path)
    with opened(path):
        yield path
