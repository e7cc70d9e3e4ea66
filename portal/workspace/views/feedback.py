"""Feedback: lists by kind, one piece with its thread, settling it, noting what was understood."""

from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customer_knowledge import policies, selectors, services
from kiplatform.core.errors import Conflict, InvalidInput, NotFound
from portal.shared import threads
from portal.shared.gates import SignedInRequest, staff_only
from portal.workspace import feedback as presenters
from portal.workspace import forms
from portal.workspace.addresses import ANSWERERS
from portal.workspace.listing import page_of


@require_GET
@staff_only(*ANSWERERS)
def feedback(request: SignedInRequest) -> HttpResponse:
    """Begin with what presses most: complaints."""
    return redirect("workspace:feedback_list", "complaint")


@require_GET
@staff_only(*ANSWERERS)
def feedback_list(request: SignedInRequest, kind: str) -> HttpResponse:
    """List one kind of feedback of the reader's customers."""
    if kind not in dict(presenters.KINDS):
        raise NotFound()
    page = page_of(request, presenters.rows_of(request, request.user, kind))
    context = {
        "kind": kind,
        "state_kind": "complaint",
        "page": page,
        "rows": [presenters.row_of(kind, row) for row in page.object_list],
        "tabs": presenters.tabs_of(request, kind),
        "filters": presenters.filters_of(request, kind),
        "products": selectors.products_for(request.user),
        "product": request.GET.get("product", ""),
    }
    return render(request, "portal/workspace/feedback.html", context)


@require_GET
@staff_only(*ANSWERERS)
def feedback_detail(request: SignedInRequest, kind: str, public_id: str) -> HttpResponse:
    """Show one piece with its thread."""
    piece = selectors.feedback_for(request.user, kind, public_id)
    return _page(request, kind, piece, None)


def _page(
    request: SignedInRequest,
    kind: str,
    piece: Any,
    form: django_forms.Form | None,
    status: int = 200,
) -> HttpResponse:
    title, meta = presenters.titled(piece)
    manages = policies.may_settle(request.user, piece.customer)
    context = {
        "kind": kind,
        "piece": piece,
        "title": title,
        "meta": meta,
        "icon_name": presenters.ICONS[kind],
        "tabs": presenters.tabs_of(request, kind),
        "conversation": threads.opened(
            request.user,
            piece.thread,
            page_url=reverse("workspace:feedback_detail", args=[kind, piece.public_id]),
            reply=request.GET.get("reply", ""),
        ),
        "form": form or _form_for(kind, piece),
        "may_settle": manages and getattr(piece, "state", "") not in {"resolved", "declined"},
        "staff": True,
    }
    return render(request, "portal/workspace/feedback_detail.html", context, status=status)


def _form_for(kind: str, piece: Any, data: Any = None) -> django_forms.Form | None:
    if kind in presenters.REMARKS:
        return forms.SettleForm(
            data, states=presenters.next_states(piece), initial={"remedy": piece.remedy}
        )
    if kind == "marketcomment":
        names = ("company_view", "company_understanding")
        return forms.UnderstoodForm(data, initial={name: getattr(piece, name) for name in names})
    return None


@require_POST
@staff_only(*ANSWERERS)
def feedback_settle(request: SignedInRequest, kind: str, public_id: str) -> HttpResponse:
    """Move a complaint or suggestion on, or note what a market comment conveyed."""
    piece = selectors.feedback_for(request.user, kind, public_id)
    form = _form_for(kind, piece, request.POST)
    if form is None:
        raise NotFound()
    if form.is_valid():
        try:
            _settle(request, kind, piece, form.cleaned_data)
        except (InvalidInput, Conflict) as error:
            forms.refuse(form, error)
        else:
            messages.success(request, _("Kept."))
            return redirect("workspace:feedback_detail", kind, public_id)
    fresh = selectors.feedback_for(request.user, kind, public_id)
    return _page(request, kind, fresh, form, status=422)


def _settle(request: SignedInRequest, kind: str, piece: Any, data: dict[str, Any]) -> None:
    if kind in presenters.REMARKS:
        services.remark_settle(actor=request.user, remark=piece, **data)
    else:
        services.market_comment_understood(actor=request.user, comment=piece, **data)
