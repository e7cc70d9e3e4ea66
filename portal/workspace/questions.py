"""A question as its manager sees it: who asked, what is known of them, what may be cited.

Guarantee: every read goes through the viewer; the page with its thread costs a fixed number of
queries, and what takes longer (the search for knowledge) comes after the page.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import override

from customer_knowledge import policies, selectors
from customer_knowledge.models import (
    Answer,
    Complaint,
    ContactLogEntry,
    Customer,
    Preference,
    Question,
)
from customer_knowledge.services import Cited
from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import User
from kiplatform.core import clock
from manager_knowledge.models import KnowledgePage
from portal.shared.hits import one_per_family
from portal.workspace.hits import CITABLE, Shown, shown
from portal.workspace.inbox import shown_state
from qa_center.models import ResearchCase
from qa_center.policies import may_open
from qa_center.selectors import running_case_on
from search.results import Results
from search.services import search, similar
from search.sources import registry

SUGGESTED = frozenset({"knowledge", "answer", "case"})
MOST_SUGGESTED = 6
MOST_NEAR = 4
MOST_OPEN = 4


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a question stands, and what its manager can do next."""

    question: Question
    state: str
    case: ResearchCase | None
    may_open_case: bool
    may_answer: bool
    others: Sequence[User]
    draft: KnowledgePage | None
    uncited: bool


def standing_of(viewer: User, question: Question) -> Standing:
    """Return the state of `question`, which the viewer sees; at most five queries."""
    case = running_case_on(question)
    answers = policies.may_answer(viewer, question)
    return Standing(
        question=question,
        state=shown_state(question),
        case=case,
        may_open_case=may_open(viewer) and not question.is_ended,
        may_answer=answers,
        others=list(_others(question)) if answers and not question.is_ended else [],
        draft=KnowledgePage.objects.visible_to(viewer)
        .filter(source_question=question.public_id)
        .order_by("-pk")
        .first(),
        uncited=Answer.objects.filter(question=question, is_standing=True)
        .exclude(uncited_reason="")
        .exists(),
    )


def _others(question: Question) -> Iterable[User]:
    """Everybody who may answer the customer besides the question's owner."""
    managers = Q(
        is_sales_manager=True,
        assignments__customer=question.customer_id,
        assignments__ended_at=None,
    )
    return (
        User.objects.active()
        .staff_members()
        .filter(managers | Q(is_administrator=True))
        .exclude(pk=question.owner_id)
        .distinct()
        .order_by("name")
    )


@dataclass(frozen=True, slots=True)
class CustomerCard:
    """What a manager keeps in mind of a customer while answering."""

    customer: Customer
    preferences: Sequence[Preference]
    questions: Sequence[Question]
    complaints: Sequence[Complaint]
    next_step: ContactLogEntry | None


def customer_card(viewer: Viewer, question: Question) -> CustomerCard:
    """Return what is known and open of the customer who asked; four queries."""
    customer, today = question.customer, timezone.localdate(clock.now())
    return CustomerCard(
        customer=customer,
        preferences=list(standing_preferences(viewer, customer, today)),
        questions=list(
            selectors.pieces_of(viewer, customer, Question)
            .filter(state=Question.State.OPEN)
            .exclude(pk=question.pk)[:MOST_OPEN]
        ),
        complaints=list(
            selectors.pieces_of(viewer, customer, Complaint).filter(
                state__in=[Complaint.State.OPEN, Complaint.State.IN_PROGRESS]
            )[:MOST_OPEN]
        ),
        next_step=selectors.pieces_of(viewer, customer, ContactLogEntry)
        .exclude(next_step="")
        .first(),
    )


def standing_preferences(viewer: Viewer, customer: Customer, today: date) -> Iterable[Preference]:
    """Return the preferences that may be used today: neither contested nor expired."""
    return (
        selectors.pieces_of(viewer, customer, Preference)
        .filter(contested_at=None)
        .exclude(expires_on__lt=today)
        .order_by("kind", "-strength")
    )


@dataclass(frozen=True, slots=True)
class Suggested:
    """Knowledge for a question, with how far the search trusts it."""

    results: Results
    hits: Sequence[Shown]
    near: Sequence[Shown]


def suggested_for(viewer: User, question: Question) -> Suggested:
    """Search what the company knows for `question`, and questions that ask nearly the same."""
    results = search(question.text, viewer, kinds=SUGGESTED, limit=2 * MOST_SUGGESTED, reader=True)
    own = set(question.answers.values_list("public_id", flat=True))
    found = [h for h in results.hits if not (h.kind == "answer" and h.key in own)]
    # What is cited goes to the customer: of a page's translations the one that they read.
    with override(question.language):
        found = one_per_family(found)
    near = similar(
        "question", question.public_id, viewer, kinds=frozenset({"question"}), limit=MOST_NEAR
    )
    language = question.language
    return Suggested(
        results=results,
        hits=shown(viewer, found[:MOST_SUGGESTED], language=language),
        near=shown(viewer, near.hits, language=language),
    )


@dataclass(frozen=True, slots=True)
class Chosen:
    """Knowledge that the composer holds to be cited: value is what the form posts."""

    value: str
    title: str
    kind: str


def cited(values: Iterable[str]) -> list[Cited]:
    """Return citations as a form posts them, "kind:key", each once; other values are dropped."""
    parts = (value.partition(":") for value in values)
    named = [Cited(kind, key) for kind, _colon, key in parts if kind in CITABLE and key]
    return list(dict.fromkeys(named))


def chosen(viewer: User, values: Iterable[str]) -> list[Chosen]:
    """Return what of `values` the viewer sees, with titles; a few queries for each kind."""
    wanted = cited(values)
    titles: dict[Cited, str] = {}
    for kind in {one.kind for one in wanted}:
        source = registry.get(kind)
        if source is None:
            continue
        visible = source.visible_keys(viewer, [one.key for one in wanted if one.kind == kind])
        for document in source.load(sorted(visible)):
            titles[Cited(kind, document.key)] = document.title
    return [
        Chosen(f"{one.kind}:{one.key}", titles[one], one.kind) for one in wanted if one in titles
    ]
