"""What of customer knowledge can be found, by whom, and which events change it.

Guarantee: the tokens of a document admit exactly those whom `visible_to` admits (administrators
and the product team by role, the customer's own people by customer), and every hit is asked of
`visible_to` again. What reaches people who do not know the customer (questions, feedback, answers)
is kept without what could name or reach somebody, so that no hit, title or citation can.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet

from customer_knowledge.masking import masked, names_of
from customer_knowledge.models import (
    Answer,
    CoCreation,
    Complaint,
    MarketComment,
    ProductComment,
    Question,
    Suggestion,
)
from customer_knowledge.models.base import Visibility
from kiplatform.accounts.access import STAFF, Viewer
from kiplatform.events.registry import RecordedEvent
from search.documents import Document

ADMINISTRATOR = "role:administrator"
PRODUCT_TEAM = "role:product_team"
KeysOf = Callable[[RecordedEvent], Iterable[str]]


def _field(name: str) -> KeysOf:
    return lambda event: [event.payload[name]] if event.payload.get(name) else []


def _version(row: Any) -> int:
    return int(row.updated_at.timestamp() * 1_000_000)


class RowSource:
    """A source whose documents are rows of one table, keyed by their public ids."""

    kind: str
    events: Mapping[str, KeysOf]
    # The relation from a row to the names that its words must not tell.
    names = "customer__contacts__user"

    def rows(self) -> QuerySet[Any]:
        """Return the eligible rows with what `document` reads."""
        raise NotImplementedError

    def visible_rows(self, viewer: Viewer) -> QuerySet[Any]:
        """Return the rows that `viewer` may see."""
        raise NotImplementedError

    def document(self, row: Any) -> Document:
        """Return what search keeps of `row`."""
        raise NotImplementedError

    def keys(self) -> Iterator[str]:
        yield from self.rows().order_by("pk").values_list("public_id", flat=True).iterator()

    def load(self, keys: Sequence[str]) -> list[Document]:
        rows = self.rows().filter(public_id__in=keys).prefetch_related(self.names)
        return [self.document(row) for row in rows]

    def visible_keys(self, viewer: Viewer, keys: Sequence[str]) -> set[str]:
        rows = self.visible_rows(viewer).filter(public_id__in=keys)
        return set(rows.values_list("public_id", flat=True))


class QuestionSource(RowSource):
    """Questions, for the customer's people and the product team."""

    kind = "question"
    events = {
        "question.asked": _field("question"),
        "question.answered": _field("question"),
        "question.confirmed": _field("question"),
        "question.reopened": _field("question"),
        "question.withdrawn": _field("question"),
        "question.deflected": _field("question"),
    }

    def rows(self) -> QuerySet[Question]:
        return Question.objects.exclude(state=Question.State.WITHDRAWN).select_related(
            "customer", "product"
        )

    def visible_rows(self, viewer: Viewer) -> QuerySet[Question]:
        return Question.objects.visible_to(viewer)

    def document(self, row: Question) -> Document:
        return Document(
            kind=self.kind,
            key=row.public_id,
            version=_version(row),
            language=row.language,
            title="",
            text=masked(row.text, names_of(row.customer)),
            access=frozenset({f"customer:{row.customer.public_id}", ADMINISTRATOR, PRODUCT_TEAM}),
            facets={
                "type": row.kind,
                "state": row.state,
                "product": row.product.code if row.product else "",
            },
            updated_at=row.updated_at,
        )


