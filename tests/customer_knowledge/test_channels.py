"""Live threads as the hub asks for them: many at once, at the price of one."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customer_knowledge import services
from customer_knowledge.models import Question, Thread
from customer_knowledge.realtime import ConversationChannel, ReadsChannel, ThreadChannel
from kiplatform.accounts.services import user_deactivate
from kiplatform.realtime.fanout import Look, View, collect
from kiplatform.realtime.registry import Person
from tests.customer_knowledge.conftest import Cast
from tests.factories.people import AdministratorFactory, ColleagueFactory

CHANNELS = [ThreadChannel(), ConversationChannel(), ReadsChannel()]


def discussion(size: int, messages: int) -> tuple[Thread, list[Any]]:
    """Return a colleagues' thread with members who have written."""
    members = [ColleagueFactory() for _ in range(size)]
    thread = services.thread_open_for_case(actor=members[0])
    for member in members[1:]:
        services.thread_member_add(actor=members[0], thread=thread, user=member)
    for number in range(messages):
        services.message_post(
            actor=members[number % size], thread=thread, text=f"{number}", client_id=f"{number}"
        )
    thread.refresh_from_db()
    return thread, members


def look(thread: Thread, people: list[Any], after: int | None = 0) -> Look:
    return Look(
        f"thread:{thread.public_id}",
        ThreadChannel(),
        thread.public_id,
        tuple((Person.of(user), after) for user in people),
        after is None,
    )


def versions(view: View) -> list[int]:
    (span,) = view.spans
    return [version for version, _ in span.texts.get("company", [])]


def test_the_queries_of_a_look_do_not_grow_with_the_threads_that_have_news(db: None) -> None:
    threads = [discussion(3, 2) for _ in range(6)]
    with CaptureQueriesContext(connection) as one:
        collect([look(*threads[0])])
    with CaptureQueriesContext(connection) as six:
        views = collect([look(*thread) for thread in threads])
    assert len(six) == len(one) <= 10
    assert [versions(view) for view in views] == [[1, 2]] * 6


def test_each_thread_is_continued_where_its_listeners_are(db: None) -> None:
    (first, some), (second, others) = discussion(2, 5), discussion(2, 3)
    views = collect([look(first, some, 3), look(second, others, 1)])
    assert [versions(view) for view in views] == [[4, 5], [2, 3]]


def test_more_than_one_load_brings_is_brought_whole(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kiplatform.realtime.fanout.MOST_ITEMS", 3)
    (first, some), (second, others) = discussion(2, 5), discussion(2, 2)
    far, near = collect([look(first, some), look(second, others)])
    assert versions(far) == [1, 2, 3]
    assert far.spans[0].upto == 3
    assert versions(near) == [1, 2]
    assert near.spans[0].upto is None


def test_a_thread_that_is_not_there_is_nobodys(db: None) -> None:
    administrator = AdministratorFactory()
    for channel in CHANNELS:
        assert channel.authorise([administrator.pk], "nowhere") == set()
        assert channel.authorise_all({"nowhere": [administrator.pk]}) == {"nowhere": set()}


def test_who_may_listen_is_told_thread_by_thread(cast: Cast, question: Question) -> None:
    thread, members = discussion(2, 1)
    services.thread_member_remove(actor=members[0], thread=thread, user=members[1])
    closed = ColleagueFactory()
    services.thread_member_add(actor=members[0], thread=thread, user=closed)
    user_deactivate(actor=cast["administrator"], user=closed)
    assert question.thread is not None
    keys = (question.thread.public_id, thread.public_id)
    everybody = [user.pk for user in (*cast.people.values(), *members, closed)]
    company = {
        keys[0]: {cast["manager"].pk, cast["administrator"].pk},
        keys[1]: {members[0].pk, cast["administrator"].pk},
    }
    customer = {keys[0]: {cast["contact"].pk, cast["second contact"].pk}, keys[1]: set()}
    for channel, may in zip(CHANNELS, (company, customer, company), strict=True):
        assert channel.authorise_all(dict.fromkeys(keys, everybody)) == may


def test_nobody_is_told_of_whom_the_hub_did_not_ask(cast: Cast, question: Question) -> None:
    assert question.thread is not None
    view = collect([look(question.thread, [cast["manager"], cast["contact"]])])[0]
    assert set(view.classes) == {cast["manager"].pk}
