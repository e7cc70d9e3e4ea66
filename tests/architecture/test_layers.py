"""The house's layers hold, and the contracts that say so see a breach."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT

ROOMS = ("models", "policies", "events", "services", "selectors", "notifications", "urls")


def _check_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of pyproject.toml on the packages in a folder."""
    program = "import sys; from importlinter.cli import lint_imports_command as c; c()"
    return subprocess.run(
        [sys.executable, "-c", program, "--no-logo", "--no-cache", "--config", "pyproject.toml"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_import_goes_down_the_house() -> None:
    done = _check_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def empty_house(tmp_path: Path) -> Path:
    """A house of empty rooms under the project's own contracts."""
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = contracts["contracts"][0]["layers"]
    modules = [module.strip() for layer in layers for module in layer.split("|")]
    modules += contracts["root_packages"]
    modules += [f"qa_center.{room}" for room in (*ROOMS, "routing")]
    modules += [f"customer_knowledge.{room}" for room in ROOMS]
    for module in modules:
        package = tmp_path.joinpath(*module.split("."))
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").touch()
    return tmp_path


def test_an_empty_house_keeps_every_contract(empty_house: Path) -> None:
    done = _check_imports(empty_house)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("search", "portal"),
        ("kiplatform.core", "kiplatform.accounts"),
        ("kiplatform.events", "kiplatform.notifications"),
        ("customer_knowledge", "manager_knowledge"),
        ("search", "kiplatform.realtime"),
        ("manager_knowledge", "qa_center"),
        ("qa_center.models", "qa_center.services"),
        ("customer_knowledge.policies", "customer_knowledge.services"),
        ("customer_knowledge.services", "customer_knowledge.urls"),
        ("qa_center.routing", "qa_center.models"),
        ("qa_center.routing", "django.db"),
    ],
)
def test_a_breach_is_seen(empty_house: Path, importer: str, imported: str) -> None:
    module = empty_house.joinpath(*importer.split("."), "__init__.py")
    module.write_text(f"import {imported}\n")
    done = _check_imports(empty_house)
    assert done.returncode == 1
    assert f"{importer} -> {imported.split('.db')[0]}" in done.stdout
