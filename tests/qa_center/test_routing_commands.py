"""The two routing commands, as an administrator calls them."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from qa_center import selectors
from qa_center.models import RoutingWeights
from qa_center.routing import SHIPPED, Weights
from qa_center.services.weights import current_weights
from tests.factories.people import AdministratorFactory, ColleagueFactory

from .test_routing_replay import TINY, line


@pytest.fixture
def history(tmp_path):
    path = tmp_path / "history.jsonl"
    path.write_text("\n".join(json.dumps(each) for each in TINY), encoding="utf-8")
    return path


@pytest.fixture(autouse=True)
def _no_embedder(settings, tmp_path):
    settings.SEARCH_EMBEDDER = "disabled"
    settings.VAR_DIR = tmp_path


def run(*args, **options):
    out, err = StringIO(), StringIO()
    call_command(*args, **options, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_a_replay_names_machine_data_and_version(history):
    out, err = run("routing_replay", "--history", str(history), "--json")
    report = json.loads(out)
    assert report["figures"]["routing"]["mrr"] == pytest.approx(17 / 24)
    assert report["data"] == {"name": "history.jsonl", "vectors": "words only"}
    assert report["machine"]["cores"] >= 1
    assert report["version"]
    assert "Words only" in err


def test_a_replay_prints_a_table_with_all_baselines(history):
    out, _ = run("routing_replay", "--history", str(history), "--words-only")
    rows = [row.split()[:4] for row in out.splitlines()]
    assert ["routing", "0.500", "1.000", "0.708"] in rows
    for name in ("random", "round_robin", "least_loaded", "recently_active", "lexical_profile"):
        assert name in out
    assert "judged 4 of 4" in out


def test_other_weights_can_be_tried(history, tmp_path):
    tuned = tmp_path / "weights.json"
    # By topic alone, N comes first on day 10.
    weights = Weights(topic=50, lexical=5, topic_prior=0.01)
    tuned.write_text(weights.to_json(), encoding="utf-8")
    out, _ = run("routing_replay", "--history", str(history), "--weights", str(tuned), "--json")
    assert json.loads(out)["figures"]["routing"]["mrr"] > 17 / 24


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{}", 'history.jsonl: line 1: "answers" must be a list'),
        ("", "history.jsonl: the history is empty"),
        (json.dumps(line(1, "a", "A")), "history.jsonl: no question after the split"),
    ],
)
def test_a_bad_history_is_a_clear_error(history, content, message):
    history.write_text(content, encoding="utf-8")
    with pytest.raises(CommandError, match=message):
        run("routing_replay", "--history", str(history))


def test_a_missing_file_a_binary_one_and_bad_weights_are_clear_errors(history, tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run("routing_replay", "--history", str(tmp_path / "none"))
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError, match="decode"):
        run("routing_replay", "--history", str(binary))
    binary.write_text('{"decai": 1}')
    with pytest.raises(CommandError, match="unknown: decai"):
        run("routing_replay", "--history", str(history), "--weights", str(binary))


@pytest.mark.django_db
def test_without_a_file_the_own_past_is_replayed(monkeypatch):
    monkeypatch.setattr(selectors, "routing_history", lambda: iter(TINY))
    out, _ = run("routing_replay", "--json")
    assert json.loads(out)["data"]["name"] == "this database"
    assert json.loads(out)["judged"] == 4


@pytest.mark.django_db
def test_an_empty_database_is_said():
    with pytest.raises(CommandError, match="this database: the history is empty"):
        run("routing_replay")


def test_the_speed_can_be_measured_on_an_invented_history():
    out, _ = run("routing_replay", "--synthetic", "200", "20", "--at-most", "10", "--json")
    report = json.loads(out)
    assert report["judged"] == 10
    assert len(report["milliseconds"]) == 2
    with pytest.raises(CommandError, match="at least 2"):
        run("routing_replay", "--synthetic", "1", "20")


def test_calibration_writes_weights_that_replay_reads(history, tmp_path):
    output = tmp_path / "weights.json"
    _, err = run("routing_calibrate", "--history", str(history), "--output", str(output))
    assert "Too little to learn from" in err
    assert Weights.from_json(output.read_text(encoding="utf-8")) == SHIPPED
    out, _ = run("routing_calibrate", "--history", str(history))
    assert Weights.from_json(out) == SHIPPED
    out, _ = run("routing_calibrate", "--history", str(history), "--json")
    assert json.loads(out)["adopted"] is False
    with pytest.raises(CommandError, match="--share"):
        run("routing_calibrate", "--history", str(history), share=2.0)


@pytest.fixture
def telling_history(tmp_path):
    """Four colleagues with a field each: what a person answers is told by the words alone."""
    lines = [line(day, f"field{day % 4} x{day}", "ABCD"[day % 4]) for day in range(200)]
    path = tmp_path / "telling.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    return path


def start_of(tmp_path, **weights):
    path = tmp_path / "start.json"
    path.write_text(json.dumps(weights), encoding="utf-8")
    return path


@pytest.mark.django_db
def test_fitted_weights_are_put_in_force_in_an_administrators_name(telling_history, tmp_path):
    administrator = AdministratorFactory()
    given = ["--history", str(telling_history), "--words-only"]
    given += ["--start", str(start_of(tmp_path, topic=0.3, lexical=3))]
    out, err = run("routing_calibrate", *given, "--adopt", administrator.email)
    assert "adopted" in err
    assert current_weights() == Weights.from_json(out)
    assert current_weights().topic > 0.3
    row = RoutingWeights.objects.get()
    assert row.set_by == administrator
    assert row.note.endswith("of 200 questions")


@pytest.mark.django_db
@pytest.mark.parametrize("email", ["nobody@example.com", "colleague@example.com"])
def test_nobody_else_puts_weights_in_force(telling_history, tmp_path, email):
    ColleagueFactory(email="colleague@example.com")
    given = ["--history", str(telling_history), "--words-only"]
    given += ["--start", str(start_of(tmp_path, topic=0.3, lexical=3))]
    with pytest.raises(CommandError, match=email):
        run("routing_calibrate", *given, "--adopt", email)
    assert not RoutingWeights.objects.exists()


class FakeEmbedder:
    """Vectors from the first letter, and a count of what was asked."""

    def __init__(self):
        self.asked = 0

    @property
    def recipe(self):
        from search.embedders import Recipe

        return Recipe(name="letters", version="1", dimension=2, normalisation="none")

    def embed_passages(self, texts):
        import numpy as np

        self.asked += len(texts)
        angles = np.array([ord(text[0]) for text in texts]) / 10
        return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def test_vectors_are_made_once(history, monkeypatch):
    from qa_center.management.commands import _routing

    embedder = FakeEmbedder()
    monkeypatch.setattr(_routing, "get_embedder", lambda wait: embedder)
    first, err = run("routing_replay", "--history", str(history), "--json")
    assert json.loads(first)["data"]["vectors"] == "letters"
    # "six" occurs twice.
    assert embedder.asked == 9
    assert "embedded 9 of 9" in err
    second, _ = run("routing_replay", "--history", str(history), "--json")
    assert embedder.asked == 9
    assert json.loads(second)["figures"] == json.loads(first)["figures"]
