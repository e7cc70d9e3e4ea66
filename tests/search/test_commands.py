"""The commands of search, from the command line to what they print."""

import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoDbBlocker

from kiplatform.accounts.models import User
from search import calibration, services
from search.evaluation import bench, plots
from tests.search.support import MemorySource, WordEmbedder, document
from tests.search.test_evaluation import folder

__all__ = ["folder"]


@pytest.mark.django_db
def test_search_prints_hits_with_their_reasons(
    notes: MemorySource, embedder: WordEmbedder, capsys: pytest.CaptureFixture[str]
) -> None:
    User.objects.create_user("li@bank.example", name="李", kind=User.Kind.STAFF)
    notes.put(
        document("open", "存款利率", "每季调整。", verified=True),
        document("inside", "存款利率内部指引", "内部。", access=frozenset({"staff"})),
    )
    services.sync_now("note", notes.keys())
    call_command("search", "存款利率")
    out = capsys.readouterr().out
    assert "mode hybrid" in out
    assert "note open" in out
    assert "inside" not in out
    assert "verified" in out
    call_command("search", "存款利率", "--as", "LI@bank.example", "--kind", "note", "--limit", "5")
    assert "note inside" in capsys.readouterr().out
    with pytest.raises(CommandError, match="nobody@"):
        call_command("search", "x", "--as", "nobody@bank.example")


@pytest.fixture
def scratch(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield


def test_calibrate_adds_to_the_file(
    folder: Path,
    tmp_path: Path,
    scratch: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = WordEmbedder()
    module = "search.management.commands.search_calibrate.get_embedder"
    monkeypatch.setattr(module, lambda wait: made)
    out = tmp_path / "calibrated.json"
    out.write_text('{"other": {"kept": true}}')
    call_command("search_calibrate", str(folder), "--out", str(out))
    written = json.loads(out.read_text())
    assert set(written) == {"other", made.recipe.fingerprint}
    assert calibration.from_json(written[made.recipe.fingerprint]).of("zh").weights
    assert made.recipe.fingerprint in capsys.readouterr().out
    with pytest.raises(CommandError, match="not a labelled set"):
        call_command("search_calibrate", str(tmp_path), "--out", str(out))


@pytest.mark.faults
def test_bench_measures_and_draws(
    tmp_path: Path, scratch: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, drawn = tmp_path / "bench.json", tmp_path / "bench.svg"
    call_command("search_bench", "--sizes", "300", "--queries", "5", "--out", out, "--plot", drawn)
    [size] = json.loads(out.read_text())["sizes"]
    assert size["pieces"] == 300
    assert size["recall@10"] == {"everything": 1.0, "five_percent": 1.0}
    assert set(size["search"]) == set(bench.VIEWERS)
    assert size["visible_after_ms"] < 1000
    assert "may see 5 %" in drawn.read_text()


def test_a_plot_is_well_formed_whatever_the_sizes() -> None:
    def figures(*pieces: int) -> dict[str, object]:
        one = {"wall_p95_ms": 3.5}
        return {
            "engine": "embedded",
            "sizes": [
                {
                    "pieces": p,
                    "search": dict.fromkeys(bench.VIEWERS, one),
                    "scan": {"int8_scan_ms": 0.0},
                }
                for p in pieces
            ],
        }

    for sizes in ((1000,), (1000, 10_000, 100_000)):
        root = ElementTree.fromstring(plots.plot(figures(*sizes)))
        texts = [element.text or "" for element in root.iter() if element.tag.endswith("text")]
        assert {f"{size:,}" for size in sizes} <= set(texts)
        ends = [e for e in root.iter() if e.tag.endswith("text") and ": " in (e.text or "")]
        heights = sorted(float(end.get("y", "0")) for end in ends)
        assert len(heights) == 3
        assert all(below - above >= 12 for above, below in pairwise(heights))
