"""The weights of the routing formula.

Guarantee: `SHIPPED` is a usable start without any history; weights survive a round trip through
JSON unchanged, and a file with an unknown, non-numeric or out-of-range value is refused
by name, so that a typing slip cannot change the routing in silence.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields


class BadWeights(ValueError):
    """The weights cannot be used; the message names the field."""


_LIMITS: dict[str, tuple[float, float]] = {
    "half_life_days": (0.1, 3650),
    "long_half_life_days": (0.1, 3650),
    "prior": (1e-6, 1000),
}
_DEFAULT_LIMITS = (0.0, 100.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Named weights; every one is a number >= 0, and 0 switches its signal off.

    Expertise counts in fresh answers on an average subject: a past answer weighs
    `accepted` (if it was accepted) x exp(`similarity` x centred cosine + `lexical` x lexical)
    x its decay. Pages and skills count as so many fresh answers. The logarithm of the sum plus
    `prior` is the score, to which the other signals add.
    """

    half_life_days: float = 60.0
    long_half_life_days: float = 365.0
    long_share: float = 0.05
    accepted: float = 1.5
    proposal: float = 1.0
    similarity: float = 4.0
    lexical: float = 0.0
    prior: float = 0.05
    page_owned: float = 1.0
    page_verified: float = 0.5
    skill: float = 0.5
    department: float = 0.5
    language: float = 1.0
    working_now: float = 0.5
    online: float = 0.3
    load: float = 0.4
    response: float = 0.5
    fairness: float = 0.1

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            low, high = _LIMITS.get(each.name, _DEFAULT_LIMITS)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise BadWeights(f"{each.name}: not a number")
            if not math.isfinite(value) or not low <= value <= high:
                raise BadWeights(f"{each.name}: must be from {low:g} to {high:g}")

    def to_json(self) -> str:
        """These weights as a JSON object, one field a line."""
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> Weights:
        """Weights from a JSON object; fields left out keep the shipped value.

        Raises BadWeights for text that is no JSON object, an unknown field or a bad value.
        """
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            raise BadWeights(f"not JSON: {error}") from error
        if not isinstance(values, dict):
            raise BadWeights("not a JSON object")
        unknown = sorted(set(values) - {each.name for each in fields(cls)})
        if unknown:
            raise BadWeights(f"unknown: {', '.join(unknown)}")
        return cls(**values)


SHIPPED = Weights()
