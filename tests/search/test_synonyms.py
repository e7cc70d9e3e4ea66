"""Synonyms: kept by editors in their workplace, counting at the next search."""

import pytest
from django.test import Client
from django.urls import reverse

from kiplatform.accounts.models import User
from search.models import SynonymSet
from search.synonyms import synonyms_for

pytestmark = pytest.mark.django_db


def alternatives(text: str, language: str = "zh") -> list[str]:
    return list(synonyms_for(language).alternatives(text, text.split()))


def test_each_word_of_a_set_stands_for_the_others() -> None:
    SynonymSet.objects.create(language="zh", words="贷记卡\n信用卡\n\n  \n")
    assert alternatives("贷记卡年费") == ["信用卡"]
    assert alternatives("信用卡年费") == ["贷记卡"]
    assert alternatives("储蓄卡年费") == []
    assert alternatives("贷记卡年费", "en") == []


def test_a_change_counts_at_once() -> None:
    row = SynonymSet.objects.create(language="zh", words="贷记卡\n信用卡")
    assert alternatives("贷记卡") == ["信用卡"]
    row.words = "贷记卡\n白金卡"
    row.save()
    assert alternatives("贷记卡") == ["白金卡"]
    row.delete()
    assert alternatives("贷记卡") == []


def test_editors_find_them_in_their_workplace(client: Client) -> None:
    SynonymSet.objects.create(language="zh", words="贷记卡\n信用卡")
    person = User.objects.create_superuser("admin@bank.example")
    client.force_login(person)
    response = client.get(reverse("wagtailsnippets_search_synonymset:list"))
    assert response.status_code == 200
    assert "贷记卡, 信用卡" in response.content.decode()
