"""The research center's pages: the board, a case, and every act in it.

Each act is a plain POST that leads back to the case; scripts get the part that changed.
"""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customer_knowledge.models import Question
from customer_knowledge.selectors import question_for
from kiplatform.accounts.models import User
from kiplatform.accounts.roles import Role
from kiplatform.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from portal.research import presenters
from portal.research.forms import (
    CaptureForm,
    CloseForm,
    DeclineForm,
    KeptForm,
    NeedForm,
    ReasonForm,
    TextForm,
)
from portal.shared import threads
from portal.shared.gates import SignedInRequest, staff_only
from qa_center import policies, selectors, services
from qa_center.figures import case_figures
from qa_center.models import Evidence, Proposal, ResearchCase
from search.services import search

PER_PAGE = 25
NEAR_CASES = 4
SCOPES = ("waiting", "running", "ended")


def _to_case(case: ResearchCase) -> HttpResponse:
    return redirect("workspace:case", case.public_id)


def _is_fragment(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"


def _form_page(request: SignedInRequest, name: str, form: KeptForm, **context: Any) -> HttpResponse:
    """Render a form's page; 422 where something that was sent is refused."""
    status = 422 if form.is_bound and form.errors else 200
    return render(request, f"portal/research/{name}.html", {"form": form, **context}, status=status)


@require_GET
@staff_only()
def board(request: SignedInRequest) -> HttpResponse:
    """Show cases by who has the ball, with their age, state and due time."""
    rows = {
        "waiting": selectors.waiting_for(request.user),
        "running": selectors.cases_for(request.user).not_ended(),  # type: ignore[attr-defined]
        "ended": selectors.cases_for(request.user)
        .filter(state__in=ResearchCase.ENDED)
        .order_by("-ended_at"),
    }
    asked = request.GET.get("show", "")
    show = asked if asked in SCOPES else ("waiting" if rows["waiting"].exists() else "running")
    page = Paginator(rows[show], PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "portal/research/board.html",
        {
            "page": page,
            "show": show,
            "tabs": _tabs(show),
            "figures": case_figures(request.user),
            "may_open": policies.may_open(request.user),
        },
    )


def _tabs(show: str) -> list[dict[str, Any]]:
    labels = {"waiting": _("Waiting for me"), "running": _("Running"), "ended": _("Ended")}
    return [
        {"label": labels[name], "url": f"?show={name}", "active": name == show, "count": ""}
        for name in SCOPES
    ]


@require_http_methods(["GET", "POST"])
@staff_only(Role.SALES_MANAGER, Role.ADMINISTRATOR)
def open_case(request: SignedInRequest) -> HttpResponse:
    """Open a case on a customer's question with one click, or on a need of one's own."""
    key = request.POST.get("question", "")
    if request.method == "POST" and key:
        return _open_on(request, question_for(request.user, key))
    form = NeedForm(request.POST or None, viewer=request.user)
    near: list[Any] = []
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        near = _near_cases(request, data["text"]) if "confirmed" not in request.POST else []
        if not near:
            try:
                case = services.case_open(
                    actor=request.user,
                    client_id=data["client_id"],
                    text=data["text"],
                    product=data["product"],
                    urgency=data["urgency"],
                )
            except InvalidInput as error:
                form.refuse(error)
            else:
                return _to_case(case)
    return _form_page(request, "open", form, near=near)


def _near_cases(request: SignedInRequest, text: str) -> list[Any]:
    """Return ended cases that ask much the same, so that nobody opens a twin."""
    results = search(text, request.user, kinds={"case"}, limit=NEAR_CASES)
    return [hit for hit in results.hits if hit.verdict == "likely"]


def _open_on(request: SignedInRequest, question: Question) -> HttpResponse:
    running = selectors.running_case_on(question)
    if running is not None:
        return _to_case(selectors.case_for(request.user, running.public_id))
    return _to_case(
        services.case_open(
            actor=request.user,
            question=question,
            client_id=request.POST.get("client_id") or f"question-{question.public_id}",
        )
    )


@require_GET
@staff_only()
def case(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show a case: the thread in the middle, everything else beside it."""
    row = selectors.case_for(request.user, public_id)
    context = _case_context(request, row)
    if context["view"].takes_part:
        context["conversation"] = threads.present(request.user, row.thread, page_url=request.path)
        threads.mark_seen(request.user, row.thread)
    return render(request, "portal/research/case.html", context)


@require_GET
@staff_only()
def case_side(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Answer the part beside the thread, which follows the case's channel."""
    row = selectors.case_for(request.user, public_id)
    return render(request, "portal/research/case_side.html", _case_context(request, row))


def _case_context(request: SignedInRequest, row: ResearchCase) -> dict[str, Any]:
    view = selectors.case_view(request.user, row)
    return {
        "view": view,
        "case": row,
        "next": presenters.next_step(view),
        "evidence": [
            presenters.evidence_card(request.user, piece)
            for piece in presenters.visible_evidence(request.user, view.evidence)
        ],
        "invitations": [presenters.invitation_row(i) for i in view.invitations],
        "proposals": [presenters.proposal_card(request.user, view, p) for p in view.proposals],
        "story": presenters.story(view),
        "propose_form": TextForm(),
        "language": presenters.language_label(row.language),
    }


@require_http_methods(["GET", "POST"])
@staff_only(Role.SALES_MANAGER, Role.ADMINISTRATOR)
def ask(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show who would be asked and why; ask them, or just those who are ticked."""
    row = _steered(request, public_id)
    if request.method == "POST":
        chosen = User.objects.filter(public_id__in=request.POST.getlist("expert"))
        services.case_ask_colleagues(actor=request.user, case=row, chosen=chosen)
        return _to_case(row)
    experts = presenters.expert_rows(services.rank_experts(row))
    return render(
        request, "portal/research/ask.html", {"case": row, "experts": experts, "ticked": 3}
    )


@require_http_methods(["GET", "POST"])
@staff_only(Role.SALES_MANAGER, Role.ADMINISTRATOR)
def invite(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Ask one more colleague by name."""
    row = _steered(request, public_id)
    if request.method == "POST":
        user = User.objects.filter(public_id=request.POST.get("expert", "")).first()
        if user is None:
            raise NotFound()
        services.invite_more(actor=request.user, case=row, user=user)
        return _to_case(row)
    asked = set(row.invitations.values_list("expert__public_id", flat=True))
    ranked = [e for e in services.rank_experts(row) if e.key not in asked]
    experts = presenters.expert_rows(ranked, limit=12)
    return render(request, "portal/research/invite.html", {"case": row, "experts": experts})


def _steered(request: SignedInRequest, public_id: str) -> ResearchCase:
    row = selectors.case_for(request.user, public_id)
    if not policies.may_steer(request.user, row):
        raise NotAllowed(_("Only the manager who opened the case decides this."))
    return row


@require_POST
@staff_only()
def mark(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Note whether a piece of evidence fits."""
    piece = selectors.evidence_for(request.user, public_id)
    wanted = request.POST.get("mark", "")
    piece = services.evidence_mark(
        actor=request.user,
        evidence=piece,
        mark=Evidence.Mark.UNMARKED if wanted == "none" else wanted,
    )
    if not _is_fragment(request):
        return _to_case(piece.case)
    card = presenters.evidence_card(request.user, piece)
    context = {"evidence": card, "mark_url": card["mark_url"]}
    return render(request, "components/evidence_card.html", context)


@require_http_methods(["GET", "POST"])
@staff_only(Role.SALES_MANAGER, Role.ADMINISTRATOR)
def answer(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Answer the customer from the evidence; the case ends."""
    row = _steered(request, public_id)
    pieces = presenters.visible_evidence(request.user, list(row.evidence.all()))
    fitting = [p.public_id for p in pieces if p.mark == Evidence.Mark.FITS]
    keys = request.POST.getlist("evidence") if request.method == "POST" else fitting
    form = TextForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.case_answer_from_evidence(
                actor=request.user,
                case=row,
                text=form.cleaned_data["text"],
                evidence=presenters.chosen_evidence(pieces, keys),
                client_id=form.cleaned_data["client_id"],
            )
        except InvalidInput as error:
            form.refuse(error)
        else:
            messages.success(request, _("The answer was sent, and the case is ended."))
            return _to_case(row)
    return _form_page(request, "answer", form, case=row, pieces=pieces, chosen=keys)


@require_http_methods(["GET", "POST"])
@staff_only()
def propose(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Propose an answer."""
    row = selectors.case_for(request.user, public_id)
    form = TextForm(request.POST or None)
    pieces = presenters.visible_evidence(request.user, list(row.evidence.all()))
    if request.method == "POST" and form.is_valid():
        try:
            services.proposal_make(
                actor=request.user,
                case=row,
                text=form.cleaned_data["text"],
                client_id=form.cleaned_data["client_id"],
                citations=presenters.cited_from(request.POST.getlist("cite")),
            )
        except InvalidInput as error:
            form.refuse(error)
        else:
            return _to_case(row)
    return _form_page(
        request,
        "propose",
        form,
        case=row,
        pieces=pieces,
        cited=request.POST.getlist("cite"),
        heading=_("Propose an answer"),
    )


@require_http_methods(["GET", "POST"])
@staff_only()
def revise(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Give one's own proposal a new version."""
    proposal = selectors.proposal_for(request.user, public_id)
    if not policies.may_revise(request.user, proposal):
        raise NotAllowed(_("Only its author can change a proposal."))
    newest = proposal.versions.order_by("-number")[0]
    form = TextForm(request.POST or None, initial={"text": newest.text})
    chosen = [f"{c['kind']}:{c['key']}" for c in newest.citations]
    pieces = presenters.visible_evidence(request.user, list(proposal.case.evidence.all()))
    if request.method == "POST" and form.is_valid():
        try:
            services.proposal_revise(
                actor=request.user,
                proposal=proposal,
                text=form.cleaned_data["text"],
                based_on=int(request.POST.get("based_on", "0") or 0),
                citations=presenters.cited_from(request.POST.getlist("cite")),
            )
        except (InvalidInput, ValueError) as error:
            form.refuse(error if isinstance(error, InvalidInput) else InvalidInput(_("Reload.")))
        else:
            return _to_case(proposal.case)
    return _form_page(
        request,
        "propose",
        form,
        case=proposal.case,
        pieces=pieces,
        cited=chosen,
        based_on=newest.number,
        proposal=proposal,
        heading=_("Revise the proposal"),
    )


@require_POST
@staff_only()
def withdraw(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Take one's own proposal back."""
    proposal = selectors.proposal_for(request.user, public_id)
    return _to_case(services.proposal_withdraw(actor=request.user, proposal=proposal).case)


@require_POST
@staff_only()
def judge(request: SignedInRequest, public_id: str, kind: str) -> HttpResponse:
    """Stand by a proposal, or object to it."""
    proposal = selectors.proposal_for(request.user, public_id)
    version = request.GET.get("version", "")
    services.proposal_judge(
        actor=request.user,
        proposal=proposal,
        kind=kind,
        version=int(version) if version.isascii() and version.isdigit() else 0,
        reason=request.POST.get("text", ""),
    )
    if not _is_fragment(request):
        return _to_case(proposal.case)
    row = selectors.case_for(request.user, proposal.case.public_id)
    view = selectors.case_view(request.user, row)
    fresh = next(p for p in view.proposals if p.pk == proposal.pk)
    card = presenters.proposal_card(request.user, view, fresh)
    return render(request, "portal/research/proposal.html", {"proposal": card})


@require_http_methods(["GET", "POST"])
@staff_only(Role.SALES_MANAGER, Role.ADMINISTRATOR)
def accept(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Accept a proposal, or merge several in one's own words."""
    row = _steered(request, public_id)
    standing = list(
        row.proposals.filter(state=Proposal.State.STANDING).prefetch_related("versions")
    )
    keys = request.POST.getlist("proposal") or request.GET.getlist("proposal")
    chosen = [p for p in standing if p.public_id in keys]
    initial = {"text": _newest_text(chosen[0])} if len(chosen) == 1 else {}
    form = TextForm(request.POST or None, initial=initial)
    form.fields["text"].required = False
    if request.method == "POST" and form.is_valid():
        try:
            services.proposal_accept(
                actor=request.user, case=row, proposals=chosen, text=form.cleaned_data["text"]
            )
        except InvalidInput as error:
            form.refuse(error)
        else:
            return redirect("workspace:case_release", row.public_id)
    options = [{"proposal": p, "text": _newest_text(p), "chosen": p in chosen} for p in standing]
    return _form_page(request, "accept", form, case=row, options=options)


def _newest_text(proposal: Proposal) -> str:
    return max(proposal.versions.all(), key=lambda version: version.number).text


@require_http_methods(["GET", "POST"])
@staff_only(Role.SALES_MANAGER, Role.ADMINISTRATOR)
def release(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Word the answer for the customer and send it."""
    row = _steered(request, public_id)
    view = selectors.case_view(request.user, row)
    if view.resolution is None:
        raise Conflict(_("Accept an answer first."), code="unresolved")
    if row.question is None:
        return redirect("workspace:case_capture", row.public_id)
    form = TextForm(request.POST or None, initial={"text": view.resolution.text})
    if request.method == "POST" and form.is_valid():
        try:
            services.case_release(
                actor=request.user,
                case=row,
                text=form.cleaned_data["text"],
                client_id=form.cleaned_data["client_id"],
            )
        except InvalidInput as error:
            form.refuse(error)
        else:
            messages.success(request, _("The customer has the answer."))
            return redirect("workspace:case_capture", row.public_id)
    return _form_page(
        request,
        "release",
        form,
        case=row,
        resolution=view.resolution,
        customer_language=presenters.language_label(row.question.language),
        other_language=row.question.language != view.resolution.language,
    )


@require_http_methods(["GET", "POST"])
@staff_only(Role.SALES_MANAGER, Role.ADMINISTRATOR)
def capture(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Make the resolution a knowledge draft, or say why not."""
    row = _steered(request, public_id)
    view = selectors.case_view(request.user, row)
    if view.resolution is None:
        raise Conflict(_("Accept an answer first."), code="unresolved")
    if request.method == "POST" and request.POST.get("not_captured"):
        reason = request.POST.get("reason", "")
        services.case_close_uncaptured(actor=request.user, case=row, reason=reason)
        return _to_case(row)
    form = CaptureForm(request.POST or None, initial=services.capture_suggestion(row))
    if request.method == "POST" and form.is_valid():
        try:
            services.case_capture(actor=request.user, case=row, **form.cleaned_data)
        except InvalidInput as error:
            form.refuse(error)
        else:
            messages.success(request, _("The draft is with the editors. Thank you."))
            return _to_case(row)
    near = search(row.text, request.user, kinds={"knowledge"}, limit=3)
    twins = [hit for hit in near.hits if hit.verdict == "likely"]
    return _form_page(request, "capture", form, case=row, twins=twins)


@require_http_methods(["GET", "POST"])
@staff_only(Role.SALES_MANAGER, Role.ADMINISTRATOR)
def close(request: SignedInRequest, public_id: str) -> HttpResponse:
    """End a case without an answer: given up, or kept as a gap with an owner."""
    row = _steered(request, public_id)
    form = CloseForm(request.POST or None, viewer=request.user)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            if data["how"] == "unanswerable":
                services.case_mark_unanswerable(
                    actor=request.user,
                    case=row,
                    reason=data["reason"],
                    gap_owner=data["gap_owner"] or request.user,
                )
            else:
                services.case_cancel(actor=request.user, case=row, reason=data["reason"])
        except InvalidInput as error:
            form.refuse(error)
        else:
            return _to_case(row)
    return _form_page(request, "close", form, case=row)


@require_http_methods(["GET", "POST"])
@staff_only(Role.SALES_MANAGER, Role.ADMINISTRATOR)
def unmask(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show the colleagues who the customer is, with a reason that is recorded."""
    row = _steered(request, public_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.identity_unmask(
                actor=request.user, case=row, reason=form.cleaned_data["reason"]
            )
        except InvalidInput as error:
            form.refuse(error)
        else:
            return _to_case(row)
    return _form_page(request, "unmask", form, case=row)


@require_POST
@staff_only()
def leave(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Leave a case that one had joined."""
    row = selectors.case_for(request.user, public_id)
    services.member_leave(actor=request.user, case=row, user=request.user)
    return redirect("workspace:invitations")


@require_GET
@staff_only()
def invitations(request: SignedInRequest) -> HttpResponse:
    """Show what waits for the viewer's knowledge, and what it has brought so far."""
    rows = [
        {"invitation": row, "reasons": presenters.worded(row.reasons)}
        for row in selectors.invitations_for(request.user)
    ]
    joined = selectors.cases_joined(request.user)
    credits_ = list(selectors.credits_of(request.user)[:PER_PAGE])
    return render(
        request,
        "portal/research/invitations.html",
        {"rows": rows, "joined": joined, "credits": credits_},
    )


@require_POST
@staff_only()
def accept_invitation(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Join the case."""
    invitation = selectors.invitation_for(request.user, public_id)
    return _to_case(services.invitation_accept(actor=request.user, invitation=invitation).case)


@require_http_methods(["GET", "POST"])
@staff_only()
def decline_invitation(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Decline, with a reason and perhaps a better name."""
    invitation = selectors.invitation_for(request.user, public_id)
    form = DeclineForm(request.POST or None, viewer=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            services.invitation_decline(
                actor=request.user,
                invitation=invitation,
                reason=form.cleaned_data["reason"],
                suggested=form.cleaned_data["suggested"],
            )
        except InvalidInput as error:
            form.refuse(error)
        else:
            messages.success(request, _("Thank you. Somebody else is asked."))
            return redirect("workspace:invitations")
    return _form_page(request, "decline", form, invitation=invitation, case=invitation.case)


@require_POST
@staff_only()
def snooze_invitation(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Say "later"."""
    invitation = selectors.invitation_for(request.user, public_id)
    hours = request.POST.get("hours", "")
    services.invitation_snooze(
        actor=request.user,
        invitation=invitation,
        hours=int(hours) if hours.isascii() and hours.isdigit() else 0,
    )
    return redirect("workspace:invitations")
