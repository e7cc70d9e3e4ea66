"""Public ids: what the outside world calls a row, without telling how many rows there are."""

import secrets

# Crockford's base 32: no I, L, O or U, so an id survives being read aloud over the phone.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 16


def new_public_id() -> str:
    """Return 16 random characters (80 bits) of Crockford's base 32 alphabet, in lower case."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
