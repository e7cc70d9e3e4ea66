"""Searching as the other apps do it: what is found, what is said when something is away."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from kiplatform.core import clock
from search import services
from search.models import SynonymSet
from tests.search.support import MemorySource, WordEmbedder, document

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()


def keys(results: services.Results) -> list[str]:
    return [hit.key for hit in results.hits]


@pytest.fixture
def bank(notes: MemorySource, embedder: WordEmbedder) -> MemorySource:
    """Five public documents, embedded."""
    embedder.meanings = {"withdraw": "支取", "deposit": "存款", "earli": "提前", "fee": "年费"}
    notes.put(
        document(
            "deposit",
            "定期存款提前支取",
            "提前支取按活期利率计息，需携带身份证到网点办理。",
            facets={"product": "TD-1", "type": "business"},
        ),
        document("card", "信用卡年费", "每年刷卡满六次免收年费。", facets={"type": "product"}),
        document("fund", "Fund redemption", "Redeem a fund in the app.", language="en"),
        document("hant", "理財產品風險評級", "風險評級分為五級，由低到高。", language="zh-hant"),
        document("name", "陈思远", "国际业务部的同事。", facets={"type": "person"}),
    )
    services.sync_now("note", notes.keys())
    return notes


def test_the_best_document_comes_first_and_says_why(bank: MemorySource) -> None:
    results = services.search("提前支取存款的利率", NOBODY)
    assert (results.mode, str(results.reason)) == ("hybrid", "")
    hit = results.hits[0]
    assert (hit.key, hit.rank) == ("deposit", 1)
    assert [hit.passage[a:b] for a, b in hit.marks]
    assert {"提前", "支取", "利率"} <= set(
        "".join(hit.explanation.words).replace("提前支取", "提前 支取").split()
    ) | {
        part for word in hit.explanation.words for part in ("提前", "支取", "利率") if part in word
    }
    assert hit.explanation.dense is not None
    assert hit.explanation.lexical == 1.0


def test_a_question_in_the_other_language_finds_it(bank: MemorySource) -> None:
    assert keys(services.search("early withdrawal of my deposit", NOBODY))[0] == "deposit"


def test_without_vectors_words_answer_and_it_is_said(
    bank: MemorySource, embedder: WordEmbedder
) -> None:
    embedder.unavailable = "the file is damaged"
    results = services.search("信用卡年费", NOBODY)
    assert (results.mode, keys(results)[0]) == ("lexical", "card")
    assert str(results.reason)
    assert "damaged" not in str(results.reason)
    assert results.verdict != "likely"


def test_a_new_document_is_found_by_words_before_it_has_a_vector(
    bank: MemorySource, embedder: WordEmbedder
) -> None:
    bank.put(document("new", "大额存单转让", "大额存单可在手机银行转让。"))
    services.sync_now("note", ["new"], embed=False)
    assert keys(services.search("大额存单转让", NOBODY))[0] == "new"
    services.embed_now()
    assert services.search("大额存单转让", NOBODY).hits[0].explanation.dense is not None


@pytest.mark.parametrize("script", ["zh-hans", "zh-hant"])
def test_passages_are_shown_in_the_viewers_script(bank: MemorySource, script: str) -> None:
    with translation.override(script):
        hit = services.search("理财风险评级", NOBODY).hits[0]
    assert hit.key == "hant"
    shown = (
        ("理财产品风险评级", "风险评级分为")
        if script == "zh-hans"
        else ("理財產品風險評級", "風險評級分為")
    )
    assert hit.title == shown[0]
    assert hit.passage.startswith(shown[1])
    assert shown[1][:4] in {hit.passage[a:b] for a, b in hit.marks}


def test_a_mistyped_word_is_understood(bank: MemorySource) -> None:
    assert keys(services.search("redemtion", NOBODY))[0] == "fund"


@pytest.mark.parametrize("typed", ["chensiyuan", "chen siyuan", "csy", "陳思遠", "siyuan"])
def test_a_chinese_name_is_found_by_its_pinyin(bank: MemorySource, typed: str) -> None:
    assert keys(services.search(typed, NOBODY))[0] == "name"


@pytest.mark.parametrize("typed", ["TD-1", "td 1", "ＴＤ１"])
@pytest.mark.parametrize("meaning", [True, False])
def test_a_code_is_no_question_about_nothing(
    bank: MemorySource, embedder: WordEmbedder, typed: str, meaning: bool
) -> None:
    embedder.unavailable = "" if meaning else "away"
    results = services.search(typed, NOBODY)
    assert (keys(results)[0], results.verdict) == ("deposit", "close")
    bank.hidden = {"deposit"}
    assert "deposit" not in keys(services.search(typed, NOBODY))


def test_synonyms_of_the_editors_count_at_once(bank: MemorySource, embedder: WordEmbedder) -> None:
    embedder.unavailable = "away"
    assert "card" not in keys(services.search("贷记卡", NOBODY))
    SynonymSet.objects.create(language="zh", words="贷记卡\n信用卡")
    assert keys(services.search("贷记卡", NOBODY))[0] == "card"


@pytest.mark.parametrize(
    ("facets", "expected"),
    [
        ({"product": "TD-1"}, {"deposit"}),
        ({"type": "product"}, {"card"}),
        ({"language": "en"}, {"fund"}),
        ({"type": "nothing"}, set()),
        ({"verified": "1"}, set()),
        ({"since": "2030-01-01"}, set()),
        ({"since": "gibberish"}, set()),
    ],
)
def test_filters(bank: MemorySource, facets: dict[str, str], expected: set[str]) -> None:
    assert set(keys(services.search("存款 年费 fund", NOBODY, facets=facets))) == expected


def test_counts_are_of_what_was_found(bank: MemorySource) -> None:
    results = services.search("存款 年费 fund", NOBODY, limit=1)
    assert len(results.hits) == 1
    assert results.total == 5
    assert results.counts["kind"] == {"note": 5}
    assert results.counts["type"] == {"business": 1, "product": 1, "person": 1}
    assert results.counts["language"] == {"zh-hans": 3, "zh-hant": 1, "en": 1}


def test_pages_follow_each_other(bank: MemorySource) -> None:
    everything = keys(services.search("存款 年费 fund", NOBODY, limit=10))
    pages = [
        keys(services.search("存款 年费 fund", NOBODY, limit=2, offset=offset))
        for offset in (0, 2, 4, 6)
    ]
    assert [key for page in pages for key in page] == everything
    ranks = [hit.rank for hit in services.search("存款", NOBODY, limit=2, offset=2).hits]
    assert ranks == [3, 4]


def test_boost_and_verification_lift_equals(notes: MemorySource, embedder: WordEmbedder) -> None:
    notes.put(
        document("plain", "利率", "每季调整。"),
        document("verified", "利率", "每季调整。", verified=True),
        document("boosted", "利率", "每季调整。", boost=1.5),
    )
    services.sync_now("note", notes.keys())
    assert keys(services.search("利率调整", NOBODY)) == ["boosted", "verified", "plain"]


def test_nobody_is_shown_as_vouching_longer_than_they_said(notes: MemorySource) -> None:
    today = timezone.localdate(clock.now())
    notes.put(document("note", "利率", "每季调整。", verified=True, verified_until=today))
    services.sync_now("note", notes.keys())

    def shown_as_verified() -> bool:
        (hit,) = services.search("利率调整", NOBODY).hits
        return hit.verified

    assert shown_as_verified()
    with clock.frozen(clock.now() + timedelta(days=1)):
        assert not shown_as_verified()


def test_near_duplicates(bank: MemorySource) -> None:
    bank.put(document("twin", "定期存款提前支取办法", "提前支取按活期利率计息，请携带身份证。"))
    services.sync_now("note", ["twin"])
    found = services.similar("note", "deposit", NOBODY)
    assert keys(found)[0] == "twin"
    assert "deposit" not in keys(found)
    assert services.similar("note", "unknown", NOBODY).hits == ()
    bank.hidden.add("deposit")
    assert services.similar("note", "deposit", NOBODY).hits == ()


def test_suggestions_are_the_fast_path(bank: MemorySource) -> None:
    results = services.suggest("提前支", NOBODY, limit=2)
    assert keys(results)[0] == "deposit"
    assert all(hit.explanation.reader is None for hit in results.hits)


def test_the_number_of_queries_does_not_grow(
    bank: MemorySource, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    services.search("定期存款", NOBODY)
    bank.put(*(document(f"n{n:02}", "定期存款", f"第{n}条说明。") for n in range(40)))
    services.sync_now("note", bank.keys())
    services.search("定期存款", NOBODY)
    with django_assert_max_num_queries(8):
        assert len(services.search("定期存款", NOBODY, limit=30).hits) == 30
