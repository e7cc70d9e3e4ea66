"""Who sees what of customer knowledge: one table, asked of predicates, querysets and tokens."""

from collections.abc import Callable
from typing import Any

import pytest

from customer_knowledge import policies, services
from customer_knowledge.models import Question
from customer_knowledge.search_source import SOURCES
from kiplatform.accounts.access import tokens_for
from tests.customer_knowledge.conftest import Cast
from tests.factories.people import ProductFactory

OWN = {"contact", "second contact", "manager", "administrator"}
COMPANY = {"manager", "administrator"}
WORDS = OWN | {"product team"}
STAFF = {
    "manager",
    "former manager",
    "other manager",
    "colleague",
    "product team",
    "editor",
    "administrator",
}


def _product_comment(cast: Cast, question: Question) -> Any:
    return services.product_comment_add(
        actor=cast["contact"], product=ProductFactory(), perceived=4, expected=5, client_id="c"
    )


def _log_entry(cast: Cast, question: Question) -> Any:
    return services.contact_log_add(
        actor=cast["manager"],
        customer=cast.customer,
        channel="phone",
        direction="out",
        summary="谈了存单到期的安排",
        started_at=question.occurred_at,
        ended_at=question.occurred_at,
    )


def _internal_note(cast: Cast, question: Question) -> Any:
    assert question.thread is not None
    return services.message_post(
        actor=cast["manager"],
        thread=question.thread,
        text="先别承诺",
        internal=True,
        client_id="note",
    )


def _message(cast: Cast, question: Question) -> Any:
    assert question.thread is not None
    return question.thread.messages.get()


def _answer(cast: Cast, question: Question) -> Any:
    return services.question_answer(
        actor=cast["manager"],
        question=question,
        text="按活期计息。",
        uncited_reason="尚无知识",
        client_id="a",
    )


def _preference(cast: Cast, question: Question) -> Any:
    return services.preference_note(
        actor=cast["manager"],
        customer=cast.customer,
        kind="hobby",
        value="越剧",
        strength=4,
        known="stated",
    )


def _complaint(cast: Cast, question: Question) -> Any:
    return services.complaint_file(
        actor=cast["contact"], subject="等得太久", text="排队两小时", client_id="k"
    )


TABLE: list[tuple[str, Callable[[Cast, Question], Any], Any, set[str]]] = [
    ("customer", lambda cast, q: cast.customer, policies.sees_customer, OWN),
    ("question", lambda cast, q: q, policies.sees_piece, WORDS),
    ("product comment", _product_comment, policies.sees_piece, WORDS),
    ("complaint", _complaint, policies.sees_piece, WORDS),
    ("preference", _preference, policies.sees_piece, OWN),
    ("contact log", _log_entry, policies.sees_piece, COMPANY),
    ("thread", lambda cast, q: q.thread, policies.sees_thread, OWN),
    ("message", _message, policies.sees_message, OWN),
    ("internal note", _internal_note, policies.sees_message, COMPANY),
    ("answer", _answer, policies.sees_answer, STAFF | OWN),
]


@pytest.mark.parametrize(("what", "make", "sees", "expected"), TABLE, ids=[r[0] for r in TABLE])
def test_predicate_and_queryset_admit_exactly_these_people(
    cast: Cast,
    question: Question,
    what: str,
    make: Callable[[Cast, Question], Any],
    sees: Callable[[Any, Any], bool],
    expected: set[str],
) -> None:
    thing = make(cast, question)
    rows = type(thing)._default_manager
    by_query = {w for w, p in cast.people.items() if rows.visible_to(p).filter(pk=thing.pk)}
    by_predicate = {w for w, p in cast.people.items() if sees(p, thing)}
    assert by_query == expected
    assert by_predicate == expected


def test_search_tokens_admit_nobody_whom_the_database_refuses(
    cast: Cast, question: Question
) -> None:
    for make in (_product_comment, _complaint, _answer):
        make(cast, question)
    for source in SOURCES:
        for document in source.load(list(source.keys())):
            found = {w for w, p in cast.people.items() if tokens_for(p) & document.access}
            seen = {w for w, p in cast.people.items() if source.visible_keys(p, [document.key])}
            assert found == seen, source.kind


def test_a_person_of_two_customers_managers_sees_both_and_loses_one_at_once(cast: Cast) -> None:
    manager = cast["manager"]
    services.manager_assign(
        actor=cast["administrator"],
        customer=cast.customer,
        manager=cast["other manager"],
        primary=False,
    )
    assert f"customer:{cast.customer.public_id}" in tokens_for(cast["other manager"])
    services.manager_unassign(actor=manager, customer=cast.customer, manager=cast["other manager"])
    assert f"customer:{cast.customer.public_id}" not in tokens_for(cast["other manager"])
