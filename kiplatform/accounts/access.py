"""Access tokens: the one place that says by which tokens a person may find things.

A searchable document carries the tokens that open it; a person finds it when they share one.
Tokens only prefilter: the database authorises every hit again, so a stale token leaks nothing.
"""

from collections.abc import Callable, Iterable

from django.contrib.auth.models import AnonymousUser

from kiplatform.accounts.models import StaffProfile, User

Viewer = User | AnonymousUser
PUBLIC = "public"
CUSTOMERS = "customers"
STAFF = "staff"

_providers: list[Callable[[User], Iterable[str]]] = []


def register_tokens(provider: Callable[[User], Iterable[str]]) -> None:
    """Let a higher app add tokens for a signed-in, active person."""
    if provider not in _providers:
        _providers.append(provider)


def tokens_for(viewer: Viewer) -> frozenset[str]:
    """Return the tokens of `viewer`; {"public"} for anybody who is not signed in and active."""
    if not isinstance(viewer, User) or not viewer.is_active:
        return frozenset({PUBLIC})
    tokens = {PUBLIC, f"user:{viewer.public_id}"}
    if viewer.is_contact:
        tokens.add(CUSTOMERS)
    else:
        tokens |= {STAFF, CUSTOMERS}
        tokens |= {f"role:{role.value}" for role in viewer.roles}
        department = (
            StaffProfile.objects.filter(user=viewer)
            .values_list("department__public_id", flat=True)
            .first()
        )
        if department:
            tokens.add(f"dept:{department}")
    for provider in _providers:
        tokens.update(provider(viewer))
    return frozenset(tokens)
