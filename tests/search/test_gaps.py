"""Searches to which nothing fitted, and votes on what was found."""

import dataclasses

import pytest
from django.contrib.auth.models import AnonymousUser

from kiplatform.accounts.models import User
from search import gaps, services
from search.models import SearchGap, SearchVote
from tests.factories.people import ContactUserFactory, StaffFactory
from tests.search.support import MemorySource, WordEmbedder, document

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("卡号 6222 0212 3456 7890 丢了", "卡号 … 丢了"),
        ("mail li.wei@example.com please", "mail … please"),
        ("看 https://example.com/a?b=1 这里", "看 … 这里"),
        ("电话 138-0013-8000", "电话 …"),
        ("年化 3.5% 的 90 天产品", "年化 3.5% 的 90 天产品"),
        ("字" * 500, "字" * 200),
    ],
)
def test_what_is_kept_of_a_query(text: str, kept: str) -> None:
    assert gaps.without_personal_data(text) == kept


def test_the_same_gap_is_counted() -> None:
    gaps.note("跨境 理财通", "customer")
    gaps.note("跨境  理财通 ", "customer")
    gaps.note("跨境 理财通", "staff")
    gaps.flush()
    assert set(SearchGap.objects.values_list("text", "times", "audience", "language")) == {
        ("跨境 理财通", 2, "customer", "zh"),
        ("跨境 理财通", 1, "staff", "zh"),
    }


@pytest.mark.parametrize("audience", ["public", "customer", "staff"])
def test_a_search_without_a_good_result_is_kept(
    notes: MemorySource,
    embedder: WordEmbedder,
    monkeypatch: pytest.MonkeyPatch,
    audience: str,
) -> None:
    viewer = {"public": AnonymousUser, "customer": ContactUserFactory, "staff": StaffFactory}[
        audience
    ]()
    notes.put(document("a", "利率", "每季调整。"))
    services.sync_now("note", ["a"])
    found = services.search("利率", viewer)
    monkeypatch.setattr(
        services, "_run", lambda *a, **k: dataclasses.replace(found, verdict="nothing")
    )
    services.search("海外房产", viewer)
    services.search("海外房产", viewer, offset=10)
    services.suggest("海外", viewer)
    gaps.flush()
    assert list(SearchGap.objects.values_list("text", "times", "audience")) == [
        ("海外房产", 1, audience)
    ]


def test_a_person_votes_once() -> None:
    person, other = (
        User.objects.create_user(f"{n}@bank.example.com", name="同事", kind=User.Kind.STAFF)
        for n in "ab"
    )
    for helpful in (True, False):
        services.vote(person, kind="note", key="a", query="利率 6222021234567890", helpful=helpful)
    services.vote(other, kind="note", key="a", query="利率 6222021234567890", helpful=True)
    rows = SearchVote.objects.order_by("id")
    assert [row.helpful for row in rows] == [False, True]
    assert {row.query for row in rows} == {"利率 …"}
    assert all(person.public_id not in row.voter and person.email not in row.voter for row in rows)
