"""The container files fit the project: their variables, commands, paths and profiles exist."""

import re
import tomllib
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from tests.architecture.repository import PACKAGES, ROOT
from tests.servers import elasticsearch


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    parsed = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services: dict[str, Any] = parsed["services"]
    return services


@pytest.fixture(scope="module")
def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()


def test_every_variable_is_one_that_the_platform_reads(services: dict[str, Any]) -> None:
    from kiplatform.settings import env

    given = services["web"]["environment"]
    assert set(given) - set(env.VARIABLES) == set()
    assert given["KIP_SEARCH_ENGINE"] == "elasticsearch"
    assert given["KIP_DATABASE_URL"].startswith("postgresql://")


def test_every_command_is_one_that_django_knows(services: dict[str, Any]) -> None:
    from django.core.management import get_commands

    called = set()
    for service in services.values():
        called |= set(re.findall(r"manage\.py (\w+)", str(service.get("command", ""))))
    assert {"migrate", "relay"} <= called
    assert called - set(get_commands()) == set()


def test_every_service_waits_for_services_that_exist(services: dict[str, Any]) -> None:
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        for condition in service.get("depends_on", {}).values():
            assert condition["condition"].startswith("service_")


def test_the_services_are_reached_from_this_host_only(services: dict[str, Any]) -> None:
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert [port for port in ports if not str(port).startswith("127.0.0.1:")] == []


def test_the_image_holds_every_package_and_copies_only_what_exists(dockerfile: str) -> None:
    copied = set()
    for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE):
        copied |= set(line.split()[:-1])
    assert set(PACKAGES) <= copied
    assert [path for path in sorted(copied) if not (ROOT / path).exists()] == []
    allowed = (ROOT / ".dockerignore").read_text()
    for path in copied:
        assert f"!{path.split('/')[0]}" in allowed


def test_the_image_runs_an_allowed_python_and_not_as_root(dockerfile: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    allowed = SpecifierSet(project["requires-python"])
    versions = re.findall(r"^FROM python:([\d.]+)-slim", dockerfile, re.MULTILINE)
    assert versions
    assert all(allowed.contains(version) for version in versions)
    assert re.search(r"^USER (?!root)\w+$", dockerfile, re.MULTILINE)


def test_the_tests_run_the_elasticsearch_that_the_containers_run(
    services: dict[str, Any],
) -> None:
    assert services["elasticsearch"]["image"].endswith(f":{elasticsearch.version()}")
