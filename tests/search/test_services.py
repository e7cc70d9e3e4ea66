"""Searching as the other apps do it."""

import pytest
from django.contrib.auth.models import AnonymousUser

from search import services
from tests.search.support import MemorySource, WordEmbedder, document

pytestmark = pytest.mark.django_db
NOBODY = AnonymousUser()


def keys(results: services.Results) -> list[str]:
    return [hit.key for hit in results.hits]


def fill(notes: MemorySource) -> None:
    notes.put(
        document("deposit", "定期存款提前支取", "提前支取按活期利率计息，需携带身份证到网点办理。"),
        document("card", "信用卡年费", "每年刷卡满六次免收年费。"),
        document("fund", "Fund redemption", "Redeem a fund in the app.", language="en"),
    )
    services.sync_now("note", notes.keys())


def test_the_best_document_comes_first(notes: MemorySource, embedder: WordEmbedder) -> None:
    fill(notes)
    results = services.search("提前支取存款的利率", NOBODY)
    assert results.mode == "hybrid"
    assert keys(results)[0] == "deposit"
    hit = results.hits[0]
    assert "提前支取" in [hit.passage[a:b] for a, b in hit.marks] or hit.explanation.words


def test_words_alone_answer_when_vectors_are_away(
    notes: MemorySource, embedder: WordEmbedder
) -> None:
    fill(notes)
    embedder.unavailable = "gone"
    results = services.search("信用卡年费", NOBODY)
    assert (results.mode, keys(results)[0]) == ("lexical", "card")
    assert str(results.reason)
