"""The customer's questions: the list, and the page on which one is followed to its end."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customer_knowledge import selectors, services
from customer_knowledge.models import Answer, Question
from kiplatform.core.errors import InvalidInput, NotFound
from portal.customer import people
from portal.customer import questions as presented
from portal.shared import threads
from portal.shared.addresses import address_of
from portal.shared.gates import SignedInRequest, contacts_only
from search.sources import registry as search_sources

PAGE = 20


@require_GET
@contacts_only
def question_list(request: SignedInRequest) -> HttpResponse:
    """List the customer's questions, by state."""
    chosen = request.GET.get("state", "")
    chosen = chosen if chosen in presented.GROUPS else ""
    rows = selectors.questions_for(request.user)
    states = presented.GROUPS[chosen][1]
    page = Paginator(rows.filter(state__in=states), PAGE).get_page(request.GET.get("page"))
    context = {
        "chips": presented.chips(rows, chosen),
        "page": page,
        "rows": [presented.row(request.user, question) for question in page],
        "chosen": chosen,
    }
    return render(request, "portal/customer/questions.html", context)


@require_GET
@contacts_only
def question(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Follow one question: its thread, its answer, what the customer can do now."""
    return _page(request, selectors.question_for(request.user, public_id))


def _page(
    request: SignedInRequest,
    row: Question,
    *,
    status: int = 200,
    refused: InvalidInput | None = None,
) -> HttpResponse:
    context = _state(row) | {
        "manager": people.manager_of(row.customer),
        "title": presented.shortened(row.text),
        "refused": refused,
        "reopen_text": request.POST.get("text", ""),
        "mine": row.author_id == request.user.pk,
    }
    if row.thread is not None:
        address = reverse("portal:question", args=[row.public_id])
        context["conversation"] = threads.opened(
            request.user, row.thread, page_url=address, reply=request.GET.get("reply", "")
        )
    else:
        context["deflected"] = _what_answered(request, row)
    return render(request, "portal/customer/question.html", context, status=status)


def _state(row: Question) -> dict[str, Any]:
    return {
        "question": row,
        "state": presented.shown_state(row),
        "late": presented.is_late(row),
        "open_to_words": row.state in {"open", "answered", "confirmed"},
    }


def _what_answered(request: SignedInRequest, row: Question) -> dict[str, str] | None:
    """Return title and address of what answered a deflected question, if it may still be seen."""
    source = search_sources.get(row.deflected_kind)
    keys = [row.deflected_key]
    if source is None or not source.visible_keys(request.user, keys):
        return None
    document = next(iter(source.load(keys)), None)
    if document is None:
        return None
    url = address_of(request.user, row.deflected_kind, row.deflected_key)
    return {"title": presented.shortened(document.title), "url": url}


@require_GET
@contacts_only
def question_state(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Answer the part of the page that changes with the question's state."""
    row = selectors.question_for(request.user, public_id)
    if row.thread is None:
        raise NotFound()
    context = _state(row) | {"channel": threads.channel_of(request.user, row.thread)}
    return render(request, "portal/customer/question_state.html", context)


@require_POST
@contacts_only
def question_confirm(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Say that the answer helped."""
    row = selectors.question_for(request.user, public_id)
    services.question_confirm(actor=request.user, question=row)
    messages.success(request, _("Thank you. Your manager sees that the answer helped."))
    return _back(request, row)


@require_POST
@contacts_only
def question_reopen(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Say that it did not help yet, and perhaps what is missing."""
    row = selectors.question_for(request.user, public_id)
    try:
        services.question_reopen(
            actor=request.user,
            question=row,
            text=request.POST.get("text", ""),
            client_id=request.POST.get("client_id", ""),
        )
    except InvalidInput as error:
        return _page(request, row, status=error.status, refused=error)
    messages.success(request, _("Your question is open again, and your manager knows."))
    return _back(request, row)


@require_POST
@contacts_only
def question_withdraw(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Take a question back."""
    row = selectors.question_for(request.user, public_id)
    services.question_withdraw(actor=request.user, question=row)
    messages.success(request, _("Your question is withdrawn."))
    return _back(request, row)


def _back(request: HttpRequest, row: Question) -> HttpResponse:
    return redirect("portal:question", row.public_id)


@require_GET
@contacts_only
def answer(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Lead to the question that an answer belongs to, at the answer's place."""
    row = (
        Answer.objects.visible_to(request.user)
        .select_related("question", "message")
        .filter(public_id=public_id)
        .first()
    )
    if row is None:
        raise NotFound()
    response = redirect("portal:question", row.question.public_id)
    response["Location"] += f"#message-{row.message.public_id}"
    return response
