"""Ranking: what must hold for any facts, and which reasons stand beside a name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_center.routing import (
    AwayDays,
    CaseFacts,
    DeclaredSkill,
    KnownPage,
    PastAnswer,
    PastKind,
    Reason,
    ResponseRecord,
    Shift,
    Weights,
    rings,
    route,
    sentence,
    words,
)
from qa_center.routing.wording import KINDS

from .routing_facts import CASE, NOW, past, person

TODAY = NOW.date()
AWAY = (AwayDays(starts_on=TODAY, ends_on=TODAY + timedelta(days=3)),)


def order(candidates, case=CASE, **kwargs):
    return [expert.key for expert in route(case, candidates, NOW, **kwargs)]


answers = st.builds(
    PastAnswer,
    similarity=st.floats(-1, 1),
    at=st.integers(0, 900).map(lambda days: NOW - timedelta(days=days)),
    accepted=st.booleans(),
    kind=st.sampled_from(PastKind),
    lexical=st.floats(0, 1),
)


@st.composite
def colleagues(draw):
    keys = draw(st.lists(st.sampled_from("ABCDEFGH"), unique=True, max_size=8))
    return [
        person(
            key,
            *draw(st.lists(answers, max_size=4)),
            department=draw(st.sampled_from(["", "D1", "D2"])),
            away=draw(st.sampled_from([(), AWAY])),
            load=draw(st.integers(0, 5)),
            cap=draw(st.sampled_from([None, 0, 2, 4])),
            recent_invitations=draw(st.integers(0, 20)),
            online=draw(st.booleans()),
        )
        for key in keys
    ]


@given(colleagues())
def test_nobody_beyond_the_cap_absent_or_asking_may_be_asked(candidates):
    candidates.append(person("ASKER", past(1.0)))
    facts = {candidate.key: candidate for candidate in candidates}
    ranked = route(CASE, candidates, NOW)
    for expert in ranked:
        candidate = facts[expert.key]
        full = candidate.cap is not None and candidate.load >= candidate.cap
        assert expert.eligible == (not full and not candidate.away and expert.key != "ASKER")
    assert [expert.eligible for expert in ranked] == sorted(
        (expert.eligible for expert in ranked), reverse=True
    )
    in_rings = [expert for ring in rings(ranked, {"D1"}) for expert in ring]
    assert sorted(expert.key for expert in in_rings) == sorted(
        expert.key for expert in ranked if expert.eligible
    )


@given(colleagues(), st.randoms())
def test_the_order_does_not_depend_on_the_order_of_the_candidates(candidates, random):
    shuffled = list(candidates)
    random.shuffle(shuffled)
    assert order(shuffled) == order(candidates)


@given(colleagues(), st.floats(-1, 1), st.floats(0, 1))
def test_more_similar_never_ranks_lower(candidates, similarity, more):
    others = [candidate for candidate in candidates if candidate.key != "A"]
    before = order([person("A", past(similarity)), *others]).index("A")
    after = order([person("A", past(min(similarity + more, 1.0))), *others]).index("A")
    assert after <= before


@given(colleagues(), st.floats(0, 900), st.floats(0, 900))
def test_more_recent_never_ranks_lower(candidates, one, two):
    others = [candidate for candidate in candidates if candidate.key != "A"]
    places = [
        order([person("A", past(0.3, days)), *others]).index("A") for days in sorted([one, two])
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("better", "worse", "case"),
    [
        ({}, {"load": 3}, CASE),
        ({"load": 1, "cap": 8}, {"load": 1, "cap": 2}, CASE),
        ({}, {"recent_invitations": 9}, CASE),
        ({"online": True}, {}, CASE),
        ({}, {"hours": (Shift(weekday=0, start=time(1), end=time(2)),)}, CASE),
        (
            {"responses": ResponseRecord(accepted=5)},
            {"responses": ResponseRecord(timed_out=5)},
            CASE,
        ),
        (
            {"responses": ResponseRecord(declined=5)},
            {"responses": ResponseRecord(timed_out=5)},
            CASE,
        ),
        ({"department": "D"}, {}, replace(CASE, department="D")),
        ({"languages": frozenset({"en"})}, {}, replace(CASE, language="en")),
        (
            {"skills": (DeclaredSkill(topic="fund", level=3),)},
            {"skills": (DeclaredSkill(topic="fund", level=1),)},
            replace(CASE, topics=frozenset({"fund"})),
        ),
        ({"pages": (KnownPage(similarity=0.5),)}, {}, CASE),
        ({"pages": (KnownPage(similarity=0.5, verified=True),)}, {}, CASE),
    ],
)
def test_each_signal_tells_two_equals_apart(better, worse, case):
    answer = past(0.2)
    # The worse one has the first key, so that a signal without effect would show.
    assert order([person("A", answer, **worse), person("B", answer, **better)], case) == ["B", "A"]


def test_accepted_answers_count_more():
    assert order([person("A", past(0.2)), person("B", past(0.2, accepted=True))]) == ["B", "A"]


def test_without_any_history_a_declared_skill_decides():
    case = CaseFacts(key="C", asker="X", topics=frozenset({"loan"}))
    skilled = person("B", skills=(DeclaredSkill(topic="loan", level=2),))
    assert order([person("A"), skilled, person("C")], case)[0] == "B"


def test_limit_ties_and_bad_calls():
    assert order([person("B"), person("A")], limit=1) == ["A"]
    assert route(CASE, [], NOW) == []
    with pytest.raises(ValueError, match="twice"):
        route(CASE, [person("A"), person("A")], NOW)
    with pytest.raises(ValueError, match="timezone-aware"):
        route(CASE, [person("A")], datetime(2026, 3, 11))  # noqa: DTZ001


def test_a_weight_of_zero_switches_a_signal_off():
    busy = person("A", past(0.2), load=4)
    free = person("B", past(0.2))
    assert order([busy, free], weights=Weights(load=0)) == ["A", "B"]
    assert order([busy, free]) == ["B", "A"]


class English:
    """The wording as it stands in the code."""

    def gettext(self, message):
        return message

    def ngettext(self, singular, plural, number):
        return singular if number == 1 else plural

    def month(self, at):
        return at.strftime("%B")

    def moment(self, at):
        return at.isoformat(" ", "minutes") if isinstance(at, datetime) else at.isoformat()

    def language(self, code):
        return {"en": "English"}[code]


def said(candidate, case=CASE):
    return sentence(route(case, [candidate], NOW)[0].reasons, English())


@pytest.mark.parametrize(
    ("candidate", "case", "expected"),
    [
        (
            person("A", past(0.5, 3), past(0.4, 40), past(0.6, 80), past(0.0, 1)),
            CASE,
            "answered 3 similar questions, last in March; free now",
        ),
        (
            person("A", past(0.5, 40), load=2),
            CASE,
            "answered 1 similar question, last in January; at work now, with 2 open cases",
        ),
        (person("A", past(0.0, 3)), CASE, "answered 1 question in the last 30 days; free now"),
        (
            person("A", past(0.0, 75)),
            CASE,
            "answered 1 question before, last in December; free now",
        ),
        (
            person("A", pages=(KnownPage(similarity=0.5, title="Fees"),)),
            CASE,
            "owns knowledge on this: Fees; free now",
        ),
        (
            person("A", pages=(KnownPage(similarity=0.5, title="Fees", verified=True),)),
            CASE,
            "verified knowledge on this: Fees; free now",
        ),
        (
            person(
                "A",
                skills=(DeclaredSkill(topic="fx", level=3, label="foreign exchange"),),
                department="D",
                languages=frozenset({"en"}),
                responses=ResponseRecord(accepted=4, declined=1),
            ),
            CaseFacts(key="C", asker="X", topics=frozenset({"fx"}), department="D", language="en"),
            "is an expert on foreign exchange; is in the department concerned; speaks English; "
            "accepted 4 of 5 invitations; free now",
        ),
        (person("A", away=AWAY), CASE, "absent until 2026-03-14"),
        (person("A", load=2, cap=2), CASE, "has 2 of at most 2 open cases"),
        (person("ASKER"), CASE, "opened this case"),
        (person("A", hours=()), CASE, "has no working hours set"),
        (
            person("A", hours=(Shift(weekday=3, start=time(8), end=time(12)),), timezone="UTC"),
            CASE,
            "back at work 2026-03-12 08:00+00:00",
        ),
    ],
)
def test_reasons_in_words(candidate, case, expected):
    assert said(candidate, case) == expected


SAMPLE = {
    "count": 2,
    "last": NOW,
    "title": "T",
    "topic": "t",
    "level": 2,
    "language": "en",
    "accepted": 1,
    "asked": 3,
    "load": 2,
    "cap": 2,
    "at": datetime(2026, 3, 12, tzinfo=UTC),
    "until": date(2026, 3, 12),
}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_reason_has_words(kind):
    assert words(Reason(kind=kind, params=SAMPLE), English()).strip()
    assert "%(" not in words(Reason(kind=kind, params=SAMPLE), English())
