"""Knowledge as search gets it: live pages only, each with the tokens of its audience.

Guarantee: a page that is not live is no document, and the database decides again, in one query,
which hits a viewer may see.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, override

from kiplatform.accounts.access import CUSTOMERS, PUBLIC, STAFF, Viewer
from kiplatform.accounts.roles import Role
from kiplatform.core.choices import Language
from kiplatform.events.registry import RecordedEvent
from manager_knowledge.choices import Audience
from manager_knowledge.events import KIND
from manager_knowledge.models import KnowledgePage
from search import sources
from search.analysis import detect_language
from search.centring import language_class
from search.documents import Document

TOKENS = {Audience.PUBLIC: PUBLIC, Audience.CUSTOMERS: CUSTOMERS, Audience.STAFF: STAFF}
EDITORS = frozenset({f"role:{Role.ADMINISTRATOR.value}", f"role:{Role.KNOWLEDGE_EDITOR.value}"})
CHANGES = (
    "knowledge.published",
    "knowledge.unpublished",
    "knowledge.deleted",
    "knowledge.access_changed",
    "knowledge.verified",
    "knowledge.verification_lapsed",
)


class KnowledgeSource:
    """The pages of the internal knowledge base."""

    kind = KIND

    @property
    def events(self) -> Mapping[str, Callable[[RecordedEvent], Iterable[str]]]:
        return dict.fromkeys(CHANGES, _page_of)

    def keys(self) -> Iterator[str]:
        live = KnowledgePage.objects.filter(live=True).order_by("pk")
        yield from live.values_list("public_id", flat=True).iterator()

    def load(self, keys: Sequence[str]) -> Iterable[Document]:
        pages = KnowledgePage.objects.filter(live=True, public_id__in=keys)
        pages = pages.select_related("locale", "department", for_specific_subqueries=True)
        return [_document(page) for page in pages.specific()]

    def visible_keys(self, viewer: Viewer, keys: Sequence[str]) -> set[str]:
        pages = KnowledgePage.objects.visible_to(viewer).filter(live=True, public_id__in=keys)
        return set(pages.order_by().values_list("public_id", flat=True))


def _page_of(event: RecordedEvent) -> tuple[str, ...]:
    return (str(event.payload["page"]),)


def access_of(page: KnowledgePage) -> frozenset[str]:
    """Return the tokens that open a live page."""
    if page.department is not None:
        return EDITORS | {f"dept:{page.department.public_id}"}
    return frozenset({TOKENS[Audience(page.audience)]})


def text_of(page: Any) -> str:
    """Return everything that a page (in its own type) says, in its language, as search reads it."""
    steps = [
        " · ".join(part for part in (step.who, step.what, step.documents, step.time) if part)
        for step in page.ordered_steps()
    ]
    with override(page.language):
        own = [f"{label}: {text}" for label, text in page.type_texts()]
    return "\n\n".join(part for part in (page.summary, page.body, *own, *steps) if part)


def _asked_as(page: KnowledgePage) -> str:
    """Return the questions that a page answers, each cut into a passage of its own language."""
    lines = (line.strip() for line in page.asked_as.splitlines())
    return "".join(f"\n\n## {_heading(line, page.language)}\n{line}" for line in lines if line)


def _heading(line: str, language: str) -> str:
    found = detect_language(line)
    other = {"en": Language.EN, "zh": Language.ZH_HANS}.get(found, Language(language))
    with override(language if language_class(language) == found else other):
        return gettext("How people ask it")


def _document(page: Any) -> Document:
    facets = {"type": page.type.value, "language": page.language}
    if page.product_code:
        facets["product"] = page.product_code
    times = [time for time in (page.last_published_at, page.verified_at) if time is not None]
    return Document(
        kind=KIND,
        key=page.public_id,
        version=page.version,
        language=page.language,
        title=page.title,
        text=text_of(page) + _asked_as(page),
        access=access_of(page),
        facets=facets,
        url_name="knowledge_page",
        # Not whether the day is over: the index would differ from the database at midnight.
        verified=page.verified_until is not None and page.lapse_told_at is None,
        verified_until=page.verified_until,
        updated_at=max(times, default=page.latest_revision_created_at),
    )


def register() -> None:
    """Let knowledge be found."""
    sources.register(KnowledgeSource())
