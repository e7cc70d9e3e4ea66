"""Cases as their pages show them: rows of the database in, what the components take out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customer_knowledge.models import Citation
from customer_knowledge.services import Cited
from kiplatform.accounts.models import User
from kiplatform.core.choices import Language
from portal.shared.addresses import address_of
from portal.shared.threads import visible_citations
from qa_center import wording
from qa_center.models import Endorsement, Evidence, Invitation, Proposal, ResearchCase
from qa_center.reasons import worded
from qa_center.routing import RankedExpert
from qa_center.selectors import CaseView

KINDS: Mapping[str, str | Promise] = {
    "knowledge": gettext_lazy("Knowledge"),
    "answer": gettext_lazy("Past answer"),
    "case": gettext_lazy("Past case"),
    "question": gettext_lazy("Question"),
}
# The story's icons; everything else gets the plain one.
ICONS = {
    "opened": "search",
    "asking": "users",
    "invited": "send",
    "accepted": "check",
    "declined": "x",
    "proposed": "lightbulb",
    "endorsed": "thumb-up",
    "objected": "thumb-down",
    "resolved": "check-circle",
    "released": "send",
    "ended": "flag",
    "escalated": "alert",
    "widened": "users",
    "silent": "clock",
}


@dataclass(frozen=True, slots=True)
class NextStep:
    """What the manager does next, in words, with the address to do it at."""

    title: str
    text: str
    label: str
    url: str
    post: bool = False


def address(name: str, key: str) -> str:
    """Return the address of one of the research center's pages."""
    return reverse(f"workspace:{name}", args=[key])


def next_step(view: CaseView) -> NextStep | None:
    """Return the step that moves the case on; None where the viewer does not decide."""
    case = view.case
    if not view.steers or case.is_ended:
        return None
    key = case.public_id
    if case.state == ResearchCase.State.SEARCHING:
        return _after_search(case)
    if case.state == ResearchCase.State.RESOLVED:
        released = view.resolution is not None and view.resolution.answer is not None
        if case.question is not None and not case.question.is_ended and not released:
            return NextStep(
                _("Send the answer to the customer"),
                _("You decide the wording; nothing else of this case leaves the company."),
                _("Write to the customer"),
                address("case_release", key),
            )
        return NextStep(
            _("Keep it as knowledge"),
            _("The next customer who asks this finds it while typing."),
            _("Make a draft"),
            address("case_capture", key),
        )
    if case.state == ResearchCase.State.PROPOSED:
        return NextStep(
            _("An answer is proposed"),
            _("Accept one proposal, or merge several in your own words."),
            _("Decide"),
            address("case_accept", key),
        )
    return None


def _after_search(case: ResearchCase) -> NextStep:
    text = {
        "likely": _("Something likely answers this. Mark what fits and answer from it."),
        "close": _("Close, but it may not answer this. If nothing fits, ask your colleagues."),
    }.get(case.verdict, _("Nothing that we know answers this. Ask your colleagues."))
    return NextStep(
        _("Does something fit?"),
        text,
        _("Ask colleagues"),
        address("case_ask", case.public_id),
    )


def evidence_card(viewer: User, row: Evidence) -> dict[str, Any]:
    """Return what components/evidence_card.html shows."""
    return {
        "public_id": row.public_id,
        "title": row.title or row.passage[:60],
        "url": evidence_url(viewer, row),
        "passage": row.passage,
        "marks": (),
        "verdict": row.verdict,
        "kind_label": KINDS.get(row.kind, row.kind),
        "mark": row.mark,
        "mark_url": address("evidence_mark", row.public_id),
    }


def evidence_url(viewer: User, row: Evidence) -> str:
    """Return where a piece of evidence can be read in full."""
    if row.kind == "case":
        return address("case", row.key)
    return address_of(viewer, row.kind, row.key)


def visible_evidence(viewer: User, rows: Sequence[Evidence]) -> list[Evidence]:
    """Return the evidence that the viewer may see now; one query for each kind."""
    citations = [Citation(kind=row.kind, key=row.key) for row in rows]
    visible = visible_citations(viewer, citations)
    return [row for row in rows if (row.kind, row.key) in visible]


