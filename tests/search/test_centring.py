"""Taking the language out of vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.centring import centred, document_means, language_class, shrunk_mean
from search.engines.base import LanguageStatistics


@pytest.mark.parametrize(
    ("language", "expected"),
    [("zh-hans", "zh"), ("zh-hant", "zh"), ("en", "en"), ("en-gb", "en"), ("fr", "other")],
)
def test_language_classes(language: str, expected: str) -> None:
    assert language_class(language) == expected


def test_a_small_collection_keeps_near_the_shipped_mean() -> None:
    own, shipped = np.array([1.0, 0.0], np.float32), np.array([0.0, 1.0], np.float32)
    assert shrunk_mean(own * 0, 0, shipped) == pytest.approx([0, 1])
    assert shrunk_mean(own * 50, 50, shipped) == pytest.approx([0.5, 0.5])
    assert shrunk_mean(own * 950, 950, shipped) == pytest.approx([0.95, 0.05])


def test_the_language_no_longer_decides() -> None:
    """Subject in the first two dimensions, language in the last: the subject wins once centred."""
    zh, en = np.array([0, 0, 3.0]), np.array([0, 0, -3.0])
    documents = {"zh other": [0, 1, 3.0], "en same": [1, 0, -3.0]}
    query = np.array([1, 0, 3.0])

    def score(key: str, centre: bool) -> float:
        language = zh if key.startswith("zh") else en
        vector = np.array(documents[key])
        a, b = (query - zh, vector - language) if centre else (query, vector)
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert score("zh other", False) > score("en same", False)
    assert score("zh other", True) < score("en same", True)
    assert centred(query.astype(np.float32), zh.astype(np.float32)) == pytest.approx([1, 0, 0])


@given(st.lists(st.floats(-1, 1, width=32), min_size=4, max_size=4))
def test_centred_vectors_are_units_or_zeros(values: list[float]) -> None:
    mean = np.array([0.5, 0.5, 0.5, 0.5], np.float32)
    length = float(np.linalg.norm(centred(np.array(values, np.float32), mean)))
    assert length == pytest.approx(1.0, abs=1e-4) or length == 0.0


def test_a_vector_equal_to_its_mean_becomes_zeros() -> None:
    mean = np.array([0.6, 0.8], np.float32)
    assert not centred(mean, mean).any()
    assert not centred(np.stack([mean, mean]), mean).any()


def test_every_language_has_a_mean() -> None:
    shipped = {"zh": np.array([1.0, 0.0], np.float32)}
    own = {"en": LanguageStatistics(50, np.array([0.0, 50.0], np.float32))}
    means = document_means(own, shipped, 2)
    assert means["zh"] == pytest.approx([1, 0])
    assert means["en"] == pytest.approx([0, 50 / 55])
    assert means["other"] == pytest.approx([0, 0])
