"""How near a query is to a collection, language by language."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.topics import FAR, NEAREST, nearness

Scores = st.lists(st.floats(-1, 1, width=32), max_size=30)


def test_languages_are_seen_apart() -> None:
    found = nearness([0.6, 0.4], [0.3, 0.1])
    assert found == pytest.approx((0.6, 0.5, 0.3, 0.2))


def test_only_the_nearest_count() -> None:
    few = [0.5] * NEAREST
    assert nearness([*few, -1.0], few) == nearness(few, few)


def test_an_empty_collection_is_far_from_everything() -> None:
    assert nearness([], []) == FAR


@pytest.mark.parametrize(("own", "other"), [([0.6, 0.4], []), ([], [0.6, 0.4])])
def test_a_collection_in_one_language_is_judged_by_what_it_has(
    own: Sequence[float], other: Sequence[float]
) -> None:
    found = nearness(own, other)
    assert found[:2] == pytest.approx((0.6, 0.5))
    # Neither as if the other language stood at zero nor as if it were nearer.
    assert 0.5 <= found.other_best <= found.own_best


@given(Scores, Scores)
def test_the_order_does_not_matter(own: list[float], other: list[float]) -> None:
    assert nearness(own, other) == nearness(sorted(own), sorted(other, reverse=True))


@given(Scores, Scores, st.floats(-1, 1, width=32))
def test_a_nearer_passage_never_moves_a_query_away(
    own: list[float], other: list[float], score: float
) -> None:
    if own and other:
        assert nearness([*own, score], other).own_best >= nearness(own, other).own_best
        assert nearness(own, [*other, 1.0]).other_best == 1.0
