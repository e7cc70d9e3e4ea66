"""The inbox: which questions of which customers, the most pressing first.

Guarantee: two queries however many questions there are, one for the rows and one for the counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customer_knowledge import selectors
from customer_knowledge.models import Customer, Question
from kiplatform.accounts.models import User
from portal.workspace.listing import Chip, Window, chips, shortened, window

SHOWS = (
    ("mine", _("Waiting for me")),
    ("team", _("All waiting")),
    ("unread", _("Unread")),
    ("answered", pgettext_lazy("questions", "Answered")),
    ("ended", pgettext_lazy("questions", "Ended")),
    ("all", pgettext_lazy("questions", "All")),
)
DEFAULT = "mine"


@dataclass(frozen=True, slots=True)
class Row:
    """A question for components/list_row.html."""

    title: str
    url: str
    name: str
    key: str
    square: bool
    meta: tuple[str, ...]
    at: datetime
    unread: bool
    current: bool
    state: str
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Inbox:
    """The list's pane.

    query: keeps the chosen filter in the addresses of the questions. leads: whether the list is
    what the page is about, and not beside a question.
    """

    chips: Sequence[Chip]
    rows: Sequence[Row]
    window: Window
    show: str
    query: str
    refresh_url: str
    leads: bool


def inbox_of(request: HttpRequest, viewer: User, *, current: str = "") -> Inbox:
    """Return the inbox as the address filters it. current: public id of the question shown."""
    path = reverse("workspace:inbox")
    show = request.GET.get("show", DEFAULT)
    if show not in dict(SHOWS):
        show = DEFAULT
    query = "" if show == DEFAULT else f"?show={show}"
    shown = window(request, _rows(viewer, show), path=path)
    refresh = reverse("workspace:inbox_list")
    counts = (
        Question.objects.visible_to(viewer)
        .of_known_customers(viewer)
        .filter(state=Question.State.OPEN)
        .aggregate(mine=Count("pk", filter=Q(owner=viewer)), team=Count("pk"))
    )
    return Inbox(
        chips=chips(request, "show", SHOWS, default=DEFAULT, counts=counts, path=path),
        rows=[_row(row, query, current) for row in shown.rows],
        window=shown,
        show=show,
        query=query,
        leads=not current,
        refresh_url=f"{refresh}?{urlencode({'show': show, 'current': current})}",
    )


def shown_state(question: Question) -> str:
    """Return the state as portal/labels.py words it: what was answered before is asked again."""
    asked_again = question.state == Question.State.OPEN and question.reopened_count
    return "reopened" if asked_again else str(question.state)


def _row(question: Question, query: str, current: str) -> Row:
    thread = question.thread
    return Row(
        title=shortened(question.text),
        url=reverse("workspace:question", args=[question.public_id]) + query,
        name=question.customer.name,
        key=question.customer.public_id,
        square=question.customer.kind == Customer.Kind.ORGANISATION,
        meta=(question.customer.name,),
        at=(thread.last_message_at if thread else None) or question.occurred_at,
        unread=bool(getattr(question, "unread", 0)) and question.public_id != current,
        current=question.public_id == current,
        state=shown_state(question),
        due_at=question.due_at if question.state == Question.State.OPEN else None,
    )


def _rows(viewer: User, show: str) -> QuerySet[Any]:
    if show == "mine":
        return selectors.questions_to_answer(viewer)
    rows: QuerySet[Any] = selectors.questions_for(viewer)
    if show == "team":
        return rows.filter(state=Question.State.OPEN).order_by("due_at", "id")
    if show == "unread":
        return rows.filter(unread__gt=0).order_by(F("thread__last_message_at").desc())
    if show == "answered":
        return rows.filter(state=Question.State.ANSWERED)
    if show == "ended":
        return rows.filter(state__in=Question.ENDED)
    return rows
