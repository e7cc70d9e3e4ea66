"""The lock files hold exact versions that pyproject.toml allows, and name no host."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.architecture.repository import ROOT

LOCKS = ("lock.txt", "base.txt", "cluster.txt", "models.txt")


def _lines(name: str) -> list[str]:
    text = (ROOT / "requirements" / name).read_text()
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _versions(*names: str) -> dict[str, set[Version]]:
    """The locked versions of each package; more than one where they differ by Python version."""
    found: dict[str, set[Version]] = {}
    for line in (line for name in names for line in _lines(name)):
        requirement = Requirement(line)
        (specifier,) = requirement.specifier
        found.setdefault(canonicalize_name(requirement.name), set()).add(Version(specifier.version))
    return found


def _wanted(*extras: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = list(project["dependencies"])
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    return [wanted for wanted in map(Requirement, lines) if wanted.name != project["name"]]


@pytest.mark.parametrize("name", LOCKS)
def test_every_line_is_one_exact_version_and_no_address(name: str) -> None:
    exact = re.compile(r"[a-z0-9][a-z0-9-]*(\[[a-z0-9,-]+\])?==[0-9][\w.+!]*( ; [^/@]+)?")
    assert [line for line in _lines(name) if not exact.fullmatch(line)] == []


@pytest.mark.parametrize(
    ("files", "extras"),
    [
        (("base.txt",), ()),
        (("cluster.txt",), ("cluster",)),
        (("lock.txt",), ("cluster", "dev")),
        (("lock.txt", "models.txt"), ("cluster", "dev", "models")),
    ],
)
def test_the_locked_versions_are_what_the_project_asks_for(
    files: tuple[str, ...], extras: tuple[str, ...]
) -> None:
    locked = _versions(*files)
    faults = []
    for wanted in _wanted(*extras):
        versions = locked.get(canonicalize_name(wanted.name), set())
        if not versions or not all(map(wanted.specifier.contains, versions)):
            faults.append(f"{wanted}: locked {sorted(map(str, versions)) or 'not at all'}")
    assert not faults, "run `make lock`"


@pytest.mark.parametrize("narrow", ["base.txt", "cluster.txt"])
def test_every_profile_runs_what_was_tested(narrow: str) -> None:
    tested = _versions("lock.txt")
    assert {name: v for name, v in _versions(narrow).items() if tested.get(name) != v} == {}
