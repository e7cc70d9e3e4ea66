"""About me: what is known, where it came from, what it is for; and the customer's say in it."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from customer_knowledge import selectors, services
from customer_knowledge.models import Contact, Customer, Preference, ProductUse, Transaction
from kiplatform.core.errors import InvalidInput, NotFound
from portal.customer import about_me
from portal.customer.forms import BasicDataForm, PreferenceForm
from portal.customer.people import manager_of
from portal.shared.gates import SignedInRequest, contacts_only

PAGE = 20


@require_GET
@contacts_only
def overview(request: SignedInRequest) -> HttpResponse:
    """Show one part of what is known."""
    customer = selectors.customer_of(request.user)
    part = request.GET.get("part", "")
    part = part if part in about_me.PARTS else ""
    context = {"customer": customer, "part": part, "tabs": _tabs(part)}
    return render(
        request, "portal/customer/about_me.html", context | PARTS[part](request, customer)
    )


def _tabs(chosen: str) -> list[dict[str, Any]]:
    address = reverse("portal:about_me")
    return [
        {
            "label": label,
            "url": f"{address}?part={key}" if key else address,
            "active": key == chosen,
        }
        for key, label in about_me.PARTS.items()
    ]


def _basic(request: SignedInRequest, customer: Customer) -> dict[str, Any]:
    contacts = Contact.objects.filter(customer=customer, is_active=True).select_related("user")
    return {
        "facts": about_me.basic_facts(customer),
        "groups": about_me.groups(customer),
        "contacts": contacts.order_by("user__name", "pk"),
        "manager": manager_of(customer),
    }


def _preferences(request: SignedInRequest, customer: Customer) -> dict[str, Any]:
    rows = selectors.pieces_of(request.user, customer, Preference)
    return {
        "preferences": [(row, *about_me.origin_of(row), about_me.KNOWN[row.known]) for row in rows],
        "form": PreferenceForm(request.user),
    }


def _dealings(request: SignedInRequest, customer: Customer) -> dict[str, Any]:
    rows = selectors.pieces_of(request.user, customer, Transaction)
    uses = selectors.pieces_of(request.user, customer, ProductUse).order_by("until", "-since")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return {
        "page": page,
        "transactions": [(row, *about_me.origin_of(row)) for row in page],
        "uses": [(row, *about_me.origin_of(row)) for row in uses],
    }


def _together(request: SignedInRequest, customer: Customer) -> dict[str, Any]:
    return {"co_creations": selectors.co_creations_for(request.user)}


PARTS = {
    "": _basic,
    "preferences": _preferences,
    "dealings": _dealings,
    "together": _together,
}


@require_http_methods(["GET", "POST"])
@contacts_only
def basic(request: SignedInRequest) -> HttpResponse:
    """Correct the basic data."""
    customer = selectors.customer_of(request.user)
    if request.method == "GET":
        initial = {name: getattr(customer, name) for name in about_me.ORDER}
        return _basic_form(request, BasicDataForm(request.user, customer, initial=initial))
    form = BasicDataForm(request.user, customer, request.POST)
    if not form.is_valid():
        return _basic_form(request, form, status=422)
    try:
        services.customer_update(actor=request.user, customer=customer, changes=form.changes())
    except InvalidInput as error:
        form.refuse(error)
        return _basic_form(request, form, status=error.status)
    messages.success(request, _("Corrected. Your manager sees it."))
    return redirect("portal:about_me")


def _basic_form(
    request: SignedInRequest, form: BasicDataForm, *, status: int = 200
) -> HttpResponse:
    return render(request, "portal/customer/about_me_basic.html", {"form": form}, status=status)


@require_POST
@contacts_only
def preference_new(request: SignedInRequest) -> HttpResponse:
    """Tell a preference."""
    customer = selectors.customer_of(request.user)
    form = PreferenceForm(request.user, request.POST)
    try:
        if not form.is_valid():
            raise InvalidInput(_("Please choose one of the options."))
        services.preference_note(
            actor=request.user,
            customer=customer,
            known=Preference.Known.STATED,
            **form.values("kind", "value", "strength", "purpose"),
        )
    except InvalidInput as error:
        form.refuse(error)
        context = {"customer": customer, "part": "preferences", "tabs": _tabs("preferences")}
        context |= _preferences(request, customer) | {"form": form, "adding": True}
        return render(request, "portal/customer/about_me.html", context, status=error.status)
    messages.success(request, _("Noted, as you said it."))
    return _to("preferences")


@require_POST
@contacts_only
def preference(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Confirm, contest or withdraw a preference."""
    customer = selectors.customer_of(request.user)
    row = (
        selectors.pieces_of(request.user, customer, Preference).filter(public_id=public_id).first()
    )
    if row is None:
        raise NotFound()
    say = request.POST.get("say", "")
    if say == "withdraw":
        services.preference_withdraw(actor=request.user, preference=row)
        messages.success(request, _("Deleted. It is no longer used."))
    elif say in {"right", "wrong"}:
        services.preference_confirm(actor=request.user, preference=row, right=say == "right")
        messages.success(request, _("Noted, as you said it."))
    else:
        raise InvalidInput(_("Please choose one of the options."))
    return _to("preferences")


@require_POST
@contacts_only
def basic_fact(request: SignedInRequest, field: str) -> HttpResponse:
    """Contest or withdraw a field of the basic data."""
    customer = selectors.customer_of(request.user)
    if request.POST.get("say") == "withdraw":
        services.basic_fact_withdraw(actor=request.user, customer=customer, field=field)
        messages.success(request, _("Deleted. It is no longer used."))
    else:
        note = request.POST.get("note", "")
        services.basic_fact_contest(actor=request.user, customer=customer, field=field, note=note)
        messages.success(request, _("Noted, as you said it."))
    return redirect("portal:about_me")


@require_POST
@contacts_only
def consent(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Agree that something made together is published, or take that back."""
    row = selectors.co_creations_for(request.user).filter(public_id=public_id).first()
    if row is None:
        raise NotFound()
    agrees = request.POST.get("agrees") == "yes"
    services.co_creation_consent(actor=request.user, co_creation=row, agrees=agrees)
    messages.success(
        request, _("Thank you for sharing it.") if agrees else _("It is no longer shared.")
    )
    return _to("together")


def _to(part: str) -> HttpResponse:
    return redirect(f"{reverse('portal:about_me')}?part={part}")
