"""Forms of the research center: they parse, the services check.

Guarantee: whatever a service refuses, and whatever does not parse, is said in the form with all
that was typed, and a form that is sent again carries the same client id unless that was the fault.
"""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from customer_knowledge.models import Product
from customer_knowledge.selectors import products_for
from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.choices import Language, Urgency
from kiplatform.core.errors import ApplicationError, InvalidInput
from kiplatform.core.ids import new_public_id
from kiplatform.core.text import clean_text
from manager_knowledge.choices import Audience, KnowledgeType
from manager_knowledge.models import KnowledgePage


class KeptForm(forms.Form):
    """A form whose refusals by a service are shown beside the field, with all that was typed."""

    client_id = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        kwargs["initial"] = {"client_id": new_public_id(), **kwargs.get("initial", {})}
        super().__init__(data, **kwargs)
        self.status = 200
        for field in self.fields.values():
            field.error_messages["required"] = _("Please write something here.")

    def clean(self) -> dict[str, Any] | None:
        """Say a fault of the hidden field above the form, and put it right for the next time."""
        if "client_id" in self.errors:
            del self.errors["client_id"]
            self.put_right("client_id", new_public_id())
            self.add_error(None, _("This form was out of date. Please send it again."))
        return super().clean()

    def put_right(self, name: str, value: object) -> None:
        """Show the form with another value of a hidden field than the one that was sent."""
        data = cast(QueryDict, self.data).copy()
        data[self.add_prefix(name)] = str(value)
        self.data = data

    def refuse(self, error: ApplicationError) -> None:
        """Show a service's refusal beside its field, or above the form."""
        self.status = error.status
        shown = error.field in self.fields and error.field != "client_id"
        self.add_error(error.field if shown else None, str(error))


class NeedForm(KeptForm):
    """A need of the manager's own."""

    text = forms.CharField(
        label=_("What do you need to find out?"),
        widget=forms.Textarea(attrs={"rows": 5, "class": "input--ask"}),
    )
    product = forms.ModelChoiceField(
        label=_("Product"),
        queryset=Product.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label=_("No particular product"),
    )
    urgency = forms.ChoiceField(label=_("Urgency"), choices=Urgency.choices, initial=Urgency.NORMAL)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["product"].queryset = products_for(viewer)  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        """Refuse what could not be stored before anything is searched for it."""
        try:
            return clean_text(self.cleaned_data["text"], field="text")
        except InvalidInput as error:
            raise forms.ValidationError(str(error)) from error


class TextForm(KeptForm):
    """One text: a proposal, an answer, a wording for the customer."""

    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 10}))

    def __init__(self, *args: Any, label: Any = None, optional: bool = False, **kw: Any) -> None:
        super().__init__(*args, **kw)
        self.fields["text"].required = not optional
        if label is not None:
            self.fields["text"].label = label


class ReasonForm(KeptForm):
    """One line that says why."""

    reason = forms.CharField(label=_("Reason"), max_length=300)


class UncapturedForm(KeptForm):
    """Why nothing is kept of a resolution."""

    prefix = "uncaptured"
    reason = forms.CharField(label=_("Why not?"), max_length=300)


class PostponeForm(ReasonForm):
    """Until when the present step may take, and why."""

    due_at = forms.DateTimeField(
        label=_("New due time"),
        help_text=_("At most 14 days from now, in your time zone."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    field_order = ("due_at", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        tomorrow = timezone.localtime(clock.now() + timedelta(days=1)).replace(minute=0, second=0)
        super().__init__(*args, initial={"due_at": tomorrow}, **kwargs)


class ObjectionForm(KeptForm):
    """What is wrong with a version of a proposal."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label=_("What is wrong with it?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class CloseForm(KeptForm):
    """How a case ends without an answer."""

    END = [
        ("cancel", _("Give it up: no answer is needed any more")),
        ("unanswerable", _("Nobody knows: keep it as a knowledge gap")),
    ]
    how = forms.ChoiceField(
        label=_("How does it end?"), choices=END, widget=forms.RadioSelect, initial="cancel"
    )
    reason = forms.CharField(label=_("Reason"), max_length=500)
    gap_owner = forms.ModelChoiceField(
        label=_("Who closes the gap?"),
        help_text=_("Only for a knowledge gap; without a choice it is you."),
        queryset=User.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label=_("Myself"),
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["gap_owner"].queryset = _colleagues_of(viewer)  # type: ignore[attr-defined]


class CaptureForm(KeptForm):
    """The resolution as knowledge: suggested, and edited by the manager."""

    type = forms.ChoiceField(label=_("Type of knowledge"), choices=KnowledgeType.choices)
    title = forms.CharField(label=_("Title"), max_length=200)
    summary = forms.CharField(
        label=_("Summary"), max_length=600, widget=forms.Textarea(attrs={"rows": 3})
    )
    body = forms.CharField(label=_("Body"), widget=forms.Textarea(attrs={"rows": 12}))
    asked_as = KnowledgePage._meta.get_field("asked_as").formfield(
        widget=forms.Textarea(attrs={"rows": 3})
    )
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    audience = forms.ChoiceField(
        label=_("Who may read it"),
        choices=[c for c in Audience.choices if c[0] != Audience.DEPARTMENT],
        initial=Audience.CUSTOMERS,
    )
    product_code = forms.ChoiceField(label=_("Product"), required=False)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        products = [(p.code, f"{p.name} ({p.code})") for p in products_for(viewer)]
        self.fields["product_code"].choices = [  # type: ignore[attr-defined]
            ("", _("No particular product")),
            *products,
        ]


class DeclineForm(KeptForm):
    """Why a colleague cannot help, and who could."""

    reason = forms.CharField(label=_("Why not?"), max_length=300)
    suggested = forms.ModelChoiceField(
        label=_("Who would know better?"),
        queryset=User.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label=_("I do not know"),
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["suggested"].queryset = _colleagues_of(viewer)  # type: ignore[attr-defined]


def _colleagues_of(viewer: User) -> QuerySet[User]:
    """Return the staff members whom `viewer` can name, except the viewer."""
    people = User.objects.visible_to(viewer).active().staff_members()
    return people.exclude(pk=viewer.pk).order_by("name")
