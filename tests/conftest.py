"""What holds for every test: skips are told or refused, real servers are there when asked for.

Guarantee: with KIP_REQUIRE=all no skip and no expected failure passes for a success, and a test
that uses a real server or the browser carries the marker for it without saying so itself.
"""

from collections.abc import Generator, Iterator

import pytest
from hypothesis import HealthCheck, settings
from pytest_django import DjangoDbBlocker

from tests.database import copied
from tests.requirements import everything_is_required
from tests.servers.fixtures import (
    browser,
    chromium_path,
    elasticsearch_cluster,
    elasticsearch_server,
    postgres_server,
    redis_server,
)

__all__ = [
    "browser",
    "chromium_path",
    "elasticsearch_cluster",
    "elasticsearch_server",
    "postgres_server",
    "redis_server",
]

# No timing decides a test, and a fixture that all examples share is meant to be shared.
settings.register_profile(
    "kiplatform",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("kiplatform")

# A fixture's markers, and the group whose tests share one worker, so that each starts once.
FIXTURES = {
    "browser": ("e2e", "browser"),
    "postgres_server": ("servers", "postgres"),
    "redis_server": ("servers", "redis"),
    "elasticsearch_server": ("servers", "elasticsearch"),
    "elasticsearch_cluster": ("servers", "elasticsearch"),
}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        groups = []
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in FIXTURES:
                marker, group = FIXTURES[fixture]
                item.add_marker(marker)
                groups.append(group)
        if groups and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(min(groups)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if everything_is_required() and report.outcome == "skipped":
        reason = getattr(report, "wasxfail", None) or report.longrepr
        report.outcome = "failed"
        report.longrepr = f"KIP_REQUIRE=all: {item.nodeid} was not run to its end: {reason}"
        if hasattr(report, "wasxfail"):
            del report.wasxfail
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if everything_is_required() and report.outcome == "skipped":
        report.outcome = "failed"
        report.longrepr = f"KIP_REQUIRE=all: {collector.nodeid} was skipped: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def django_db_setup(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """A migrated SQLite file of this run's own, in place of migrating anew for every run."""
    with django_db_blocker.unblock(), copied(tmp_path_factory.mktemp("database")):
        yield
