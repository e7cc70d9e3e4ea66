"""The documents name what the code has: a setting, command, event or role that nobody described
is a fault, and so is a link that leads nowhere."""

import re
from importlib import import_module
from importlib.util import find_spec

import pytest

from tests.architecture.repository import PACKAGES, ROOT, markdown, reference, text_of, tracked

LINK = re.compile(r"\]\(([^)\s]+)\)")
VARIABLE = re.compile(r"\bKIP_[A-Z][A-Z_]*[A-Z]\b")


def _commands() -> set[str]:
    return {
        path.stem
        for path in tracked()
        if path.parts[0] in PACKAGES
        and path.parts[-3:-1] == ("management", "commands")
        and not path.stem.startswith("_")
    }


def _event_names() -> set[str]:
    events = import_module("kiplatform.events.types")
    for name in (*PACKAGES, "kiplatform.accounts", "kiplatform.notifications"):
        if find_spec(f"{name}.events"):
            import_module(f"{name}.events")
    # Those that benchmarks and tests make for themselves are no part of the product.
    return {
        name
        for name, event in events.event_types().items()
        if event.__module__.split(".")[0] in PACKAGES and event.__module__.endswith(".events")
    }


def test_every_setting_is_described() -> None:
    from kiplatform.settings import env

    missing = sorted(name for name in env.VARIABLES if f"`{name}`" not in reference())
    assert not missing, "not in docs/reference"


def test_the_reference_describes_no_setting_that_is_gone() -> None:
    from kiplatform.settings import env

    page = text_of(ROOT / "docs/reference/settings.md") or ""
    assert sorted(set(VARIABLE.findall(page)) - set(env.VARIABLES)) == []


def test_every_variable_of_tests_and_tools_is_described() -> None:
    used: set[str] = set()
    for path in tracked():
        if path.suffix in {".py", ".yaml", ".yml"} or path.name in {"Makefile", "run"}:
            used |= set(VARIABLE.findall(text_of(path) or ""))
    described = "\n".join(text for _path, text in markdown("docs"))
    assert sorted(name for name in used if f"`{name}`" not in described) == []


def test_every_management_command_is_described() -> None:
    missing = sorted(name for name in _commands() if f"manage.py {name}" not in reference())
    assert not missing, "not in docs/reference as `manage.py NAME`"


def test_every_event_type_is_described() -> None:
    missing = sorted(name for name in _event_names() if f"`{name}`" not in reference())
    assert not missing, "not in docs/reference"


def test_every_role_is_described() -> None:
    from kiplatform.accounts.roles import Role

    missing = sorted(role.value for role in Role if f"`{role.value}`" not in reference())
    assert not missing, "not in docs/reference"


def test_every_make_target_is_described() -> None:
    makefile = text_of(ROOT / "Makefile") or ""
    targets = re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)
    assert {"demo", "test"} <= set(targets)
    page = text_of(ROOT / "docs/reference/commands-make.md") or ""
    assert [target for target in targets if f"`make {target}`" not in page] == []


def test_every_link_between_the_documents_leads_somewhere() -> None:
    broken = []
    for path, text in markdown():
        for target in LINK.findall(text):
            name = target.split("#")[0]
            outside = "://" in name or name.startswith("mailto:")
            if not outside and not (ROOT / path.parent / name).exists():
                broken.append(f"{path}: {target}")
    assert broken == []


@pytest.mark.parametrize("section", ["tutorials", "how-to", "reference", "explanation", "adr"])
def test_every_page_is_reached_from_the_index_of_its_section(section: str) -> None:
    folder = f"docs/{section}/"
    index = {str(path): text for path, text in markdown(folder)}.get(f"{folder}index.md")
    assert index is not None, f"{folder}index.md is missing"
    linked = {target.split("#")[0] for target in LINK.findall(index)}
    pages = {str(path)[len(folder) :] for path, _text in markdown(folder)} - {"index.md"}
    assert sorted(pages - linked) == []
