"""Forms of the workspace. They read what was typed and hand it on; services decide about it.

Guarantee: whatever was typed stands in the form again when a service refuses it, with the refusal
beside the field that it is about.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customer_knowledge.models import ContactLogEntry, Customer, Preference, Product
from customer_knowledge.models.about import Purpose
from kiplatform.accounts.models import User
from kiplatform.core.choices import Language
from kiplatform.core.errors import ApplicationError
from manager_knowledge.choices import Audience, KnowledgeType, Significance
from manager_knowledge.models import KnowledgePage

MOMENT = "%Y-%m-%dT%H:%M"


def refuse(form: forms.Form, error: ApplicationError) -> None:
    """Say in the form why a service refused it."""
    field = error.field if error.field in form.fields else None
    form.add_error(field, str(error.message))


def _long(rows: int = 3) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "data-autosize": ""})


def _day() -> forms.DateInput:
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def _moment() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)


def _with_none(choices: Iterable[tuple[str, Any]], label: Any = "—") -> list[tuple[str, Any]]:
    return [("", label), *choices]


class CustomerForm(forms.Form):
    """Basic data and class of a customer."""

    name = forms.CharField(label=_("Name"), max_length=160)
    kind = forms.ChoiceField(label=_("Kind"), choices=Customer.Kind.choices)
    preferred_language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    birth_date = forms.DateField(label=_("Date of birth"), required=False, widget=_day())
    founding_year = forms.IntegerField(
        label=_("Year of founding"), required=False, min_value=1000, max_value=2100
    )
    gender = forms.ChoiceField(
        label=_("Gender"), required=False, choices=_with_none(Customer.Gender.choices)
    )
    phone = forms.CharField(label=_("Phone"), max_length=40, required=False)
    email = forms.EmailField(label=_("E-mail"), required=False)
    address = forms.CharField(label=_("Address"), max_length=240, required=False)
    industry = forms.CharField(label=_("Industry"), max_length=120, required=False)
    region = forms.CharField(label=_("Region"), max_length=120, required=False)
    relationship = forms.ChoiceField(label=_("Relationship"), choices=Customer.Relationship.choices)
    importance = forms.ChoiceField(label=_("Importance"), choices=Customer.Importance.choices)
    loyalty = forms.ChoiceField(label=_("Loyalty"), choices=Customer.Loyalty.choices)
    value_type = forms.ChoiceField(
        label=_("Value type"), required=False, choices=_with_none(Customer.ValueType.choices)
    )

    def __init__(self, *args: Any, kind_fixed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(
            ["name", "kind", "preferred_language", "relationship", "importance", "loyalty"]
        )
        if kind_fixed:
            del self.fields["kind"]


class ContactLogForm(forms.Form):
    """One contact with a customer."""

    channel = forms.ChoiceField(label=_("Channel"), choices=ContactLogEntry.Channel.choices)
    direction = forms.ChoiceField(label=_("Direction"), choices=ContactLogEntry.Direction.choices)
    started_at = forms.DateTimeField(label=_("Began"), widget=_moment())
    ended_at = forms.DateTimeField(label=_("Finished"), widget=_moment())
    spoke = forms.CharField(label=_("Who spoke"), max_length=160, required=False)
    summary = forms.CharField(label=_("What was said"), widget=_long(4))
    next_step = forms.CharField(label=_("Next step"), max_length=300, required=False)


class ContactForm(forms.Form):
    """Somebody at the customer who gets an account of the portal."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"))
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    position = forms.CharField(label=_("Position"), max_length=80, required=False)


