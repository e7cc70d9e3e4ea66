"""Measuring search: the formulas, the reading of sets, and the command from end to end."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoDbBlocker

from search import calibration
from search.calibration import Calibration
from search.evaluation import fitting, metrics
from search.evaluation.reports import report
from search.evaluation.running import Parts, run
from search.evaluation.sets import NotASet, by_company, read_set, with_off_topic
from search.results import Evidence
from tests.search.support import WordEmbedder

CORPUS = [
    {"id": "a", "lang": "zh", "title": "提前支取", "text": "提前支取按活期利率计息。"},
    {"id": "b", "lang": "en", "title": "Card fee", "text": "The annual fee is waived."},
    {"id": "c", "lang": "zh", "text": "理财产品的风险评级分为五级。"},
]
QUERIES = [
    {"id": "1", "text": "提前支取的利率"},
    {"id": "2", "text": "annual card fee"},
    {"id": "3", "text": "海外房产按揭"},
]
ANSWERS = [{"q": "1", "d": ["a"]}, {"q": "2", "d": ["b"]}, {"q": "3", "d": []}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "small"
    made.mkdir()
    for name, rows in (("corpus", CORPUS), ("queries", QUERIES), ("qrels", ANSWERS)):
        lines = (json.dumps(row, ensure_ascii=False) for row in rows)
        (made / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    return made


@pytest.fixture
def scratch(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Scratch databases are files of their own; the project's is not used."""
    with django_db_blocker.unblock():
        yield


def test_formulas() -> None:
    assert metrics.ndcg(["a", "b"], {"a"}) == 1.0
    assert metrics.ndcg(["b", "a"], {"a"}) == pytest.approx(1 / math.log2(3))
    assert metrics.ndcg(["a", "x", "b"], {"a", "b"}) == pytest.approx(1.5 / (1 + 1 / math.log2(3)))
    assert metrics.recall(["a", "x", "b"], {"a", "b"}, 2) == 0.5
    assert metrics.reciprocal_rank(["x", "a"], {"a"}) == 0.5
    assert metrics.reciprocal_rank(["x"] * 10 + ["a"], {"a"}) == 0.0
    assert metrics.auc([0.9, 0.5], [0.5, 0.1]) == pytest.approx(3.5 / 4)
    assert metrics.auc([], [1.0]) is None
    assert metrics.mean([]) is None


@given(st.lists(st.sampled_from("abcdefgh"), unique=True), st.sets(st.sampled_from("abcdefgh")))
def test_figures_are_shares(ranked: list[str], relevant: set[str]) -> None:
    for figure in (
        metrics.ndcg(ranked, relevant),
        metrics.recall(ranked, relevant, 10),
        metrics.reciprocal_rank(ranked, relevant),
    ):
        assert 0.0 <= figure <= 1.0
    if relevant and relevant <= set(ranked):
        assert metrics.recall(ranked, relevant, 10) == 1.0
        first = [*relevant, *(key for key in ranked if key not in relevant)]
        assert metrics.ndcg(first, relevant) == pytest.approx(1.0)


def test_a_set_is_read(folder: Path) -> None:
    labelled = read_set(folder)
    assert [(d.key, d.language, d.title) for d in labelled.documents] == [
        ("a", "zh-hans", "提前支取"),
        ("b", "en", "Card fee"),
        ("c", "zh-hans", ""),
    ]
    assert [q.relevant for q in labelled.questions] == [{"a"}, {"b"}, set()]


@pytest.mark.parametrize("damage", ["missing", "json", "field", "judgement"])
def test_what_is_not_a_set_is_said(folder: Path, damage: str) -> None:
    if damage == "missing":
        (folder / "qrels.jsonl").unlink()
    elif damage == "judgement":
        (folder / "qrels.jsonl").write_text('{"q": "1", "d": ["a"]}\n')
    else:
        (folder / "corpus.jsonl").write_text("{" if damage == "json" else '{"id": "a"}')
    with pytest.raises(NotASet, match="small"):
        read_set(folder)
    with pytest.raises(CommandError):
        call_command("search_eval", str(folder), "--embedder", "disabled")


def test_off_topic_questions_are_taken_evenly(folder: Path) -> None:
    labelled = read_set(folder)
    more = with_off_topic(labelled, [labelled], 2)
    added = more.questions[3:]
    assert len(added) == 2
    assert all(q.off_topic and not q.relevant for q in added)


