"""The environment is made once, and again only when the locked packages change."""

from pathlib import Path

import pytest

from tools import bootstrap


@pytest.fixture
def venv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An environment with a Python in it, and lock files that a test may change."""
    (tmp_path / "requirements").mkdir()
    for name in ("base.txt", "lock.txt", "models.txt"):
        (tmp_path / "requirements" / name).write_text(f"{name}==1\n")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    venv = tmp_path / ".venv"
    python = bootstrap.python_of(venv)
    python.parent.mkdir(parents=True)
    python.touch()
    return venv


def _install(venv: Path, profile: str) -> None:
    bootstrap.stamp(venv, profile).write_text(bootstrap.fingerprint(profile))


@pytest.mark.parametrize(
    ("installed", "there"),
    [
        ("base", {"base"}),
        ("dev", {"base", "dev"}),
        ("models", {"base", "dev", "models"}),
    ],
)
def test_a_profile_includes_the_narrower_ones(venv: Path, installed: str, there: set[str]) -> None:
    _install(venv, installed)
    assert {name for name in bootstrap.PROFILES if bootstrap.is_installed(venv, name)} == there


def test_changed_locks_are_installed_again(venv: Path) -> None:
    _install(venv, "models")
    (venv.parent / "requirements" / "models.txt").write_text("torch==2\n")
    assert not bootstrap.is_installed(venv, "models")


def test_another_python_is_another_environment(venv: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _install(venv, "base")
    monkeypatch.setattr(bootstrap.sys, "version_info", (3, 99, 0))
    assert not bootstrap.is_installed(venv, "base")


def test_an_environment_whose_python_is_gone_is_not_there(venv: Path) -> None:
    _install(venv, "base")
    bootstrap.python_of(venv).unlink()
    assert not bootstrap.is_installed(venv, "base")