def invitation_row(row: Invitation) -> dict[str, Any]:
    """Return what components/expert_row.html shows of somebody who was asked."""
    profile = getattr(row.expert, "staff_profile", None)
    department = profile.department.name if profile and profile.department else ""
    reasons = worded(row.reasons)
    if row.status == Invitation.Status.DECLINED:
        reasons = [row.decline_reason]
        if row.suggested:
            reasons.append(_("suggests %(name)s") % {"name": row.suggested.name})
    return {
        "name": row.expert.name,
        "key": row.expert.public_id,
        "title": department,
        "reasons": reasons,
        "state": row.status,
        "presence_user": row.expert.public_id,
    }


def expert_rows(ranked: Iterable[RankedExpert], limit: int = 8) -> list[dict[str, Any]]:
    """Return the colleagues who could be asked, best first, with their reasons in words."""
    able = [expert for expert in ranked if expert.eligible][:limit]
    people = {
        user.public_id: user
        for user in User.objects.filter(
            public_id__in=[expert.key for expert in able]
        ).select_related("staff_profile__department")
    }
    return [
        {
            "public_id": expert.key,
            "name": people[expert.key].name,
            "key": expert.key,
            "title": _department(people[expert.key]),
            "reasons": worded(expert.reasons),
        }
        for expert in able
    ]


def _department(user: User) -> str:
    profile = getattr(user, "staff_profile", None)
    return profile.department.name if profile and profile.department else ""


def proposal_card(viewer: User, view: CaseView, row: Proposal) -> dict[str, Any]:
    """Return what components/proposal_card.html shows, with what the viewer may do."""
    newest = row.versions.all()[0]
    judged = [e for e in row.endorsements.all() if e.version == newest.number]
    vote = next((e.kind for e in judged if e.user_id == viewer.pk), "")
    standing = row.state == Proposal.State.STANDING and not view.case.is_ended
    judges = standing and view.takes_part and row.author_id != viewer.pk
    version = f"?version={newest.number}"
    return {
        "public_id": row.public_id,
        "state": row.state,
        "author_name": row.author.name,
        "author_key": row.author.public_id,
        "text": newest.text,
        "at": newest.created_at,
        "version": newest.number,
        "citations": _citations(viewer, newest.citations),
        "endorsements": [e.user.name for e in judged if e.kind == Endorsement.Kind.ENDORSE],
        "objections": [
            {"author_name": e.user.name, "text": e.reason}
            for e in judged
            if e.kind == Endorsement.Kind.OBJECT
        ],
        "my_vote": vote,
        "endorse_url": _judge_url(row, "endorse") + version if judges else "",
        "object_url": _judge_url(row, "object") + version if judges else "",
        "accept_url": f"{address('case_accept', view.case.public_id)}?proposal={row.public_id}"
        if standing and view.steers and view.case.state == ResearchCase.State.PROPOSED
        else "",
        "revise_url": address("proposal_revise", row.public_id)
        if standing and row.author_id == viewer.pk
        else "",
    }


def _judge_url(row: Proposal, kind: str) -> str:
    return reverse("workspace:proposal_judge", args=[row.public_id, kind])


def _citations(viewer: User, stored: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    visible = visible_citations(viewer, [Citation(kind=c["kind"], key=c["key"]) for c in stored])
    return [
        {"title": c["title"], "url": address_of(viewer, c["kind"], c["key"])}
        for c in stored
        if (c["kind"], c["key"]) in visible
    ]


def story(view: CaseView) -> list[dict[str, Any]]:
    """Return the case's story, line by line, in words."""
    return [
        {
            "text": wording.sentence(entry),
            "at": entry.at,
            "icon_name": ICONS.get(entry.kind, "dot"),
        }
        for entry in view.story
    ]


def chosen_evidence(rows: Iterable[Evidence], keys: Sequence[str]) -> list[Evidence]:
    """Return the rows whose public ids were chosen on the page."""
    return [row for row in rows if row.public_id in keys]


def cited_from(values: Iterable[str]) -> list[Cited]:
    """Return citations from "kind:key" values of a form; malformed ones are left out."""
    pairs = (value.partition(":") for value in values)
    return [Cited(kind, key) for kind, _colon, key in pairs if kind and key]


def language_label(code: str) -> str:
    """Return the name of a language."""
    return str(Language(code).label)
