"""The knowledge base: browse, read, write, review."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customer_knowledge.selectors import products_for
from kiplatform.accounts.policies import has_role
from kiplatform.accounts.roles import Role
from kiplatform.core import clock
from kiplatform.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from kiplatform.core.numbers import whole_number
from manager_knowledge import policies, selectors, services
from manager_knowledge.choices import KnowledgeType
from manager_knowledge.services.contents import PAGE_MODELS
from portal.shared.gates import SignedInRequest, staff_only
from portal.workspace.forms import KnowledgeForm, NewKnowledgeForm, PublishForm, refuse
from portal.workspace.knowledge import (
    filters_of,
    pages_of,
    reading_of,
    row_of,
    steps_as_lines,
)
from portal.workspace.listing import page_of
from qa_center.selectors import gaps_for
from search.models import SearchGap

EDITORS = (Role.KNOWLEDGE_EDITOR, Role.ADMINISTRATOR)
VERIFY_FOR = timedelta(days=180)
MOST_SEARCHES = 50


@require_GET
@staff_only()
def knowledge(request: SignedInRequest) -> HttpResponse:
    """Browse the pages that the reader may see."""
    page = page_of(request, pages_of(request, request.user))
    context = {
        "page": page,
        "rows": [row_of(row) for row in page.object_list],
        "filters": filters_of(request, request.user),
        "may_draft": policies.can_draft(request.user),
        "section": "browse",
        "reviews": policies.can_edit_everything(request.user),
    }
    return render(request, "portal/workspace/knowledge.html", context)


@require_GET
@staff_only()
def knowledge_page(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Read a page."""
    page = selectors.page_for(request.user, public_id)
    return _reader(request, page, PublishForm())


def _reader(
    request: SignedInRequest, page: Any, form: django_forms.Form, status: int = 200
) -> HttpResponse:
    context = {
        "reading": reading_of(request.user, page, draft=bool(request.GET.get("draft"))),
        "publish_form": form,
        "verify_until": timezone.localdate(clock.now()) + VERIFY_FOR,
    }
    return render(request, "portal/workspace/knowledge_page.html", context, status=status)


@require_GET
@staff_only(*EDITORS)
def knowledge_review(request: SignedInRequest) -> HttpResponse:
    """Show editors what waits for them."""
    user = request.user
    context = {
        "waiting": [row_of(row) for row in selectors.review_queue(user)[:50]],
        "due": [row_of(row) for row in selectors.due_for_verification(user)[:50]],
        "stale": [row_of(row) for row in selectors.stale_translations(user)[:50]],
        "section": "review",
        "reviews": True,
        "may_draft": True,
    }
    return render(request, "portal/workspace/knowledge_review.html", context)


@require_GET
@staff_only()
def knowledge_gaps(request: SignedInRequest) -> HttpResponse:
    """Show what the company does not know yet."""
    sees_searches = has_role(request.user, Role.PRODUCT_TEAM, *EDITORS)
    searches = SearchGap.objects.order_by("-times", "-last_at")
    context = {
        "page": page_of(request, gaps_for(request.user)),
        "searches": searches[:MOST_SEARCHES] if sees_searches else [],
        "section": "gaps",
        "reviews": policies.can_edit_everything(request.user),
        "may_draft": policies.can_draft(request.user),
    }
    return render(request, "portal/workspace/knowledge_gaps.html", context)


@require_http_methods(["GET", "POST"])
@staff_only(Role.SALES_MANAGER, *EDITORS)
def knowledge_new(request: SignedInRequest) -> HttpResponse:
    """Begin a page: its type and language first, then what it says."""
    asked = request.POST if request.method == "POST" else request.GET
    start = NewKnowledgeForm(asked if asked.get("type") else None)
    if not start.is_bound or not start.is_valid():
        start.fields["language"].initial = request.user.language
        return _form(request, start, new=True, choosing=True)
    type_, language = start.cleaned_data["type"], start.cleaned_data["language"]
    form = KnowledgeForm(
        request.POST if request.method == "POST" else None,
        model=PAGE_MODELS[type_],
        products=products_for(request.user),
        initial={"audience": "staff"},
    )
    extra = {"type": type_, "language": language, "new": True}
    if request.method == "POST" and form.is_valid():
        try:
            page = services.knowledge_draft_create(
                actor=request.user,
                type=type_,
                language=language,
                client_id=request.POST.get("client_id", ""),
                fields=form.own_values(),
                steps=form.step_rows() or (),
                **_texts(form),
            )
        except InvalidInput as error:
            refuse(form, error)
        else:
            messages.success(request, _("The draft is saved."))
            return redirect("workspace:knowledge_page", page.public_id)
    return _form(request, form, **extra)


