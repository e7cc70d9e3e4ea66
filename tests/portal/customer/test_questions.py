"""The list of questions and the page of one: states, deeds, and who finds them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from customer_knowledge.models import Answer, Question
from customer_knowledge.services import Cited, message_post, question_answer
from tests.factories.knowledge import KnowledgePageFactory
from tests.portal.customer.conftest import OUTSIDERS, Bank, ask

HTMX = {"HX-Request": "true"}
DEEDS = ["confirm", "reopen", "withdraw"]


@pytest.fixture
def answered(bank: Bank, question: Question) -> Question:
    return answer(bank, question)


def answer(bank: Bank, question: Question, number: int = 1) -> Question:
    question_answer(
        actor=bank.manager,
        question=question,
        text="取出的部分按活期计息。",
        client_id=f"a-{number}",
        uncited_reason="算过了",
    )
    question.refresh_from_db()
    return question


def path(question: Question, deed: str = "") -> str:
    return f"/portal/questions/{question.public_id}/" + (f"{deed}/" if deed else "")


def test_the_answer_asks_for_the_customers_word(
    bank: Bank, answered: Question, as_user: Any
) -> None:
    page = as_user(bank.contact).get(path(answered)).content.decode()
    assert "取出的部分按活期计息。" in page
    assert path(answered, "confirm") in page
    assert "算过了" not in page


def test_confirming_ends_it_once(bank: Bank, answered: Question, as_user: Any) -> None:
    client = as_user(bank.contact)
    for _attempt in range(2):
        assert client.post(path(answered, "confirm")).status_code == 302
    answered.refresh_from_db()
    assert answered.state == "confirmed"
    assert Answer.objects.filter(accepted_at=None).count() == 0


def test_not_yet_opens_it_again_with_what_is_missing(
    bank: Bank, answered: Question, as_user: Any
) -> None:
    client = as_user(bank.contact)
    assert (
        client.post(
            path(answered, "reopen"), {"text": "还想知道手续费", "client_id": "r"}
        ).status_code
        == 302
    )
    answered.refresh_from_db()
    assert answered.state == "open"
    assert "还想知道手续费" in client.get(path(answered)).content.decode()


def test_a_follow_up_that_is_too_long_is_kept(bank: Bank, answered: Question, as_user: Any) -> None:
    text = "长" * 20_001
    page = as_user(bank.contact).post(path(answered, "reopen"), {"text": text, "client_id": "r"})
    assert page.status_code == 422
    assert text in page.content.decode()
    answered.refresh_from_db()
    assert answered.state == "answered"


def test_withdrawing_ends_it(bank: Bank, question: Question, as_user: Any) -> None:
    client = as_user(bank.contact)
    assert client.post(path(question, "withdraw")).status_code == 302
    question.refresh_from_db()
    assert question.state == "withdrawn"
    page = client.get(path(question)).content.decode()
    assert path(question, "withdraw") not in page
    assert "data-thread-form" not in page


def test_a_deed_out_of_turn_is_refused_with_words(
    bank: Bank, question: Question, as_user: Any
) -> None:
    answer = as_user(bank.contact, "en").post(path(question, "confirm"))
    assert answer.status_code == 409
    assert "There is no answer to confirm yet." in answer.content.decode()
    question.refresh_from_db()
    assert question.state == "open"


@pytest.mark.parametrize("who", OUTSIDERS)
def test_nobody_else_finds_it_here(bank: Bank, answered: Question, as_user: Any, who: str) -> None:
    client = as_user(getattr(bank, who))
    assert client.get(path(answered)).status_code == 404
    assert client.get(path(answered, "state")).status_code == 404
    assert client.get(f"/portal/answers/{answered.answers.get().public_id}/").status_code == 404
    for deed in DEEDS:
        assert client.post(path(answered, deed)).status_code == 404
    answered.refresh_from_db()
    assert (answered.state, answered.reopened_count) == ("answered", 0)


def test_strangers_are_led_to_the_door(answered: Question) -> None:
    for deed in ["", "state"]:
        assert Client().get(path(answered, deed)).status_code == 302
    for deed in DEEDS:
        assert Client().post(path(answered, deed)).status_code == 302
    answered.refresh_from_db()
    assert answered.state == "answered"


def test_a_colleague_at_the_customer_follows_it_too(
    bank: Bank, answered: Question, as_user: Any
) -> None:
    client = as_user(bank.partner)
    page = client.get(path(answered)).content.decode()
    assert "陈桂兰" in page
    assert f'data-client-id="{answered.client_id}"' not in page
    assert client.post(path(answered, "confirm")).status_code == 302


def test_deeds_need_a_post(bank: Bank, answered: Question, as_user: Any) -> None:
    for deed in DEEDS:
        assert as_user(bank.contact).get(path(answered, deed)).status_code == 405


def test_an_internal_note_leaves_no_trace(bank: Bank, question: Question, as_user: Any) -> None:
    before = as_user(bank.contact).get(path(question)).content.decode()
    message_post(
        actor=bank.manager, thread=question.thread, text="小心报价", client_id="n", internal=True
    )
    after = as_user(bank.contact).get(path(question)).content.decode()
    assert "小心报价" not in after
    assert before.count("data-version") == after.count("data-version")
    version = 'data-version="1"'
    assert version in before
    assert version in after


def test_reading_it_makes_it_read(bank: Bank, answered: Question, as_user: Any) -> None:
    client = as_user(bank.contact)
    assert "list-row--unread" in client.get("/portal/questions/").content.decode()
    client.get(path(answered))
    assert "list-row--unread" not in client.get("/portal/questions/").content.decode()


def test_an_edited_message_shows_no_older_words(
    bank: Bank, question: Question, as_user: Any
) -> None:
    client = as_user(bank.contact)
    message = message_post(actor=bank.contact, thread=question.thread, text="第一版", client_id="e")
    client.post(f"/messages/{message.public_id}/edit/", {"text": "第二版"}, headers=HTMX)
    for reader in (bank.contact, bank.partner):
        page = as_user(reader).get(path(question)).content.decode()
        assert "第二版" in page
        assert "第一版" not in page


def test_the_question_itself_is_not_edited_behind_its_back(
    bank: Bank, question: Question, as_user: Any
) -> None:
    opening = question.thread.messages.get()
    client = as_user(bank.contact)
    assert f"/messages/{opening.public_id}/edit/" not in client.get(path(question)).content.decode()
    edit = client.post(f"/messages/{opening.public_id}/edit/", {"text": "换一个问题"})
    assert edit.status_code == 404
    assert client.post(f"/messages/{opening.public_id}/delete/").status_code == 404
    opening.refresh_from_db()
    assert opening.text == question.text


def test_the_list_filters_by_state_and_counts(bank: Bank, as_user: Any) -> None:
    waiting, done = ask(bank, "还没有人回答的"), answer(bank, ask(bank, "已经有人回答的"))
    client = as_user(bank.contact)
    page = client.get("/portal/questions/?state=answered").content.decode()
    assert path(done) in page
    assert path(waiting) not in page
    page = client.get("/portal/questions/?state=nonsense").content.decode()
    assert path(done) in page
    assert path(waiting) in page


def test_an_answer_leads_to_its_place(bank: Bank, answered: Question, as_user: Any) -> None:
    row = answered.answers.get()
    response = as_user(bank.contact).get(f"/portal/answers/{row.public_id}/")
    assert response["Location"] == f"{path(answered)}#message-{row.message.public_id}"


def queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_queries_do_not_grow_with_questions(bank: Bank, as_user: Any) -> None:
    client = as_user(bank.contact)
    ask(bank)
    lists = ["/portal/", "/portal/questions/"]
    few = [queries(client, address) for address in lists]
    for number in range(8):
        answer(bank, ask(bank, f"问题 {number}"), number)
        ask(bank, f"又一个问题 {number}")
    assert [queries(client, address) for address in lists] == few
    frame = 4  # session, person, unread notifications and what of them is visible
    assert few[1] <= 10 + frame


def test_queries_do_not_grow_with_messages(bank: Bank, question: Question, as_user: Any) -> None:
    client = as_user(bank.contact)
    knowledge = KnowledgePageFactory(audience="customers")
    cited = [Cited("knowledge", knowledge.public_id)]

    def say(number: int) -> None:
        question_answer(
            actor=bank.manager,
            question=question,
            text=f"答 {number}",
            client_id=f"x{number}",
            citations=cited,
        )

    say(0)
    few = queries(client, path(question))
    for number in range(1, 9):
        say(number)
    assert queries(client, path(question)) == few
    assert few <= 20 + 4


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "我的问题"), ("en", "My questions")])
def test_pages_speak_the_readers_language(
    bank: Bank, question: Question, as_user: Any, language: str, words: str
) -> None:
    assert words in as_user(bank.contact, language).get("/portal/questions/").content.decode()
