"""Customers: the list, the page of one, and what a manager notes about them."""

from datetime import timedelta
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customer_knowledge import policies, selectors, services
from customer_knowledge.models import CoCreation, Customer
from customer_knowledge.services.customers import BASIC_FIELDS
from kiplatform.accounts.models import User
from kiplatform.accounts.policies import is_administrator
from kiplatform.accounts.roles import Role
from kiplatform.core import clock
from kiplatform.core.errors import Conflict, InvalidInput, NotFound
from portal.shared.gates import SignedInRequest, staff_only
from portal.workspace import customers as presenters
from portal.workspace import forms
from portal.workspace.addresses import ANSWERERS
from portal.workspace.listing import Chip, chips, page_of, with_query
from portal.workspace.once import once

PARTS = dict(presenters.PARTS)
CALL_LENGTH = timedelta(minutes=15)


@require_GET
@staff_only(*ANSWERERS)
def customers(request: SignedInRequest) -> HttpResponse:
    """List the customers that the reader manages."""
    context = {
        "page": page_of(request, presenters.customers_of(request, request.user)),
        "filters": presenters.filters_of(request),
        "query": request.GET.get("q", ""),
    }
    return render(request, "portal/workspace/customers.html", context)


@require_GET
@staff_only(*ANSWERERS)
def customer(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show one part of what is known of a customer."""
    return _page(request, selectors.customer_for(request.user, public_id))


def _page(
    request: SignedInRequest,
    row: Customer,
    *,
    part: str = "",
    status: int = 200,
    **bound: django_forms.Form,
) -> HttpResponse:
    part = part or request.GET.get("part", "timeline")
    if part not in PARTS:
        part = "timeline"
    context: dict[str, Any] = {
        "customer": row,
        "part": part,
        "tabs": [
            Chip(label, with_query(request, row_url(row), part=key, kind=None), key == part)
            for key, label in presenters.PARTS
        ],
        "manages": policies.may_manage_customer(request.user, row),
    }
    context |= BUILDERS[part](request, row)
    return render(request, "portal/workspace/customer.html", context | bound, status=status)


def row_url(row: Customer) -> str:
    """Return the address of a customer's page."""
    return f"/workspace/customers/{row.public_id}/"


def _timeline(request: SignedInRequest, row: Customer) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    now = timezone.localtime(clock.now())
    return {
        "kinds": chips(request, "kind", presenters.TIMELINE_KINDS, path=row_url(row)),
        "items": presenters.timeline_of(request.user, row, kind),
        "log_form": forms.ContactLogForm(
            initial={"started_at": now - CALL_LENGTH, "ended_at": now, "direction": "in"}
        ),
    }


def _facts(request: SignedInRequest, row: Customer) -> dict[str, Any]:
    return {
        "facts": presenters.facts_of(row),
        "uses": presenters.uses_of(request.user, row),
        "preferences": presenters.preferences_of(request.user, row),
        "today": presenters.today(),
        "preference_form": forms.PreferenceForm(initial={"strength": 3, "purpose": "advice"}),
    }


def _transactions(request: SignedInRequest, row: Customer) -> dict[str, Any]:
    return {"page": page_of(request, presenters.transactions_of(request.user, row))}


def _contacts(request: SignedInRequest, row: Customer) -> dict[str, Any]:
    held = {a.manager_id for a in row.assignments.all() if a.ended_at is None}
    others = User.objects.with_role(Role.SALES_MANAGER).exclude(pk__in=held).order_by("name")
    return {
        "contact_form": forms.ContactForm(initial={"language": row.preferred_language}),
        "manager_form": forms.ManagerForm(people=others, initial={"primary": not held}),
        "assignments": [a for a in row.assignments.all() if a.ended_at is None],
    }


def _co_creations(request: SignedInRequest, row: Customer) -> dict[str, Any]:
    people = presenters.people_for(row, request.user)
    return {
        "co_creations": selectors.co_creations_for(request.user).filter(customer=row),
        "co_creation_form": forms.CoCreationForm(
            people=people, initial={"contributors": [request.user.public_id]}
        ),
    }


BUILDERS = {
    "timeline": _timeline,
    "facts": _facts,
    "transactions": _transactions,
    "contacts": _contacts,
    "co-creations": _co_creations,
}


@require_http_methods(["GET", "POST"])
@staff_only(*ANSWERERS)
def customer_new(request: SignedInRequest) -> HttpResponse:
    """Take a customer in; whoever does it manages it, an administrator names somebody."""
    form = forms.CustomerForm(
        request.POST or None,
        initial={"kind": "person", "importance": "ordinary", "preferred_language": "zh-hans"},
    )
    managers = User.objects.with_role(Role.SALES_MANAGER).order_by("name")
    choose = forms.ManagerForm(request.POST or None, people=managers)
    del choose.fields["primary"]
    names_manager = Role.SALES_MANAGER not in request.user.roles
    if request.method == "POST" and form.is_valid() and (not names_manager or choose.is_valid()):
        manager = choose.people[choose.cleaned_data["manager"]] if names_manager else request.user
        try:
            row = _create(request, form, manager)
        except InvalidInput as error:
            forms.refuse(form, error)
        else:
            return redirect("workspace:customer", row.public_id) if row else _listed()
    context = {"form": form, "manager_form": choose if names_manager else None, "new": True}
    status = 422 if form.errors or (names_manager and choose.errors) else 200
    return render(request, "portal/workspace/customer_form.html", context, status=status)


def _listed() -> HttpResponse:
    return redirect("workspace:customers")


def _create(request: SignedInRequest, form: forms.CustomerForm, manager: User) -> Customer | None:
    values = {name: value for name, value in form.cleaned_data.items() if value not in ("", None)}
    with once(request.user, request.POST.get("client_id", "")) as first:
        if not first:
            return None
        row = services.customer_create(actor=request.user, manager=manager, **values)
    messages.success(request, _("%(name)s has been added.") % {"name": row.name})
    return row


@require_http_methods(["GET", "POST"])
@staff_only(*ANSWERERS)
def customer_edit(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Change basic data and class."""
    row = selectors.customer_for(request.user, public_id)
    if not policies.may_manage_customer(request.user, row):
        raise NotFound()
    form = forms.CustomerForm(request.POST or None, initial=_initial(row), kind_fixed=True)
    if request.method == "POST" and form.is_valid():
        try:
            services.customer_update(actor=request.user, customer=row, changes=form.cleaned_data)
        except InvalidInput as error:
            forms.refuse(form, error)
        else:
            messages.success(request, _("Kept."))
            return redirect(f"{row_url(row)}?part=facts")
    context = {"form": form, "customer": row}
    status = 422 if form.errors else 200
    return render(request, "portal/workspace/customer_form.html", context, status=status)


def _initial(row: Customer) -> dict[str, Any]:
    names = BASIC_FIELDS | {"relationship", "importance", "loyalty", "value_type"}
    return {name: getattr(row, name) for name in names}


@require_POST
@staff_only(*ANSWERERS)
def customer_note(request: SignedInRequest, public_id: str, what: str) -> HttpResponse:
    """Note something of a customer: a contact, a preference, a person, a manager, an insight."""
    row = selectors.customer_for(request.user, public_id)
    if what not in NOTES:
        raise NotFound()
    part, name, build, store = NOTES[what]
    form = build(request, row)
    if form.is_valid():
        try:
            with once(request.user, request.POST.get("client_id", "")) as first:
                if first:
                    store(request, row, form)
        except (InvalidInput, Conflict) as error:
            forms.refuse(form, error)
        else:
            messages.success(request, _("Kept."))
            return redirect(f"{row_url(row)}?part={part}")
    return _page(request, row, part=part, status=422, **{name: form})


def _log(request: SignedInRequest, row: Customer, form: django_forms.Form) -> None:
    services.contact_log_add(actor=request.user, customer=row, **form.cleaned_data)


def _prefer(request: SignedInRequest, row: Customer, form: django_forms.Form) -> None:
    services.preference_note(actor=request.user, customer=row, **form.cleaned_data)


def _contact(request: SignedInRequest, row: Customer, form: django_forms.Form) -> None:
    services.contact_create(actor=request.user, customer=row, **form.cleaned_data)


def _manager(request: SignedInRequest, row: Customer, form: Any) -> None:
    person = form.people[form.cleaned_data["manager"]]
    services.manager_assign(
        actor=request.user, customer=row, manager=person, primary=form.cleaned_data["primary"]
    )


def _together(request: SignedInRequest, row: Customer, form: Any) -> None:
    data = form.cleaned_data
    services.co_creation_note(
        actor=request.user,
        customer=row,
        title=data["title"],
        body=data["body"],
        contributors=[form.people[key] for key in data["contributors"]],
    )


NOTES: dict[str, tuple[str, str, Any, Any]] = {
    "log": ("timeline", "log_form", lambda r, c: forms.ContactLogForm(r.POST), _log),
    "preference": ("facts", "preference_form", lambda r, c: forms.PreferenceForm(r.POST), _prefer),
    "contact": ("contacts", "contact_form", lambda r, c: forms.ContactForm(r.POST), _contact),
    "manager": (
        "contacts",
        "manager_form",
        lambda r, c: forms.ManagerForm(
            r.POST, people=User.objects.with_role(Role.SALES_MANAGER).order_by("name")
        ),
        _manager,
    ),
    "co-creation": (
        "co-creations",
        "co_creation_form",
        lambda r, c: forms.CoCreationForm(r.POST, people=presenters.people_for(c, r.user)),
        _together,
    ),
}


@require_POST
@staff_only(*ANSWERERS)
def manager_end(request: SignedInRequest, public_id: str, manager: str) -> HttpResponse:
    """End somebody's ownership of a customer; whoever ends their own sees it no more."""
    row = selectors.customer_for(request.user, public_id)
    person = User.objects.visible_to(request.user).filter(public_id=manager).first()
    if person is None:
        raise NotFound()
    services.manager_unassign(actor=request.user, customer=row, manager=person)
    messages.success(request, _("Ended."))
    stays = person.pk != request.user.pk or is_administrator(request.user)
    return redirect(f"{row_url(row)}?part=contacts") if stays else _listed()


def _insight(request: SignedInRequest, public_id: str) -> CoCreation:
    row = selectors.co_creations_for(request.user).filter(public_id=public_id).first()
    if row is None:
        raise NotFound()
    return row


@require_GET
@staff_only(*ANSWERERS)
def co_creation(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Read what was made together, with who made it and whether it may be published."""
    row = _insight(request, public_id)
    context = {"row": row, "manages": policies.may_manage_customer(request.user, row.customer)}
    return render(request, "portal/workspace/co_creation.html", context)


@require_POST
@staff_only(*ANSWERERS)
def co_creation_publish(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Publish with both consents."""
    row = _insight(request, public_id)
    try:
        services.co_creation_publish(actor=request.user, co_creation=row)
    except Conflict as error:
        messages.error(request, str(error.message))
    else:
        messages.success(request, _("Published."))
    return redirect("workspace:co_creation", public_id)
