"""Whether the sign-in behind an open socket still holds."""

from collections.abc import Collection
from importlib import import_module

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare

from kiplatform.accounts.models import User
from kiplatform.core import clock


def signed_in(pairs: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Return the (user id, session key) pairs that are still signed in.

    A pair is gone when the person may no longer sign in, the session ended or expired, or the
    password changed since.
    """
    table = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()
    users = User.objects.filter(is_active=True).in_bulk([user_id for user_id, _ in pairs])
    rows = table.objects.filter(
        session_key__in=[key for _, key in pairs], expire_date__gt=clock.now()
    )
    sessions = {row.session_key: row for row in rows}
    return {(pk, key) for pk, key in pairs if _holds(users.get(pk), sessions.get(key))}


def _holds(user: User | None, session: object) -> bool:
    if user is None or session is None:
        return False
    data = session.get_decoded()  # type: ignore[attr-defined]
    return data.get(SESSION_KEY) == str(user.pk) and constant_time_compare(
        data.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()
    )
