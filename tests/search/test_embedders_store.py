"""Built models: whole or not there, built once, and mended when damaged."""

import threading
import time
from pathlib import Path

import pytest

from search.embedders.store import Progress, prepare, ready


class Counted:
    """An artifact that counts its builds."""

    name = "model-1"

    def __init__(self, fails: bool = False) -> None:
        self.builds, self.fails = 0, fails

    def build(self, folder: Path, progress: Progress) -> None:
        self.builds += 1
        (folder / "half").write_bytes(b"half")
        if self.fails:
            raise OSError("disk full")
        progress(0.5)
        (folder / "weights").write_bytes(bytes(range(256)) * 100)


def test_is_built_once_and_reports_its_progress(tmp_path: Path) -> None:
    artifact, shares = Counted(), []
    folder = prepare(tmp_path, artifact, shares.append)
    assert prepare(tmp_path, artifact, shares.append) == folder == ready(tmp_path, artifact)
    assert artifact.builds == 1
    assert shares == [0.5, 1.0]


@pytest.mark.parametrize("damage", ["changed", "cut", "removed", "manifest", "emptied"])
def test_damage_is_noticed_and_mended(tmp_path: Path, damage: str) -> None:
    artifact = Counted()
    folder = prepare(tmp_path, artifact)
    file = folder / "weights"
    content = bytearray(file.read_bytes())
    if damage == "changed":
        content[1000] ^= 1
        file.write_bytes(content)
    elif damage == "cut":
        file.write_bytes(content[:-1])
    elif damage == "removed":
        file.unlink()
    elif damage == "manifest":
        (folder / "manifest.json").write_text('{"weights": ')
    else:
        for path in folder.iterdir():
            path.unlink()
    assert ready(tmp_path, artifact) is None
    prepare(tmp_path, artifact)
    assert artifact.builds == 2
    assert ready(tmp_path, artifact) == folder


def test_a_build_that_fails_leaves_nothing_half(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="disk full"):
        prepare(tmp_path, Counted(fails=True))
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == []
    assert ready(tmp_path, Counted()) is None


def test_two_that_start_together_build_once(tmp_path: Path) -> None:
    class Slow(Counted):
        def build(self, folder: Path, progress: Progress) -> None:
            time.sleep(0.05)
            super().build(folder, progress)

    artifact, found = Slow(), []
    threads = [
        threading.Thread(target=lambda: found.append(prepare(tmp_path, artifact))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert artifact.builds == 1
    assert len(set(found)) == 1
    assert len(found) == 4
