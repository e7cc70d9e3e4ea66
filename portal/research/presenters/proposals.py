"""Proposals as cards: the newest version, who stands by it or objects, what was said before."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from customer_knowledge.models import Citation
from kiplatform.accounts.models import User
from portal.research.presenters.steps import address
from portal.shared.addresses import address_of
from portal.shared.threads import visible_citations
from qa_center.models import Endorsement, Proposal, ProposalVersion, ResearchCase
from qa_center.selectors import CaseView

Seen = set[tuple[str, str]]
# Accepted ones lead, those taken back come last.
ORDER = [Proposal.State.ACCEPTED, Proposal.State.STANDING, Proposal.State.WITHDRAWN]


def cards(viewer: User, view: CaseView) -> list[dict[str, Any]]:
    """Return all proposals of a case as cards; citations are looked up once for all of them."""
    rows = sorted(view.proposals, key=lambda row: ORDER.index(Proposal.State(row.state)))
    stored = [c for row in rows for version in row.versions.all()[:1] for c in version.citations]
    seen = visible_citations(viewer, [Citation(kind=c["kind"], key=c["key"]) for c in stored])
    return [_card(viewer, view, row, seen) for row in rows]


def _card(viewer: User, view: CaseView, row: Proposal, seen: Seen) -> dict[str, Any]:
    newest, *earlier = row.versions.all()
    judged = [e for e in row.endorsements.all() if e.version == newest.number]
    return {
        "public_id": row.public_id,
        "state": row.state,
        "author_name": row.author.name,
        "author_key": row.author.public_id,
        "text": newest.text,
        "at": newest.created_at,
        "version": newest.number,
        "citations": _citations(viewer, newest.citations, seen),
        "endorsements": _names(judged),
        "objections": _objections(judged),
        "earlier": [_earlier(row, version) for version in earlier],
        "my_vote": next((e.kind for e in judged if e.user_id == viewer.pk), ""),
        **_doors(viewer, view, row, newest.number),
    }


def _doors(viewer: User, view: CaseView, row: Proposal, number: int) -> dict[str, str]:
    """Return the addresses of what the viewer may do with a proposal, "" for what they may not."""
    resolved = view.case.state == ResearchCase.State.RESOLVED
    standing = row.state == Proposal.State.STANDING and not view.case.is_ended and not resolved
    judges = standing and view.takes_part and row.author_id != viewer.pk
    version = f"?version={number}"
    accept = f"{address('case_accept', view.case.public_id)}?proposal={row.public_id}"
    return {
        "endorse_url": address("proposal_endorse", row.public_id) + version if judges else "",
        "object_url": address("proposal_object", row.public_id) + version if judges else "",
        "accept_url": accept if standing and view.steers else "",
        "revise_url": address("proposal_revise", row.public_id)
        if standing and row.author_id == viewer.pk
        else "",
    }


def _earlier(row: Proposal, version: ProposalVersion) -> dict[str, Any]:
    judged = [e for e in row.endorsements.all() if e.version == version.number]
    return {
        "version": version.number,
        "at": version.created_at,
        "text": version.text,
        "endorsements": _names(judged),
        "objections": _objections(judged),
    }


def _names(judged: Iterable[Endorsement]) -> list[str]:
    return [e.user.name for e in judged if e.kind == Endorsement.Kind.ENDORSE]


def _objections(judged: Iterable[Endorsement]) -> list[dict[str, str]]:
    return [
        {"author_name": e.user.name, "text": e.reason}
        for e in judged
        if e.kind == Endorsement.Kind.OBJECT
    ]


def _citations(
    viewer: User, stored: Sequence[Mapping[str, str]], seen: Seen
) -> list[dict[str, str]]:
    return [
        {"title": c["title"], "url": address_of(viewer, c["kind"], c["key"])}
        for c in stored
        if (c["kind"], c["key"]) in seen
    ]
