"""The search page, the palette, an earlier answer: found by whom, and nothing beyond it."""

import pytest

from customer_knowledge.models import Answer, Question
from customer_knowledge.services import question_answer
from kiplatform.events.relay import run_pending
from search.models import SearchVote
from tests.factories.knowledge import KnowledgePageFactory
from tests.portal.workspace.conftest import HTMX, STAFF, Bank, ask, cost, signed_in, text_of

SEARCH = "/workspace/search/"


@pytest.fixture
def found(bank: Bank) -> Question:
    """A customer's answered question, a page for staff and a draft, all about the same."""
    question = ask(bank.contact, "提前支取大额存单要扣多少利息？")
    question_answer(
        actor=bank.manager,
        question=question,
        text="提前支取按活期计息。",
        client_id="a",
        uncited_reason="-",
    )
    KnowledgePageFactory(title="提前支取规则", language="zh-hans", body="提前支取按活期计息")
    KnowledgePageFactory(title="提前支取草稿", language="zh-hans", state="draft")
    run_pending()
    return question


def test_hits_say_what_they_are_and_why(bank: Bank, found: Question) -> None:
    page = text_of(signed_in(bank.manager).get(SEARCH, {"q": "提前支取"}))
    assert "提前支取规则" in page
    assert "提前支取草稿" not in page
    assert f"/workspace/questions/{found.public_id}/" in page
    assert "<mark>" in page
    assert "为什么是它" in page


@pytest.mark.parametrize("who", STAFF)
def test_questions_are_found_by_those_who_may_read_them(
    bank: Bank, found: Question, who: str
) -> None:
    client = signed_in(getattr(bank, who))
    page = text_of(client.get(SEARCH, {"q": "提前支取", "kind": "question"}))
    where = {
        "manager": f"/workspace/questions/{found.public_id}/",
        "administrator": f"/workspace/questions/{found.public_id}/",
        "product_team": f"/workspace/voices/question/{found.public_id}/",
    }
    assert (found.public_id in page) is (who in where)
    if who in where:
        assert where[who] in page
        assert client.get(where[who]).status_code == 200


def test_counts_respect_permissions(bank: Bank, found: Question) -> None:
    mine = text_of(signed_in(bank.manager).get(SEARCH, {"q": "提前支取"}))
    others = text_of(signed_in(bank.other_manager).get(SEARCH, {"q": "提前支取"}))
    assert "kind=question" in mine
    assert "kind=question" not in others


@pytest.mark.parametrize(
    "query",
    ["", " ", "a", "🙂", "AND OR NOT", '"*():^-', "的", "\u200b", "x" * 10_000, "%' --", "NEAR("],
)
def test_whatever_is_typed_gets_an_answer(bank: Bank, found: Question, query: str) -> None:
    client = signed_in(bank.manager)
    assert client.get(SEARCH, {"q": query}).status_code == 200
    assert client.get("/workspace/palette/", {"q": query}).status_code == 200


@pytest.mark.parametrize(
    "filters",
    [
        {"kind": "secret"},
        {"age": "x"},
        {"age": "7"},
        {"language": "xx"},
        {"language": "zh-hans", "verified": "1"},
        {"type": "product", "product": "NONE"},
        {"page": "999"},
        {"page": "-1"},
    ],
)
def test_filters_of_any_kind(bank: Bank, found: Question, filters: dict[str, str]) -> None:
    assert signed_in(bank.manager).get(SEARCH, {"q": "提前"} | filters).status_code == 200


def test_filters_are_folded_until_one_is_chosen(bank: Bank, found: Question) -> None:
    client = signed_in(bank.manager)
    fold = '<details class="fold fold--aside"'
    assert f"{fold}>" in client.get(SEARCH, {"q": "提前支取"}).content.decode()
    assert f"{fold} open>" in client.get(SEARCH, {"q": "提前支取", "age": "30"}).content.decode()


def test_the_palette_mixes_customers_and_knowledge(bank: Bank, found: Question) -> None:
    client = signed_in(bank.manager)
    assert f"/workspace/customers/{bank.customer.public_id}/" in text_of(
        client.get("/workspace/palette/", {"q": "chen"})
    )
    part = text_of(client.get("/workspace/palette/", {"q": "提前支取"}, headers=HTMX))
    assert "提前支取规则" in part
    assert "<html" not in part
    other = text_of(signed_in(bank.colleague).get("/workspace/palette/", {"q": "chen"}))
    assert bank.customer.public_id not in other


@pytest.mark.parametrize("who", STAFF)
def test_an_earlier_answer_is_read_without_its_customer(
    bank: Bank, found: Question, who: str
) -> None:
    answer = Answer.objects.get()
    page = text_of(signed_in(getattr(bank, who)).get(f"/workspace/answers/{answer.public_id}/"))
    assert "提前支取按活期计息。" in page
    assert "陈桂兰" not in page
    assert (f"/workspace/questions/{found.public_id}/" in page) is (
        who in {"manager", "administrator"}
    )


def test_an_answer_that_stands_no_more_is_not_there(bank: Bank, found: Question) -> None:
    answer = Answer.objects.get()
    Answer.objects.update(is_standing=False)
    client = signed_in(bank.colleague)
    assert client.get(f"/workspace/answers/{answer.public_id}/").status_code == 404


def test_whether_a_hit_helped_is_kept_once(bank: Bank, found: Question) -> None:
    client = signed_in(bank.colleague)
    key = Answer.objects.get().public_id
    form = {"kind": "answer", "key": key, "q": "提前支取", "helpful": "yes"}
    for _attempt in range(2):
        assert client.post(f"{SEARCH}vote/", form, headers=HTMX).status_code == 200
    assert SearchVote.objects.count() == 1
    back = client.post(f"{SEARCH}vote/", form | {"next": "//evil.example/"})
    assert back["Location"].startswith(SEARCH)
    for wrong in ({"kind": "question", "key": found.public_id}, {"kind": "x"}, {"q": ""}):
        assert client.post(f"{SEARCH}vote/", form | wrong).status_code == 404
    assert SearchVote.objects.count() == 1


def test_contacts_search_elsewhere(bank: Bank, found: Question) -> None:
    client = signed_in(bank.contact)
    for address in (SEARCH, "/workspace/palette/?q=x"):
        assert client.get(address).status_code == 404


def test_the_cost_does_not_grow(bank: Bank, found: Question) -> None:
    client = signed_in(bank.manager)
    client.get(f"{SEARCH}?q=提前支取")
    few = cost(client, f"{SEARCH}?q=提前支取")
    for number in range(8):
        KnowledgePageFactory(title=f"提前支取说明 {number}", language="zh-hans")
    run_pending()
    client.get(f"{SEARCH}?q=提前支取")
    assert cost(client, f"{SEARCH}?q=提前支取") <= few + 2
