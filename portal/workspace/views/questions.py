"""A question's page: its thread, what may be cited, answering, notes, handing on."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customer_knowledge import selectors, services
from customer_knowledge.models import Message, Question, Thread
from kiplatform.accounts.models import User
from kiplatform.core.errors import Conflict, InvalidInput, NotFound
from portal.shared import threads, uploads
from portal.shared.composing import written
from portal.shared.gates import SignedInRequest, staff_only
from portal.shared.thread_views import is_fragment
from portal.workspace import captures
from portal.workspace.addresses import ANSWERERS
from portal.workspace.inbox import inbox_of
from portal.workspace.questions import (
    chosen,
    cited,
    customer_card,
    standing_of,
    suggested_for,
)

VISIBILITIES = frozenset({"answer", "customer", "internal"})


@require_GET
@staff_only(*ANSWERERS)
def question(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show a question with its thread; the thread counts as read."""
    row = _question(request, public_id)
    return _page(request, row, cites=request.GET.getlist("cite"))


def _question(request: SignedInRequest, public_id: str) -> Question:
    return selectors.question_for(request.user, public_id)


def _page(
    request: SignedInRequest,
    row: Question,
    *,
    cites: list[str],
    status: int = 200,
    **composer: Any,
) -> HttpResponse:
    page_url = reverse("workspace:question", args=[row.public_id])
    reply = request.GET.get("reply", "") or request.POST.get("reply_to", "")
    conversation = (
        threads.opened(request.user, row.thread, page_url=page_url, reply=reply)
        if row.thread
        else None
    )
    context = {
        "inbox": inbox_of(request, request.user, current=row.public_id),
        "question": row,
        "standing": standing_of(request.user, row),
        "card": customer_card(request.user, row),
        "conversation": conversation,
        "chosen": chosen(request.user, cites) if cites else [],
        "visibility": "customer" if row.state == Question.State.ANSWERED else "answer",
        "staff": True,
        **composer,
    }
    if request.GET.get("suggest"):
        context["suggested"] = suggested_for(request.user, row)
    return render(request, "portal/workspace/question.html", context, status=status)


@require_GET
@staff_only(*ANSWERERS)
def question_status(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Answer the head of the page anew: where the question stands, what can be done."""
    row = _question(request, public_id)
    context = {"question": row, "standing": standing_of(request.user, row)}
    return render(request, "portal/workspace/question_status.html", context)


@require_GET
@staff_only(*ANSWERERS)
def question_knowledge(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Answer knowledge that may answer the question; without scripts, the page that holds it."""
    row = _question(request, public_id)
    if not is_fragment(request):
        return redirect(f"{reverse('workspace:question', args=[public_id])}?suggest=1#knowledge")
    context = {"question": row, "suggested": suggested_for(request.user, row)}
    return render(request, "portal/workspace/question_knowledge.html", context)


@require_GET
@staff_only(*ANSWERERS)
def question_cite(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Answer the composer's citations with one more; what the viewer does not see is left out."""
    row = _question(request, public_id)
    values = [*request.GET.getlist("citations"), request.GET.get("add", "")]
    if not is_fragment(request):
        return _page(request, row, cites=values)
    context = {"question": row, "chosen": chosen(request.user, values)}
    return render(request, "portal/workspace/citation_tray.html", context)


@require_POST
@staff_only(*ANSWERERS)
def question_reply(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Answer the question, write to the customer, or leave a note, as `visibility` says."""
    row = _question(request, public_id)
    if row.thread is None:
        raise NotFound()
    try:
        with uploads.kept(request.user, request.FILES.getlist("attachments")) as files:
            message = _write(request, row, row.thread, files)
    except (InvalidInput, Conflict) as error:
        return _refused(request, row, error)
    if not is_fragment(request):
        return redirect(
            f"{reverse('workspace:question', args=[public_id])}#message-{message.public_id}"
        )
    rows = selectors.messages_of(request.user, row.thread).filter(pk=message.pk)
    page_url = reverse("workspace:question", args=[public_id])
    shown = threads.present_messages(request.user, rows, page_url=page_url)
    context = {"messages_": shown, "staff": True}
    return render(request, "portal/shared/messages.html", context)


def _write(request: SignedInRequest, row: Question, thread: Thread, files: list[Any]) -> Message:
    data, user = request.POST, request.user
    text, client_id = data.get("text", ""), data.get("client_id", "")
    visibility = data.get("visibility")
    if visibility not in VISIBILITIES:
        raise InvalidInput(_("Choose who sees this."), field="visibility")
    if visibility != "answer":
        return services.message_post(
            actor=user,
            thread=thread,
            **written(user, thread, data).as_arguments(),
            client_id=client_id,
            internal=visibility == "internal",
            attachments=files,
        )
    citations = cited(data.getlist("citations"))
    keeps = data.get("capture") == "1" and not citations
    answer = services.question_answer(
        actor=user,
        question=row,
        text=text,
        client_id=client_id,
        citations=citations,
        uncited_reason=data.get("uncited_reason", "") or (captures.REASON if keeps else ""),
        attachments=files,
    )
    if keeps:
        captures.draft_of(user, row, answer.message.text, client_id=client_id)
    return answer.message


def _refused(
    request: SignedInRequest, row: Question, error: InvalidInput | Conflict
) -> HttpResponse:
    cites = request.POST.getlist("citations")
    if is_fragment(request):
        context = {"error": error, "chosen": chosen(request.user, cites), "question": row}
        return render(request, "portal/workspace/reply_error.html", context, status=422)
    return _page(
        request,
        row,
        cites=cites,
        status=error.status,
        error=error,
        text=request.POST.get("text", ""),
        visibility=request.POST.get("visibility", "answer"),
        uncited_reason=request.POST.get("uncited_reason", ""),
    )


@require_POST
@staff_only(*ANSWERERS)
def question_reassign(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Hand the question on to somebody else who may answer the customer."""
    row = _question(request, public_id)
    owner = User.objects.visible_to(request.user).filter(
        public_id=request.POST.get("owner", ""), is_active=True
    )
    person = owner.first()
    if person is None:
        raise InvalidInput(_("Choose a person."), field="owner")
    services.question_reassign(actor=request.user, question=row, owner=person)
    messages.success(request, _("%(name)s has this question now.") % {"name": person.name})
    return redirect("workspace:question", public_id)


@require_http_methods(["POST"])
@staff_only(*ANSWERERS)
def question_capture(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Keep the standing answer as a knowledge draft, and lead to where it is written out."""
    row = _question(request, public_id)
    answer = selectors.standing_answer(request.user, row)
    if answer is None:
        raise Conflict(_("There is no answer to keep yet."), code="state")
    client_id = f"answer-{answer.public_id}"
    page = captures.draft_of(request.user, row, answer.message.text, client_id=client_id)
    messages.success(request, _("A draft is kept. Write it out, then ask for its review."))
    return redirect("workspace:knowledge_edit", page.public_id)
