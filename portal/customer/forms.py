"""What customers send, parsed. Forms only read fields and carry messages; services decide."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from customer_knowledge.models import (
    Complaint,
    Customer,
    Preference,
    Product,
    ProductComment,
    Question,
)
from customer_knowledge.models.about import Purpose
from customer_knowledge.models.feedback import Trend
from customer_knowledge.selectors import products_for
from kiplatform.accounts.models import User
from kiplatform.core.choices import Language, Urgency
from kiplatform.core.errors import InvalidInput
from kiplatform.core.text import clean_text
from portal.customer.about_me import purpose_of


class Words(forms.CharField):
    """Text as it was typed: services clean it, so nothing is cut or refused here."""

    def __init__(self, **options: Any) -> None:
        rows = options.pop("rows", 0)
        if rows:
            options.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**{"required": False, "strip": False} | options)
        self.validators = [
            check
            for check in self.validators
            if not isinstance(check, ProhibitNullCharactersValidator)
        ]


class ProductField(forms.ModelChoiceField):
    """One of the products on offer, by its code."""

    def __init__(self, **options: Any) -> None:
        settings: dict[str, Any] = {
            "queryset": Product.objects.none(),
            "to_field_name": "code",
            "required": False,
            "label": _("Product"),
            "empty_label": _("No particular product in mind"),
        }
        super().__init__(**settings | options)


class PortalForm(forms.Form):
    """A form that knows who fills it in, and shows what a service refused."""

    def __init__(self, viewer: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.viewer = viewer
        for field in self.fields.values():
            if isinstance(field, ProductField):
                field.queryset = products_for(viewer)

    def refuse(self, error: InvalidInput) -> None:
        """Show a service's refusal beside the field that it is about."""
        field = error.field if error.field in self.fields else None
        self.add_error(field, str(error.message))

    def values(self, *names: str) -> Mapping[str, Any]:
        """Return what was sent in the named fields."""
        return {name: self.cleaned_data[name] for name in names}


class AskForm(PortalForm):
    """A question."""

    text = Words(
        label=_("What would you like to know?"),
        rows=4,
        widget=forms.Textarea(
            attrs={
                "rows": 4,
                "class": "input--ask",
                "aria-required": "true",
                "placeholder": _(
                    "In your own words, in Chinese or English. For example: what does it cost to "
                    "take a deposit out early?"
                ),
                "data-suggest-panel": "#suggestions",
                "data-suggest-url": "/portal/suggest/",
            }
        ),
    )
    kind = forms.ChoiceField(required=False, choices=Question.Kind.choices)
    product = ProductField()
    urgency = forms.ChoiceField(
        required=False, label=_("How soon do you need the answer?"), choices=Urgency.choices
    )
    client_id = forms.CharField(required=False, widget=forms.HiddenInput)
    attachments = forms.Field(required=False)


FIGURES = [(n, n) for n in range(1, 6)]
CURRENCIES = ("CNY", "USD", "HKD", "EUR", "GBP", "SGD", "JPY")
NOT_SAID = ("", _("Not said"))


def _figure(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label,
        choices=FIGURES,
        coerce=int,
        error_messages={"required": _("Please choose a figure from 1 to 5.")},
    )


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[NOT_SAID, *choices])


class FeedbackForm(PortalForm):
    """What every kind of feedback has."""

    text = Words(label=_("In your own words"), rows=5)
    client_id = forms.CharField(required=False, widget=forms.HiddenInput)


