"""Elasticsearch is away or hangs: said plainly, asked once and not by everybody, and answered
from memory where the same was found before."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.contrib.auth.models import AnonymousUser
from pytest_django.fixtures import Settings

from kiplatform.accounts.models import User
from search import runtime, services
from search.earlier import EARLIER, LONGEST_SECONDS, EarlierAnswers
from search.engines import EngineUnavailable
from search.engines.base import Scope
from search.engines.elasticsearch.gateway import AWAY, PAUSE_SECONDS, SLOW, Breaker
from search.results import Results
from search.searching import ENGINE_AWAY, Query
from tests.factories.people import ContactFactory, StaffFactory
from tests.search.support import MemorySource, WordEmbedder, document
from tests.servers.processes import free_port

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()


class HangingServer:
    """Accepts connections and never answers."""

    def __init__(self) -> None:
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(64)
        self._listener.setblocking(False)
        self._open: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def calls(self) -> int:
        """How many have called so far."""
        with suppress(BlockingIOError):
            while True:
                self._open.append(self._listener.accept()[0])
        return len(self._open)

    def close(self) -> None:
        for connection in (*self._open, self._listener):
            connection.close()


@pytest.fixture
def hanging() -> Iterator[HangingServer]:
    server = HangingServer()
    yield server
    server.close()


@pytest.fixture
def bank(notes: MemorySource, embedder: WordEmbedder) -> MemorySource:
    """A public and a staff document, in the database when the engine goes away."""
    notes.put(
        document("a", "利率", "每季调整。"),
        document("b", "内部利率", "只给同事。", access=frozenset({"staff"})),
    )
    services.sync_now("note", notes.keys())
    return notes


def lose_the_engine(settings: Settings, url: str = "") -> None:
    settings.SEARCH_ENGINE = "elasticsearch"
    settings.SEARCH_ELASTICSEARCH_URL = url or f"http://127.0.0.1:{free_port()}"
    for made in (runtime.searcher, runtime.synchroniser, runtime.engine):
        made.cache_clear()


def found(results: Results) -> list[str]:
    return sorted(hit.key for hit in results.hits)


def test_customers_are_told_that_search_is_away_and_staff_why(
    bank: MemorySource, settings: Settings
) -> None:
    lose_the_engine(settings)
    for viewer, reason in [
        (NOBODY, ENGINE_AWAY),
        (ContactFactory().user, ENGINE_AWAY),
        (StaffFactory(), AWAY),
    ]:
        for results in (
            services.search("利率", viewer),
            services.suggest("利率", viewer),
            services.similar("note", "a", viewer),
        ):
            assert (results.hits, results.mode, results.reason) == ((), "none", reason)


def test_a_server_that_hangs_is_asked_once_and_not_by_everybody(
    bank: MemorySource, settings: Settings, hanging: HangingServer
) -> None:
    lose_the_engine(settings, hanging.url)
    staff = StaffFactory()
    assert services.search("利率", staff).reason == SLOW
    asked = hanging.calls()
    assert services.search("利率", staff).reason == SLOW
    assert services.search("年费", NOBODY).reason == ENGINE_AWAY
    assert hanging.calls() == asked == 1


def test_what_is_written_meanwhile_is_kept_in_the_database(
    bank: MemorySource, settings: Settings
) -> None:
    lose_the_engine(settings)
    bank.put(document("c", "年费", "免收。"))
    services.sync_now("note", ["c"])
    settings.SEARCH_ENGINE = "embedded"
    runtime.forget()
    assert "c" in found(services.search("年费", NOBODY))


class TestEarlierAnswers:
    def test_what_was_found_before_is_found_again_and_said_to_be_old(
        self, bank: MemorySource, settings: Settings
    ) -> None:
        assert found(services.search("利率", NOBODY)) == ["a"]
        lose_the_engine(settings)
        results = services.search("利率", NOBODY)
        assert (found(results), results.reason) == (["a"], EARLIER)
        assert services.search("年费", NOBODY).hits == ()

    def test_nobody_gets_the_answer_of_somebody_with_other_rights(
        self, bank: MemorySource, settings: Settings
    ) -> None:
        assert found(services.search("利率", StaffFactory())) == ["a", "b"]
        lose_the_engine(settings)
        for viewer in (NOBODY, ContactFactory().user, StaffFactory()):
            assert services.search("利率", viewer).hits == ()

    @pytest.mark.parametrize("change", ["revoked", "deleted", "hidden"])
    def test_what_may_not_be_seen_any_more_is_left_out(
        self, bank: MemorySource, settings: Settings, change: str
    ) -> None:
        staff: User = StaffFactory()
        assert found(services.search("利率", staff)) == ["a", "b"]
        if change == "revoked":
            bank.put(document("b", "内部利率", access=frozenset({"role:administrator"})))
        elif change == "deleted":
            del bank.documents["b"]
        else:
            bank.hidden.add("b")
        lose_the_engine(settings)
        results = services.search("利率", staff)
        assert (found(results), results.total, results.counts) == (["a"], 1, {})

    def test_old_answers_are_forgotten(self, bank: MemorySource) -> None:
        now = 0.0
        memory = EarlierAnswers(clock=lambda: now)
        query = Query(
            text="利率",
            scope=Scope(tokens=frozenset({"public"})),
            authorise=lambda kind, keys: set(keys),
        )
        memory.keep(query, services.search("利率", NOBODY))
        now = LONGEST_SECONDS - 1
        assert memory.recall(query) is not None
        now = LONGEST_SECONDS + 1
        assert memory.recall(query) is None


class TestBreaker:
    def test_after_a_failure_one_may_try_again_once_the_pause_is_over(self) -> None:
        now = 0.0
        breaker = Breaker(clock=lambda: now)
        breaker.enter()
        breaker.failed(AWAY)
        with pytest.raises(EngineUnavailable):
            breaker.enter()
        now = PAUSE_SECONDS
        breaker.enter()
        # The others wait for the one who tries.
        with pytest.raises(EngineUnavailable):
            breaker.enter()
        breaker.worked()
        breaker.enter()
        breaker.enter()
