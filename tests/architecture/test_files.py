"""Files stay small enough to read, and say nothing about the machine that they were written on."""

import re
import warnings
from pathlib import Path

from tests.architecture.repository import text_of, tracked

LOOKED_AT, TOO_LONG = 400, 600
CODE = {".py", ".html", ".js", ".css"}
NOT_OURS = {"migrations", "locale", "vendor"}
# Written in pieces, so that this file does not accuse itself.
MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:" + "|".join(("work", "root", "home/[a-z]+")) + r")/")
PUT_OFF = re.compile(
    r"\b(?:" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b(?!\(#\d+\))"
)


def _code() -> list[tuple[Path, str]]:
    return [
        (path, text_of(path) or "")
        for path in tracked()
        if path.suffix in CODE and not NOT_OURS & set(path.parts)
    ]


def test_no_file_is_too_long_to_read() -> None:
    lengths = {path: text.count("\n") for path, text in _code()}
    watched = sorted(f"{path}: {n}" for path, n in lengths.items() if LOOKED_AT < n <= TOO_LONG)
    if watched:
        warnings.warn(f"is there a second room in these files? {watched}", stacklevel=1)
    assert sorted(f"{path}: {n} lines" for path, n in lengths.items() if n > TOO_LONG) == []


def test_nothing_names_a_path_of_one_machine() -> None:
    found = []
    for path in tracked():
        for number, line in enumerate((text_of(path) or "").splitlines(), start=1):
            if MACHINE_PATHS.search(line):
                found.append(f"{path}:{number}: {line.strip()[:80]}")
    assert found == []


def test_nothing_is_put_off_without_an_issue() -> None:
    found = []
    for path, text in _code():
        for number, line in enumerate(text.splitlines(), start=1):
            if PUT_OFF.search(line):
                found.append(f"{path}:{number}: {line.strip()[:80]}")
    assert found == []


def test_nothing_built_is_kept_in_the_repository() -> None:
    built = {".mo", ".pyc", ".sqlite3", ".onnx", ".jar", ".class"}
    assert [path for path in tracked() if path.suffix in built or path.parts[0] == "var"] == []
