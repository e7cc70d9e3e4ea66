"""Asking: the form, what is suggested while it is filled in, and its sending."""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from customer_knowledge import services
from customer_knowledge.models import Question
from customer_knowledge.services import Cited
from kiplatform.core.choices import Urgency
from kiplatform.core.errors import InvalidInput
from portal.customer import hits
from portal.customer.forms import AskForm
from portal.customer.questions import kind_choices
from portal.shared import uploads
from portal.shared.gates import SignedInRequest, contacts_only
from portal.shared.thread_views import is_fragment
from search.analysis import detect_language
from search.services import suggest as search_suggest

SUGGESTED = 3
KINDS = ("knowledge", "answer")


@require_http_methods(["GET", "POST"])
@contacts_only
def ask(request: SignedInRequest) -> HttpResponse:
    """Show the form, take a question, or keep that a suggestion answered it."""
    if request.method == "GET" or "compose" in request.POST:
        start = request.POST if request.method == "POST" else request.GET
        return _page(request, AskForm(request.user, initial=_initial(start)))
    form = AskForm(request.user, request.POST)
    try:
        question = _deflect(request, form) if request.POST.get("hit") else _ask(request, form)
    except InvalidInput as error:
        form.refuse(error)
        return _page(request, form, status=error.status)
    return _go(request, reverse("portal:question", args=[question.public_id]))


def _ask(request: SignedInRequest, form: AskForm) -> Question:
    if not form.is_valid():
        raise InvalidInput(_("Please choose one of the options."), field="kind")
    given = form.cleaned_data
    with uploads.kept(request.user, request.FILES.getlist("attachments")) as files:
        question = services.question_ask(
            actor=request.user,
            text=given["text"],
            kind=given["kind"],
            product=given["product"],
            urgency=given["urgency"] or Urgency.NORMAL,
            client_id=given["client_id"],
            attachments=files,
        )
    _say_sent(request, question)
    return question


def _say_sent(request: SignedInRequest, question: Question) -> None:
    messages.success(request, _("Your question is with your manager."), question.client_id)
    if detect_language(question.text) == "other":
        messages.info(
            request,
            _(
                "Search works best in Chinese and English. Your question is taken as you wrote it, "
                "and a person reads it."
            ),
        )


@transaction.atomic
def _deflect(request: SignedInRequest, form: AskForm) -> Question:
    """Keep that a suggestion answered it; the kind need not be chosen for that."""
    form.is_valid()
    kind, _sign, key = request.POST["hit"].partition(":")
    question = services.question_deflect(
        actor=request.user,
        text=form.cleaned_data.get("text", ""),
        kind=form.cleaned_data.get("kind") or Question.Kind.PRODUCT_SERVICE,
        hit=Cited(kind, key),
        client_id=form.cleaned_data.get("client_id", ""),
    )
    messages.success(
        request, _("Good to know. Your question is kept with what answered it."), question.client_id
    )
    return question


def _initial(values: Any) -> dict[str, Any]:
    """Return what a form begins with: whatever the way here brought along."""
    return {
        "text": values.get("text", ""),
        "product": values.get("product", ""),
        "kind": values.get("kind", ""),
        "urgency": Urgency.NORMAL,
        "client_id": str(uuid4()),
    }


def _page(request: SignedInRequest, form: AskForm, *, status: int = 200) -> HttpResponse:
    name = "ask_form" if is_fragment(request) and request.method == "POST" else "ask"
    context = {
        "form": form,
        "kinds": kind_choices(),
        "client_id": form["client_id"].value() or str(uuid4()),
    }
    return render(request, f"portal/customer/{name}.html", context, status=status)


def _go(request: HttpRequest, address: str) -> HttpResponse:
    """Lead on; a script is told where to go."""
    if is_fragment(request):
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


@require_GET
@contacts_only
def suggest(request: SignedInRequest) -> HttpResponse:
    """Answer what may already say it, while the question is being typed."""
    query = request.GET.get("q", "")
    results = search_suggest(query, request.user, kinds=KINDS, limit=SUGGESTED * 2)
    context = {
        "hits": hits.present(request.user, results)[:SUGGESTED],
        "verdict_of_all": results.verdict,
        "degraded": results.reason,
        "foreign": bool(query.strip()) and detect_language(query) == "other",
        "deflect_url": reverse("portal:ask"),
        "asked": bool(query.strip()),
    }
    return render(request, "portal/customer/suggestions.html", context)