class ProductCommentForm(FeedbackForm):
    """How a product is found."""

    product = ProductField(
        required=True,
        empty_label=_("Choose a product"),
        error_messages={"required": _("Please choose the product.")},
    )
    perceived = _figure(_("How satisfied are you with it?"))
    expected = _figure(_("What had you expected?"))
    life_cycle = _choice(_("Where does the product stand?"), ProductComment.LifeCycle.choices)
    understands = _choice(_("Do you understand how it works?"), ProductComment.Understands.choices)
    invested_similar = forms.TypedChoiceField(
        label=_("Have you invested in a similar market?"),
        required=False,
        choices=[NOT_SAID, ("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
    )
    investment_preference = _choice(
        _("How do you like to invest?"), ProductComment.InvestmentPreference.choices
    )
    currency_preference = _choice(
        _("Which currency do you prefer?"), [(code, code) for code in CURRENCIES]
    )
    trend = _choice(_("Where do you see the market going?"), Trend.choices)
    trend_reason = Words(label=_("Why do you think so?"), rows=2)


class MarketCommentForm(FeedbackForm):
    """What is said about a market."""

    market = Words(
        label=_("Which market?"),
        widget=forms.TextInput(attrs={"placeholder": _("For example: gold, or the US dollar")}),
    )
    own_research = Words(label=_("What you found out yourself"), rows=4)


class RemarkForm(FeedbackForm):
    """A complaint or a suggestion."""

    subject = Words(label=_("In a few words"), widget=forms.TextInput)
    product = ProductField()
    severity = forms.ChoiceField(
        label=_("How serious is it?"),
        choices=Complaint.Severity.choices,
        initial=Complaint.Severity.MEDIUM,
    )
    wish = Words(label=_("What would put it right?"), rows=3)


class SuggestionForm(RemarkForm):
    """A suggestion: the same, asked in other words."""

    severity = forms.ChoiceField(
        label=_("How much would it matter to you?"),
        choices=[
            ("low", _("It would be nice")),
            ("medium", _("It would help me")),
            ("high", _("It matters a lot to me")),
        ],
        initial="medium",
    )
    wish = Words(label=_("How would you do it?"), rows=3)


class BasicDataForm(PortalForm):
    """What a customer corrects about itself."""

    name = Words(label=_("Name"), widget=forms.TextInput)
    birth_date = forms.DateField(
        label=_("Date of birth"),
        required=False,
        widget=forms.DateInput({"type": "date"}, "%Y-%m-%d"),
    )
    founding_year = forms.IntegerField(
        label=_("Year of founding"), required=False, min_value=1000, max_value=9999
    )
    gender = _choice(_("Gender"), Customer.Gender.choices)
    phone = Words(label=_("Phone"), widget=forms.TextInput(attrs={"type": "tel"}))
    email = Words(label=_("E-mail"), widget=forms.TextInput(attrs={"type": "email"}))
    address = Words(label=_("Address"), widget=forms.TextInput)
    industry = Words(label=_("Industry or occupation"), widget=forms.TextInput)
    region = Words(label=_("Region"), widget=forms.TextInput)
    preferred_language = forms.ChoiceField(label=_("Preferred language"), choices=Language.choices)

    def __init__(self, viewer: User, customer: Customer, *args: Any, **kwargs: Any) -> None:
        super().__init__(viewer, *args, **kwargs)
        person = customer.kind == Customer.Kind.PERSON
        for name in ("founding_year",) if person else ("birth_date", "gender"):
            del self.fields[name]

    def changes(self) -> dict[str, Any]:
        """Return the fields as `customer_update` takes them, single-line texts cleaned."""
        return {
            name: clean_text(
                value,
                field=name,
                max_length=getattr(Customer._meta.get_field(name), "max_length", None) or 240,
                required=name == "name",
                multiline=False,
            )
            if isinstance(self.fields[name], Words)
            else value
            for name, value in self.cleaned_data.items()
        }


def _purposes() -> list[tuple[str, str]]:
    offered = [each for each in Purpose if each != Purpose.COMPLIANCE]
    return [(each, capfirst(str(purpose_of(each)))) for each in offered]


class PreferenceForm(PortalForm):
    """Something that the customer likes, told by itself."""

    kind = forms.ChoiceField(label=_("What kind?"), choices=Preference.Kind.choices)
    value = Words(label=_("What do you like or prefer?"), widget=forms.TextInput)
    strength = forms.TypedChoiceField(
        label=_("How much does it matter?"), choices=FIGURES, coerce=int, initial=3
    )
    purpose = forms.ChoiceField(
        label=_("What may we use it for?"),
        choices=_purposes,
    )
