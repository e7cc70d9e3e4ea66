"""The navigation says where one is: in one place, or in none."""

from dataclasses import replace

import pytest

from portal.navigation import PORTAL, WORKSPACE, Entry, _active


def places(entries: tuple[Entry, ...], path: str) -> list[str]:
    return [entry.url for entry in entries if _active(entry, path)]


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/workspace/", "/workspace/"),
        ("/workspace/questions/abc/", "/workspace/"),
        ("/workspace/customers/abc/edit/", "/workspace/customers/"),
        ("/workspace/co-creations/abc/", "/workspace/customers/"),
        ("/workspace/cases/abc/", "/workspace/cases/"),
        ("/workspace/proposals/abc/object/", "/workspace/cases/"),
        ("/workspace/answers/abc/", "/workspace/search/"),
        ("/workspace/settings/work/", None),
        ("/workspace/notifications/", None),
    ],
)
def test_a_page_of_the_workspace_has_at_most_one_place(path: str, place: str | None) -> None:
    assert places(WORKSPACE, path) == ([place] if place else [])


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/portal/", "/portal/"),
        ("/portal/questions/abc/", "/portal/"),
        ("/portal/ask/", "/portal/ask/"),
        ("/portal/answers/abc/", "/portal/knowledge/"),
        ("/portal/settings/", None),
    ],
)
def test_a_page_of_the_portal_has_at_most_one_place(path: str, place: str | None) -> None:
    assert places(PORTAL, path) == ([place] if place else [])


def test_a_new_start_page_holds_itself_alone() -> None:
    start = replace(WORKSPACE[0], also=())
    assert _active(start, "/workspace/")
    assert not _active(start, "/workspace/questions/")
