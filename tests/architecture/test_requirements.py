"""A skip is told, and refused where nothing may be skipped."""

import pytest

pytest_plugins = ["pytester"]

SKIPS = """
    import pytest
    from tests.requirements import require

    def test_passes():
        pass

    def test_needs_something():
        require("A printer", False, "buy one")

    @pytest.mark.skip(reason="not today")
    def test_skipped():
        pass

    @pytest.mark.xfail(reason="known to break")
    def test_expected_to_fail():
        assert False
"""
MODULE = """
    from tests.requirements import require
    require("A printer", False, "buy one")
"""
HOOKS = "from tests.conftest import pytest_make_collect_report, pytest_runtest_makereport"


@pytest.fixture
def inner(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv("KIP_REQUIRE", raising=False)
    pytester.makeconftest(HOOKS)
    return pytester


def _run(inner: pytest.Pytester) -> pytest.RunResult:
    return inner.runpytest_inprocess("-rs", "-p", "no:django", "-p", "no:xdist", "-p", "no:asyncio")


def test_a_missing_requirement_is_skipped_with_how_to_get_it(inner: pytest.Pytester) -> None:
    inner.makepyfile(SKIPS)
    result = _run(inner)
    result.assert_outcomes(passed=1, skipped=2, xfailed=1)
    result.stdout.fnmatch_lines(["*A printer is missing. To get it: buy one"])


def test_where_everything_is_required_each_of_them_fails(
    inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KIP_REQUIRE", "all")
    inner.makepyfile(SKIPS)
    result = _run(inner)
    # A mark skips in the set-up, where pytest calls a failure an error.
    result.assert_outcomes(passed=1, failed=2, errors=1)
    result.stdout.fnmatch_lines(["*A printer is missing. To get it: buy one*"])


def test_a_skipped_module_fails_too(
    inner: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner.makepyfile(MODULE)
    _run(inner).assert_outcomes(skipped=1)
    monkeypatch.setenv("KIP_REQUIRE", "all")
    _run(inner).assert_outcomes(errors=1)
