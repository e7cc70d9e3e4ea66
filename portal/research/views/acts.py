"""What those who take part do in a case: judge evidence, propose, endorse, object, leave."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kiplatform.core.errors import ApplicationError, Conflict, InvalidInput, NotAllowed
from kiplatform.core.numbers import whole_number
from kiplatform.core.text import clean_text
from portal.research.forms import ObjectionForm, TextForm
from portal.research.presenters import evidence, people, proposals
from portal.research.views.common import (
    explain,
    form_page,
    over,
    say,
    stored,
    taken_part,
    to_case,
)
from portal.shared.gates import SignedInRequest, staff_only
from portal.shared.thread_views import is_fragment
from qa_center import policies, selectors, services
from qa_center.models import Endorsement, Evidence, Proposal, ProposalVersion


@require_POST
@staff_only()
def mark(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Note whether a piece of evidence fits."""
    piece = selectors.evidence_for(request.user, public_id)
    given = request.POST.get("mark", "")
    wanted = Evidence.Mark.UNMARKED if given == "none" else given
    piece = services.evidence_mark(actor=request.user, evidence=piece, mark=wanted)
    if not is_fragment(request):
        return to_case(piece.case, f"evidence-{piece.public_id}")
    card = evidence.card(request.user, piece)
    context = {"evidence": card, "mark_url": card["mark_url"]}
    return render(request, "components/evidence_card.html", context)


