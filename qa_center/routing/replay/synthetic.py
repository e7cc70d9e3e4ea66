"""An invented history of any size, for measuring how replay and routing grow.

Guarantee: the same arguments give the same history and vectors. It shows speed, never quality:
its people are as regular as the formula that made them.
"""

from __future__ import annotations

from collections import Counter

import numpy as np

from .history import PastQuestion, PastReply
from .running import Texts
from .vectors import Vectors

DAY = 86_400.0
TOPICS = 50
WORDS = 60


def synthetic_history(
    questions: int, people: int, *, dimension: int = 384, seed: int = 0
) -> tuple[list[PastQuestion], Texts]:
    """Questions over three years, two answers each, one accepted, by people who come and go.

    Words follow Zipf's law, WORDS a question; vectors lie around one of TOPICS centres.
    """
    draw = np.random.default_rng(seed)
    at = np.sort(draw.uniform(0, 3 * 365 * DAY, questions))
    came = np.sort(draw.uniform(-DAY, 2 * 365 * DAY, people))
    eager = draw.pareto(1.2, people) + 0.05
    field = draw.integers(0, TOPICS, people)
    topic = draw.integers(0, TOPICS, questions)
    history = []
    for row in range(questions):
        chance = eager * (came < at[row]) * np.where(field == topic[row], 20.0, 1.0)
        chance[0] += 1e-9
        who = draw.choice(people, 2, p=chance / chance.sum())
        delays = draw.exponential(2 * DAY, 2)
        history.append(
            PastQuestion(
                key=f"q{row}",
                at=float(at[row]),
                text="",
                language="en",
                department="",
                asker=f"a{row % 997}",
                answers=tuple(
                    PastReply(by=f"u{person}", at=float(at[row] + delay), accepted=place == 0)
                    for place, (person, delay) in enumerate(zip(who, np.sort(delays), strict=True))
                ),
            )
        )
    return history, Texts(terms=_terms(draw, questions), vectors=_vectors(draw, topic, dimension))


def _terms(draw: np.random.Generator, questions: int) -> list[Counter[str]]:
    numbers = np.minimum(draw.zipf(1.3, (questions, WORDS)), 200_000)
    return [Counter(f"w{number}" for number in row) for row in numbers]


def _vectors(draw: np.random.Generator, topic: np.ndarray, dimension: int) -> Vectors:
    centres = draw.normal(0, 1, (TOPICS, dimension)).astype(np.float32)
    noise = draw.standard_normal((len(topic), dimension), dtype=np.float32)
    raw = centres[topic] + noise + np.float32(2)
    vectors: Vectors = raw / np.linalg.norm(raw, axis=1, keepdims=True)
    return vectors
