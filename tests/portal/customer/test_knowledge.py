"""Knowledge for customers: what they find, what they read, what is not there for them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kiplatform.events.relay import run_pending
from manager_knowledge.models import KnowledgeVote
from manager_knowledge.services import knowledge_verify
from tests.factories.knowledge import KnowledgePageFactory, editor
from tests.portal.customer.conftest import Bank

HTMX = {"HX-Request": "true"}


def page(**changes: Any) -> Any:
    return KnowledgePageFactory(**{"language": "zh-hans", "audience": "customers"} | changes)


def text_of(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(
    ("audience", "state", "status"),
    [
        ("public", "live", 200),
        ("customers", "live", 200),
        ("staff", "live", 404),
        ("customers", "draft", 404),
        ("customers", "in_review", 404),
        ("customers", "archived", 404),
    ],
)
def test_a_contact_reads_what_is_published_for_customers(
    bank: Bank, as_user: Any, audience: str, state: str, status: int
) -> None:
    row = page(audience=audience, state=state, title="一页知识")
    client = as_user(bank.contact)
    address = f"/portal/knowledge/{row.public_id}/"
    assert client.get(address).status_code == status
    assert client.get(f"{address}?part=1", headers=HTMX).status_code == status
    assert client.post(f"{address}vote/", {"helpful": "yes"}).status_code == (
        302 if status == 200 else 404
    )
    assert KnowledgeVote.objects.exists() is (status == 200)
    assert ("一页知识" in text_of(client, "/portal/knowledge/")) is (status == 200)


@pytest.mark.parametrize("who", ["manager", "colleague", "product_team", "editor"])
def test_staff_read_it_in_their_own_room(bank: Bank, as_user: Any, who: str) -> None:
    row = page()
    client = as_user(getattr(bank, who))
    assert client.get("/portal/knowledge/").status_code == 404
    assert client.get(f"/portal/knowledge/{row.public_id}/").status_code == 404


def test_search_finds_it_and_hides_what_is_internal(bank: Bank, as_user: Any) -> None:
    page(title="提前支取规则", body="定期存款提前支取按活期计息。")
    page(title="内部利差", body="定期存款提前支取按活期计息，利差归行内。", audience="staff")
    run_pending()
    found = text_of(as_user(bank.contact), "/portal/knowledge/", q="定期存款提前支取")
    assert "提前支取规则" in found
    assert "内部利差" not in found
    assert "利差" not in found


def test_nothing_found_leads_to_asking(bank: Bank, as_user: Any) -> None:
    run_pending()
    found = text_of(as_user(bank.contact), "/portal/knowledge/", q="火星移民保险怎么投保")
    assert 'name="compose"' in found
    assert "火星移民保险怎么投保" in found


def test_filters_narrow_and_keep_each_other(bank: Bank, as_user: Any) -> None:
    kept = page(title="稳盈定期怎么存", product_code=bank.product.code)
    knowledge_verify(actor=editor(), page=kept, until=timezone.localdate())
    other = page(title="网点几点开门", type="service")
    english = page(title="Opening hours", language="en", type="service")
    client = as_user(bank.contact)

    def shown(**query: str) -> list[bool]:
        text = text_of(client, "/portal/knowledge/", **query)
        return [f"/portal/knowledge/{row.public_id}/" in text for row in (kept, other, english)]

    assert shown() == [True, True, True]
    assert shown(type="service") == [False, True, True]
    assert shown(type="service", language="en") == [False, False, True]
    assert shown(product=bank.product.code) == [True, False, False]
    assert shown(verified="1") == [True, False, False]
    assert shown(type="nonsense", language="xx", verified="perhaps") == [True, True, True]


@pytest.mark.parametrize("number", ["0", "-1", "x", "9" * 30, "²"])
def test_a_strange_page_number_is_no_error(bank: Bank, as_user: Any, number: str) -> None:
    page()
    text_of(as_user(bank.contact), "/portal/knowledge/", page=number)
    text_of(as_user(bank.contact), "/portal/knowledge/", page=number, q="存款")


def test_the_readers_language_comes_first(bank: Bank, as_user: Any) -> None:
    page(title="新的一页")
    page(title="The newest page", language="en")
    shown = text_of(as_user(bank.contact), "/portal/knowledge/")
    assert shown.index("新的一页") < shown.index("The newest page")
    # Which language it is stands on the foreign page alone.
    assert shown.count('<span class="text-3">英文</span>') == 1


def test_a_page_leads_to_its_translation(bank: Bank, as_user: Any) -> None:
    chinese = page(title="提前支取")
    english = KnowledgePageFactory(title="Early withdrawal", language="en", audience="customers")
    english.translation_key = chinese.translation_key
    english.save(update_fields=["translation_key"])
    text = text_of(as_user(bank.contact), f"/portal/knowledge/{chinese.public_id}/")
    assert "Early withdrawal" in text
    assert f"/portal/knowledge/{english.public_id}/" in text


def test_a_hidden_translation_leaves_no_trace(bank: Bank, as_user: Any) -> None:
    chinese = page(title="提前支取")
    hidden = KnowledgePageFactory(title="Margins inside", language="en", audience="staff")
    hidden.translation_key = chinese.translation_key
    hidden.save(update_fields=["translation_key"])
    text = text_of(as_user(bank.contact), f"/portal/knowledge/{chinese.public_id}/")
    assert "Margins" not in text
    assert hidden.public_id not in text


def test_the_last_word_on_a_page_counts(bank: Bank, as_user: Any) -> None:
    row = page()
    client = as_user(bank.contact)
    for said, kept in [("yes", [True]), ("yes", [True]), ("no", [False]), ("none", [])]:
        client.post(f"/portal/knowledge/{row.public_id}/vote/", {"helpful": said}, headers=HTMX)
        assert list(KnowledgeVote.objects.values_list("helpful", flat=True)) == kept


def test_queries_do_not_grow_with_pages(bank: Bank, as_user: Any) -> None:
    client = as_user(bank.contact)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get("/portal/knowledge/")
        return len(captured)

    page()
    queries()
    few = queries()
    for _number in range(5):
        page()
    assert queries() == few
    assert few <= 10 + 4