class PreferenceForm(forms.Form):
    """Something that a customer likes, and how that is known."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Preference.Kind.choices)
    value = forms.CharField(label=_("What they like"), max_length=200)
    strength = forms.IntegerField(label=_("How strong, 1 to 5"), min_value=1, max_value=5)
    known = forms.ChoiceField(label=_("How it is known"), choices=Preference.Known.choices)
    purpose = forms.ChoiceField(label=_("May be used for"), choices=Purpose.choices)
    expires_on = forms.DateField(label=_("Valid until"), required=False, widget=_day())


class CoCreationForm(forms.Form):
    """An insight of both sides, with who reached it."""

    title = forms.CharField(label=_("Title"), max_length=200)
    body = forms.CharField(label=_("What you found out together"), widget=_long(5))
    contributors = forms.MultipleChoiceField(
        label=_("Who contributed, of both sides"), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {user.public_id: user for user in people}
        field = self.fields["contributors"]
        field.choices = [(key, user.name) for key, user in self.people.items()]  # type: ignore[attr-defined]


class ManagerForm(forms.Form):
    """A sales manager for a customer."""

    manager = forms.ChoiceField(label=_("Sales manager"))
    primary = forms.BooleanField(label=_("First to answer"), required=False)

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {user.public_id: user for user in people}
        field = self.fields["manager"]
        field.choices = [(key, user.name) for key, user in self.people.items()]  # type: ignore[attr-defined]


class SettleForm(forms.Form):
    """How a complaint or suggestion moves on."""

    state = forms.ChoiceField(label=_("State"))
    remedy = forms.CharField(
        label=_("What was done, or why not"),
        widget=_long(3),
        required=False,
        help_text=_("The customer reads this."),
    )

    def __init__(self, *args: Any, states: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = list(states)  # type: ignore[attr-defined]


class UnderstoodForm(forms.Form):
    """What the company makes of a market comment."""

    company_understanding = forms.CharField(
        label=_("How we understood the customer"), widget=_long(3)
    )
    company_view = forms.CharField(
        label=_("The company's professional view"), widget=_long(3), required=False
    )


class KnowledgeForm(forms.Form):
    """A page of the knowledge base with the fields of its type."""

    title = forms.CharField(label=_("Title"), max_length=255)
    summary = forms.CharField(
        label=_("Summary"),
        max_length=600,
        widget=_long(2),
        help_text=_("One or two sentences that answer the reader's question by themselves."),
    )
    body = forms.CharField(
        label=_("Text"),
        widget=_long(10),
        required=False,
        help_text=_("Markdown: ## heading, - list, **bold**, tables."),
    )
    asked_as = KnowledgePage._meta.get_field("asked_as").formfield(widget=_long(3))
    audience = forms.ChoiceField(
        label=_("Who may read it"),
        choices=[c for c in Audience.choices if c[0] != Audience.DEPARTMENT],
    )
    product_code = forms.ChoiceField(label=_("Product"), required=False)
    steps = forms.CharField(
        label=_("Steps"),
        widget=_long(5),
        required=False,
        help_text=_("One step a line: who | what | documents | time"),
    )

    def __init__(self, *args: Any, model: Any, products: Iterable[Product], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product_code"].choices = _with_none(  # type: ignore[attr-defined]
            (p.code, f"{p.name} ({p.code})") for p in products
        )
        self.own = tuple(model.text_fields)
        if not hasattr(model, "steps"):
            del self.fields["steps"]
        for name in self.own:
            self.fields[name] = _own_field(model, name)

    def own_values(self) -> dict[str, Any]:
        """Return the fields of the type."""
        return {name: self.cleaned_data.get(name) for name in self.own}

    def step_rows(self) -> list[dict[str, str]] | None:
        """Return the steps, None where the type has none."""
        if "steps" not in self.fields:
            return None
        lines = [line for line in self.cleaned_data.get("steps", "").splitlines() if line.strip()]
        return [_step(line) for line in lines]


STEP_PARTS = ("who", "what", "documents", "time")


def _step(line: str) -> dict[str, str]:
    parts = [part.strip() for part in line.replace("｜", "|").split("|", 3)]
    return dict(zip(STEP_PARTS, parts, strict=False))


def _own_field(model: Any, name: str) -> forms.Field:
    field: forms.Field = model._meta.get_field(name).formfield()
    if isinstance(field.widget, forms.Textarea):
        field.widget = _long(2)
    field.label = str(field.label)[:1].upper() + str(field.label)[1:]
    return field


class NewKnowledgeForm(forms.Form):
    """What a new page is about to be."""

    type = forms.ChoiceField(label=_("Type"), choices=KnowledgeType.choices)
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)


class PublishForm(forms.Form):
    """What the published revision means to its readers."""

    significance = forms.ChoiceField(label=_("What changes"), choices=Significance.choices)
    note = forms.CharField(label=_("Note for the history"), max_length=300, required=False)


class SkillForm(forms.Form):
    """A topic on which one can be asked."""

    topic = forms.CharField(label=_("Topic"), max_length=120)
    level = forms.TypedChoiceField(
        label=_("How well"),
        coerce=int,
        choices=[(1, _("Knows it")), (2, _("Works with it")), (3, _("Expert"))],
    )


class AbsenceForm(forms.Form):
    """Days on which one is away."""

    starts_on = forms.DateField(label=_("First day"), widget=_day())
    ends_on = forms.DateField(label=_("Last day"), widget=_day())
    substitute = forms.ChoiceField(label=_("Who stands in"), required=False)

    def __init__(self, *args: Any, people: Iterable[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people: Mapping[str, User] = {user.public_id: user for user in people}
        field = self.fields["substitute"]
        field.choices = _with_none((key, user.name) for key, user in self.people.items())  # type: ignore[attr-defined]
