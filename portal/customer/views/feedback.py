"""What customers say about products, markets and the company, and what became of it."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from customer_knowledge import selectors, services
from kiplatform.core.errors import InvalidInput, NotFound
from portal.customer import feedback
from portal.customer.forms import (
    FeedbackForm,
    MarketCommentForm,
    ProductCommentForm,
    RemarkForm,
    SuggestionForm,
)
from portal.shared import threads
from portal.shared.gates import SignedInRequest, contacts_only

PAGE = 20
FORMS: dict[str, tuple[type[FeedbackForm], Callable[..., feedback.Piece]]] = {
    "productcomment": (ProductCommentForm, services.product_comment_add),
    "marketcomment": (MarketCommentForm, services.market_comment_add),
    "complaint": (RemarkForm, services.complaint_file),
    "suggestion": (SuggestionForm, services.suggestion_make),
}


@require_GET
@contacts_only
def overview(request: SignedInRequest) -> HttpResponse:
    """Invite to say something, and list what was said."""
    chosen = request.GET.get("kind", "")
    context: dict[str, Any] = {"kinds": feedback.KINDS.values(), "chips": _chips(chosen)}
    if chosen in feedback.KINDS:
        pieces = selectors.feedback_list(request.user, chosen)
        page = Paginator(pieces, PAGE).get_page(request.GET.get("page"))
        context |= {"page": page, "rows": [feedback.row(chosen, piece) for piece in page]}  # type: ignore[arg-type]
    else:
        context["rows"] = feedback.rows(request.user, most=PAGE)
    return render(request, "portal/customer/feedback.html", context)


def _chips(chosen: str) -> list[dict[str, Any]]:
    address = reverse("portal:feedback")
    kinds = [(kind.key, kind.plural) for kind in feedback.KINDS.values()]
    return [
        {
            "label": label,
            "url": f"{address}?kind={key}" if key else address,
            "active": key == chosen or (not key and chosen not in feedback.KINDS),
        }
        for key, label in [("", _("The latest")), *kinds]
    ]


@require_http_methods(["GET", "POST"])
@contacts_only
def new(request: SignedInRequest, kind: str) -> HttpResponse:
    """Show the form of one kind, or take what was said."""
    if kind not in FORMS:
        raise NotFound()
    table, give = FORMS[kind]
    if request.method == "GET":
        initial = {"client_id": str(uuid4()), "product": request.GET.get("product", "")}
        return _form(request, kind, table(request.user, initial=initial))
    form = table(request.user, request.POST)
    if not form.is_valid():
        return _form(request, kind, form, status=422)
    try:
        piece = give(actor=request.user, **form.cleaned_data)
    except InvalidInput as error:
        form.refuse(error)
        return _form(request, kind, form, status=error.status)
    messages.success(request, _("Thank you. Your manager sees it."), piece.client_id)
    return redirect("portal:feedback_piece", kind, piece.public_id)


def _form(
    request: SignedInRequest, kind: str, form: FeedbackForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "kind": feedback.KINDS[kind],
        "form": form,
        "client_id": form["client_id"].value() or str(uuid4()),
    }
    return render(request, "portal/customer/feedback_form.html", context, status=status)


@require_GET
@contacts_only
def piece(request: SignedInRequest, kind: str, public_id: str) -> HttpResponse:
    """Show one piece with its thread, and how it stands."""
    row = selectors.feedback_for(request.user, kind, public_id)
    conversation = threads.opened(
        request.user, row.thread, page_url=request.path, reply=request.GET.get("reply", "")
    )
    context = {
        "kind": feedback.KINDS[kind],
        "piece": row,
        "heading": feedback.heading(row),
        "facts": feedback.facts(row),
        "conversation": conversation,
        "mine": row.author_id == request.user.pk,
    }
    return render(request, "portal/customer/feedback_piece.html", context)
