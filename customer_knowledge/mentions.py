"""Who is mentioned in a message: the people whose names stand in it after an @.

The words of a message are the truth. What a picker or a list chose only decides between people of
the same name. Guarantee: nobody is mentioned who is not among the people given.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from kiplatform.accounts.models import User


def pattern_of(names: Collection[str]) -> re.Pattern[str] | None:
    """Return what finds "@name" for these names, the longest that fits; None without names.

    A name in Latin letters ends where its word ends; a Chinese one may be followed by anything.
    """
    ordered = sorted(filter(None, names), key=len, reverse=True)
    if not ordered:
        return None
    parts = (
        re.escape(name) + (r"(?![A-Za-z0-9_])" if name[-1].isascii() else "") for name in ordered
    )
    return re.compile(f"@({'|'.join(parts)})", re.IGNORECASE)


def named_in(text: str, people: Iterable[User], chosen: Collection[int] = ()) -> list[User]:
    """Return those of `people` whose names stand in `text` after an @.

    :param chosen: primary keys of who was meant; where several have one name, only these count.
    """
    by_name: dict[str, list[User]] = {}
    for person in people:
        by_name.setdefault(person.name.casefold(), []).append(person)
    pattern = pattern_of([rows[0].name for rows in by_name.values()])
    if pattern is None:
        return []
    found: dict[int, User] = {}
    for match in pattern.finditer(text):
        same = by_name.get(match[1].casefold(), [])
        meant = [person for person in same if person.pk in chosen] or same
        found |= {person.pk: person for person in meant}
    return list(found.values())


def with_names(text: str, chosen: Sequence[User]) -> str:
    """Return `text` with "@name" before it for everybody chosen whose name is not in it."""
    known = {person.pk for person in named_in(text, chosen)}
    missing = [f"@{person.name}" for person in chosen if person.pk not in known]
    return " ".join([*missing, text]) if missing else text


def segments(text: str, names: Collection[str]) -> list[tuple[str, str]]:
    """Return `text` in parts: (words, "") and ("@name", name), in order, nothing lost."""
    pattern = pattern_of(names)
    if pattern is None:
        return [(text, "")]
    parts: list[tuple[str, str]] = []
    end = 0
    for match in pattern.finditer(text):
        if match.start() > end:
            parts.append((text[end : match.start()], ""))
        parts.append((match[0], match[1]))
        end = match.end()
    if end < len(text) or not parts:
        parts.append((text[end:], ""))
    return parts
