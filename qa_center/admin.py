"""Administration of routing: the weights that hold, each with who set them and why."""

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from qa_center.models import RoutingWeights
from qa_center.routing import BadWeights, Weights
from qa_center.services.weights import current_weights


class WeightsForm(forms.ModelForm[RoutingWeights]):
    """The weights as JSON, checked by routing itself."""

    class Meta:
        model = RoutingWeights
        fields = ("weights", "note")

    def clean_weights(self) -> Any:
        """Refuse what routing could not read."""
        try:
            Weights.from_json(json.dumps(self.cleaned_data["weights"]))
        except BadWeights as error:
            raise ValidationError(
                _("These are no weights: %(why)s") % {"why": error}, code="weights"
            ) from error
        return self.cleaned_data["weights"]


@admin.register(RoutingWeights)
class RoutingWeightsAdmin(admin.ModelAdmin):
    """Weights are added, never changed, so the past can be explained."""

    form = WeightsForm
    list_display = ("created_at", "set_by", "note")
    ordering = ("-id",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the weights that hold now."""
        return {"weights": json.loads(current_weights().to_json())}

    def save_model(
        self, request: HttpRequest, obj: Any, form: forms.ModelForm[Any], change: bool
    ) -> None:
        """Note who set them."""
        obj.set_by = request.user
        super().save_model(request, obj, form, change)
