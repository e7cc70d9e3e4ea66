"""Whole numbers out of addresses and forms, where anybody can write anything."""

# No count, page or version comes near it, and every database can compare with it.
LARGEST = 2**53
_MOST_DIGITS = 16


def whole_number(text: str, *, otherwise: int = 0) -> int:
    """Return the number that `text` writes in ASCII digits, `otherwise` where it is none.

    A number above 2**53 counts as none, as do a sign, a space and the digits of other scripts.
    """
    if not (text.isascii() and text.isdigit()) or len(text) > _MOST_DIGITS:
        return otherwise
    number = int(text)
    return number if number <= LARGEST else otherwise