def test_a_set_of_several_companies_is_taken_apart(folder: Path) -> None:
    assert by_company(read_set(folder)) == [read_set(folder)]
    lines = [json.loads(line) for line in (folder / "corpus.jsonl").read_text().splitlines()]
    for line in lines:
        line["company"] = "bank" if line["id"] == "a" else "shop"
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, lines)))
    bank, shop = by_company(read_set(folder))
    assert (bank.name, shop.name) == ("small:bank", "small:shop")
    assert {d.key for d in bank.documents} == {"a"}
    assert all(q.relevant == {"a"} for q in bank.questions)
    assert {d.key for d in shop.documents} == {line["id"] for line in lines} - {"a"}
    assert shop.questions


def test_the_command_measures_words_alone(
    folder: Path, scratch: None, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("search_eval", str(folder), "--embedder", "disabled", "--json")
    [figures] = json.loads(capsys.readouterr().out)
    assert (figures["set"], figures["questions"], figures["answerable"]) == ("small", 3, 2)
    assert figures["ndcg@10"] == figures["recall@1"] == figures["mrr@10"] == 1.0
    assert figures["modes"] == {"lexical": 3}
    assert figures["reasons"]
    assert figures["answering"]["zh"]["near"]["n"] == 1
    assert figures["answering"]["en"]["missed_answers"] is not None
    call_command("search_eval", str(folder), "--embedder", "disabled", "--off-topic", str(folder))
    assert "ndcg@10 1.0" in capsys.readouterr().out


def test_a_calibration_is_tried_before_it_is_shipped(
    folder: Path, scratch: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "fitted.json"
    file.write_text(json.dumps({"r": calibration.to_json(Calibration(recipe="r"))}))
    options = [str(folder), "--embedder", "disabled", "--calibration", str(file)]
    call_command("search_eval", *options)
    assert "ndcg@10 1.0" in capsys.readouterr().out
    for damage in ("", "[]", '{"r": {}}'):
        file.write_text(damage)
        with pytest.raises(CommandError, match=r"fitted\.json"):
            call_command("search_eval", *options)


def test_the_very_same_index_and_search_are_used(folder: Path, scratch: None) -> None:
    embedder = WordEmbedder()
    outcomes = run(read_set(folder), Parts(engine="embedded", embedder=lambda: embedder))
    assert {o.results.mode for o in outcomes} == {"hybrid"}
    assert [o.ranked[0] for o in outcomes[:2]] == ["a", "b"]
    figures = report("small", outcomes)
    assert figures["same_language"]["n"] == 2
    assert figures["across"]["n"] == 0


def test_fitting_makes_a_calibration_that_search_can_use(folder: Path, scratch: None) -> None:
    embedder = WordEmbedder()
    labelled = read_set(folder)
    told: list[str] = []
    fitted = fitting.fit(
        fitting.Sources(fit=[labelled]), embedder, lambda: pytest.fail("not read"), told.append
    )
    assert isinstance(fitted, Calibration)
    assert fitted.recipe == embedder.recipe.fingerprint
    assert set(fitted.languages) == {"zh", "en"}
    assert fitted.document_means["zh"].shape == (64,)
    assert len(told) == 4
    parts = Parts(engine="embedded", embedder=lambda: embedder, calibrations=lambda recipe: fitted)
    assert [o.ranked[0] for o in run(labelled, parts)[:2]] == ["a", "b"]


def a_case(name: str, nearness: float, on_topic: bool) -> fitting.Judged:
    found = Evidence(
        dense=nearness,
        coverage=0.0,
        own_best=nearness,
        own_near=nearness,
        other_best=nearness,
        other_near=nearness,
        domain=nearness,
    )
    return fitting.Judged(name, "zh", found, on_topic, on_topic)


def test_nothing_is_said_where_every_set_tells_its_subject_from_others() -> None:
    """On each set for itself the two are apart; between them lies the threshold of both."""
    about = [
        a_case(name, level + step / 1000, on_topic)
        for name, off, on in (("bank", 0.10, 0.50), ("shop", 0.15, 0.60))
        for level, on_topic in ((off, False), (on, True))
        for step in range(30)
    ]
    judge = fitting.fit_judge(about, fitting.UNREAD, about)
    for case in about:
        said = judge.verdict(case.evidence)
        assert (said != "nothing") is case.on_topic
