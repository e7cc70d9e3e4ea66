"""Why a hit was found, in words that staff understand."""

from dataclasses import replace

import pytest
from django.utils import translation

from kiplatform.core import clock
from portal.workspace.hits import CLOSE_IN_MEANING, shown
from search.results import Explanation, Hit
from tests.portal.workspace.conftest import Bank


def hit(**found: object) -> Hit:
    explanation = Explanation(
        words=(), lexical=0.0, dense=None, reader=None, boost=1.0, verified=False
    )
    return Hit(
        kind="knowledge",
        key="k1",
        title="",
        language="en",
        passage="A certificate may be withdrawn\nin part once.",
        marks=(),
        score=1.0,
        rank=1,
        verdict="close",
        explanation=replace(explanation, **found),
        facets={"type": "service"},
        url_name=None,
        verified=False,
        updated_at=clock.now(),
    )


@pytest.mark.parametrize(
    ("found", "language", "said"),
    [
        ({}, "en", []),
        ({"words": ("part",)}, "en", ["Has the words “part”"]),
        ({"dense": CLOSE_IN_MEANING}, "en", ["Close in meaning"]),
        ({"dense": CLOSE_IN_MEANING - 0.01}, "en", []),
        ({"boost": 1.1}, "en", ["Ranked higher, since it was confirmed"]),
        ({}, "zh-hans", ["Found across languages"]),
        ({}, "", []),
    ],
)
def test_the_reasons_are_those_that_hold(
    bank: Bank, found: dict[str, object], language: str, said: list[str]
) -> None:
    with translation.override("en"):
        (card,) = shown(bank.manager, [hit(**found)], language=language)
    assert card.why == said


def test_simplified_and_traditional_are_one_language(bank: Bank) -> None:
    with translation.override("en"):
        row = replace(hit(), language="zh-hant")
        (card,) = shown(bank.manager, [row], language="zh-hans")
    assert card.why == []


def test_a_hit_without_title_shows_how_it_begins(bank: Bank) -> None:
    (card,) = shown(bank.manager, [hit()])
    assert card.title == "A certificate may be withdrawn in part once."
    assert card.url == "/workspace/knowledge/k1/"


def test_figures_stand_beside_the_words_only_where_there_are_some(bank: Bank) -> None:
    with translation.override("en"):
        (plain,) = shown(bank.manager, [hit()])
        (full,) = shown(bank.manager, [hit(dense=0.5, reader=-1.25, boost=1.1)])
    assert [label for label, _figure in plain.figures] == ["Words, against the best hit"]
    assert [figure for _label, figure in full.figures] == ["0.00", "0.50", "-1.2", "1.10"]
