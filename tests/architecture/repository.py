"""What the repository holds, for the rules that look at it."""

import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    "kiplatform",
    "customer_knowledge",
    "manager_knowledge",
    "qa_center",
    "portal",
    "search",
)


@cache
def tracked() -> tuple[Path, ...]:
    """Every file in git's index that is there, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    names = listed.stdout.split("\0")
    return tuple(Path(name) for name in names if name and (ROOT / name).is_file())


def text_of(path: Path) -> str | None:
    """The text of a tracked file, or None where it is not text."""
    try:
        return (ROOT / path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def markdown(folder: str = "") -> Iterator[tuple[Path, str]]:
    """The tracked Markdown pages under a folder, with their texts."""
    for path in tracked():
        if path.suffix == ".md" and str(path).startswith(folder):
            yield path, text_of(path) or ""


def reference() -> str:
    """All of docs/reference as one text."""
    return "\n".join(text for _path, text in markdown("docs/reference"))
