"""The facts that the knowledge base announces.

The subject of each is "knowledge:<public id of the page>"; they are recorded in the transaction
that made them true, whether a service or the Wagtail admin wrote.
"""

from dataclasses import dataclass
from typing import ClassVar

from kiplatform.events.types import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeDrafted(Event):
    """A page came into being; nobody but its owner and the editors sees it yet."""

    name: ClassVar[str] = "knowledge.drafted"
    page: str
    type: str
    language: str
    source_case: str
    source_question: str
    translation_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeSubmitted(Event):
    """A reviewer is asked to look at a page."""

    name: ClassVar[str] = "knowledge.submitted"
    page: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeReturned(Event):
    """A reviewer asks the owner for changes."""

    name: ClassVar[str] = "knowledge.returned"
    page: str
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgePublished(Event):
    """A revision stands before the readers."""

    name: ClassVar[str] = "knowledge.published"
    page: str
    type: str
    language: str
    audience: str
    significance: str
    first: bool
    source_case: str
    source_question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeUnpublished(Event):
    """A page is no longer before its readers: it was archived."""

    name: ClassVar[str] = "knowledge.unpublished"
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeArchived(Event):
    """A page that never was live is put away."""

    name: ClassVar[str] = "knowledge.archived"
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeDeleted(Event):
    """A page is gone for good."""

    name: ClassVar[str] = "knowledge.deleted"
    page: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeAccessChanged(Event):
    """A live page is for other readers now; `department` is a public id or empty."""

    name: ClassVar[str] = "knowledge.access_changed"
    page: str
    audience_before: str
    audience: str
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeVerified(Event):
    """Somebody vouches for a page until a day (ISO 8601)."""

    name: ClassVar[str] = "knowledge.verified"
    page: str
    until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeVerificationLapsed(Event):
    """Nobody vouches for a page any more, and it is for `verifier` to look at it again."""

    name: ClassVar[str] = "knowledge.verification_lapsed"
    page: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeResponsibilityChanged(Event):
    """A page has another owner or verifier; public ids of people, or empty."""

    name: ClassVar[str] = "knowledge.responsibility_changed"
    page: str
    owner: str
    verifier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeVoted(Event):
    """A reader said whether a page helped; None where they took their vote back."""

    name: ClassVar[str] = "knowledge.voted"
    page: str
    helpful: bool | None


# How search and citations name a page: this kind, and the page's public id as the key.
KIND = "knowledge"
# Announced by the apps that answer customers, with the cited thing's `kind` and `key`.
CITED = "knowledge.cited"
