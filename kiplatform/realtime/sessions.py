"""Who is behind a session: the same checks as for a page, for many sockets in two queries."""

from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare

from kiplatform.accounts.models import User
from kiplatform.core import clock


def people_of(session_keys: Collection[str]) -> dict[str, User]:
    """Return who is signed in with each of these sessions.

    A session holds as long as it has not ended or expired, its person may sign in, and the
    password is still the one of then.
    """
    table = import_module(settings.SESSION_ENGINE).SessionStore.get_model_class()
    rows = table.objects.filter(session_key__in=session_keys, expire_date__gt=clock.now())
    data = {row.session_key: row.get_decoded() for row in rows}
    ids = {int(values[SESSION_KEY]) for values in data.values() if SESSION_KEY in values}
    users = User.objects.filter(is_active=True).in_bulk(list(ids))
    return {
        key: users[int(values[SESSION_KEY])]
        for key, values in data.items()
        if _holds(users.get(int(values.get(SESSION_KEY, 0))), values)
    }


def _holds(user: User | None, values: Mapping[str, Any]) -> bool:
    if user is None or values.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        return False
    known = values.get(HASH_SESSION_KEY, "")
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return any(constant_time_compare(known, valid) for valid in hashes)