class AnswerSource(RowSource):
    """Standing answers, with the question that they answer: what the company has said before."""

    kind = "answer"
    names = "question__customer__contacts__user"

    @staticmethod
    def _of_question(event: RecordedEvent) -> list[str]:
        # A newer answer takes the place of an older one, so all of a question's are looked at.
        return list(
            Answer.objects.filter(question__public_id=event.payload["question"]).values_list(
                "public_id", flat=True
            )
        )

    @staticmethod
    def _of_message(event: RecordedEvent) -> list[str]:
        return list(
            Answer.objects.filter(message__public_id=event.payload["message"]).values_list(
                "public_id", flat=True
            )
        )

    @property
    def events(self) -> Mapping[str, KeysOf]:  # type: ignore[override]
        return {
            "question.answered": self._of_question,
            "question.confirmed": self._of_question,
            "question.reopened": self._of_question,
            "question.withdrawn": self._of_question,
            "message.changed": self._of_message,
        }

    def rows(self) -> QuerySet[Answer]:
        return (
            Answer.objects.standing()
            .filter(question__state__in=[Question.State.ANSWERED, Question.State.CONFIRMED])
            .select_related("question", "question__customer", "question__product", "message")
        )

    def visible_rows(self, viewer: Viewer) -> QuerySet[Answer]:
        return Answer.objects.visible_to(viewer)

    def document(self, row: Answer) -> Document:
        question = row.question
        names = names_of(question.customer)
        return Document(
            kind=self.kind,
            key=row.public_id,
            version=max(_version(row), _version(row.message)),
            language=row.message.language,
            title=masked(question.text, names),
            text=masked(row.message.text, names),
            access=frozenset({STAFF, f"customer:{question.customer.public_id}"}),
            facets={
                "type": question.kind,
                "product": question.product.code if question.product else "",
            },
            verified=row.accepted_at is not None,
            updated_at=row.updated_at,
            boost=1.1 if row.accepted_at else 1.0,
        )


class FeedbackSource(RowSource):
    """One kind of feedback: customers' words, for their managers and the product team."""

    def __init__(
        self,
        table: type[ProductComment | MarketComment | Complaint | Suggestion],
        kind: str,
        title: str,
        text: tuple[str, ...],
    ) -> None:
        self.table, self.kind, self._title, self._text = table, kind, title, text
        self.events = {"feedback.given": self._given, "feedback.settled": self._given}

    def _given(self, event: RecordedEvent) -> list[str]:
        mine = event.payload["kind"] == self.table.__name__.lower()
        return [event.payload["feedback"]] if mine else []

    def rows(self) -> QuerySet[Any]:
        return self.table.objects.select_related("customer", "product")

    def visible_rows(self, viewer: Viewer) -> QuerySet[Any]:
        return self.table.objects.visible_to(viewer)

    def document(self, row: Any) -> Document:
        names = names_of(row.customer)
        text = "\n".join(filter(None, (getattr(row, name) for name in self._text)))
        return Document(
            kind=self.kind,
            key=row.public_id,
            version=_version(row),
            language=row.language,
            title=masked(getattr(row, self._title), names) if self._title else "",
            text=masked(text, names),
            access=frozenset({f"customer:{row.customer.public_id}", ADMINISTRATOR, PRODUCT_TEAM}),
            facets={"product": row.product.code if row.product else ""},
            updated_at=row.updated_at,
        )


class CoCreationSource(RowSource):
    """Co-creations, for the customer who helped to make them and its managers."""

    kind = "co_creation"
    events = {"co_creation.changed": _field("co_creation")}

    def rows(self) -> QuerySet[CoCreation]:
        return CoCreation.objects.select_related("customer", "product")

    def visible_rows(self, viewer: Viewer) -> QuerySet[CoCreation]:
        return CoCreation.objects.visible_to(viewer)

    def document(self, row: CoCreation) -> Document:
        access = {ADMINISTRATOR}
        if row.visibility == Visibility.SHARED:
            access.add(f"customer:{row.customer.public_id}")
        return Document(
            kind=self.kind,
            key=row.public_id,
            version=_version(row),
            language=row.language,
            title=row.title,
            text=row.body,
            access=frozenset(access),
            facets={"product": row.product.code if row.product else ""},
            updated_at=row.updated_at,
        )


SOURCES: tuple[RowSource, ...] = (
    QuestionSource(),
    AnswerSource(),
    FeedbackSource(ProductComment, "product_comment", "", ("text", "trend_reason")),
    FeedbackSource(MarketComment, "market_comment", "market", ("text", "own_research")),
    FeedbackSource(Complaint, "complaint", "subject", ("text", "wish", "remedy")),
    FeedbackSource(Suggestion, "suggestion", "subject", ("text", "wish", "remedy")),
    CoCreationSource(),
)
