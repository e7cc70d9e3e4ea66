"""An installed wheel holds what a checkout holds: templates, styles, translations, weights."""

import tomllib
from pathlib import Path

from tests.architecture.repository import PACKAGES, ROOT, tracked

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _package_of(path: Path) -> Path:
    """The innermost package around a file."""
    return next(folder for folder in path.parents if (ROOT / folder / "__init__.py").exists())


def test_every_file_of_the_packages_is_packed() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]["*"]
    ours = [path for path in tracked() if path.parts[0] in PACKAGES]
    packed = {
        found.relative_to(ROOT)
        for package in {_package_of(path) for path in ours}
        for pattern in patterns
        for found in (ROOT / package).glob(pattern)
    }
    left_out = [path for path in ours if path.suffix != ".py" and path not in packed]
    assert len(ours) > 500
    assert left_out == []


def test_every_package_is_found() -> None:
    found = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    assert sorted(found) == sorted(f"{package}*" for package in PACKAGES)
    bare = {
        path.parent
        for path in tracked()
        if path.parts[0] in PACKAGES
        and path.suffix == ".py"
        and not (ROOT / path.parent / "__init__.py").exists()
    }
    assert bare == set()


def test_the_build_has_what_compiles_the_translations() -> None:
    assert any(need.startswith("Babel") for need in PROJECT["build-system"]["requires"])
    for line in (ROOT / "MANIFEST.in").read_text().splitlines():
        assert (ROOT / line.removeprefix("include ")).exists(), line
