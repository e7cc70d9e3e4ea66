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
from search.results import Verdict

SHIPPED = Path(__file__).parent / "calibrated.json"
FEATURES = ("dense", "margin", "coverage", "reader")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of the best hit when the result is judged.

    dense: its centred cosine. margin: the distance to the mean of the hits after it.
    coverage: share (0 to 1) of the query's words that it holds. reader: logit, None if not read.
    """

    dense: float | None
    margin: float
    coverage: float
    reader: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """A logistic model of "this answers" and the two thresholds on it.

    weights: feature -> weight. likely, close: least probability to be called so.
    """

    intercept: float = 0.0
    weights: Mapping[str, float] = field(default_factory=dict)
    likely: float = 1.1
    close: float = 0.0

    def probability(self, evidence: Evidence) -> float:
        """Probability (0 to 1) that the best hit answers."""
        total = self.intercept + sum(
            weight * (getattr(evidence, name) or 0.0) for name, weight in self.weights.items()
        )
        return 1.0 / (1.0 + math.exp(-max(min(total, 50.0), -50.0)))

    def verdict(self, evidence: Evidence) -> Verdict:
        """The probability in words."""
        probability = self.probability(evidence)
        if probability >= self.likely:
            return "likely"
        return "close" if probability >= self.close else "nothing"


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
    """

    recipe: str = ""
    languages: Mapping[str, LanguageCalibration] = field(default_factory=dict)
    document_means: Mapping[str, Vector] = field(default_factory=dict)
    query_means: Mapping[str, Vector] = field(default_factory=dict)

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
                unread=Judge(**entry["unread"]),
                read=Judge(**entry["read"]),
                reader=entry["reader"],
            )
            for language, entry in value["languages"].items()
        },
        document_means={k: _unpacked(v) for k, v in value["document_means"].items()},
        query_means={k: _unpacked(v) for k, v in value["query_means"].items()},
    )


def to_json(calibration: Calibration) -> dict[str, Any]:
    """A calibration as plain values; means as base64 of float16."""
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
    }


def _judge(judge: Judge) -> dict[str, Any]:
    return {
        "intercept": round(judge.intercept, 4),
        "weights": {name: round(weight, 4) for name, weight in judge.weights.items()},
        "likely": round(judge.likely, 4),
        "close": round(judge.close, 4),
    }


def _packed(mean: Vector) -> str:
    return base64.b64encode(mean.astype("<f2").tobytes()).decode()


def _unpacked(text: str) -> Vector:
    return np.frombuffer(base64.b64decode(text), dtype="<f2").astype(np.float32)
