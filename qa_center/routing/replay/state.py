"""What is known at a moment of a replay, kept up to date instead of built anew.

Guarantee: `State.pool` holds the same columns that `Pool.of` would give for the same facts (a test
compares the two rankings), at a cost that allows a history of 100,000 questions.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..pool import SECONDS_A_DAY, Flags, Floats, Ints, Past, Pool
from .history import PastQuestion, PastReply
from .vectors import CentredVectors, Vectors
from .words import QuestionIndex


class AnswerLog:
    """Answers in the order of their time, as columns of fixed capacity."""

    def __init__(self, capacity: int) -> None:
        self.size = 0
        self._owner: Ints = np.zeros(capacity, dtype=np.int64)
        self._question: Ints = np.zeros(capacity, dtype=np.int64)
        self._at: Floats = np.zeros(capacity)
        self._delay: Floats = np.zeros(capacity)
        self._accepted: Flags = np.zeros(capacity, dtype=bool)
        self._until: Ints = np.zeros(capacity, dtype=np.int64)
        self._day: Ints = np.zeros(capacity, dtype=np.int64)
        self._day_counts: Ints = np.zeros(capacity, dtype=np.int64)
        self._days: dict[tuple[int, int], int] = {}

    def add(self, owner: int, question: int, reply: PastReply, asked_at: float) -> None:
        """Add the next answer; `at` never goes back."""
        row = self.size
        self._owner[row], self._question[row], self._at[row] = owner, question, reply.at
        self._delay[row] = (reply.at - asked_at) / SECONDS_A_DAY
        self._accepted[row] = reply.accepted
        day = self._days.setdefault((owner, int(reply.at // SECONDS_A_DAY)), len(self._days))
        self._day[row] = day
        self._day_counts[day] += 1
        self.size += 1
        # Answers of the same second are equally new: none of them is later than another.
        while row >= 0 and self._at[row] == reply.at:
            self._until[row] = self.size
            row -= 1

    @property
    def owner(self) -> Ints:
        """Who gave each answer (a row of people)."""
        return self._owner[: self.size]

    @property
    def question(self) -> Ints:
        """The question (a row of questions) that each answer is to."""
        return self._question[: self.size]

    @property
    def accepted(self) -> Flags:
        """Which answers were accepted."""
        return self._accepted[: self.size]

    def age(self, now: float) -> Floats:
        """Days since each answer."""
        days: Floats = (now - self._at[: self.size]) / SECONDS_A_DAY
        return days

    def past(self, now: float, similarity: Floats, lexical: Floats) -> Past:
        """The columns that routing takes; `similarity` and `lexical` by question."""
        return Past(
            owner=self.owner,
            age=self.age(now),
            later=(self.size - self._until[: self.size]).astype(np.float64),
            same_day=self._day_counts[self._day[: self.size]],
            delay=self._delay[: self.size],
            similarity=similarity[self.question],
            lexical=lexical[self.question],
            accepted=self.accepted,
            proposal=np.zeros(self.size, dtype=bool),
        )


@dataclass(frozen=True, slots=True)
class Nearness:
    """How near each earlier question is to the one at hand."""

    similarity: Floats
    lexical: Floats


class State:
    """The people, answers and questions known so far.

    capacity: how many questions and how many answers there will be. dimension: of the vectors,
    0 to do without them. means: of a language's vectors, to begin with.
    """

    def __init__(
        self, questions: int, answers: int, dimension: int, means: Mapping[str, Vectors]
    ) -> None:
        self.people: dict[str, int] = {}
        self.answers = AnswerLog(answers)
        self.evidence = AnswerLog(answers)
        self._words = QuestionIndex()
        self._vectors = CentredVectors(questions, dimension, means) if dimension else None
        self._asked = 0
        self._languages: dict[str, set[int]] = defaultdict(set)
        self._departments: dict[int, Counter[str]] = defaultdict(Counter)

    def near(self, terms: Counter[str], vector: Vectors | None, language: str) -> Nearness:
        """How near every earlier question is; call it before `ask`."""
        if self._vectors is None or vector is None:
            similarity: Floats = np.zeros(self._asked)
        else:
            similarity = self._vectors.cosines(vector, language)
        return Nearness(similarity=similarity, lexical=self._words.scores(terms))

    def ask(self, terms: Counter[str], vector: Vectors | None, language: str) -> None:
        """The next question is known from now on."""
        self._words.add(terms)
        if self._vectors is not None and vector is not None:
            self._vectors.add(vector, language)
        self._asked += 1

    def answer(self, row: int, question: PastQuestion, reply: PastReply) -> None:
        """An answer to the question in `row` is known from now on."""
        person = self.people.setdefault(reply.by, len(self.people))
        self.answers.add(person, row, reply, question.at)
        if reply.by == question.asker:
            return
        self.evidence.add(person, row, reply, question.at)
        self._languages[question.language].add(person)
        if question.department:
            self._departments[person][question.department] += 1

    def pool(self, question: PastQuestion, near: Nearness) -> Pool:
        """Everybody who answered before, as routing sees them for this question.

        A history says nothing on hours, load, skills or pages: those columns are neutral.
        """
        size = len(self.people)
        none: Floats = np.zeros(size)
        language: Floats = np.zeros(size)
        language[sorted(self._languages[question.language])] = 1.0
        able = np.ones(size, dtype=bool)
        if question.asker in self.people:
            able[self.people[question.asker]] = False
        return Pool(
            past=self.evidence.past(question.at, near.similarity, near.lexical),
            owned=none,
            verified=none,
            skill=none,
            department=self._in_department(question.department, size),
            language=language if question.language else none + 1.0,
            working=none,
            online=none,
            load=none,
            response=none,
            asked=none,
            able=able,
        )

    def _in_department(self, department: str, size: int) -> Floats:
        """A history does not say where people work: it is where most they answered came from."""
        column: Floats = np.zeros(size)
        if department:
            for person, counts in self._departments.items():
                column[person] = counts.most_common(1)[0][0] == department
        return column
