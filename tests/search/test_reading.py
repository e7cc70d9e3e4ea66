"""The reader's place: it reorders the first hits, within its time, and its absence is said."""

from collections.abc import Sequence

import pytest
from django.contrib.auth.models import AnonymousUser

from search import runtime, services
from search.reader import ReaderUnavailable
from search.reading import NOT_READ, PARTLY_READ, PREPARING, READ_HITS, may_answer
from tests.search.support import MemorySource, WordEmbedder, document

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()
FILLER = "这里写着许多与此有关的细则和说明，供客户在办理之前阅读。" * 2


class WantedReader:
    """Likes passages that hold a word; `most` is how many it has time for."""

    fingerprint = "wanted"

    def __init__(self, wanted: str, most: int = 99) -> None:
        self.wanted, self.most = wanted, most
        self.read: list[str] = []

    def score(
        self, question: str, passages: Sequence[str], budget_seconds: float = 0.4
    ) -> list[float | None]:
        self.read = list(passages)
        return [
            (4.0 if self.wanted in passage else -4.0) if place < self.most else None
            for place, passage in enumerate(passages)
        ]


@pytest.fixture
def collection(notes: MemorySource, embedder: WordEmbedder) -> MemorySource:
    notes.put(
        *(document(f"n{n:02}", "存款利率", f"{FILLER}第{n}条。") for n in range(12)),
        document("answer", "存款", f"{FILLER}三年期百分之二。"),
    )
    services.sync_now("note", notes.keys())
    return notes


def use(monkeypatch: pytest.MonkeyPatch, reader: object) -> None:
    def get() -> object:
        if isinstance(reader, Exception):
            raise reader
        return reader

    monkeypatch.setattr(runtime, "get_reader", get)
    runtime.searcher.cache_clear()


def test_what_answers_moves_to_the_front(
    collection: MemorySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = WantedReader("百分之二")
    use(monkeypatch, reader)
    before = [hit.key for hit in services.search("三年期存款利率", NOBODY).hits]
    after = services.search("三年期存款利率", NOBODY, reader=True)
    place = before.index("answer")
    assert 0 < place < READ_HITS or before[0] == "answer"
    assert after.hits[0].key == "answer"
    assert len(reader.read) == READ_HITS
    assert [hit.key for hit in after.hits][READ_HITS:] == before[READ_HITS:]
    assert after.hits[0].explanation.reader == 4.0
    assert after.hits[READ_HITS].explanation.reader is None
    assert not str(after.reason)


def test_suggestions_and_later_pages_are_never_read(
    collection: MemorySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = WantedReader("百分之二")
    use(monkeypatch, reader)
    services.suggest("三年期存款利率", NOBODY)
    services.search("三年期存款利率", NOBODY, offset=READ_HITS, reader=True)
    services.search("三年期存款利率", NOBODY)
    assert reader.read == []


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ReaderUnavailable("no file"), NOT_READ),
        (ReaderUnavailable("building", passing=True), PREPARING),
    ],
)
def test_without_the_reader_the_order_stays_and_it_is_said(
    collection: MemorySource,
    monkeypatch: pytest.MonkeyPatch,
    error: ReaderUnavailable,
    reason: str,
) -> None:
    use(monkeypatch, error)
    plain = services.search("三年期存款利率", NOBODY)
    read = services.search("三年期存款利率", NOBODY, reader=True)
    assert [hit.key for hit in read.hits] == [hit.key for hit in plain.hits]
    assert read.reason == reason


def test_a_late_reader_counts_for_what_it_read(
    collection: MemorySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, WantedReader("百分之二", most=3))
    results = services.search("三年期存款利率", NOBODY, reader=True)
    assert results.reason == PARTLY_READ
    assert sum(hit.explanation.reader is not None for hit in results.hits) == 3


@pytest.mark.parametrize(
    ("question", "passage", "readable"),
    [
        ("存款利率是多少", "存款利率\n三年期百分之二，按季调整，以公告为准，到期自动转存。", True),
        ("怎么注销账户", "如何注销我的账户？", False),
        ("How do I delete my account?", "How can I delete the account for good?", False),
        ("三年期利率", "The three-year rate is two percent and is paid at maturity.", True),
        ("利率", "", False),
    ],
)
def test_a_paraphrase_of_the_question_is_not_read(
    question: str, passage: str, readable: bool
) -> None:
    assert may_answer(question, passage) is readable


def test_bare_questions_keep_their_place(
    notes: MemorySource, embedder: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    notes.put(document("same", "", "怎么注销账户？"), document("other", "", "账户余额怎么查？"))
    services.sync_now("note", notes.keys())
    reader = WantedReader("余额")
    use(monkeypatch, reader)
    results = services.search("怎么注销账户", NOBODY, reader=True)
    assert results.hits[0].key == "same"
    assert reader.read == []
