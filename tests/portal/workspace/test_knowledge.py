"""The knowledge base in the workspace: browse, read, write, review, vote; who may do what."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from kiplatform.core import clock
from manager_knowledge.models import KnowledgePage, KnowledgeVote
from search.models import SearchGap
from tests.factories.knowledge import KnowledgePageFactory
from tests.portal.workspace.conftest import STAFF, Bank, cost, signed_in, text_of

DEEDS = ["submit", "publish", "return", "verify", "archive", "vote"]
FORM = {
    "title": "提前支取规则",
    "summary": "可以部分提前支取一次。",
    "body": "支取部分按活期计息。",
    "audience": "staff",
    "product_code": "",
}


def path(page: Any, part: str = "") -> str:
    return f"/workspace/knowledge/{page.public_id}/{part}"


def page_in(state: str, **fields: Any) -> KnowledgePage:
    return KnowledgePageFactory(state=state, language="zh-hans", **fields)


def test_filters_show_what_they_say(bank: Bank) -> None:
    product = page_in("live", title="产品页", product_code=bank.product.code)
    service = page_in("live", title="服务页", type="service")
    client = signed_in(bank.manager)
    for query, shown, hidden in (
        ("?type=service", service, product),
        (f"?product={bank.product.code}", product, service),
    ):
        text = text_of(client.get(f"/workspace/knowledge/{query}"))
        assert path(shown) in text
        assert path(hidden) not in text
    assert path(product) not in text_of(client.get("/workspace/knowledge/?verified=1"))
    assert path(product) not in text_of(client.get("/workspace/knowledge/?language=en"))
    for nonsense in ("?type=x", "?state=x&verified=7", "?language=xx", "?page=-1"):
        assert client.get(f"/workspace/knowledge/{nonsense}").status_code == 200


def test_the_list_costs_the_same_for_many(bank: Bank) -> None:
    page_in("live")
    client = signed_in(bank.manager)
    client.get("/workspace/knowledge/")
    few = cost(client, "/workspace/knowledge/")
    for _number in range(6):
        page_in("live")
    assert cost(client, "/workspace/knowledge/") == few <= 10


@pytest.mark.parametrize("who", STAFF)
def test_a_draft_is_for_its_owner_and_editors(bank: Bank, who: str) -> None:
    draft = page_in("draft", title="还没写完", owner=bank.manager)
    client = signed_in(getattr(bank, who))
    sees = who in {"manager", "editor", "administrator"}
    assert (client.get(path(draft)).status_code == 200) is sees
    assert ("还没写完" in text_of(client.get("/workspace/knowledge/?state=draft"))) is sees
    assert (client.get(path(draft, "edit/")).status_code == 200) is sees


def test_contacts_read_in_their_own_room(bank: Bank) -> None:
    page = page_in("live", audience="customers")
    assert signed_in(bank.contact).get(path(page)).status_code == 404
    assert signed_in(bank.contact).get("/workspace/knowledge/").status_code == 404


def test_the_reader_shows_fields_steps_history_and_languages(bank: Bank) -> None:
    page = page_in(
        "live",
        type="business",
        title="挂失办理",
        fields={"business_type": "柜台业务"},
        steps=[{"who": "柜员", "what": "核对身份", "documents": "身份证", "time": "5 分钟"}],
    )
    text = text_of(signed_in(bank.colleague).get(path(page)))
    for word in ("柜台业务", "核对身份", "5 分钟", "修订历史"):
        assert word in text
    assert path(page, "do/publish/") not in text
    assert cost(signed_in(bank.editor), path(page)) <= 20


def test_markup_in_a_page_does_not_run(bank: Bank) -> None:
    page = page_in("live", title="<script>x()</script>", body="<script>y()</script>")
    text = text_of(signed_in(bank.colleague).get(path(page)))
    assert "<script>x" not in text
    assert "<script>y" not in text


def test_a_manager_writes_a_draft_and_asks_for_review(bank: Bank) -> None:
    client = signed_in(bank.manager)
    start = "/workspace/knowledge/new/"
    assert "提前支取规则" not in text_of(client.get(start))
    assert text_of(client.get(f"{start}?type=business&language=zh-hans"))
    steps = "柜员 | 核对身份 | 身份证 | 5 分钟\n经办人 | 试算"
    form = FORM | {"type": "business", "language": "zh-hans", "steps": steps, "client_id": "w"}
    for _attempt in range(2):
        assert client.post(start, form).status_code == 302
    page = KnowledgePage.objects.get(title="提前支取规则").specific
    assert [(s.who, s.what) for s in page.ordered_steps()] == [
        ("柜员", "核对身份"),
        ("经办人", "试算"),
    ]
    assert client.post(path(page, "do/submit/")).status_code == 302
    review = text_of(signed_in(bank.editor).get("/workspace/knowledge/review/"))
    assert path(page) in review


def test_what_is_refused_stays_in_the_form(bank: Bank) -> None:
    client = signed_in(bank.manager)
    long = "长" * 601
    form = FORM | {"type": "product", "language": "zh-hans", "summary": long}
    response = client.post("/workspace/knowledge/new/", form)
    assert response.status_code == 422
    assert long in response.content.decode()
    step = FORM | {"type": "business", "language": "zh-hans", "steps": "只有人"}
    response = client.post("/workspace/knowledge/new/", step)
    assert response.status_code == 422
    assert "只有人" in response.content.decode()
    assert not KnowledgePage.objects.filter(title="提前支取规则").exists()


def test_two_writers_do_not_overwrite_each_other(bank: Bank) -> None:
    page = page_in("draft", owner=bank.manager, title="旧标题")
    client = signed_in(bank.manager)
    base = str(KnowledgePage.objects.get(pk=page.pk).latest_revision_id)
    form = FORM | {"title": "第一位", "base_revision": base}
    assert client.post(path(page, "edit/"), form).status_code == 302
    stale = client.post(path(page, "edit/"), form | {"title": "第二位"})
    assert stale.status_code == 422
    assert "第二位" in stale.content.decode()
    assert KnowledgePage.objects.get(pk=page.pk).title == "第一位"


def test_an_editor_publishes_gives_back_verifies_and_archives(bank: Bank) -> None:
    page = page_in("in_review", owner=bank.manager)
    client = signed_in(bank.editor)
    assert client.post(path(page, "do/return/"), {"comment": ""}).status_code == 422
    assert client.post(path(page, "do/return/"), {"comment": "补上手续费"}).status_code == 302
    signed_in(bank.manager).post(path(page, "do/submit/"))
    form = {"significance": "significant", "note": "新"}
    assert client.post(path(page, "do/publish/"), form).status_code == 302
    page = KnowledgePage.objects.get(pk=page.pk)
    assert page.live
    until = timezone.localdate(clock.now()) + timedelta(days=90)
    for wrong in ("", "nonsense", "2001-01-01", "2026-02-31"):
        assert client.post(path(page, "do/verify/"), {"until": wrong}).status_code == 422
    assert client.post(path(page, "do/verify/"), {"until": until.isoformat()}).status_code == 302
    page.refresh_from_db()
    assert page.verified_until == until
    assert client.post(path(page, "do/archive/")).status_code == 302
    assert not KnowledgePage.objects.get(pk=page.pk).live


def test_a_vote_can_be_changed_and_taken_back(bank: Bank) -> None:
    page = page_in("live")
    client = signed_in(bank.colleague)
    for helpful, kept in (("yes", True), ("no", False)):
        client.post(path(page, "do/vote/"), {"helpful": helpful})
        assert KnowledgeVote.objects.get().helpful is kept
    assert client.post(path(page, "do/vote/"), {"helpful": "maybe"}).status_code == 422
    client.post(path(page, "do/vote/"), {"helpful": "none"})
    assert not KnowledgeVote.objects.exists()


@pytest.mark.parametrize("who", ["manager", "other_manager", "colleague", "product_team"])
def test_only_editors_decide_what_readers_get(bank: Bank, who: str) -> None:
    page = page_in("in_review", owner=bank.manager)
    live = page_in("live")
    client = signed_in(getattr(bank, who))
    refused = {403, 404}
    form = {"significance": "minor", "comment": "x", "until": "2027-01-01"}
    for deed in ("publish", "return"):
        assert client.post(path(page, f"do/{deed}/"), form).status_code in refused
    for deed in ("verify", "archive"):
        assert client.post(path(live, f"do/{deed}/"), form).status_code in refused
    fresh = KnowledgePage.objects.get(pk=live.pk)
    assert fresh.live
    assert fresh.verified_until is None
    assert not KnowledgePage.objects.get(pk=page.pk).live
    assert client.get("/workspace/knowledge/review/").status_code == 404


def test_there_are_no_other_deeds(bank: Bank) -> None:
    page = page_in("live")
    assert signed_in(bank.editor).post(path(page, "do/explode/")).status_code == 404
    for deed in DEEDS:
        assert signed_in(bank.editor).get(path(page, f"do/{deed}/")).status_code == 405


@pytest.mark.parametrize(
    ("who", "sees"), [("editor", True), ("product_team", True), ("manager", False)]
)
def test_searches_without_a_result_are_for_those_who_write(
    bank: Bank, who: str, sees: bool
) -> None:
    SearchGap.objects.create(text="黄金积存 手续费", language="zh", audience="customer")
    page = text_of(signed_in(getattr(bank, who)).get("/workspace/knowledge/gaps/"))
    assert ("黄金积存 手续费" in page) is sees
