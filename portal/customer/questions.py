"""Questions as their customers see them: rows of lists, groups of states, the page's parts."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from customer_knowledge.models import Question
from kiplatform.accounts.models import User
from kiplatform.core import clock
from portal.customer.hits import shortened

State = Question.State
GROUPS: Mapping[str, tuple[Any, Sequence[str]]] = {
    "": (_("All"), State.values),
    "open": (_("Awaiting an answer"), [State.OPEN]),
    "answered": (_("Answered, your turn"), [State.ANSWERED]),
    "solved": (_("Solved"), [State.CONFIRMED, State.DEFLECTED]),
    "withdrawn": (_("Withdrawn"), [State.WITHDRAWN]),
}
KIND_CARDS: Mapping[str, tuple[Any, str]] = {
    Question.Kind.PRODUCT_SERVICE: (
        _("How something works, what it costs, how to do it"),
        "box",
    ),
    Question.Kind.MARKET_TREND: (_("Rates, prices, where things are going"), "chart"),
    Question.Kind.COMPANY_BUSINESS: (_("The company, its rules and its plans"), "building"),
}


def kind_choices() -> list[dict[str, Any]]:
    """Return the kinds of question as components/choice_cards.html shows them."""
    return [
        {"value": kind.value, "title": kind.label, "text": text, "icon": icon}
        for kind, (text, icon) in ((Question.Kind(k), v) for k, v in KIND_CARDS.items())
    ]


def shown_state(question: Question) -> str:
    """Return the state as labels.py names it: an open question that was answered is "reopened"."""
    if question.state == State.OPEN and question.reopened_count:
        return "reopened"
    return question.state


def chips(rows: QuerySet[Question], chosen: str) -> list[dict[str, Any]]:
    """Return the filters of the list with their counts, in one query."""
    counts = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    address = reverse("portal:questions")
    return [
        {
            "label": label,
            "url": f"{address}?state={key}" if key else address,
            "active": key == chosen,
            "count": sum(counts.get(state, 0) for state in states),
        }
        for key, (label, states) in GROUPS.items()
    ]


def row(viewer: User, question: Question) -> dict[str, Any]:
    """Return one question as components/list_row.html shows it."""
    others = question.author is not None and question.author_id != viewer.pk
    words = [question.product.name if question.product else question.get_kind_display()]
    if others:
        words.append(question.author.name)  # type: ignore[union-attr]
    return {
        "title": shortened(question.text),
        "url": reverse("portal:question", args=[question.public_id]),
        "state": shown_state(question),
        "at": question.occurred_at,
        "unread": getattr(question, "unread", 0) > 0,
        "meta": words,
    }


def is_late(question: Question) -> bool:
    """Tell whether the company has let the promised time pass."""
    return (
        question.state == State.OPEN
        and question.due_at is not None
        and question.due_at < clock.now()
    )
