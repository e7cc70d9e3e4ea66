"""Who a person is, asked in one way everywhere."""

from typing import TypeGuard

from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import User
from kiplatform.accounts.roles import Role


def is_staff(viewer: Viewer) -> TypeGuard[User]:
    """Tell whether `viewer` is an active staff member."""
    return isinstance(viewer, User) and viewer.is_active and viewer.is_staff_member


def is_contact(viewer: Viewer) -> TypeGuard[User]:
    """Tell whether `viewer` is an active contact of a customer."""
    return isinstance(viewer, User) and viewer.is_active and viewer.is_contact


def has_role(viewer: Viewer, *roles: Role) -> TypeGuard[User]:
    """Tell whether `viewer` is an active staff member who holds one of `roles`."""
    return is_staff(viewer) and bool(viewer.roles & set(roles))


def is_administrator(viewer: Viewer) -> TypeGuard[User]:
    """Tell whether `viewer` is an active administrator."""
    return has_role(viewer, Role.ADMINISTRATOR)