@require_http_methods(["GET", "POST"])
@staff_only()
def propose(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Propose an answer."""
    row = taken_part(request, public_id)
    if request.method == "GET" and row.is_ended:
        return over(request, row)
    form = TextForm(request.POST or None, label=_("Your answer"))
    cited = request.POST.getlist("cite")
    done = stored(
        form,
        lambda: services.proposal_make(
            actor=request.user,
            case=row,
            text=form.cleaned_data["text"],
            client_id=form.cleaned_data["client_id"],
            citations=evidence.cited_from(cited),
        ),
    )
    if done:
        say(request, _("Your proposal stands."), form)
        return to_case(row, "proposals")
    return form_page(
        request,
        "propose",
        form,
        case=row,
        pieces=_citable(request, row.evidence.all()),
        cited=cited,
        heading=_("Propose an answer"),
    )


def _citable(request: SignedInRequest, rows: object) -> list[Evidence]:
    """Return the evidence that a proposal can cite; a case is read, not cited."""
    pieces = evidence.visible(request.user, list(rows))  # type: ignore[call-overload]
    return [piece for piece in pieces if piece.kind != "case"]


@require_http_methods(["GET", "POST"])
@staff_only()
def revise(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Give one's own proposal a new version."""
    proposal = selectors.proposal_for(request.user, public_id)
    if not policies.may_revise(request.user, proposal):
        raise NotAllowed(_("Only its author can change a proposal."))
    newest = proposal.versions.order_by("-number")[0]
    form = TextForm(request.POST or None, initial={"text": newest.text}, label=_("Your answer"))
    sent = request.method == "POST"
    cited = request.POST.getlist("cite") if sent else _cited_in(newest)
    based_on = whole_number(request.POST.get("based_on", "")) if sent else newest.number
    if sent and _says_already(newest, form, based_on):
        return to_case(proposal.case, f"proposal-{proposal.public_id}")
    done = stored(
        form,
        lambda: services.proposal_revise(
            actor=request.user,
            proposal=proposal,
            text=form.cleaned_data["text"],
            based_on=based_on,
            citations=evidence.cited_from(cited),
        ),
    )
    if done:
        say(request, _("Your proposal stands."), form)
        return to_case(proposal.case, f"proposal-{proposal.public_id}")
    return form_page(
        request,
        "propose",
        form,
        case=proposal.case,
        about=f"{proposal.public_id}:{newest.number}",
        pieces=_citable(request, proposal.case.evidence.all()),
        cited=cited,
        based_on=newest.number,
        proposal=proposal,
        newer=newest if newest.number != based_on else None,
        heading=_("Revise the proposal"),
    )


def _cited_in(version: ProposalVersion) -> list[str]:
    return [f"{c['kind']}:{c['key']}" for c in version.citations]


def _says_already(newest: ProposalVersion, form: TextForm, based_on: int) -> bool:
    """Tell whether the newest version came of this very form, sent a second time."""
    if newest.number != based_on + 1 or not form.is_valid():
        return False
    return newest.text == clean_text(form.cleaned_data["text"], field="text", required=False)


@require_POST
@staff_only()
def withdraw(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Take one's own proposal back."""
    proposal = selectors.proposal_for(request.user, public_id)
    try:
        services.proposal_withdraw(actor=request.user, proposal=proposal)
    except Conflict as error:
        explain(request, error)
    else:
        say(request, _("Your proposal was withdrawn."))
    return to_case(proposal.case)


@require_POST
@staff_only()
def endorse(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Stand by a version of a proposal."""
    proposal = selectors.proposal_for(request.user, public_id)
    version = whole_number(request.GET.get("version", ""))
    error: ApplicationError | None = None
    try:
        services.proposal_judge(
            actor=request.user,
            proposal=proposal,
            kind=Endorsement.Kind.ENDORSE,
            version=version,
        )
    except (InvalidInput, Conflict) as refusal:
        error = refusal
    if is_fragment(request):
        return _card(request, proposal, error)
    if error is not None:
        explain(request, error)
    return to_case(proposal.case, f"proposal-{proposal.public_id}")


def _card(
    request: SignedInRequest, proposal: Proposal, error: ApplicationError | None
) -> HttpResponse:
    """Answer the proposal as it stands now, and above it why something was not done."""
    row = selectors.case_for(request.user, proposal.case.public_id)
    view = selectors.case_view(request.user, row)
    cards = proposals.cards(request.user, view)
    fresh = next(card for card in cards if card["public_id"] == proposal.public_id)
    # htmx shows what comes with 422, and leaves the page as it is for other refusals.
    status = 200 if error is None else InvalidInput.status
    context = {"proposal": fresh, "error": error}
    return render(request, "portal/research/proposal.html", context, status=status)


@require_http_methods(["GET", "POST"])
@staff_only()
def object_to(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Object to a version of a proposal, and say what is wrong with it."""
    proposal = selectors.proposal_for(request.user, public_id)
    row = taken_part(request, proposal.case.public_id)
    if request.method == "GET" and row.is_ended:
        return over(request, row)
    newest = proposal.versions.order_by("-number")[0]
    form = ObjectionForm(request.POST or None, initial={"version": newest.number})
    done = stored(form, lambda: _object(request, proposal, form))
    if done:
        say(request, _("Your objection stands beside the proposal."), form)
        return to_case(row, f"proposal-{proposal.public_id}")
    stale = form.status == Conflict.status
    if stale:
        # Whoever sends it again has seen the newest version, which the page now shows.
        form.put_right("version", newest.number)
    return form_page(
        request, "object", form, case=row, proposal=proposal, newest=newest, stale=stale
    )


def _object(request: SignedInRequest, proposal: Proposal, form: ObjectionForm) -> None:
    data = form.cleaned_data
    services.proposal_judge(
        actor=request.user,
        proposal=proposal,
        kind=Endorsement.Kind.OBJECT,
        version=data["version"],
        reason=data["reason"],
    )


@require_POST
@staff_only()
def leave(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Leave a case that one had joined."""
    row = selectors.case_for(request.user, public_id)
    if request.user not in people.taking_part(row.thread):
        raise NotAllowed(_("You do not take part in this case."))
    try:
        services.member_leave(actor=request.user, case=row, user=request.user)
    except Conflict as error:
        explain(request, error)
        return to_case(row)
    say(request, _("You left the case."))
    return redirect("workspace:invitations")
