"""Models that are built once, kept in a folder, and never half there.

Guarantee: a model's folder appears by one rename, after everything in it is written; of two
processes that want it at once, one builds and the other waits; a file that was changed, cut or
removed since is noticed by its checksum before the model is used, and the model is built again.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from filelock import FileLock

Progress = Callable[[float], None]
"""Is told the share done, 0 to 1."""

_MANIFEST = "manifest.json"


class Artifact(Protocol):
    """Something that can be built into a folder."""

    @property
    def name(self) -> str:
        """Folder name; differs whenever the content would."""
        ...

    def build(self, folder: Path, progress: Progress) -> None:
        """Write all files into the empty `folder`."""
        ...


def ignore(share: float) -> None:
    """A Progress that tells nobody."""


def ready(home: Path, artifact: Artifact) -> Path | None:
    """The folder of a finished, undamaged artifact, or None."""
    folder = home / artifact.name
    try:
        manifest: dict[str, str] = json.loads((folder / _MANIFEST).read_text("utf-8"))
        sound = all(_checksum(folder / name) == digest for name, digest in manifest.items())
    except (OSError, ValueError, AttributeError):
        return None
    return folder if sound else None


def prepare(home: Path, artifact: Artifact, progress: Progress = ignore) -> Path:
    """The artifact's folder, built first where it is missing or damaged.

    Raises what `artifact.build` raises, and OSError where the folder cannot be written.
    """
    home.mkdir(parents=True, exist_ok=True)
    folder = home / artifact.name
    with FileLock(home / f"{artifact.name}.lock"):
        if found := ready(home, artifact):
            progress(1.0)
            return found
        with tempfile.TemporaryDirectory(prefix=".building-", dir=home) as temporary:
            new, old = Path(temporary) / "new", Path(temporary) / "old"
            new.mkdir()
            artifact.build(new, progress)
            _write_manifest(new)
            if folder.exists():
                os.replace(folder, old)
            os.replace(new, folder)
    return folder


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_manifest(folder: Path) -> None:
    manifest = {path.name: _checksum(path) for path in sorted(folder.iterdir())}
    for path in folder.iterdir():
        # Whoever builds may not be whoever serves.
        path.chmod(0o644)
        with path.open("rb") as file:
            # A rename that outlives a power cut must not outlive the content it names.
            os.fsync(file.fileno())
    with (folder / _MANIFEST).open("w", encoding="utf-8") as file:
        json.dump(manifest, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
