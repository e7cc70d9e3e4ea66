"""The mean of past queries."""

import numpy as np
import pytest

from search.models import QueryStatistics
from search.query_means import MOST, QueryMeans

pytestmark = pytest.mark.django_db
FIRST = np.array([1, 0], np.float32)
SECOND = np.array([0, 1], np.float32)


def test_past_queries_move_the_shipped_mean() -> None:
    means = QueryMeans("default", "r", 2)
    shipped = {"zh": SECOND}
    assert means.mean("zh", shipped) == pytest.approx([0, 1])
    for _ in range(50):
        means.add("zh", FIRST)
    assert means.mean("zh", shipped) == pytest.approx([0.5, 0.5])
    assert means.mean("en", shipped) == pytest.approx([0, 0])


def test_what_was_learnt_outlives_the_process_and_is_shared() -> None:
    for _ in range(2):
        means = QueryMeans("default", "r", 2)
        for _ in range(25):
            means.add("zh", FIRST)
        means.flush()
        means.flush()
    row = QueryStatistics.objects.get()
    assert (row.language, row.count) == ("zh", 50)
    assert QueryMeans("default", "r", 2).mean("zh", {"zh": SECOND}) == pytest.approx([0.5, 0.5])
    assert QueryMeans("default", "other", 2).mean("zh", {}) == pytest.approx([0, 0])


def test_old_queries_fade() -> None:
    means = QueryMeans("default", "r", 2)
    for vector in (FIRST, SECOND):
        for _ in range(MOST):
            means.add("zh", vector)
        means.flush()
    assert QueryStatistics.objects.get().count <= MOST
    mean = means.mean("zh", {})
    assert mean[1] > 0.9 > 0.1 > mean[0]


def test_a_handful_is_not_written_yet() -> None:
    means = QueryMeans("default", "r", 2)
    means.add("zh", FIRST)
    means.flush()
    assert not QueryStatistics.objects.exists()
    assert means.mean("zh", {"zh": SECOND})[0] > 0
