"""The past that `routing_replay` reads: customers' questions and managers' own needs."""

from datetime import timedelta

from pytest_django import DjangoAssertNumQueries

from customer_knowledge import services as exchange
from customer_knowledge.models import Question
from kiplatform.core import clock
from qa_center import services
from qa_center.selectors import routing_history
from tests.qa_center.conftest import Floor


def test_an_ended_need_appears_with_its_proposer_as_accepted(floor: Floor) -> None:
    case = floor.resolved_need("商铺能不能抵押？", floor["expert"])
    (line,) = routing_history()
    (answer,) = line.pop("answers")
    assert line == {
        "id": case.public_id,
        "at": case.created_at.isoformat(),
        "text": "商铺能不能抵押？",
        "lang": "zh-hans",
        "department": "",
        "asker": floor["manager"].public_id,
    }
    assert (answer["by"], answer["accepted"]) == (floor["expert"].public_id, True)


def test_a_need_that_still_runs_or_was_given_up_does_not_appear(floor: Floor) -> None:
    manager = floor["manager"]
    services.case_open(actor=manager, text="商铺能不能抵押？", client_id="runs")
    given_up = services.case_open(actor=manager, text="别墅能不能抵押？", client_id="given up")
    services.case_cancel(actor=manager, case=given_up, reason="客户不需要了。")
    assert list(routing_history()) == []


def test_a_case_on_a_question_is_told_once_with_the_question(floor: Floor) -> None:
    case = floor.joined("expert")
    made = services.proposal_make(
        actor=floor["expert"], case=case, text="可以。", client_id="proposal"
    )
    services.proposal_accept(actor=floor["manager"], case=case, proposals=[made])
    services.case_release(actor=floor["manager"], case=case, text="可以装入。", client_id="release")
    services.case_close_uncaptured(actor=floor["manager"], case=case, reason="已经写过。")
    (line,) = routing_history()
    assert line["id"] == floor.question.public_id
    assert [answer["by"] for answer in line["answers"]] == [
        floor["manager"].public_id,
        floor["expert"].public_id,
    ]


def test_questions_and_needs_come_in_the_order_of_their_time(floor: Floor) -> None:
    now = clock.now()
    with clock.frozen(now + timedelta(hours=1)):
        exchange.question_answer(
            actor=floor["manager"],
            question=floor.question,
            text="可以。",
            client_id="answer",
            uncited_reason="直接核实。",
        )
    with clock.frozen(now + timedelta(days=1)):
        after = floor.resolved_need("商铺能不能抵押？", floor["expert"])
    with clock.frozen(now - timedelta(days=1)):
        before = floor.resolved_need("别墅能不能抵押？", floor["second"])
    assert [line["id"] for line in routing_history()] == [
        before.public_id,
        Question.objects.get().public_id,
        after.public_id,
    ]


def test_the_number_of_queries_does_not_grow_with_the_past(
    floor: Floor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        helper = floor["expert" if number % 2 else "second"]
        floor.resolved_need(f"第{number}件事能不能办？", helper)
    with django_assert_num_queries(4):
        assert len(list(routing_history())) == 4
