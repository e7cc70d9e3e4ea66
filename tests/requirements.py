"""What a test needs beyond Python's packages, and what happens where it is missing.

Guarantee: a missing requirement is never silent. The test is skipped with the name of what is
missing and how to get it; with KIP_REQUIRE=all (as .ci/run sets it) every skip and every expected
failure is a failure.
"""

import os

import pytest


def everything_is_required() -> bool:
    """Whether this run may skip nothing."""
    return os.environ.get("KIP_REQUIRE") == "all"


def require(name: str, condition: object, how: str) -> None:
    """Skip the running test or module unless `condition` is truthy.

    `name` says what is missing, `how` says how to get it, as a command where there is one.
    """
    if not condition:
        pytest.skip(f"{name} is missing. To get it: {how}", allow_module_level=True)
