"""What the research center announces."""

from dataclasses import dataclass
from typing import ClassVar

from kiplatform.events.types import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpened(Event):
    name: ClassVar[str] = "case.opened"
    case: str
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanged(Event):
    """Anything about a case changed; `change` is the kind of its story's newest entry."""

    name: ClassVar[str] = "case.changed"
    case: str
    change: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationSent(Event):
    name: ClassVar[str] = "invitation.sent"
    case: str
    invitation: str
    expert: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationAnswered(Event):
    name: ClassVar[str] = "invitation.answered"
    case: str
    invitation: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalMade(Event):
    name: ClassVar[str] = "proposal.made"
    case: str
    proposal: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalJudged(Event):
    """A colleague stands by a proposal or objects to it."""

    name: ClassVar[str] = "proposal.judged"
    case: str
    proposal: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResolved(Event):
    name: ClassVar[str] = "case.resolved"
    case: str
    resolution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReleased(Event):
    """The resolution went to the customer."""

    name: ClassVar[str] = "case.released"
    case: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCaptured(Event):
    name: ClassVar[str] = "case.captured"
    case: str
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEnded(Event):
    name: ClassVar[str] = "case.ended"
    case: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEscalated(Event):
    name: ClassVar[str] = "case.escalated"
    case: str
    to: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseUnmasked(Event):
    """The manager showed the customer's identity to the colleagues of a case."""

    name: ClassVar[str] = "case.unmasked"
    case: str
