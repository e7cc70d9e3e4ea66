"""Questions: asked once, always owned until they end, and refused in words when they cannot be."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from customer_knowledge import services
from customer_knowledge.models import Answer, Message, Question, Source
from kiplatform.core.errors import ApplicationError, Conflict, InvalidInput, NotAllowed, NotFound
from kiplatform.events.models import OutboxEvent
from tests.customer_knowledge.conftest import Cast
from tests.factories.people import ColleagueFactory

State = Question.State


def ask(cast: Cast, **changes: Any) -> Question:
    fields: dict[str, Any] = {
        "actor": cast["contact"],
        "text": "美元存款怎么续存？",
        "kind": "product_service",
        "client_id": "q",
    }
    return services.question_ask(**(fields | changes))


def answer(cast: Cast, question: Question, **changes: Any) -> Answer:
    fields: dict[str, Any] = {
        "actor": cast["manager"],
        "question": question,
        "text": "到期自动转存。",
        "uncited_reason": "还没有知识",
        "client_id": "a",
    }
    return services.question_answer(**(fields | changes))


def test_a_question_has_an_owner_a_due_time_a_source_and_its_words_in_the_thread(
    cast: Cast,
) -> None:
    question = ask(cast)
    assert question.owner == cast["manager"]
    assert question.due_at is not None
    assert question.source.kind == Source.Kind.PORTAL
    assert question.thread is not None
    assert [m.text for m in question.thread.messages.all()] == ["美元存款怎么续存？"]


def test_asking_twice_with_one_client_id_stores_one_question(cast: Cast) -> None:
    first = ask(cast)
    again = ask(cast, text="改了字也一样")
    assert again == first
    assert Question.objects.count() == 1
    assert Message.objects.count() == 1
    assert OutboxEvent.objects.filter(name="question.asked").count() == 1


def test_a_vip_waits_half_as_long_and_an_urgent_question_goes_before_a_normal_one(
    cast: Cast,
) -> None:
    cast.customer.importance = "ordinary"
    cast.customer.save()
    normal = ask(cast)
    urgent = ask(cast, client_id="q2", urgency="high")
    cast.customer.importance = "vip"
    cast.customer.save()
    # The contact's cached customer is read anew, as a new request would.
    cast["contact"].refresh_from_db()
    vip = ask(cast, client_id="q3")
    waits = [q.due_at - q.occurred_at for q in (normal, urgent, vip)]  # type: ignore[operator]
    assert waits[1] < waits[2] < waits[0]
    assert round(waits[0] / waits[2]) == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        ("   \n\t ", "empty"),
        ("\u200b\u202e\ufeff", "empty"),
        ("？？？", "empty"),
        ("长" * 20_001, "too_long"),
    ],
)
def test_what_is_no_question_is_refused_and_nothing_is_stored(
    cast: Cast, text: str, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        ask(cast, text=text)
    assert (refused.value.code, refused.value.field) == (code, "text")
    assert not Question.objects.exists()
    assert not OutboxEvent.objects.exclude(name__startswith="customer.").exists()


def test_hostile_text_is_kept_as_text_without_its_invisible_tricks(cast: Cast) -> None:
    question = ask(
        cast, text="<script>alert(1)</script> \u202e利息\u200b多少\x00 =cmd|'/c calc'!A1"
    )
    assert question.text == "<script>alert(1)</script> 利息多少 =cmd|'/c calc'!A1"


@pytest.mark.parametrize(
    ("text", "reads", "language"),
    [
        ("提前支取要扣多少利息", "zh-hans", "zh-hans"),
        ("提前支取要扣多少利息", "en", "zh-hans"),
        ("提前支取會扣多少利息", "zh-hans", "zh-hant"),
        ("What does early withdrawal cost me?", "zh-hans", "en"),
        ("Сколько стоит досрочное снятие?", "en", "en"),
    ],
)
def test_the_language_of_a_question_is_told_from_its_words(
    cast: Cast, text: str, reads: str, language: str
) -> None:
    cast["contact"].language = reads
    assert ask(cast, text=text).language == language


def test_without_a_manager_an_administrator_owns_the_question(cast: Cast) -> None:
    services.manager_unassign(
        actor=cast["administrator"], customer=cast.customer, manager=cast["manager"]
    )
    assert ask(cast).owner == cast["administrator"]


def test_a_manager_who_loses_the_customer_hands_the_open_questions_on(cast: Cast) -> None:
    question = ask(cast)
    services.manager_unassign(
        actor=cast["administrator"], customer=cast.customer, manager=cast["manager"]
    )
    question.refresh_from_db()
    assert question.owner == cast["administrator"]


def test_an_answer_stands_on_knowledge_or_says_why_not(cast: Cast) -> None:
    question = ask(cast)
    with pytest.raises(InvalidInput) as refused:
        answer(cast, question, uncited_reason="  ")
    assert refused.value.field == "citations"
    question.refresh_from_db()
    assert question.state == State.OPEN
    assert question.thread is not None
    assert question.thread.messages.count() == 1


def test_a_newer_answer_takes_the_place_of_the_older_one(cast: Cast) -> None:
    question = ask(cast)
    older = answer(cast, question)
    newer = answer(cast, question, client_id="a2", text="更正：默认到期转活期。")
    older.refresh_from_db()
    assert (older.is_standing, newer.is_standing) == (False, True)


def test_the_course_from_answered_to_confirmed_and_asked_again(cast: Cast) -> None:
    question = ask(cast)
    given = answer(cast, question)
    question = services.question_confirm(actor=cast["contact"], question=question)
    given.refresh_from_db()
    assert question.state == State.CONFIRMED
    assert given.accepted_at is not None
    question = services.question_reopen(
        actor=cast["second contact"], question=question, text="还是不明白", client_id="r"
    )
    assert (question.state, question.owner) == (State.OPEN, cast["manager"])
    assert question.due_at is not None
    assert question.reopened_count == 1


Act = Callable[[Cast, str, Question], Any]


def _answers(cast: Cast, who: str, question: Question) -> Any:
    return answer(cast, question, actor=cast[who])


def _confirms(cast: Cast, who: str, question: Question) -> Any:
    return services.question_confirm(actor=cast[who], question=question)


def _withdraws(cast: Cast, who: str, question: Question) -> Any:
    return services.question_withdraw(actor=cast[who], question=question)


def _reassigns(cast: Cast, who: str, question: Question) -> Any:
    return services.question_reassign(
        actor=cast[who], question=question, owner=cast["administrator"]
    )


def _writes(cast: Cast, who: str, question: Question) -> Any:
    assert question.thread is not None
    return services.message_post(
        actor=cast[who], thread=question.thread, text="你好", client_id=who
    )


UNSEEN = (
    "contact who left",
    "other contact",
    "former manager",
    "other manager",
    "colleague",
    "editor",
    "dismissed administrator",
)
REFUSED: list[tuple[Act, str, type[ApplicationError]]] = [
    *[(act, who, NotFound) for act in (_answers, _confirms, _withdraws, _writes) for who in UNSEEN],
    (_answers, "contact", NotAllowed),
    (_answers, "product team", NotAllowed),
    (_confirms, "manager", NotAllowed),
    (_confirms, "product team", NotAllowed),
    (_withdraws, "manager", NotAllowed),
    (_withdraws, "administrator", NotAllowed),
    (_reassigns, "contact", NotAllowed),
    (_reassigns, "product team", NotAllowed),
    (_writes, "product team", NotFound),
]


@pytest.mark.parametrize(("act", "who", "error"), REFUSED)
def test_whoever_may_not_act_is_refused_and_changes_nothing(
    cast: Cast, question: Question, act: Act, who: str, error: type[ApplicationError]
) -> None:
    before = (Question.objects.values().get(), Message.objects.count(), OutboxEvent.objects.count())
    with pytest.raises(error):
        act(cast, who, question)
    after = (Question.objects.values().get(), Message.objects.count(), OutboxEvent.objects.count())
    assert after == before


def test_acts_that_come_too_late_are_refused_in_words(cast: Cast) -> None:
    question = ask(cast)
    with pytest.raises(Conflict):
        services.question_confirm(actor=cast["contact"], question=question)
    services.question_withdraw(actor=cast["contact"], question=question)
    with pytest.raises(Conflict):
        answer(cast, question)
    with pytest.raises(Conflict):
        services.question_reopen(actor=cast["contact"], question=question)


@pytest.mark.parametrize(
    "broken",
    [
        {"owner": None},
        {"due_at": None},
        {"state": State.CONFIRMED},
        {"thread": None},
    ],
)
def test_the_database_itself_refuses_a_question_that_nobody_owns(
    question: Question, broken: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Question.objects.filter(pk=question.pk).update(**broken)


def test_a_portal_account_cannot_be_given_a_staff_role_even_in_the_database(cast: Cast) -> None:
    contact = cast["contact"]
    with pytest.raises(IntegrityError), transaction.atomic():
        type(contact).objects.filter(pk=contact.pk).update(is_colleague=True)


def test_deleting_a_message_takes_along_what_was_learnt_from_it(
    cast: Cast, question: Question
) -> None:
    assert question.thread is not None
    message = services.message_post(
        actor=cast["contact"], thread=question.thread, text="我喜欢越剧", client_id="m"
    )
    source = Source.objects.create(
        customer=cast.customer, kind=Source.Kind.MESSAGE, message=message, span_start=0, span_end=5
    )
    preference = services.preference_note(
        actor=cast["manager"],
        customer=cast.customer,
        kind="hobby",
        value="越剧",
        strength=5,
        known="stated",
    )
    type(preference).objects.filter(pk=preference.pk).update(source=source)
    services.message_delete(actor=cast["contact"], message=message)
    assert not type(preference).objects.filter(pk=preference.pk).exists()
    message.refresh_from_db()
    assert message.text == ""
    assert message.revisions.get().text == "我喜欢越剧"


def test_only_colleagues_with_the_customer_can_take_a_question_over(
    cast: Cast, question: Question
) -> None:
    with pytest.raises(InvalidInput):
        services.question_reassign(
            actor=cast["manager"], question=question, owner=ColleagueFactory()
        )
