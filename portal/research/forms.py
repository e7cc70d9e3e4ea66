"""Forms of the research center: they parse, the services check."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customer_knowledge.models import Product
from customer_knowledge.selectors import products_for
from kiplatform.accounts.models import User
from kiplatform.core.choices import Language, Urgency
from kiplatform.core.errors import InvalidInput
from kiplatform.core.ids import new_public_id
from manager_knowledge.choices import Audience, KnowledgeType


class KeptForm(forms.Form):
    """A form whose refusals by a service are shown beside the field, with all that was typed."""

    client_id = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {}).setdefault("client_id", new_public_id())
        super().__init__(*args, **kwargs)

    def refuse(self, error: InvalidInput) -> None:
        """Show a service's refusal beside its field, or above the form."""
        self.add_error(error.field if error.field in self.fields else None, str(error))


class NeedForm(KeptForm):
    """A need of the manager's own."""

    text = forms.CharField(
        label=_("What do you need to find out?"), widget=forms.Textarea(attrs={"rows": 5})
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


class TextForm(KeptForm):
    """One text: a proposal, an answer, a wording for the customer."""

    text = forms.CharField(label=_("Text"), widget=forms.Textarea(attrs={"rows": 10}))


class ReasonForm(KeptForm):
    """One line that says why."""

    reason = forms.CharField(label=_("Reason"), max_length=500)


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
        queryset=User.objects.none(),
        required=False,
        to_field_name="public_id",
        empty_label=_("Only for a knowledge gap"),
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.visible_to(viewer).active().order_by("name")
        self.fields["gap_owner"].queryset = people  # type: ignore[attr-defined]


class CaptureForm(KeptForm):
    """The resolution as knowledge: suggested, and edited by the manager."""

    type = forms.ChoiceField(label=_("Type of knowledge"), choices=KnowledgeType.choices)
    title = forms.CharField(label=_("Title"), max_length=200)
    summary = forms.CharField(
        label=_("Summary"), max_length=600, widget=forms.Textarea(attrs={"rows": 3})
    )
    body = forms.CharField(label=_("Body"), widget=forms.Textarea(attrs={"rows": 12}))
    language = forms.ChoiceField(label=_("Language"), choices=Language.choices)
    audience = forms.ChoiceField(
        label=_("Who may read it"),
        choices=[c for c in Audience.choices if c[0] != Audience.DEPARTMENT],
        initial=Audience.CUSTOMERS,
    )
    product_code = forms.CharField(label=_("Product code"), max_length=40, required=False)


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
        people = User.objects.visible_to(viewer).active().exclude(pk=viewer.pk).order_by("name")
        self.fields["suggested"].queryset = people  # type: ignore[attr-defined]
