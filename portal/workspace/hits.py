"""Search hits as the workspace shows them: where they lead, what they are, why they were found.

Guarantee: nothing is added to what the search let through; figures are said in words, and stand
beside them only where staff open the explanation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kiplatform.accounts.access import Viewer
from kiplatform.core.choices import Language
from manager_knowledge.choices import KnowledgeType
from portal.shared.hits import as_prose
from portal.workspace.addresses import staff_address
from search.results import Hit

KINDS = {
    "knowledge": gettext_lazy("Knowledge"),
    "answer": gettext_lazy("Earlier answer"),
    "case": gettext_lazy("Research case"),
    "running_case": gettext_lazy("Running case"),
    "question": gettext_lazy("Question"),
    "product_comment": gettext_lazy("Product comment"),
    "market_comment": gettext_lazy("Market comment"),
    "complaint": gettext_lazy("Complaint"),
    "suggestion": gettext_lazy("Suggestion"),
    "co_creation": gettext_lazy("Co-creation"),
}
ICONS = {
    "knowledge": "book",
    "answer": "check-circle",
    "case": "research",
    "running_case": "users",
    "question": "question",
    "product_comment": "star",
    "market_comment": "chart",
    "complaint": "flag",
    "suggestion": "lightbulb",
    "co_creation": "handshake",
}
CITABLE = frozenset({"knowledge", "answer", "case"})
# A centred cosine from here on is a likeness in meaning that is worth saying.
CLOSE_IN_MEANING = 0.35
MOST_WORDS = 4


@dataclass(frozen=True, slots=True)
class Shown:
    """A hit for components/evidence_card.html and its kin."""

    public_id: str
    kind: str
    key: str
    title: str
    url: str
    passage: str
    marks: tuple[tuple[int, int], ...]
    verdict: str
    kind_label: str
    icon: str
    language: str
    language_label: str
    verified: bool
    updated_at: datetime
    why: list[str]
    figures: list[tuple[str, str]]
    citable: bool
    mark: str = ""


def shown(viewer: Viewer, hits: Iterable[Hit], *, language: str = "") -> list[Shown]:
    """Return hits in their order. language: of what was asked, to say what crosses languages."""
    return [_shown(viewer, hit, language) for hit in hits]


def kind_label(hit: Hit) -> str:
    """Say what a hit is; of knowledge, which type."""
    type_ = hit.facets.get("type", "")
    if hit.kind == "knowledge" and type_ in KnowledgeType.values:
        return str(KnowledgeType(type_).label)
    return str(KINDS.get(hit.kind, hit.kind))


def title_of(hit: Hit) -> str:
    """Return a hit's title, or the beginning of a text that has none."""
    return hit.title or " ".join(hit.passage.split())[:120]


def _shown(viewer: Viewer, hit: Hit, language: str) -> Shown:
    passage, marks = as_prose(hit.passage, hit.marks)
    return Shown(
        public_id=f"{hit.kind}-{hit.key}",
        kind=hit.kind,
        key=hit.key,
        title=title_of(hit),
        url=staff_address(viewer, hit.kind, hit.key),
        passage=passage,
        marks=tuple(marks),
        verdict=hit.verdict,
        kind_label=kind_label(hit),
        icon=ICONS.get(hit.kind, "search"),
        language=hit.language,
        language_label=str(Language(hit.language).label)
        if hit.language in Language.values
        else hit.language,
        verified=hit.verified,
        updated_at=hit.updated_at,
        why=_why(hit, language),
        figures=_figures(hit),
        citable=hit.kind in CITABLE,
    )


def _why(hit: Hit, language: str) -> list[str]:
    found = hit.explanation
    words = []
    if found.words:
        words.append(_("Has the words %(words)s") % {"words": _quoted(found.words[:MOST_WORDS])})
    if found.dense is not None and found.dense >= CLOSE_IN_MEANING:
        words.append(_("Close in meaning"))
    if language and language.partition("-")[0] != hit.language.partition("-")[0]:
        words.append(_("Found across languages"))
    if found.boost > 1:
        words.append(_("Ranked higher, since it was confirmed"))
    return words


def _quoted(words: Iterable[str]) -> str:
    return " ".join(_("“%(word)s”") % {"word": word} for word in words)


def _figures(hit: Hit) -> list[tuple[str, str]]:
    """Return what the ranking stands on, for those who want to know it exactly."""
    found = hit.explanation
    figures = [(_("Words, against the best hit"), f"{found.lexical:.2f}")]
    if found.dense is not None:
        figures.append((_("Likeness in meaning"), f"{found.dense:.2f}"))
    if found.reader is not None:
        figures.append((_("Reader"), f"{found.reader:+.1f}"))
    if found.boost != 1:
        figures.append((_("Factor"), f"{found.boost:.2f}"))
    return figures
