"""Where staff read what search, citations and notifications name by kind and key.

Guarantee: an address says nothing about whether the thing exists or may be seen; its page decides.
"""

from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import User
from kiplatform.accounts.policies import has_role
from kiplatform.accounts.roles import Role
from portal.shared.addresses import address_of

ANSWERERS = (Role.SALES_MANAGER, Role.ADMINISTRATOR)
OWN_PATHS = {
    "case": "/workspace/cases/{}/",
    "running_case": "/workspace/cases/{}/",
    "co_creation": "/workspace/co-creations/{}/",
}
VOICES = frozenset({"question", "product_comment", "market_comment", "complaint", "suggestion"})


def staff_address(viewer: Viewer, kind: str, key: str) -> str:
    """Return the path of the page on which `viewer` reads a thing, "" for a kind without one.

    Whoever reads customers' words only for the product team reads them without the customer.
    """
    if kind in VOICES and not has_role(viewer, *ANSWERERS):
        return f"/workspace/voices/{kind}/{key}/"
    path = OWN_PATHS.get(kind)
    return path.format(key) if path else address_of(viewer, kind, key)


def landing(viewer: User) -> str:
    """Return the name of the page that suits somebody who does not answer customers."""
    if has_role(viewer, Role.PRODUCT_TEAM):
        return "workspace:voices"
    if has_role(viewer, Role.KNOWLEDGE_EDITOR):
        return "workspace:knowledge_review"
    return "workspace:invitations"
