"""The manager as the customer sees them: name, title, how to reach them, whether they are there."""

from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import get_language

from customer_knowledge.models import Customer, ManagerAssignment
from kiplatform.accounts.models import Absence, StaffProfile, User
from kiplatform.core import clock
from kiplatform.core.choices import Language


@dataclass(frozen=True, slots=True)
class ManagerCard:
    """away_until: the last day of an absence that holds today, with who stands in."""

    name: str
    key: str
    title: str
    email: str
    languages: list[str]
    away_until: date | None = None
    substitute: str = ""


def manager_of(customer: Customer) -> ManagerCard | None:
    """Return the first manager of `customer`; None while it has none. Two queries."""
    assignment = (
        ManagerAssignment.objects.filter(customer=customer, ended_at=None, manager__is_active=True)
        .select_related("manager", "manager__staff_profile")
        .order_by("-is_primary", "id")
        .first()
    )
    return card(assignment.manager) if assignment else None


def card(manager: User) -> ManagerCard:
    """Return a manager's card in the active language."""
    profile: StaffProfile | None = getattr(manager, "staff_profile", None)
    today = timezone.localdate(clock.now())
    absence = (
        Absence.objects.filter(user=manager, starts_on__lte=today, ends_on__gte=today)
        .select_related("substitute")
        .order_by("-ends_on")
        .first()
    )
    return ManagerCard(
        name=manager.name,
        key=manager.public_id,
        title=title_of(profile),
        email=manager.email,
        languages=[str(Language(code).label) for code in _languages(profile)],
        away_until=absence.ends_on if absence else None,
        substitute=absence.substitute.name if absence and absence.substitute else "",
    )


def title_of(profile: StaffProfile | None) -> str:
    """Return a staff member's title in the active language, or in Chinese where there is none."""
    if profile is None:
        return ""
    name = "title_" + (get_language() or "").replace("-", "_")
    return getattr(profile, name, "") or profile.title_zh_hans


def _languages(profile: StaffProfile | None) -> list[str]:
    return [code for code in (profile.languages if profile else []) if code in Language.values]
