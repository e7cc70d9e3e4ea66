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
    "pace_days": (0.1, 3650),
    "pace_least": (1, 100_000),
    "half_life_days": (1, 36_500),
    "topic_half_life_days": (1, 36_500),
    "late_days": (0.01, 3650),
    "late": (0.001, 100),
    "accepted": (0.001, 100),
    "proposal": (0.001, 100),
    "topic_prior": (1e-6, 1000),
    "prior": (1e-6, 1000),
}
_DEFAULT_LIMITS = (0.0, 100.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Named weights; every one is a number >= 0. docs/explanation/routing.md derives the formula.

    Activity (who answers these days), in fresh answers:
    `decay`: an answer after which n others were given counts (1 + n / pace) ** -decay, where
    pace is the number of answers of the last `pace_days`, at least `pace_least`.
    `half_life_days`: halves it besides with time. `burst`: an answer that is one of k by the same
    person on one day counts k ** -burst. `accepted`, `proposal`, `late`: factors for an accepted
    answer, an endorsed proposal, and one given more than `late_days` after the question.
    `page_owned`, `page_verified`, `skill`: what fitting pages and skills count, in fresh answers.
    `prior`: what everybody has.

    Topic (who answers such questions): `topic` times the logarithm of how much more the past
    answers weigh when each is multiplied by exp(`similarity` x cosine + `lexical` x words), over
    a memory of `topic_half_life_days`; `topic_prior` pulls people with few answers to 0.

    The others add to the score as they are.
    """

    decay: float = 1.3
    pace_days: float = 21.0
    pace_least: float = 20.0
    half_life_days: float = 730.0
    burst: float = 0.5
    accepted: float = 2.0
    proposal: float = 1.0
    late: float = 0.45
    late_days: float = 30.0
    prior: float = 0.02
    topic: float = 0.6
    similarity: float = 6.0
    lexical: float = 0.9
    topic_half_life_days: float = 500.0
    topic_prior: float = 2.0
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
