"""Labelled sets in folders: corpus.jsonl, queries.jsonl, qrels.jsonl.

Guarantee: nothing of a set is written anywhere but into a scratch index.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kiplatform.accounts.access import PUBLIC, Viewer
from search.analysis import detect_language
from search.documents import LANGUAGES, Document
from search.sources import KeysOfEvent

KIND = "piece"
COMPANY = "company"
"""What a line of a corpus may say of whose knowledge it is."""
_AT = datetime(2026, 1, 1, tzinfo=UTC)


class NotASet(Exception):
    """The folder does not hold a labelled set; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query and what answers it. relevant: keys; empty where nothing in the corpus answers.

    off_topic: it was taken from another set, so that it is on none of the corpus's subjects.
    """

    id: str
    text: str
    relevant: frozenset[str]
    off_topic: bool = False


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """A corpus with questions."""

    name: str
    documents: Sequence[Document]
    questions: Sequence[Question]


def read_set(folder: Path) -> LabelledSet:
    """Read a folder; raises NotASet."""
    try:
        corpus, queries, judged = (
            [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines() if line]
            for name in ("corpus.jsonl", "queries.jsonl", "qrels.jsonl")
        )
        relevant = {entry["q"]: frozenset(entry["d"]) for entry in judged}
        documents = [_document(entry) for entry in corpus]
        questions = [Question(q["id"], q["text"], relevant[q["id"]]) for q in queries]
    except FileNotFoundError as error:
        raise NotASet(f"{folder} is not a labelled set: {error.filename} is missing") from error
    except (ValueError, KeyError, TypeError) as error:
        raise NotASet(f"{folder} is not a labelled set: {error!r}") from error
    return LabelledSet(folder.name, documents, questions)


def with_off_topic(labelled: LabelledSet, others: Sequence[LabelledSet], most: int) -> LabelledSet:
    """The set with at most `most` questions of each other set, evenly taken, at its end."""
    added = [
        Question(f"{other.name}:{question.id}", question.text, frozenset(), off_topic=True)
        for other in others
        for question in other.questions[:: max(1, len(other.questions) // most)][:most]
    ]
    return LabelledSet(labelled.name, labelled.documents, [*labelled.questions, *added])


def by_company(labelled: LabelledSet) -> list[LabelledSet]:
    """Each company's knowledge with what it answers; the set itself where it names no company."""
    companies = sorted({d.facets[COMPANY] for d in labelled.documents if COMPANY in d.facets})
    parts = []
    for company in companies:
        documents = [d for d in labelled.documents if d.facets.get(COMPANY) == company]
        keys = {d.key for d in documents}
        questions = [q for q in labelled.questions if q.relevant & keys]
        parts.append(LabelledSet(f"{labelled.name}:{company}", documents, questions))
    return parts or [labelled]


def _document(entry: Mapping[str, Any]) -> Document:
    text = f"{entry.get('title', '')}\n{entry['text']}"
    language = entry.get("lang", "")
    if language not in LANGUAGES:
        language = {"zh": "zh-hans", "en": "en"}.get(language) or _detected(text)
    return Document(
        kind=KIND,
        key=entry["id"],
        version=1,
        language=language,
        title=entry.get("title", ""),
        text=entry["text"],
        access=frozenset({PUBLIC}),
        updated_at=_AT,
        facets={COMPANY: entry[COMPANY]} if COMPANY in entry else {},
    )


def _detected(text: str) -> str:
    return "zh-hans" if detect_language(text) == "zh" else "en"


class SetSource:
    """A labelled corpus as a source; everybody may see it."""

    events: Mapping[str, KeysOfEvent] = {}

    def __init__(self, documents: Sequence[Document], kind: str = KIND) -> None:
        self.kind = kind
        self._documents = {document.key: document for document in documents}

    def keys(self) -> Iterator[str]:
        return iter(self._documents)

    def load(self, keys: Sequence[str]) -> list[Document]:
        return [self._documents[key] for key in keys if key in self._documents]

    def visible_keys(self, viewer: Viewer, keys: Sequence[str]) -> set[str]:
        return set(keys) & self._documents.keys()