def _texts(form: KnowledgeForm) -> dict[str, Any]:
    names = ("title", "summary", "body", "asked_as", "audience", "product_code")
    return {name: form.cleaned_data[name] for name in names}


def _form(request: SignedInRequest, form: django_forms.Form, **context: Any) -> HttpResponse:
    if "type" in context:
        context["type_label"] = KnowledgeType(context["type"]).label
    status = 422 if form.is_bound and form.errors else 200
    template = "portal/workspace/knowledge_form.html"
    return render(request, template, {"form": form, **context}, status=status)


@require_http_methods(["GET", "POST"])
@staff_only()
def knowledge_edit(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Write a new revision of a page, as a draft until an editor publishes it."""
    page = selectors.page_for(request.user, public_id)
    if not policies.can_edit(request.user, page):
        raise NotFound()
    draft = page.get_latest_revision_as_object()
    names = ("title", "summary", "body", "asked_as", "audience", "product_code")
    initial = {name: getattr(draft, name) for name in (*names, *draft.text_fields)}
    form = KnowledgeForm(
        request.POST if request.method == "POST" else None,
        model=type(draft),
        products=products_for(request.user),
        initial=initial | {"steps": steps_as_lines(draft)},
    )
    if draft.department_id:
        del form.fields["audience"]
    if request.method == "POST" and form.is_valid():
        try:
            _update(request, page, form)
        except (InvalidInput, Conflict) as error:
            refuse(form, error)
        else:
            messages.success(request, _("The draft is saved."))
            return redirect("workspace:knowledge_page", public_id)
    base = request.POST.get("base_revision") or page.latest_revision_id or ""
    return _form(request, form, page=page, type=page.type.value, base_revision=base)


@transaction.atomic
def _update(request: SignedInRequest, page: Any, form: KnowledgeForm) -> None:
    base = request.POST.get("base_revision", "")
    texts: dict[str, Any] = {
        name: form.cleaned_data.get(name) for name in ("title", "summary", "body", "asked_as")
    }
    services.knowledge_draft_update(
        actor=request.user,
        page=page,
        product_code=form.cleaned_data["product_code"],
        audience=form.cleaned_data.get("audience"),
        fields=form.own_values(),
        steps=form.step_rows(),
        # What is no number names no revision, so it is stale.
        base_revision=whole_number(base) if base else None,
        **texts,
    )
    if request.POST.get("then") == "submit":
        services.knowledge_submit(actor=request.user, page=page)


@require_POST
@staff_only()
def knowledge_act(request: SignedInRequest, public_id: str, deed: str) -> HttpResponse:
    """Carry out one deed on a page, as its buttons name it."""
    page = selectors.page_for(request.user, public_id)
    if deed not in DEEDS:
        raise NotFound()
    try:
        said = DEEDS[deed](request, page)
    except (InvalidInput, Conflict) as error:
        form = PublishForm()
        form.is_bound, form.cleaned_data = True, {}
        refuse(form, error)
        return _reader(request, page, form, status=error.status)
    messages.success(request, said)
    return redirect("workspace:knowledge_page", public_id)


def _submit(request: SignedInRequest, page: Any) -> str:
    services.knowledge_submit(actor=request.user, page=page)
    return _("The page is in review.")


def _publish(request: SignedInRequest, page: Any) -> str:
    form = PublishForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("Please choose one of the options."), field="significance")
    services.knowledge_publish(actor=request.user, page=page, **form.cleaned_data)
    return _("Published. Readers and search have it now.")


def _return(request: SignedInRequest, page: Any) -> str:
    comment = request.POST.get("comment", "")
    services.knowledge_return(actor=request.user, page=page, comment=comment)
    return _("Sent back to its author.")


def _verify(request: SignedInRequest, page: Any) -> str:
    until = _day(request.POST.get("until", ""))
    services.knowledge_verify(actor=request.user, page=page, until=until)
    return _("Verified.")


def _day(text: str) -> Any:
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise InvalidInput(_("Enter a day."), field="until")
    return day


def _archive(request: SignedInRequest, page: Any) -> str:
    services.knowledge_archive(actor=request.user, page=page)
    return _("Archived. Nobody but editors finds it now.")


def _vote(request: SignedInRequest, page: Any) -> str:
    votes = {"yes": True, "no": False, "none": None}
    if request.POST.get("helpful") not in votes:
        raise InvalidInput(_("Please choose one of the options."))
    if not policies.can_vote(request.user, page):
        raise NotAllowed(_("You may not vote on this page."))
    helpful = votes[request.POST["helpful"]]
    services.knowledge_vote(actor=request.user, page=page, helpful=helpful)
    return _("Thank you.")


DEEDS: dict[str, Callable[[SignedInRequest, Any], str]] = {
    "submit": _submit,
    "publish": _publish,
    "return": _return,
    "verify": _verify,
    "archive": _archive,
    "vote": _vote,
}
