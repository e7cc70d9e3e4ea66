"""Replaying a history through the routing that cases use.

Guarantee: when a question is ranked, exactly the questions asked and the answers given before it
are known. The one thing that a history cannot date is acceptance: an earlier answer counts as
accepted from the day it was given.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np

from ..pool import Floats, Pool
from ..scoring import score
from ..weights import SHIPPED, Weights
from .baselines import all_baselines
from .figures import Figures, figures, first_rows, interval, place
from .history import PastQuestion
from .state import Nearness, State
from .vectors import Vectors

SPLIT = 0.3
ASKED_AT_ONCE = 3
OURS = "routing"


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of a history, analysed: `terms` and `vectors` in its order (vectors None: none).

    `means`: what the vectors of a language have in common, by language, shape (dimension,).
    """

    terms: Sequence[Counter[str]]
    vectors: Vectors | None
    means: Mapping[str, Vectors] = field(default_factory=dict)

    def before(self, stop: int) -> Texts:
        """Those of the first `stop` questions."""
        vectors = None if self.vectors is None else self.vectors[:stop]
        return replace(self, terms=self.terms[:stop], vectors=vectors)


def analysed(
    history: Sequence[PastQuestion],
    tokens: Callable[[str], Sequence[str]],
    vectors: Vectors | None = None,
    means: Mapping[str, Vectors] | None = None,
) -> Texts:
    """Count the words of every question. vectors: unit vectors, shape (len(history), dimension)."""
    terms = [Counter(tokens(each.text)) for each in history]
    return Texts(terms=terms, vectors=vectors, means=means or {})


class Stopwatch:
    """Adds up time by the clock and of the processor, in seconds; it runs from the start."""

    def __init__(self) -> None:
        self.wall = self.processor = 0.0
        self.start()

    def start(self) -> None:
        """Run (again)."""
        self._started = time.perf_counter(), time.process_time()

    def stop(self) -> None:
        """Add what has passed since the start."""
        self.wall += time.perf_counter() - self._started[0]
        self.processor += time.process_time() - self._started[1]


@dataclass(frozen=True, slots=True)
class Moment:
    """A question that can be judged: somebody who had answered before gave the accepted answer.

    `target` is their row; `took` is what `near` and `pool` took to make.
    """

    question: PastQuestion
    near: Nearness
    state: State
    pool: Pool
    target: int
    took: Stopwatch


def split_at(history: Sequence[PastQuestion], share: float = SPLIT) -> int:
    """The index of the first question after the time split."""
    return int(len(history) * share)


def judgeable(history: Sequence[PastQuestion], start: int, stop: int | None = None) -> list[int]:
    """Questions in [start, stop) whose accepted answerer had answered something before."""
    first: dict[str, float] = {}
    for question in history:
        for reply in question.answers:
            first[reply.by] = min(first.get(reply.by, reply.at), reply.at)
    return [
        index
        for index, question in enumerate(history)
        if start <= index < (len(history) if stop is None else stop)
        and question.accepted_by
        and first[question.accepted_by] < question.at
    ]


def thinned(indices: Sequence[int], most: int | None) -> list[int]:
    """At most `most` of the indices, spread evenly (None: all)."""
    if most is None or len(indices) <= most:
        return list(indices)
    return [indices[int(step * len(indices) / most)] for step in range(most)]


def walk(history: Sequence[PastQuestion], texts: Texts, indices: Sequence[int]) -> Iterator[Moment]:
    """Go through the history and stop at each of `indices` (ascending).

    A moment's state and columns are views that the next step changes: use them at once.
    """
    replies = sorted(
        (
            (reply.at, row, place, reply)
            for row, question in enumerate(history)
            for place, reply in enumerate(question.answers)
        ),
        key=lambda item: item[:3],
    )
    dimension = 0 if texts.vectors is None else texts.vectors.shape[1]
    state = State(len(history), len(replies), dimension, texts.means)
    wanted = set(indices)
    given = 0
    for row, question in enumerate(history):
        while given < len(replies) and replies[given][0] < question.at:
            _, asked, _, reply = replies[given]
            state.answer(asked, history[asked], reply)
            given += 1
        terms = texts.terms[row]
        vector = None if texts.vectors is None else texts.vectors[row]
        if row in wanted:
            took = Stopwatch()
            near = state.near(terms, vector, question.language)
            pool = state.pool(question, near)
            took.stop()
            target = state.people[question.accepted_by]
            yield Moment(question, near, state, pool, target, took)
        state.ask(terms, vector, question.language)


