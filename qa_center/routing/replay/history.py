"""A history of questions and answers, read line by line.

Guarantee: what comes back is complete, in the order in which it happened, and free of
contradictions that would let a replay know the future; anything else is refused with the number
of its line.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any


class BadHistory(ValueError):
    """A history that cannot be replayed; the message says in which line and why."""


@dataclass(frozen=True, slots=True)
class PastReply:
    """One answer: who gave it, when (seconds since 1970), and whether it was accepted."""

    by: str
    at: float
    accepted: bool


@dataclass(frozen=True, slots=True)
class PastQuestion:
    """One question with its answers, the earliest first."""

    key: str
    at: float
    text: str
    language: str
    department: str
    asker: str
    answers: tuple[PastReply, ...]

    @property
    def accepted_by(self) -> str:
        """Who gave the (first) accepted answer, "" if nobody but the asker did."""
        return next((a.by for a in self.answers if a.accepted and a.by != self.asker), "")


def read_history(lines: Iterable[str | Mapping[str, Any]]) -> list[PastQuestion]:
    """Questions in the order of their time.

    lines: JSON objects, as text or already read, {"id", "at" (ISO 8601; UTC if it names no zone),
    "text", "lang", "department" (optional), "asker", "answers": [{"by", "at", "accepted"}]}.
    A language counts without its script: whoever writes one Chinese script reads the other.
    Further fields are ignored, as are empty lines. An "asker" or "by" of "" is somebody unknown:
    their answers are left out. An answer dated before its question counts from the question on.
    Raises BadHistory.
    """
    questions: dict[str, PastQuestion] = {}
    for number, line in enumerate(lines, start=1):
        if isinstance(line, str) and not line.strip():
            continue
        try:
            question = _question(json.loads(line) if isinstance(line, str) else line)
        except json.JSONDecodeError as error:
            raise BadHistory(f"line {number}: not JSON ({error.msg})") from error
        except BadHistory as error:
            raise BadHistory(f"line {number}: {error}") from error
        if question.key in questions:
            raise BadHistory(f'line {number}: the id "{question.key}" occurs twice')
        questions[question.key] = question
    if not questions:
        raise BadHistory("the history is empty")
    return sorted(questions.values(), key=lambda question: question.at)


def _question(line: Any) -> PastQuestion:
    if not isinstance(line, Mapping):
        raise BadHistory("not a JSON object")
    answers = line.get("answers")
    if not isinstance(answers, list | tuple):
        raise BadHistory('"answers" must be a list')
    at = _time(line)
    replies = [_reply(answer) for answer in answers]
    replies = [replace(reply, at=max(reply.at, at)) for reply in replies if reply.by]
    return PastQuestion(
        key=_text(line, "id"),
        at=at,
        text=_text(line, "text"),
        language=_text(line, "lang", needed=False).partition("-")[0].lower(),
        department=_text(line, "department", needed=False),
        asker=_text(line, "asker", empty=True),
        answers=tuple(sorted(replies, key=lambda reply: reply.at)),
    )


def _reply(answer: Any) -> PastReply:
    if not isinstance(answer, Mapping):
        raise BadHistory("an answer is not a JSON object")
    accepted = answer.get("accepted")
    if not isinstance(accepted, bool):
        raise BadHistory('"accepted" of an answer must be true or false')
    return PastReply(by=_text(answer, "by", empty=True), at=_time(answer), accepted=accepted)


def _text(line: Mapping[str, Any], field: str, *, needed: bool = True, empty: bool = False) -> str:
    value = line.get(field)
    if value is None and not needed:
        return ""
    if not isinstance(value, str):
        raise BadHistory(f'"{field}" must be a text')
    if needed and not empty and not value.strip():
        raise BadHistory(f'"{field}" must not be empty')
    return value


def _time(line: Mapping[str, Any]) -> float:
    value = line.get("at")
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    except ValueError as error:
        raise BadHistory(f'"at" must be a time in ISO 8601, not {value!r}') from error
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
