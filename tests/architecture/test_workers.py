"""Tests that share something slow to start, a server or the demo company, share one worker."""

import pytest


@pytest.mark.xdist_group("workers")
def test_the_scheduler_is_told_a_tests_group(request: pytest.FixtureRequest) -> None:
    """pytest-xdist reads the group off a test's name; where it is missing there, every worker
    starts every server and loads the demo company for itself."""
    grouped = bool(request.config.getoption("loadgroup", default=False))
    assert request.node.nodeid.endswith("@workers") is grouped
