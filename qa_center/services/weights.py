"""The weights of routing: those in force, and how an administrator puts others there."""

import json

from django.db import transaction
from django.utils.translation import gettext as _

from kiplatform.accounts.models import User
from kiplatform.accounts.policies import is_administrator
from kiplatform.core.errors import NotAllowed
from qa_center.models import RoutingWeights
from qa_center.routing import SHIPPED, Weights


def current_weights() -> Weights:
    """Return the weights that an administrator set last, or the shipped ones."""
    row = RoutingWeights.objects.order_by("-id").first()
    return Weights.from_json(json.dumps(row.weights)) if row else SHIPPED


@transaction.atomic
def routing_weights_set(*, actor: User, weights: Weights, note: str = "") -> RoutingWeights:
    """Route by `weights` from now on; those before stay on record.

    :param note: why, up to 300 characters.
    :raises NotAllowed: the actor is no administrator.
    """
    if not is_administrator(actor):
        raise NotAllowed(_("Only administrators can do this."))
    return RoutingWeights.objects.create(
        weights=json.loads(weights.to_json()), set_by=actor, note=note
    )
