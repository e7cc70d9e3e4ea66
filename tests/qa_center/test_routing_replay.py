"""Replay and calibration: hand-computed figures, no look into the future, and clear errors."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_center.routing import SHIPPED, BadWeights, Candidate, CaseFacts, PastAnswer, Weights, route
from qa_center.routing.replay import (
    BadHistory,
    NothingToJudge,
    analysed,
    calibrate,
    read_history,
    replay,
    split_at,
    synthetic_history,
)
from qa_center.routing.replay.figures import first_rows, gini, interval, place
from qa_center.routing.replay.running import judgeable, thinned, walk
from qa_center.routing.replay.vectors import SHRINKAGE, CentredVectors
from qa_center.routing.replay.words import QuestionIndex
from qa_center.routing.scoring import score

START = datetime(2026, 1, 1, tzinfo=UTC)


def line(day, text, by="", *, asker="Z", accepted=True):
    """A question on a day, answered an hour later."""
    at = START + timedelta(days=day)
    reply = {"by": by, "at": (at + timedelta(hours=1)).isoformat(), "accepted": accepted}
    return {
        "id": f"q{day}",
        "at": at.isoformat(),
        "text": text,
        "lang": "en",
        "asker": asker,
        "answers": [reply] if by else [],
    }


TINY = [
    line(1, "one", "A"),
    line(2, "two", "B"),
    line(3, "three", "B"),
    line(4, "four", "B"),  # judged: recently active and routing put B first
    line(5, "five", "A"),  # judged: B leads with three answers, A is second
    line(6, "six", "N"),  # N is new: not judged
    line(7, "seven", "A", asker="B"),  # judged: B asks, so A stands before N
    line(8, "eight", "B", accepted=False),  # nothing accepted: not judged
    line(9, "nine", "Z"),  # the asker's own answer: not judged
    line(10, "six", "N"),  # judged: A and B before N; but N answered the same words
]


def tiny(lines=TINY):
    history = read_history(json.dumps(each) for each in lines)
    return history, analysed(history, str.split)


def test_a_tiny_history_gives_the_figures_computed_by_hand():
    report = replay(*tiny())
    assert (report.questions, report.people, report.judgeable, report.judged) == (10, 4, 4, 4)
    # Places 1, 2, 1, 3.
    for name in ("routing", "recently_active"):
        assert report.figures[name].mrr == pytest.approx((1 + 1 / 2 + 1 + 1 / 3) / 4)
        assert report.figures[name].p1 == 0.5
        assert report.figures[name].p3 == 1.0
    # Nobody shares a word with days 4, 5 and 7: the two who could be asked tie. On day 10 N leads.
    assert report.figures["lexical_profile"].mrr == pytest.approx((3 / 1.5 + 1) / 4)
    assert report.figures["lexical_profile"].p1 == 0.25
    # B was first three times (on day 10 by the answer of day 8) and A once, of four who answered.
    assert report.figures["recently_active"].gini_first == pytest.approx((1 * 1 + 3 * 3) / (4 * 4))
    # The first three: on day 4 and 5 A and B, on day 7 A and N, on day 10 A, B and N.
    assert report.figures["recently_active"].gini == pytest.approx(
        (-3 * 0 - 1 * 2 + 1 * 3 + 3 * 4) / (4 * 9)
    )
    assert report.ratios["recently_active"][0] == pytest.approx(1.0)
    assert report.ratios["recently_active"][1:] == (1.0, 1.0)
    assert set(report.figures) == {
        "routing",
        "random",
        "round_robin",
        "least_loaded",
        "recently_active",
        "lexical_profile",
    }


def test_round_robin_and_least_loaded_spread_their_first_choices():
    lines = [line(day, "x", "ABC"[day % 3]) for day in range(1, 61)]
    figures = replay(*tiny(lines)).figures
    assert figures["round_robin"].gini_first == pytest.approx(0.0)
    assert figures["least_loaded"].gini_first < 0.2


def test_the_future_changes_nothing():
    history, texts = synthetic_history(120, 15, dimension=8)
    indices = judgeable(history, 40, 80)
    early = replace(texts, terms=texts.terms[:80], vectors=texts.vectors[:80])
    whole = [score(m.pool, SHIPPED).tolist() for m in walk(history, texts, indices)]
    cut = [score(m.pool, SHIPPED).tolist() for m in walk(history[:80], early, indices)]
    assert indices
    assert whole == cut


def naive_candidates(history, index, near):
    """Everybody who answered before, made from the history alone."""
    now = history[index].at
    past = {}
    for row, question in enumerate(history):
        for reply in question.answers:
            if reply.at >= now:
                continue
            found = past.setdefault(reply.by, [])
            if reply.by != question.asker:
                found.append(
                    PastAnswer(
                        similarity=near.similarity[row],
                        lexical=near.lexical[row],
                        at=datetime.fromtimestamp(reply.at, UTC),
                        accepted=reply.accepted,
                        days_after=(reply.at - question.at) / 86_400,
                    )
                )
    return [
        Candidate(key=by, past=tuple(found), hours=(), languages=frozenset({"en"} if found else ()))
        for by, found in past.items()
    ]


def test_a_replay_ranks_as_route_ranks_the_same_facts():
    history, texts = synthetic_history(150, 12, dimension=8, seed=3)
    compared = 0
    for moment in walk(history, texts, judgeable(history, 45)):
        index = history.index(moment.question)
        case = CaseFacts(key="C", asker=moment.question.asker, language="en")
        now = datetime.fromtimestamp(moment.question.at, UTC)
        ranked = route(case, naive_candidates(history, index, moment.near), now)
        scores = score(moment.pool, SHIPPED)
        ours = {name: scores[row] for name, row in moment.state.people.items()}
        assert {expert.key: expert.score for expert in ranked} == pytest.approx(ours)
        compared += 1
    assert compared > 20


def test_departments_are_learnt_from_what_people_answered():
    lines = [line(day, "x", "AB"[day % 2]) for day in range(1, 20)]
    for each in lines:
        each["department"] = "loans" if each["answers"][0]["by"] == "A" else "funds"
    history, texts = tiny(lines)
    moment = next(walk(history, texts, [15]))
    by_name = {name: moment.pool.department[row] for name, row in moment.state.people.items()}
    expected = {"A": 1.0, "B": 0.0} if moment.question.department == "loans" else {"A": 0, "B": 1}
    assert by_name == expected


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("{not json", "line 2: not JSON"),
        ("[1]", "line 2: not a JSON object"),
        ({"id": ""}, 'line 2: "id" must not be empty'),
        ({"id": 7}, 'line 2: "id" must be a text'),
        ({"text": None}, 'line 2: "text" must be a text'),
        ({"at": "yesterday"}, "line 2: .*ISO 8601"),
        ({"asker": None}, 'line 2: "asker"'),
        ({"answers": "A"}, 'line 2: "answers" must be a list'),
        ({"answers": [1]}, "line 2: an answer"),
        ({"answers": [{"by": "A", "at": "2026-01-01", "accepted": "yes"}]}, "line 2: .*true or"),
        ({"answers": [{"by": "A", "at": None, "accepted": True}]}, "line 2: .*ISO 8601"),
        ({"id": "q1"}, "line 2: .*twice"),
    ],
)
def test_a_bad_line_is_named(change, message):
    bad = change if isinstance(change, str) else json.dumps(line(2, "two", "B") | change)
    with pytest.raises(BadHistory, match=message):
        read_history([json.dumps(TINY[0]), bad])


def test_what_a_history_may_leave_open():
    lines = [
        "",
        line(2, "b", "") | {"asker": "", "more": 1, "lang": "zh-Hant"},
        line(1, "a", "A") | {"lang": None, "at": "2026-01-02T00:00:00"},
    ]
    lines[1]["answers"] = [
        {"by": "", "at": "2026-01-04T00:00:00Z", "accepted": True},
        {"by": "B", "at": "2020-01-01T00:00:00Z", "accepted": False},
    ]
    first, second = read_history(lines)
    assert (first.key, first.language) == ("q1", "")
    assert second.language == "zh"
    assert first.at == datetime(2026, 1, 2, tzinfo=UTC).timestamp()
    assert [reply.by for reply in second.answers] == ["B"]
    assert second.answers[0].at == second.at
    with pytest.raises(BadHistory, match="empty"):
        read_history(["", "\n"])


def test_nothing_to_judge_is_said():
    with pytest.raises(NothingToJudge):
        replay(*tiny([line(1, "a", "A"), line(2, "b", "B")]))


def test_thinning_is_even_and_the_split_is_after_30_percent():
    assert thinned(list(range(10)), 4) == [0, 2, 5, 7]
    assert thinned([3, 4], None) == thinned([3, 4], 2) == [3, 4]
    assert split_at(tiny()[0]) == 3


def test_places_loads_and_spread():
    scores = np.array([3.0, 1.0, 1.0, 9.0])
    able = np.array([True, True, True, False])
    assert place(scores, able, 0) == 1
    assert place(scores, able, 1) == 2.5
    assert first_rows(scores, able, 2).tolist() == [0, 1]
    assert gini(np.zeros(3)) == 0
    assert gini(np.array([1.0, 1.0, 1.0])) == 0
    assert gini(np.array([0.0, 0.0, 0.0, 4.0])) == pytest.approx(0.75)
    low, high = interval(np.array([1.0, 2.0]), np.array([2.0, 4.0]))
    assert (low, high) == (2.0, 2.0)


@settings(max_examples=30)
@given(st.integers(1, 60), st.integers(0, 1000), st.sampled_from([(), ("en",), ("zh", "en")]))
def test_centred_cosines_are_those_of_the_definition(size, seed, shipped):
    draw = np.random.default_rng(seed)
    raw = (draw.normal(size=(size + 1, 6)) + 1).astype(np.float32)
    raw /= np.linalg.norm(raw, axis=1, keepdims=True)
    languages = draw.choice(["zh", "en"], size + 1)
    means = {language: draw.normal(size=6) / 3 for language in shipped}
    store = CentredVectors(size, 6, means)
    for vector, language in zip(raw[:size], languages, strict=False):
        store.add(vector, language)

    common = raw[:size].mean(axis=0)

    def centred(vector, language):
        own = raw[:size][languages[:size] == language]
        start = means.get(language, common)
        moved = vector - (own.sum(axis=0) + SHRINKAGE * start) / (len(own) + SHRINKAGE)
        norm = np.linalg.norm(moved)
        return moved / norm if norm > 1e-3 else moved * 0

    query = centred(raw[size], languages[size])
    expected = [centred(v, w) @ query for v, w in zip(raw[:size], languages[:size], strict=True)]
    np.testing.assert_allclose(store.cosines(raw[size], languages[size]), expected, atol=1e-3)


def test_words_are_scored_by_bm25_against_the_best():
    index = QuestionIndex()
    assert index.scores(Counter(["a"])).tolist() == []
    for text in ("fee loan", "fund fund risk", "card"):
        index.add(Counter(text.split()))
    assert index.scores(Counter(["fund"])).tolist() == [0.0, 1.0, 0.0]
    assert index.scores(Counter(["other"])).tolist() == [0.0, 0.0, 0.0]
    both = index.scores(Counter(["loan", "card"]))
    # Both words are as rare; the shorter question counts for more.
    assert both[2] == 1.0
    assert 0.5 < both[0] < 1.0


def test_calibration_learns_what_the_past_shows_and_nothing_else():
    draw = np.random.default_rng(0)
    fields = draw.integers(0, 8, 400)
    lines = [
        line(day, f"field{field} x{day}", "ABCDEFGH"[field]) for day, field in enumerate(fields)
    ]
    history, texts = tiny(lines)
    blind = replace(SHIPPED, topic=0.1)
    found = calibrate(history, texts, blind, share=0.5)
    assert found.adopted
    assert found.weights.topic > 3 * blind.topic
    assert found.loss_fitted < found.loss_shipped
    assert found.mrr_fitted > found.mrr_shipped
    assert 100 < found.fitted_on + found.validated_on < 200
    # The part that is judged may be anything at all.
    spoilt = history[:200] + [replace(each, answers=()) for each in history[200:]]
    assert calibrate(spoilt, texts, blind, share=0.5) == found


def test_what_a_small_past_shows_is_how_much_the_subject_counts():
    draw = np.random.default_rng(0)
    fields = draw.integers(0, 8, 200)
    lines = [
        line(day, f"field{field} x{day}", "ABCDEFGH"[field]) for day, field in enumerate(fields)
    ]
    blind = replace(SHIPPED, topic=0.3, lexical=3.0)
    found = calibrate(*tiny(lines), blind, share=0.45)
    assert 30 <= found.fitted_on + found.validated_on < 100
    assert found.adopted
    assert found.weights.topic > blind.topic
    subject = {name: getattr(blind, name) for name in ("topic", "similarity", "lexical")}
    assert replace(found.weights, **subject) == blind


def test_too_little_to_learn_from_leaves_the_weights_alone():
    found = calibrate(*tiny(), share=1.0)
    assert found.weights == SHIPPED
    assert not found.adopted
    assert found.loss_fitted is None


def test_weights_survive_json_and_slips_are_named():
    tuned = replace(SHIPPED, decay=1.7)
    assert Weights.from_json(tuned.to_json()) == tuned
    assert Weights.from_json('{"decay": 1.7}') == tuned
    for text, message in [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"decai": 1}', "unknown: decai"),
        ('{"decay": "1"}', "decay: not a number"),
        ('{"decay": true}', "decay: not a number"),
        ('{"decay": NaN}', "decay: must be"),
        ('{"decay": -1}', "decay: must be"),
        ('{"prior": 0}', "prior: must be"),
    ]:
        with pytest.raises(BadWeights, match=message):
            Weights.from_json(text)
