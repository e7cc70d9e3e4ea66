"""Asking colleagues, and their replies."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kiplatform.accounts.models import User
from kiplatform.accounts.roles import Role
from kiplatform.core.errors import ApplicationError, Conflict, InvalidInput
from kiplatform.core.numbers import whole_number
from portal.research.forms import DeclineForm
from portal.research.presenters import people
from portal.research.views.common import (
    explain,
    form_page,
    over,
    say,
    steered,
    stored,
    to_case,
)
from portal.shared.gates import SignedInRequest, staff_only
from qa_center import selectors, services
from qa_center.models import Invitation, ResearchCase
from qa_center.reasons import worded

TICKED = 3
OFFERED = 12
CREDITS = 25
# "Later": in an hour, in four, tomorrow, in three days.
SNOOZES = (1, 4, 24, 72)
MINUTE = 60


@require_http_methods(["GET", "POST"])
@staff_only(Role.SALES_MANAGER, Role.ADMINISTRATOR)
def ask(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show who would be asked and why; ask those who are ticked."""
    row = steered(request, public_id)
    if row.is_ended:
        return over(request, row)
    if row.state != ResearchCase.State.SEARCHING:
        return redirect("workspace:case_invite", row.public_id)
    if request.method == "GET":
        return _ask_page(request, row)
    keys = request.POST.getlist("expert")
    try:
        services.case_ask_colleagues(actor=request.user, case=row, chosen=_chosen(request, keys))
    except (InvalidInput, Conflict) as error:
        return _ask_page(request, row, error=error, keys=keys)
    return to_case(row)


def _chosen(request: SignedInRequest, keys: list[str]) -> list[User]:
    """Return the colleagues who were ticked; none only where the page could offer nobody.

    :raises InvalidInput: nobody was ticked, or somebody whom the person cannot name.
    """
    if not keys and "anybody" in request.POST:
        return []
    chosen = list(User.objects.visible_to(request.user).filter(public_id__in=keys))
    if not chosen or len(chosen) != len(set(keys)):
        raise InvalidInput(_("Choose at least one colleague."), field="expert")
    return chosen


def _ask_page(
    request: SignedInRequest,
    row: ResearchCase,
    *,
    error: ApplicationError | None = None,
    keys: list[str] | None = None,
) -> HttpResponse:
    experts = people.expert_rows(services.rank_experts(row))
    if keys is None:
        keys = [expert["public_id"] for expert in experts[:TICKED]]
    context = {"case": row, "experts": experts, "chosen": keys, "error": error}
    status = error.status if error else 200
    return render(request, "portal/research/ask.html", context, status=status)


@require_http_methods(["GET", "POST"])
@staff_only(Role.SALES_MANAGER, Role.ADMINISTRATOR)
def invite(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Ask one more colleague by name."""
    row = steered(request, public_id)
    if row.is_ended and request.method == "GET":
        return over(request, row)
    error: ApplicationError | None = None
    if request.method == "POST":
        try:
            user = _chosen(request, [request.POST.get("expert", "")])[0]
            services.invite_more(actor=request.user, case=row, user=user)
        except (InvalidInput, Conflict) as refusal:
            error = refusal
        else:
            say(request, _("%(name)s was asked.") % {"name": user.name})
            return to_case(row)
    asked = set(row.invitations.values_list("expert__public_id", flat=True))
    ranked = [e for e in services.rank_experts(row) if e.key not in asked]
    experts = people.expert_rows(ranked, limit=OFFERED)
    context = {"case": row, "experts": experts, "error": error}
    status = error.status if error else 200
    return render(request, "portal/research/invite.html", context, status=status)


@require_GET
@staff_only()
def invitations(request: SignedInRequest) -> HttpResponse:
    """Show what waits for the viewer's knowledge, and what it has brought so far."""
    rows = [
        {"invitation": row, "reasons": worded(row.reasons)}
        for row in selectors.invitations_for(request.user)
    ]
    context: dict[str, Any] = {
        "rows": rows,
        "snoozes": SNOOZES,
        "joined": selectors.cases_joined(request.user),
        "credits": selectors.credits_of(request.user)[:CREDITS],
    }
    return render(request, "portal/research/invitations.html", context)


@require_POST
@staff_only()
def accept_invitation(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Join the case."""
    invitation = selectors.invitation_for(request.user, public_id)
    try:
        services.invitation_accept(actor=request.user, invitation=invitation)
    except Conflict as error:
        explain(request, error)
        return redirect("workspace:invitations")
    return to_case(invitation.case)


@require_http_methods(["GET", "POST"])
@staff_only()
def decline_invitation(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Decline, with a reason and perhaps a better name."""
    invitation = selectors.invitation_for(request.user, public_id)
    if invitation.status == Invitation.Status.WITHDRAWN:
        # The page would show the case once more to somebody who was taken out of it.
        raise Conflict(_("This invitation is over. Thank you all the same."), code="over")
    if invitation.status == Invitation.Status.DECLINED:
        return redirect("workspace:invitations")
    form = DeclineForm(request.POST or None, viewer=request.user)
    done = stored(
        form,
        lambda: services.invitation_decline(
            actor=request.user,
            invitation=invitation,
            reason=form.cleaned_data["reason"],
            suggested=form.cleaned_data["suggested"],
        ),
    )
    if done:
        say(request, _("Thank you. Somebody else is asked."), form)
        return redirect("workspace:invitations")
    return form_page(request, "decline", form, invitation=invitation, case=invitation.case)


@require_POST
@staff_only()
def snooze_invitation(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Say "later"."""
    invitation = selectors.invitation_for(request.user, public_id)
    hours = whole_number(request.POST.get("hours", ""))
    try:
        services.invitation_snooze(actor=request.user, invitation=invitation, hours=hours)
    except (InvalidInput, Conflict) as error:
        explain(request, error)
    else:
        say(request, _("You will be reminded."))
    return redirect("workspace:invitations")
