"""What the manager of a case decides: the answer, its way to the customer, and its end."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kiplatform.accounts.roles import Role
from kiplatform.core.errors import Conflict
from portal.research.forms import CaptureForm, TextForm, UncapturedForm
from portal.research.presenters import evidence
from portal.research.presenters.page import language_label
from portal.research.views.common import (
    form_page,
    say,
    status_of,
    steered,
    stored,
    to_case,
    while_running,
)
from portal.shared.gates import SignedInRequest, staff_only
from qa_center import policies, services
from qa_center.models import Evidence, Proposal, ResearchCase, Resolution
from search.services import search

MANAGERS = (Role.SALES_MANAGER, Role.ADMINISTRATOR)
TWINS = 3


@require_http_methods(["GET", "POST"])
@staff_only(*MANAGERS)
@while_running
def answer(request: SignedInRequest, row: ResearchCase) -> HttpResponse:
    """Answer the customer from the evidence; the case ends."""
    pieces = evidence.visible(request.user, list(row.evidence.all()))
    fitting = [p.public_id for p in pieces if p.mark == Evidence.Mark.FITS]
    keys = request.POST.getlist("evidence") if request.method == "POST" else fitting
    # Without a customer there is nobody to write to.
    form = TextForm(request.POST or None, label=_("Your answer"), optional=row.question is None)
    done = stored(
        form,
        lambda: services.case_answer_from_evidence(
            actor=request.user,
            case=row,
            text=form.cleaned_data["text"],
            evidence=evidence.chosen(pieces, keys),
            client_id=form.cleaned_data["client_id"],
        ),
    )
    if done:
        sent = _("The answer was sent, and the case is ended.")
        say(request, sent if row.question else _("The case is ended."), form)
        return to_case(row)
    return form_page(
        request,
        "answer",
        form,
        case=row,
        pieces=pieces,
        chosen=keys,
        customer_language=_customer_language(row),
    )


def _customer_language(row: ResearchCase) -> str:
    return language_label(row.question.language) if row.question else ""


@require_http_methods(["GET", "POST"])
@staff_only(*MANAGERS)
@while_running
def accept(request: SignedInRequest, row: ResearchCase) -> HttpResponse:
    """Accept a proposal, or merge several in one's own words."""
    standing = list(
        row.proposals.filter(state=Proposal.State.STANDING)
        .select_related("author")
        .prefetch_related("versions")
    )
    keys = request.POST.getlist("proposal") or request.GET.getlist("proposal")
    chosen = [p for p in standing if p.public_id in keys]
    form = _wording(request, chosen)
    decided = Resolution.objects.filter(case=row).select_related("accepted_by").first()
    if decided is not None and (request.method == "GET" or _decides_so(decided, form, request)):
        return redirect("workspace:case_release", row.public_id)
    if stored(form, lambda: _accept(request, row, keys, chosen, form)):
        say(request, _("Settled. Everybody who helped is credited."), form)
        return redirect("workspace:case_release", row.public_id)
    options = [{"proposal": p, "text": _newest_text(p), "chosen": p in chosen} for p in standing]
    return form_page(request, "accept", form, case=row, options=options, decided=decided)


def _wording(request: SignedInRequest, chosen: list[Proposal]) -> TextForm:
    initial = {"text": _newest_text(chosen[0])} if len(chosen) == 1 else {}
    return TextForm(
        request.POST or None, initial=initial, label=_("Wording of the answer"), optional=True
    )


def _decides_so(decided: Resolution, form: TextForm, request: SignedInRequest) -> bool:
    """Tell whether the standing decision came of this very form, sent a second time."""
    if decided.accepted_by_id != request.user.pk or not form.is_valid():
        return False
    return form.cleaned_data["text"] in {"", decided.text}


def _accept(
    request: SignedInRequest,
    row: ResearchCase,
    keys: list[str],
    chosen: list[Proposal],
    form: TextForm,
) -> None:
    if len(chosen) != len(set(keys)):
        raise Conflict(_("A proposal no longer stands. Read the case again."), code="stale")
    services.proposal_accept(
        actor=request.user, case=row, proposals=chosen, text=form.cleaned_data["text"]
    )


def _newest_text(proposal: Proposal) -> str:
    return max(proposal.versions.all(), key=lambda version: version.number).text


@require_http_methods(["GET", "POST"])
@staff_only(*MANAGERS)
def release(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Word the answer for the customer and send it."""
    row = steered(request, public_id)
    resolution = _resolution(row)
    if resolution is None:
        return _first_accept(request, row)
    if row.question is None or resolution.answer_id is not None or row.question.is_ended:
        return redirect("workspace:case_capture", row.public_id)
    form = TextForm(
        request.POST or None,
        initial={"text": resolution.text},
        label=_("Your answer to the customer"),
    )
    done = stored(
        form,
        lambda: services.case_release(
            actor=request.user,
            case=row,
            text=form.cleaned_data["text"],
            client_id=form.cleaned_data["client_id"],
        ),
    )
    if done:
        say(request, _("The customer has the answer."), form)
        return redirect("workspace:case_capture", row.public_id)
    return form_page(
        request,
        "release",
        form,
        case=row,
        resolution=resolution,
        # Who decides without managing the customer reads what colleagues read.
        asked=row.question.text if policies.sees_customer_of(request.user, row) else row.text,
        customer_language=_customer_language(row),
        other_language=not _same_language(row.question.language, resolution.language),
    )


def _same_language(one: str, other: str) -> bool:
    """Whoever reads one Chinese script reads the other."""
    return one == other or "en" not in {one, other}


def _resolution(row: ResearchCase) -> Resolution | None:
    return Resolution.objects.filter(case=row).select_related("answer").first()


def _first_accept(request: SignedInRequest, row: ResearchCase) -> HttpResponse:
    messages.info(request, _("Accept an answer first."))
    return to_case(row)


@require_http_methods(["GET", "POST"])
@staff_only(*MANAGERS)
@while_running
def capture(request: SignedInRequest, row: ResearchCase) -> HttpResponse:
    """Make the resolution a knowledge draft, or say why not."""
    if _resolution(row) is None:
        return _first_accept(request, row)
    ending = "not_captured" in request.POST
    uncaptured = UncapturedForm(request.POST if ending else None)
    suggested = services.capture_suggestion(row)
    form = CaptureForm(
        request.POST if request.POST and not ending else None,
        initial=suggested,
        viewer=request.user,
    )
    if stored(uncaptured, lambda: _close_uncaptured(request, row, uncaptured)):
        say(request, _("The case is ended."), uncaptured)
        return to_case(row)
    if stored(form, lambda: _capture(request, row, form)):
        say(request, _("The draft is with the editors. Thank you."), form)
        return to_case(row)
    twins = _twins(request, row)
    response = form_page(request, "capture", form, case=row, twins=twins, uncaptured=uncaptured)
    response.status_code = max(response.status_code, status_of(uncaptured))
    return response


def _capture(request: SignedInRequest, row: ResearchCase, form: CaptureForm) -> None:
    services.case_capture(actor=request.user, case=row, **form.cleaned_data)


def _close_uncaptured(request: SignedInRequest, row: ResearchCase, form: UncapturedForm) -> None:
    services.case_close_uncaptured(actor=request.user, case=row, reason=form.cleaned_data["reason"])


def _twins(request: SignedInRequest, row: ResearchCase) -> list[Any]:
    """Return knowledge that likely says the same, to be brought up to date instead."""
    near = search(row.text, request.user, kinds={"knowledge"}, limit=TWINS)
    return [hit for hit in near.hits if hit.verdict == "likely"]
