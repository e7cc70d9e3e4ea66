"""Lists: filters that are links, and pages of rows.

Guarantee: a filter keeps the other filters of the address, and begins at its first page; whatever
an address holds in the place of a page number shows a page.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise

from kiplatform.core.numbers import whole_number

PAGE_SIZE = 25
MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter, or a tab: a link that says whether it is chosen."""

    label: str | Promise
    url: str
    active: bool
    count: int | str = ""


@dataclass(frozen=True, slots=True)
class Window:
    """Some rows of a list whose whole length nobody asks for."""

    rows: Sequence[Any]
    previous: str
    next: str


def with_query(request: HttpRequest, path: str = "", /, **changes: str | None) -> str:
    """Return the address of this page with other values in its query; None and "" leave out."""
    query = request.GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        if value:
            query[name] = value
        else:
            query.pop(name, None)
    encoded = query.urlencode()
    return f"{path or request.path}?{encoded}" if encoded else path or request.path


def chips(
    request: HttpRequest,
    name: str,
    choices: Iterable[tuple[str, str | Promise]],
    *,
    default: str = "",
    counts: Mapping[str, int] | None = None,
    path: str = "",
) -> list[Chip]:
    """Return a filter's choices (value, label) as links that set `name` in the query.

    :param default: the value that holds where the address names none; its link names none.
    :param path: of the list, where this page is another one.
    """
    chosen = request.GET.get(name, default)
    return [
        Chip(
            label,
            with_query(request, path, **{name: None if value == default else value}),
            value == chosen,
            (counts or {}).get(value, ""),
        )
        for value, label in choices
    ]


def page_of(request: HttpRequest, rows: QuerySet[Any] | Sequence[Any]) -> Page[Any]:
    """Return the page that the address asks for, or the nearest one there is."""
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


def window(request: HttpRequest, rows: QuerySet[Any], *, path: str = "") -> Window:
    """Return one page of rows with the addresses around it, without counting the whole."""
    number = max(1, min(whole_number(request.GET.get("page", "")), MOST_PAGES))
    start = (number - 1) * PAGE_SIZE
    found = list(rows[start : start + PAGE_SIZE + 1])
    base = with_query(request, path)
    joint = "&" if "?" in base else "?"
    return Window(
        rows=found[:PAGE_SIZE],
        previous=f"{base}{joint}page={number - 1}" if number > 1 else "",
        next=f"{base}{joint}page={number + 1}" if len(found) > PAGE_SIZE else "",
    )


def shortened(text: str, longest: int = 110) -> str:
    """Return a text in one line of at most `longest` characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"
