"""Fusing words and vectors by language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.fusion import NAMED, UNEMBEDDED, Candidate, Weights, fuse

WEIGHTS = Weights(lexical=0.25)
candidates = st.lists(
    st.builds(
        Candidate,
        passage=st.integers(1, 40),
        document=st.integers(1, 12),
        language=st.sampled_from(["zh", "en", "other"]),
        lexical=st.floats(0, 30),
        dense=st.none() | st.floats(-1, 1),
        named=st.booleans(),
    ),
    max_size=20,
    unique_by=lambda c: c.passage,
)


def order(found: list[Candidate], language: str = "zh", weights: Weights = WEIGHTS) -> list[int]:
    return [fused.document for fused in fuse(found, language, weights)]


def test_across_languages_meaning_decides_alone() -> None:
    english_answer = Candidate(1, 1, "en", lexical=0.0, dense=0.9)
    chinese_words = Candidate(2, 2, "zh", lexical=20.0, dense=0.2)
    chinese_far = Candidate(3, 3, "zh", lexical=0.0, dense=0.1)
    assert order([chinese_words, english_answer, chinese_far]) == [1, 2, 3]


def test_words_do_not_help_a_passage_in_another_language() -> None:
    with_words = Candidate(1, 1, "en", lexical=20.0, dense=0.5)
    without = Candidate(2, 2, "en", lexical=0.0, dense=0.6)
    far = Candidate(3, 3, "en", dense=0.0)
    assert order([with_words, without, far], "zh") == [2, 1, 3]
    assert order([with_words, without, far], "en") == [1, 2, 3]


def test_both_chinese_scripts_are_one_language() -> None:
    found = [Candidate(1, 1, "zh", 10.0, 0.5), Candidate(2, 2, "zh", 0.0, 0.6)]
    assert order([*found, Candidate(3, 3, "en", dense=0.0)]) == [1, 2, 3]


def test_a_query_of_no_known_language_uses_words_everywhere() -> None:
    found = [Candidate(1, 1, "en", 10.0, 0.5), Candidate(2, 2, "zh", 0.0, 0.6)]
    assert order([*found, Candidate(3, 3, "en", dense=0.0)], "other") == [1, 2, 3]


def test_the_formula() -> None:
    found = [
        Candidate(1, 1, "zh", 10.0, 0.8),
        Candidate(2, 2, "zh", 5.0, 0.4),
        Candidate(3, 3, "en", 8.0, 0.6),
    ]
    scores = {f.document: f.score for f in fuse(found, "zh", WEIGHTS)}
    assert scores == pytest.approx({1: 1.0, 2: 0.25 * 0.5, 3: 0.5})


def test_a_new_document_without_a_vector_is_found_by_its_words() -> None:
    found = [
        Candidate(1, 1, "zh", 0.0, 0.8),
        Candidate(2, 2, "zh", 0.0, 0.3),
        Candidate(3, 3, "zh", 9.0, None),
    ]
    scores = {f.document: f.score for f in fuse(found, "zh", WEIGHTS)}
    assert scores[3] == UNEMBEDDED
    assert order(found)[0] == 3


def test_without_any_vector_words_are_the_score() -> None:
    found = [Candidate(1, 1, "en", 2.0), Candidate(2, 2, "zh", 4.0)]
    assert [(f.document, f.score) for f in fuse(found, "zh", WEIGHTS)] == [(2, 1.0), (1, 0.5)]


def test_a_person_who_is_the_whole_query_comes_first() -> None:
    found = [
        Candidate(1, 1, "zh", lexical=9.0, dense=0.9),
        Candidate(2, 2, "zh", lexical=0.0, dense=0.0, named=True),
    ]
    assert [(f.document, f.score) for f in fuse(found, "en", WEIGHTS)] == [(2, NAMED), (1, 1.0)]


def test_of_those_that_the_query_names_the_better_comes_first() -> None:
    found = [Candidate(n, n, "zh", dense=n / 10, named=n != 3) for n in (1, 2, 3)]
    assert order(found) == [2, 1, 3]


def test_nothing_makes_nothing() -> None:
    assert fuse([], "zh", WEIGHTS) == []


@given(candidates, st.randoms(), st.sampled_from(["zh", "en", "other"]))
def test_each_document_once_whatever_the_order(
    found: list[Candidate], random: object, language: str
) -> None:
    expected = fuse(found, language, WEIGHTS)
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fuse(shuffled, language, WEIGHTS) == expected
    assert {f.document for f in expected} == {c.document for c in found}
    assert len(expected) == len({f.document for f in expected})
    assert all(0.0 <= f.score <= (1.21 if f.named else 1.0) for f in expected)
    assert [f.score for f in expected] == sorted((f.score for f in expected), reverse=True)
    passages = {c.passage: c.document for c in found}
    assert all(passages[f.passage] == f.document for f in expected)
