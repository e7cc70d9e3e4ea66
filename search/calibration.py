"""What was fitted on labelled sets: weights, means and thresholds, frozen per embedding recipe.

Guarantee: values fitted for one recipe are never used with another; an unknown recipe gets
cautious defaults, under which nothing is called a likely answer.
"""

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from search.engines.base import Vector
from search.fusion import Weights
from search.results import Evidence, Verdict

SHIPPED = Path(__file__).parent / "calibrated.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Logistic:
    """A logistic model over the fields of `Evidence`; an unknown field counts as 0."""

    intercept: float = 0.0
    weights: Mapping[str, float] = field(default_factory=dict)

    def probability(self, evidence: Evidence) -> float:
        """Probability, 0 to 1."""
        total = self.intercept + sum(
            weight * (getattr(evidence, name) or 0.0) for name, weight in self.weights.items()
        )
        return 1.0 / (1.0 + math.exp(-max(min(total, 50.0), -50.0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """What a first hit is worth.

    topic: that the collection holds an answer at all, and not only things on other subjects.
    answer: that this hit is the answer. close, likely: the least probability of the former to be
    called "close", and of the latter to be called "likely". The defaults never say "likely".
    """

    topic: Logistic = field(default_factory=Logistic)
    answer: Logistic = field(default_factory=Logistic)
    close: float = 0.0
    likely: float = 1.1

    def probability(self, evidence: Evidence) -> float:
        """Probability (0 to 1) that the hit answers."""
        return self.answer.probability(evidence)

    def verdict(self, evidence: Evidence) -> Verdict:
        """The probabilities in words."""
        if self.topic.probability(evidence) < self.close:
            return "nothing"
        return "likely" if self.answer.probability(evidence) >= self.likely else "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageCalibration:
    """What was fitted for queries of one language.

    unread, read: judges without and with the reader's logit.
    reader: weight of the reader's logit beside the centred cosine.
    """

    weights: Weights = field(default_factory=Weights)
    unread: Judge = field(default_factory=Judge)
    read: Judge = field(default_factory=Judge)
    reader: float = 0.06


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Everything that was fitted for one recipe.

    document_means, query_means: language -> shipped mean, shape (dimension,).
    adapters: language of a query -> what moves it (`search.adapting`), a square of the dimension.
    """

    recipe: str = ""
    languages: Mapping[str, LanguageCalibration] = field(default_factory=dict)
    document_means: Mapping[str, Vector] = field(default_factory=dict)
    query_means: Mapping[str, Vector] = field(default_factory=dict)
    adapters: Mapping[str, Vector] = field(default_factory=dict)

    def of(self, language: str) -> LanguageCalibration:
        """The values for queries of `language`."""
        return self.languages.get(language) or LanguageCalibration()


LEXICAL_COVERAGE = 0.5


def lexical_verdict(coverage: float) -> Verdict:
    """Without vectors, words alone: close where half of them are there, never likely."""
    return "close" if coverage >= LEXICAL_COVERAGE else "nothing"


@lru_cache(maxsize=8)
def shipped(recipe: str) -> Calibration:
    """The shipped values for a recipe's fingerprint, or cautious defaults."""
    found = json.loads(SHIPPED.read_text()) if SHIPPED.exists() else {}
    return from_json(found[recipe]) if recipe in found else Calibration(recipe=recipe)


def from_json(value: Mapping[str, Any]) -> Calibration:
    """A calibration as `to_json` wrote it; KeyError or TypeError where it is not one."""
    return Calibration(
        recipe=value["recipe"],
        languages={
            language: LanguageCalibration(
                weights=Weights(**entry["weights"]),
                unread=_judge_from(entry["unread"]),
                read=_judge_from(entry["read"]),
                reader=entry["reader"],
            )
            for language, entry in value["languages"].items()
        },
        document_means={k: _unpacked(v) for k, v in value["document_means"].items()},
        query_means={k: _unpacked(v) for k, v in value["query_means"].items()},
        adapters={k: _square(v) for k, v in value["adapters"].items()},
    )


def to_json(calibration: Calibration) -> dict[str, Any]:
    """A calibration as plain values; means as base64 of float16, adapters of int8."""
    return {
        "recipe": calibration.recipe,
        "languages": {
            language: {
                "weights": {"lexical": entry.weights.lexical, "across": entry.weights.across},
                "unread": _judge(entry.unread),
                "read": _judge(entry.read),
                "reader": entry.reader,
            }
            for language, entry in calibration.languages.items()
        },
        "document_means": {k: _packed(v) for k, v in calibration.document_means.items()},
        "query_means": {k: _packed(v) for k, v in calibration.query_means.items()},
        "adapters": {k: _packed_square(v) for k, v in calibration.adapters.items()},
    }


def _judge_from(value: Mapping[str, Any]) -> Judge:
    return Judge(
        topic=Logistic(**value["topic"]),
        answer=Logistic(**value["answer"]),
        close=value["close"],
        likely=value["likely"],
    )


def _judge(judge: Judge) -> dict[str, Any]:
    return {
        "topic": _logistic(judge.topic),
        "answer": _logistic(judge.answer),
        "close": round(judge.close, 4),
        "likely": round(judge.likely, 4),
    }


def _logistic(model: Logistic) -> dict[str, Any]:
    return {
        "intercept": round(model.intercept, 4),
        "weights": {name: round(weight, 4) for name, weight in model.weights.items()},
    }


def _packed(mean: Vector) -> str:
    return base64.b64encode(mean.astype("<f2").tobytes()).decode()


def _unpacked(text: str) -> Vector:
    return np.frombuffer(base64.b64decode(text), dtype="<f2").astype(np.float32)


def _packed_square(adapter: Vector) -> dict[str, Any]:
    scale = float(np.abs(adapter).max()) / 127 or 1.0
    steps = np.rint(adapter / scale).astype(np.int8)
    return {"scale": scale, "steps": base64.b64encode(steps.tobytes()).decode()}


def _square(value: Mapping[str, Any]) -> Vector:
    steps = np.frombuffer(base64.b64decode(value["steps"]), dtype=np.int8)
    side = math.isqrt(len(steps))
    return np.asarray(steps.reshape(side, side) * np.float32(value["scale"]))
