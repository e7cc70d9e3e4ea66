"""Five simple ways to choose, which routing has to beat in the same run.

Guarantee: each sees exactly what routing sees at that moment, and nothing that comes later.
"""

from __future__ import annotations

from collections import defaultdict, deque
from typing import Protocol

import numpy as np

from ..pool import SECONDS_A_DAY, Floats, Ints
from .state import Nearness, State

HALF_LIFE_DAYS = 60.0
ACCEPTED = 1.5
LOAD_DAYS = 30.0


class Baseline(Protocol):
    """A way to score everybody known (rows of `state.people`)."""

    name: str

    def scores(self, state: State, now: float, near: Nearness) -> Floats:
        """A score for each person; higher is better."""
        ...

    def chosen(self, rows: Ints) -> None:
        """Which rows came out first (best first)."""
        ...


class _Forgetful:
    """A baseline that does not depend on its own earlier choices."""

    def chosen(self, rows: Ints) -> None:
        """Nothing to remember."""


class Random(_Forgetful):
    """Anybody, by lot (seeded)."""

    name = "random"

    def __init__(self) -> None:
        self._lots = np.random.default_rng(0)

    def scores(self, state: State, now: float, near: Nearness) -> Floats:
        """A lot for each person."""
        return self._lots.random(len(state.people))


class RoundRobin:
    """Whoever it chose longest ago; newcomers first, in the order of their coming."""

    name = "round_robin"

    def __init__(self) -> None:
        self._turns: dict[int, int] = {}
        self._turn = 0

    def scores(self, state: State, now: float, near: Nearness) -> Floats:
        """The turn of each person, the oldest highest."""
        people = len(state.people)
        turns = np.array([self._turns.get(row, 0) for row in range(people)], dtype=np.float64)
        scores: Floats = -turns - np.arange(people) / (people + 1)
        return scores

    def chosen(self, rows: Ints) -> None:
        """The first one had their turn."""
        self._turn += 1
        for row in rows[:1]:
            self._turns[int(row)] = self._turn


class LeastLoaded:
    """Whoever it chose least often in the last 30 days; ties by lot (seeded)."""

    name = "least_loaded"

    def __init__(self) -> None:
        self._lots = np.random.default_rng(0)
        self._chosen: deque[tuple[float, int]] = deque()
        self._loads: defaultdict[int, int] = defaultdict(int)
        self._now = 0.0

    def scores(self, state: State, now: float, near: Nearness) -> Floats:
        """Minus the load, less than 1 apart for equal loads."""
        self._now = now
        while self._chosen and self._chosen[0][0] < now - LOAD_DAYS * SECONDS_A_DAY:
            self._loads[self._chosen.popleft()[1]] -= 1
        people = len(state.people)
        loads = np.array([self._loads[row] for row in range(people)], dtype=np.float64)
        scores: Floats = self._lots.random(people) - loads
        return scores

    def chosen(self, rows: Ints) -> None:
        """Those chosen carry one more."""
        for row in rows:
            self._chosen.append((self._now, int(row)))
            self._loads[int(row)] += 1


class RecentlyActive(_Forgetful):
    """Answers so far, each halved every 60 days; an accepted one counts 1.5."""

    name = "recently_active"

    def scores(self, state: State, now: float, near: Nearness) -> Floats:
        """The decayed sum."""
        answers = state.answers
        value = np.where(answers.accepted, ACCEPTED, 1.0)
        value = value * np.exp2(-answers.age(now) / HALF_LIFE_DAYS)
        return _sums(answers.owner, value, len(state.people))


class LexicalProfile(_Forgetful):
    """BM25 of the question against the questions that each person answered before, summed up."""

    name = "lexical_profile"

    def scores(self, state: State, now: float, near: Nearness) -> Floats:
        """The sum."""
        answers = state.answers
        return _sums(answers.owner, near.lexical[answers.question], len(state.people))


def _sums(owner: Ints, value: Floats, size: int) -> Floats:
    return np.bincount(owner, weights=value, minlength=size).astype(np.float64)


def all_baselines() -> list[Baseline]:
    """One of each, fresh."""
    return [Random(), RoundRobin(), LeastLoaded(), RecentlyActive(), LexicalProfile()]
