"""Opening a case, and its page."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from customer_knowledge.models import Question
from customer_knowledge.selectors import question_for
from kiplatform.accounts.roles import Role
from portal.research.forms import KeptForm, NeedForm
from portal.research.near import near_cases, near_ended
from portal.research.presenters.page import case_context
from portal.research.views.common import form_page, say, stored, to_case
from portal.shared import threads
from portal.shared.gates import SignedInRequest, staff_only
from qa_center import selectors, services

NEAR_CASES = 4


@require_http_methods(["GET", "POST"])
@staff_only(Role.SALES_MANAGER, Role.ADMINISTRATOR)
def open_case(request: SignedInRequest) -> HttpResponse:
    """Open a case on a customer's question with one click, or on a need of one's own."""
    key = request.POST.get("question", "")
    if request.method == "POST" and key:
        return _open_on(request, question_for(request.user, key))
    form = NeedForm(request.POST or None, viewer=request.user)
    near: dict[str, Any] = {}
    if form.is_bound and form.is_valid() and not _meant(request, form):
        near = _near(request, form.cleaned_data["text"])
    if not near and stored(form, lambda: _open(request, form)):
        case = selectors.cases_for(request.user).get(
            manager=request.user, client_id=form.cleaned_data["client_id"]
        )
        say(request, _("Searched. Mark what fits, or ask colleagues."), form)
        return to_case(case)
    return form_page(request, "open", form, **near)


def _meant(request: SignedInRequest, form: NeedForm) -> bool:
    """Tell whether the near cases were seen, or the form was sent twice and is its own twin."""
    if "confirmed" in request.POST:
        return True
    sent = {"manager": request.user, "client_id": form.cleaned_data["client_id"]}
    return selectors.cases_for(request.user).filter(**sent).exists()


def _open(request: SignedInRequest, form: NeedForm) -> None:
    data = form.cleaned_data
    services.case_open(
        actor=request.user,
        client_id=data["client_id"],
        text=data["text"],
        product=data["product"],
        urgency=data["urgency"],
    )


def _near(request: SignedInRequest, text: str) -> dict[str, Any]:
    """Return running and ended cases that ask much the same; nothing where there are none."""
    running = near_cases(request.user, text)[:NEAR_CASES]
    ended = near_ended(request.user, text)[:NEAR_CASES]
    return {"running": running, "ended": ended} if running or ended else {}


def _open_on(request: SignedInRequest, question: Question) -> HttpResponse:
    running = selectors.running_case_on(question)
    if running is not None:
        return to_case(selectors.case_for(request.user, running.public_id))
    near = {} if "confirmed" in request.POST else _near(request, question.text)
    if near:
        near |= {"question": question, "about": question.public_id}
        return form_page(request, "open_on", KeptForm(), **near)
    case = services.case_open(
        actor=request.user,
        question=question,
        client_id=request.POST.get("client_id") or f"question-{question.public_id}",
    )
    return to_case(case)


@require_GET
@staff_only()
def case(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show a case: the discussion in the middle, everything else beside it."""
    row = selectors.case_for(request.user, public_id)
    context = case_context(request.user, row)
    if context["layout"] == "talk":
        context["conversation"] = threads.opened(
            request.user, row.thread, page_url=request.path, reply=request.GET.get("reply", "")
        )
    return render(request, "portal/research/case.html", context)


@require_GET
@staff_only()
def case_side(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Answer the parts around the discussion, which follow the case's channel.

    Where the middle of the page no longer fits and nothing can have been typed there, the page is
    loaded anew; a discussion is left alone.
    """
    row = selectors.case_for(request.user, public_id)
    context = case_context(request.user, row)
    response = render(request, "portal/research/case_parts.html", context)
    if request.GET.get("layout", "talk") not in {"talk", context["layout"]}:
        response["HX-Refresh"] = "true"
    return response
