"""Build the .mo files that Django reads from the .po files, without gettext's programs.

Guarantee: afterwards every locale/<language>/LC_MESSAGES/*.po of the project has a .mo beside it
that is at least as new; fuzzy and obsolete entries are left out. A broken .po stops with its name
and line, and a half-written .mo is never left behind.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

ROOT = Path(__file__).resolve().parent.parent
SKIPPED = {".venv", ".git", "var", "node_modules", "build"}


def catalogues(root: Path = ROOT) -> Iterator[Path]:
    """Every .po file of the project."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(set(folders) - SKIPPED)
        if Path(folder).name == "LC_MESSAGES":
            yield from (Path(folder) / name for name in sorted(files) if name.endswith(".po"))


def compile_one(source: Path) -> bool:
    """Write the .mo of one .po when it is missing or older; tells whether it wrote."""
    target = source.with_suffix(".mo")
    if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
        return False
    # locale/<language>/LC_MESSAGES/<domain>.po; without a language Babel drops the plural rule.
    language = source.parent.parent.name
    with source.open("rb") as stream:
        catalogue = read_po(stream, locale=language, abort_invalid=True)
    scratch = target.with_suffix(f".{os.getpid()}.tmp")
    with scratch.open("wb") as stream:
        write_mo(stream, catalogue)
    scratch.replace(target)
    return True


def main() -> None:
    written = 0
    for source in catalogues():
        try:
            written += compile_one(source)
        except (PoFileError, ValueError) as error:
            sys.exit(f"{source.relative_to(ROOT)} cannot be read: {error}")
    if written:
        print(f"Built {written} message files.")


if __name__ == "__main__":
    main()
