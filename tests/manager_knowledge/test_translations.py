"""Translations: one family, each with its reader, and each knows when its source moved on."""

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.translation import override
from wagtail.models import Locale

from kiplatform.accounts.models import Department, User
from kiplatform.core import clock
from kiplatform.core.errors import Conflict, NotFound
from manager_knowledge import selectors, services
from manager_knowledge.choices import State
from manager_knowledge.models import KnowledgePage, ProductKnowledge
from tests.factories.knowledge import KnowledgePageFactory, person

pytestmark = pytest.mark.django_db


def translate(actor: User, page: KnowledgePage, language: str = "zh-hans") -> KnowledgePage:
    return services.translation_create(
        actor=actor,
        page=page,
        language=language,
        title="「稳存」定期存款",
        summary="固定利率,1,000 元起存。",
        body="## 年利率",
    )


def test_translation_takes_over_what_needs_no_translation(
    people: dict[str, User], credit: Department
) -> None:
    page = KnowledgePageFactory(
        audience="department",
        department=credit,
        product_code="QH-TD01",
        fields={"risk_level": 2, "currency": "CNY", "suits": "Savers"},
    )
    made = translate(people["editor"], page)
    stored = ProductKnowledge.objects.get(pk=made.pk)
    assert (stored.language, stored.state) == ("zh-hans", State.DRAFT)
    assert stored.translation_key == page.translation_key
    assert (stored.audience, stored.department) == ("department", credit)
    assert (stored.product_code, stored.risk_level, stored.currency) == ("QH-TD01", 2, "CNY")
    assert stored.suits == ""
    assert stored.source_page_id == page.pk
    assert stored.source_revision_id == page.live_revision_id
    assert stored.get_parent().slug == "knowledge-zh-hans"


def test_one_page_for_each_language(people: dict[str, User]) -> None:
    page = KnowledgePageFactory()
    translate(people["editor"], page)
    for language in ("zh-hans", "en"):
        with pytest.raises(Conflict):
            translate(people["editor"], page, language)
    assert KnowledgePage.objects.count() == 2


@pytest.mark.parametrize(
    ("significance", "behind"), [("minor", False), ("significant", True), ("correction", True)]
)
def test_translation_knows_when_its_source_moves_on(
    people: dict[str, User], significance: str, behind: bool
) -> None:
    editor, page = people["editor"], KnowledgePageFactory()
    translation = translate(editor, page)
    services.knowledge_draft_update(
        actor=editor, page=page, body="1.40%", significance=significance
    )
    assert not KnowledgePage.objects.get(pk=translation.pk).source_moved_on

    with clock.frozen(timezone.now() + datetime.timedelta(hours=1)):
        services.knowledge_publish(actor=editor, page=page)
    stored = KnowledgePage.objects.get(pk=translation.pk)
    assert stored.source_moved_on is behind
    assert selectors.page_for(editor, stored.public_id).source_moved_on is behind
    assert [p.pk for p in selectors.stale_translations(editor)] == ([stored.pk] if behind else [])

    with clock.frozen(timezone.now() + datetime.timedelta(hours=2)):
        aligned = services.translation_realign(actor=editor, page=translation)
    assert not aligned.source_moved_on
    assert aligned.source_revision_id == KnowledgePage.objects.get(pk=page.pk).live_revision_id


def test_an_original_has_no_source_to_follow(people: dict[str, User]) -> None:
    with pytest.raises(Conflict):
        services.translation_realign(actor=people["editor"], page=KnowledgePageFactory())


def test_translation_begun_in_the_admin_knows_its_source(people: dict[str, User]) -> None:
    page = KnowledgePageFactory()
    copy = page.copy_for_translation(Locale.objects.get(language_code="zh-hant"))
    stored = KnowledgePage.objects.get(pk=copy.pk)
    assert (stored.language, stored.source_page_id) == ("zh-hant", page.pk)
    assert stored.source_revision_id == page.live_revision_id
    assert stored.public_id != page.public_id


@pytest.fixture
def family(people: dict[str, User]) -> dict[str, KnowledgePage]:
    page = KnowledgePageFactory(audience="public")
    chinese = translate(people["editor"], page)
    services.knowledge_publish(actor=people["editor"], page=chinese)
    traditional = translate(people["editor"], page, "zh-hant")
    return {"en": page, "zh-hans": chinese, "zh-hant": traditional}


@pytest.mark.parametrize(
    ("language", "read"), [("en", "en"), ("zh-hans", "zh-hans"), ("zh-hant", "zh-hans")]
)
def test_family_in_the_readers_language(
    family: dict[str, KnowledgePage], language: str, read: str
) -> None:
    """The traditional page is a draft: its reader gets the simplified one."""
    reader = person("reader", kind=User.Kind.CONTACT, language=language)
    pages = selectors.pages_visible_to(reader, one_per_family=True)
    assert [page.public_id for page in pages] == [family[read].public_id]
    for page in (family["en"], family["zh-hans"]):
        assert selectors.in_language_of(reader, page).pk == family[read].pk
    with override(language):
        assert selectors.in_language_of(AnonymousUser(), family["en"]).pk == family[read].pk


def test_translations_that_the_viewer_sees(
    family: dict[str, KnowledgePage], people: dict[str, User]
) -> None:
    def languages(viewer: Any) -> list[str]:
        return [page.language for page in selectors.translations_of(viewer, family["en"])]

    assert languages(people["contact"]) == ["zh-hans"]
    assert languages(people["editor"]) == ["zh-hans", "zh-hant"]


def test_hidden_page_cannot_be_translated(people: dict[str, User], credit: Department) -> None:
    page = KnowledgePageFactory(audience="department", department=credit)
    with pytest.raises(NotFound):
        translate(people["manager"], page)
