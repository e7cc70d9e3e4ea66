"""Writing in threads, the same for both sides: post, edit, delete, react, and what came since.

Asked by a script each answers with the rendered messages; without scripts it leads back to the
page named by `next`. What a service refuses is said beside the text, which is kept.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customer_knowledge import selectors, services, thread_people
from customer_knowledge.models import Message, Thread
from kiplatform.core.errors import InvalidInput, NotFound
from kiplatform.core.numbers import whole_number
from portal.shared import marks, threads, uploads
from portal.shared.addresses import room_of
from portal.shared.composing import written
from portal.shared.gates import SignedInRequest, signed_in


def is_fragment(request: HttpRequest) -> bool:
    """Tell whether a script asks, which wants a part of a page."""
    return request.headers.get("HX-Request") == "true"


def way_back(request: SignedInRequest) -> str:
    """Return the page on this site that `next` names, or where the person's room begins."""
    path = request.GET.get("next", "") or request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(path, None) and path.startswith("/")
    return path if ours else room_of(request.user)


@require_http_methods(["GET", "POST"])
@signed_in
def thread_messages(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Answer what changed after version `after`, or post a message."""
    thread = selectors.thread_for(request.user, public_id)
    return _post(request, thread) if request.method == "POST" else _since(request, thread)


def _since(request: SignedInRequest, thread: Thread) -> HttpResponse:
    after = whole_number(request.GET.get("after", ""))
    rows = selectors.messages_of(request.user, thread, after=after)
    # A page that nobody looks at takes in what comes, and says so.
    if request.GET.get("seen") != "0":
        threads.mark_seen(request.user, thread)
    return _messages(request, list(rows))


def _post(request: SignedInRequest, thread: Thread) -> HttpResponse:
    try:
        with uploads.kept(request.user, request.FILES.getlist("attachments")) as files:
            message = services.message_post(
                actor=request.user,
                thread=thread,
                **written(request.user, thread, request.POST).as_arguments(),
                client_id=request.POST.get("client_id", ""),
                internal=request.POST.get("visibility") == "internal",
                attachments=files,
            )
    except InvalidInput as error:
        return _refused(request, error, thread)
    return _done(request, message)


@require_http_methods(["GET", "POST"])
@signed_in
def message_edit(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show the form for one's own message, or store what it says now."""
    message = _own(request, public_id)
    if request.method == "GET":
        if request.GET.get("cancel"):
            return _done(request, message)
        return _edit_form(request, message, message.text)
    text = request.POST.get("text", "")
    try:
        message = services.message_edit(actor=request.user, message=message, text=text)
    except InvalidInput as error:
        return _edit_form(request, message, text, error)
    return _done(request, message)


@require_POST
@signed_in
def message_delete(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Take one's own message back."""
    message = services.message_delete(actor=request.user, message=_own(request, public_id))
    return _done(request, message)


@require_POST
@signed_in
def message_react(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Set a reaction, or with `on=0` take it back."""
    message = services.message_react(
        actor=request.user,
        message=selectors.message_for(request.user, public_id),
        kind=request.POST.get("kind", ""),
        on=request.POST.get("on") != "0",
    )
    return _done(request, message)


@require_GET
@signed_in
def thread_readers(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Answer how far the others have read a thread, to the company's side."""
    thread = selectors.thread_for(request.user, public_id)
    if request.user.is_contact:
        raise NotFound()
    rows = Message.objects.visible_to(request.user).filter(thread=thread)
    messages = list(rows.only("number", "audience", "public_id", "sent_at", "author_id"))
    people, read = thread_people.people_of(thread), thread_people.marks_of(thread)
    so_far = thread_people.readers_of(request.user, people, read, messages)
    context = {"readers": marks.readers(request.user, thread, so_far)}
    return render(request, "portal/shared/readers.html", context)


def _own(request: SignedInRequest, public_id: str) -> Message:
    message = selectors.message_for(request.user, public_id)
    if message.author_id != request.user.pk or threads.is_opening(message):
        raise NotFound()
    return message


def _messages(request: SignedInRequest, rows: list[Message]) -> HttpResponse:
    shown = threads.present_messages(request.user, rows, page_url=way_back(request))
    context = {"messages_": shown, "staff": request.user.is_staff_member}
    return render(request, "portal/shared/messages.html", context)


def _done(request: SignedInRequest, message: Message) -> HttpResponse:
    if not is_fragment(request):
        return redirect(f"{way_back(request)}#message-{message.public_id}")
    fresh = selectors.messages_of(request.user, message.thread).filter(pk=message.pk)
    return _messages(request, list(fresh))


def _edit_form(
    request: SignedInRequest, message: Message, text: str, error: InvalidInput | None = None
) -> HttpResponse:
    context = {
        "message": message,
        "text": text,
        "error": error,
        "action": request.get_full_path(),
        "back": way_back(request),
    }
    name = "message_edit" if is_fragment(request) else "message_edit_page"
    status = 200 if error is None else error.status
    return render(request, f"portal/shared/{name}.html", _framed(request, context), status=status)


def _refused(request: SignedInRequest, error: InvalidInput, thread: Thread) -> HttpResponse:
    back = way_back(request)
    context = {
        "error": error,
        "text": request.POST.get("text", ""),
        "action": request.get_full_path(),
        "back": back,
    }
    if is_fragment(request):
        return render(request, "portal/shared/message_error.html", context, status=error.status)
    reply = request.POST.get("reply_to", "")
    context["conversation"] = threads.present(request.user, thread, page_url=back, reply=reply)
    page = "portal/shared/message_page.html"
    return render(request, page, _framed(request, context), status=error.status)


def _framed(request: SignedInRequest, context: dict[str, object]) -> dict[str, object]:
    """Add the frame that the person's room stands in."""
    frame = "workspace" if request.user.is_staff_member else "portal"
    return context | {"frame": f"portal/base_{frame}.html"}
