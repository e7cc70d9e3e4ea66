"""Vectors as int8 rows."""

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.vectors import largest, quantise, restore, scan


def units(count: int, dimension: int = 384, seed: int = 1) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_a_stored_vector_is_within_half_a_step() -> None:
    vectors = units(50)
    rows, scales = quantise(vectors)
    for vector, row, scale in zip(vectors, rows, scales, strict=True):
        back = restore(row.tobytes(), float(scale))
        assert np.abs(back - vector).max() <= scale / 2 + 1e-6
        assert float(back @ vector) / float(np.linalg.norm(back)) > 0.999


def test_zeros_stay_zeros() -> None:
    rows, scales = quantise(np.zeros((2, 8), np.float32))
    assert not rows.any()
    assert not scales.any()


def test_nothing_scans_to_nothing() -> None:
    assert scan(np.zeros((0, 8), np.int8), np.ones(8, np.float32)).shape == (0,)
    assert quantise(np.zeros((0, 8), np.float32))[0].shape == (0, 8)


def test_the_scan_finds_the_nearest_of_many() -> None:
    """recall@10 of the rounded scan against exact cosines; the engine scores the best again."""
    vectors, queries = units(5000), units(50, seed=2)
    rows, scales = quantise(vectors)
    kept = []
    for query in queries:
        exact = set(np.argsort(-(vectors @ query))[:10])
        rounded = np.argsort(-(scan(rows, query) * scales))[:20]
        kept.append(len(exact & set(rounded)) / 10)
    assert np.mean(kept) >= 0.98


def test_the_scan_is_the_product() -> None:
    rows, scales = quantise(units(20))
    query = units(1, seed=3)[0]
    exact = (rows.astype(np.float32) * scales[:, None]) @ query
    assert scan(rows, query) * scales == pytest.approx(exact, abs=0.01)


@given(st.integers(1, 3000), st.integers(0, 20), st.floats(0, 1), st.randoms())
def test_the_largest_are_found_among_equals_and_forbidden_ones(
    size: int, values: int, allowed: float, chance: Random
) -> None:
    """With few different values there are many equals; a forbidden row has minus infinity."""
    scores = np.array(
        [
            chance.randint(-values, values) if chance.random() < allowed else -np.inf
            for _ in range(size)
        ],
        np.float32,
    )
    count = chance.randint(1, size)
    places = largest(scores, count)
    assert len(set(places.tolist())) == count
    assert sorted(scores[places]) == sorted(scores)[-count:]
