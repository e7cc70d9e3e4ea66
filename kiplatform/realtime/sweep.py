"""The catch-up's question to the database: how far is each channel?"""

from collections.abc import Mapping, Sequence

from kiplatform.realtime.registry import channel_for

# SQLite and PostgreSQL both take this many values in one IN.
KEYS_AT_ONCE = 500


def newest(keys: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return the newest version of each channel, by "prefix:key".

    :param keys: keys by prefix.
    """
    found: dict[str, int] = {}
    for prefix, wanted in keys.items():
        for start in range(0, len(wanted), KEYS_AT_ONCE):
            part = wanted[start : start + KEYS_AT_ONCE]
            known = channel_for(f"{prefix}:{part[0]}")
            if known is not None:
                versions = known[0].versions(part)
                found.update((f"{prefix}:{key}", version) for key, version in versions.items())
    return found
