"""The inbox: whose questions, in which order, and where others are led instead."""

from datetime import timedelta

import pytest

from customer_knowledge.models import Question
from customer_knowledge.services import question_answer
from kiplatform.core import clock
from tests.portal.workspace.conftest import HTMX, Bank, ask, cost, signed_in, text_of


def titles(page: str, *texts: str) -> list[str]:
    """Return those of `texts` that the list shows, in the page's order."""
    pane = page.partition('id="inbox-list"')[2].partition("</section>")[0]
    return sorted((text for text in texts if text in pane), key=pane.index)


def test_the_most_pressing_question_comes_first(bank: Bank) -> None:
    late, soon = ask(bank.contact, "很久以前的问题"), ask(bank.contact, "刚刚的问题")
    Question.objects.filter(pk=soon.pk).update(due_at=clock.now() + timedelta(hours=9))
    Question.objects.filter(pk=late.pk).update(due_at=clock.now() + timedelta(hours=1))
    page = text_of(signed_in(bank.manager).get("/workspace/"))
    assert titles(page, "很久以前的问题", "刚刚的问题") == ["很久以前的问题", "刚刚的问题"]


def test_questions_of_others_customers_are_not_there(bank: Bank) -> None:
    ask(bank.other_contact, "别人的问题")
    for show in ("mine", "team", "unread", "answered", "ended", "all"):
        page = text_of(signed_in(bank.manager).get(f"/workspace/?show={show}"))
        assert "别人的问题" not in page
        assert "周奕航" not in page


def test_an_administrator_sees_all_that_waits(bank: Bank) -> None:
    ask(bank.contact, "第一位客户的问题")
    ask(bank.other_contact, "第二位客户的问题")
    page = text_of(signed_in(bank.administrator).get("/workspace/?show=team"))
    assert len(titles(page, "第一位客户的问题", "第二位客户的问题")) == 2


def test_filters_show_what_they_say(bank: Bank) -> None:
    answered, waiting = ask(bank.contact, "回答过的问题"), ask(bank.contact, "等着的问题")
    question_answer(
        actor=bank.manager, question=answered, text="好", client_id="a", uncited_reason="小事"
    )
    client = signed_in(bank.manager)
    shown = {
        show: titles(text_of(client.get(f"/workspace/?show={show}")), "回答过的问题", "等着的问题")
        for show in ("mine", "team", "answered", "ended")
    }
    assert shown == {
        "mine": ["等着的问题"],
        "team": ["等着的问题"],
        "answered": ["回答过的问题"],
        "ended": [],
    }
    client.get(f"/workspace/questions/{waiting.public_id}/")
    unread = text_of(client.get("/workspace/?show=unread"))
    assert titles(unread, "等着的问题") == []


@pytest.mark.parametrize(
    "query", ["?page=0", "?page=-3", "?page=99999999", "?page=x", "?show=nonsense", "?page=２"]
)
def test_a_strange_address_shows_a_page(bank: Bank, question: Question, query: str) -> None:
    assert signed_in(bank.manager).get(f"/workspace/{query}").status_code == 200


def test_the_list_comes_alone_for_a_page_that_is_open(bank: Bank, question: Question) -> None:
    client = signed_in(bank.manager)
    path = f"/workspace/questions/?show=mine&current={question.public_id}"
    part = text_of(client.get(path, headers=HTMX))
    assert "<html" not in part
    assert 'aria-current="true"' in part
    assert "<html" in text_of(client.get(path))


@pytest.mark.parametrize(
    ("who", "where"),
    [
        ("colleague", "/workspace/invitations/"),
        ("product_team", "/workspace/voices/"),
        ("editor", "/workspace/knowledge/review/"),
    ],
)
def test_others_are_led_to_their_own_work(bank: Bank, who: str, where: str) -> None:
    client = signed_in(getattr(bank, who))
    response = client.get("/workspace/")
    assert (response.status_code, response["Location"]) == (302, where)
    assert client.get(where).status_code == 200
    assert client.get("/workspace/questions/", headers=HTMX).status_code == 404


def test_contacts_find_no_workspace(bank: Bank) -> None:
    assert signed_in(bank.contact).get("/workspace/").status_code == 404


def test_both_languages(bank: Bank, question: Question) -> None:
    assert "等我处理" in text_of(signed_in(bank.manager).get("/workspace/"))
    assert "Waiting for me" in text_of(signed_in(bank.manager, "en").get("/workspace/"))


def test_the_cost_does_not_grow(bank: Bank, question: Question) -> None:
    client = signed_in(bank.manager)
    client.get("/workspace/")
    few = cost(client, "/workspace/")
    for _number in range(6):
        ask(bank.contact)
    assert cost(client, "/workspace/") == few <= 10
