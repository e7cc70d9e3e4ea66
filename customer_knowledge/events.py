"""What this app announces. Events carry public ids and states, never what somebody wrote."""

from dataclasses import dataclass
from typing import ClassVar

from kiplatform.events.types import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAsked(Event):
    name: ClassVar[str] = "question.asked"
    question: str
    customer: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionDeflected(Event):
    """The customer found the answer among the suggestions and said so before posting."""

    name: ClassVar[str] = "question.deflected"
    question: str
    customer: str
    kind: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionAnswered(Event):
    name: ClassVar[str] = "question.answered"
    question: str
    answer: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionConfirmed(Event):
    name: ClassVar[str] = "question.confirmed"
    question: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionReopened(Event):
    name: ClassVar[str] = "question.reopened"
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionWithdrawn(Event):
    name: ClassVar[str] = "question.withdrawn"
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionReassigned(Event):
    name: ClassVar[str] = "question.reassigned"
    question: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeCited(Event):
    """A message to a customer stands on this knowledge."""

    name: ClassVar[str] = "knowledge.cited"
    kind: str
    key: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePosted(Event):
    """A message came; `shared_version` is 0 for an internal note."""

    name: ClassVar[str] = "message.posted"
    thread: str
    message: str
    version: int
    shared_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageChanged(Event):
    """A message was edited, deleted or reacted to."""

    name: ClassVar[str] = "message.changed"
    thread: str
    message: str
    version: int
    shared_version: int
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleMentioned(Event):
    """A message names people who see it, or an edit names more of them."""

    name: ClassVar[str] = "message.mentioned"
    thread: str
    message: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadMembershipChanged(Event):
    name: ClassVar[str] = "thread.membership_changed"
    thread: str
    user: str
    joined: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackGiven(Event):
    """A product comment, market comment, complaint or suggestion arrived."""

    name: ClassVar[str] = "feedback.given"
    kind: str
    feedback: str
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedbackSettled(Event):
    """A complaint or suggestion was resolved or declined."""

    name: ClassVar[str] = "feedback.settled"
    kind: str
    feedback: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CoCreationChanged(Event):
    name: ClassVar[str] = "co_creation.changed"
    co_creation: str
    customer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerChanged(Event):
    """Something that is known about a customer was added, changed, contested or withdrawn."""

    name: ClassVar[str] = "customer.changed"
    customer: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAssigned(Event):
    """The managers of a customer changed, and with them who may see what it said."""

    name: ClassVar[str] = "customer.assigned"
    customer: str
    manager: str
    assigned: bool
