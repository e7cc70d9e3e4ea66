"""What the search brought, as cards; a piece that its reader may not see leaves no trace."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customer_knowledge.models import Citation
from customer_knowledge.services import Cited
from kiplatform.accounts.models import User
from portal.research.presenters.steps import address
from portal.shared.addresses import address_of
from portal.shared.hits import as_prose
from portal.shared.threads import visible_citations
from qa_center.models import Evidence

KINDS: Mapping[str, str | Promise] = {
    "knowledge": _("Knowledge"),
    "answer": _("Past answer"),
    "case": _("Past case"),
}


def card(viewer: User, row: Evidence) -> dict[str, Any]:
    """Return what components/evidence_card.html shows."""
    passage, _marks = as_prose(row.passage)
    return {
        "public_id": row.public_id,
        "title": row.title or passage[:60],
        "url": _address(viewer, row),
        "passage": passage,
        "marks": (),
        # That nothing answers is said of the search as a whole, not of each piece.
        "verdict": "" if row.verdict == "nothing" else row.verdict,
        "kind_label": KINDS.get(row.kind, row.kind),
        "mark": row.mark,
        "mark_url": address("evidence_mark", row.public_id),
    }


def _address(viewer: User, row: Evidence) -> str:
    if row.kind == "case":
        return address("case", row.key)
    return address_of(viewer, row.kind, row.key)


def visible(viewer: User, rows: Sequence[Evidence]) -> list[Evidence]:
    """Return the evidence that the viewer may see now; one query for each kind."""
    citations = [Citation(kind=row.kind, key=row.key) for row in rows]
    seen = visible_citations(viewer, citations)
    return [row for row in rows if (row.kind, row.key) in seen]


def chosen(rows: Iterable[Evidence], keys: Sequence[str]) -> list[Evidence]:
    """Return the rows whose public ids were chosen on the page."""
    return [row for row in rows if row.public_id in keys]


def cited_from(values: Iterable[str]) -> list[Cited]:
    """Return citations from "kind:key" values of a form; malformed ones are left out."""
    pairs = (value.partition(":") for value in values)
    return [Cited(kind, key) for kind, _colon, key in pairs if kind and key]