@dataclass(frozen=True, slots=True)
class Report:
    """What a replay found. `ratios`: our MRR over each baseline's, with a 95 % interval.

    `milliseconds`: median and 95th percentile of one ranking (similarities, columns, scores), by
    the clock; `processor_milliseconds`: the same in processor time of all cores, which other work
    on the machine does not change.
    """

    questions: int
    people: int
    judgeable: int
    judged: int
    figures: dict[str, Figures]
    ratios: dict[str, tuple[float, float, float]]
    milliseconds: tuple[float, float]
    processor_milliseconds: tuple[float, float]

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return asdict(self)


class NothingToJudge(ValueError):
    """No question after the split has an accepted answerer who had answered before."""


def replay(
    history: Sequence[PastQuestion],
    texts: Texts,
    weights: Weights = SHIPPED,
    *,
    share: float = SPLIT,
    most: int | None = None,
) -> Report:
    """Rank for every judgeable question after the first `share`, beside the five baselines.

    texts: of this history, in its order. most: judge at most so many, spread evenly.
    Raises NothingToJudge.
    """
    possible = judgeable(history, split_at(history, share))
    if not possible:
        raise NothingToJudge("no question after the split can be judged")
    indices = thinned(possible, most)
    people = {reply.by for question in history for reply in question.answers}
    baselines = all_baselines()
    tallies = {each: _Tally(len(people)) for each in [OURS, *(b.name for b in baselines)]}
    times = []
    for moment in walk(history, texts, indices):
        moment.took.start()
        scores = score(moment.pool, weights)
        moment.took.stop()
        times.append(moment.took)
        tallies[OURS].add(scores, moment)
        for baseline in baselines:
            scores = baseline.scores(moment.state, moment.question.at, moment.near)
            baseline.chosen(tallies[baseline.name].add(scores, moment))
    places = {name: np.array(tally.places) for name, tally in tallies.items()}
    everybody = {name: tally.figures() for name, tally in tallies.items()}
    return Report(
        questions=len(history),
        people=len(people),
        judgeable=len(possible),
        judged=len(indices),
        figures=everybody,
        ratios={
            each.name: (
                everybody[OURS].mrr / everybody[each.name].mrr,
                *interval(places[OURS], places[each.name]),
            )
            for each in baselines
        },
        milliseconds=_spread([each.wall for each in times]),
        processor_milliseconds=_spread([each.processor for each in times]),
    )


def _spread(seconds: Sequence[float]) -> tuple[float, float]:
    median, high = np.percentile(seconds, [50, 95]) * 1000
    return float(median), float(high)


class _Tally:
    """Places and loads of one way of choosing."""

    def __init__(self, people: int) -> None:
        self.places: list[float] = []
        self._loads: Floats = np.zeros(people)
        self._firsts: Floats = np.zeros(people)
        self._known = 0

    def add(self, scores: Floats, moment: Moment) -> np.ndarray:
        """Count one ranking; gives back the rows of those who would be asked."""
        able = moment.pool.able
        self.places.append(place(scores, able, moment.target))
        rows = first_rows(scores, able, ASKED_AT_ONCE)
        self._loads[rows] += 1
        self._firsts[rows[:1]] += 1
        self._known = len(able)
        return rows

    def figures(self) -> Figures:
        """Over everybody who was a candidate by the end."""
        loads, firsts = self._loads[: self._known], self._firsts[: self._known]
        return figures(np.array(self.places), loads, firsts)
