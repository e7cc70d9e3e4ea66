"""The editors' pages in the Wagtail admin open, list what they should and write by services."""

import datetime
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from kiplatform.accounts.models import User
from manager_knowledge import services
from manager_knowledge.choices import State
from manager_knowledge.models import KnowledgeIndex, KnowledgePage
from tests.factories.knowledge import KnowledgePageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def cms(people: dict[str, User]) -> Client:
    client = Client()
    client.force_login(people["editor"])
    return client


@pytest.mark.parametrize(
    ("list_name", "shown"),
    [
        ("knowledge", {"Live page", "Waiting page", "Verified page"}),
        ("knowledge_in_review", {"Waiting page"}),
        ("knowledge_due", {"Live page"}),
        ("knowledge_stale", set()),
    ],
)
def test_lists(cms: Client, people: dict[str, User], list_name: str, shown: set[str]) -> None:
    KnowledgePageFactory(title="Live page")
    KnowledgePageFactory(title="Waiting page", state=State.IN_REVIEW, type="business")
    verified = KnowledgePageFactory(title="Verified page", type="service")
    until = timezone.localdate() + datetime.timedelta(days=90)
    services.knowledge_verify(actor=people["editor"], page=verified, until=until)

    answer = cms.get(reverse(f"{list_name}:index"))
    assert answer.status_code == 200
    text = answer.content.decode()
    assert {t for t in ("Live page", "Waiting page", "Verified page") if t in text} == shown


@pytest.mark.parametrize(
    "query", ["type=service", "audience=staff", "locale=en", "ordering=verified_until"]
)
def test_list_filters(cms: Client, query: str) -> None:
    KnowledgePageFactory(title="Live page", type="service")
    KnowledgePageFactory(title="Other", type="product", audience="public", language="zh-hans")
    text = cms.get(reverse("knowledge:index") + "?" + query).content.decode()
    assert "Live page" in text
    assert ("Other" in text) == query.startswith("ordering")


def test_list_search(cms: Client, settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    KnowledgePageFactory(title="Branch hours")
    KnowledgePageFactory(title="Early withdrawal")
    text = cms.get(reverse("knowledge:index") + "?q=withdr").content.decode()
    assert "Early withdrawal" in text
    assert "Branch hours" not in text


def test_list_cost_does_not_grow(cms: Client, django_assert_max_num_queries: Any) -> None:
    for _ in range(3):
        KnowledgePageFactory()
    cms.get(reverse("knowledge:index"))
    with django_assert_max_num_queries(60) as few:
        cms.get(reverse("knowledge:index"))
    for _ in range(4):
        KnowledgePageFactory()
    with django_assert_max_num_queries(len(few)):
        cms.get(reverse("knowledge:index"))


def test_menu_leads_to_the_lists(cms: Client) -> None:
    home = cms.get("/cms/").content.decode()
    for name in ("knowledge", "knowledge_in_review", "knowledge_due", "knowledge_stale"):
        assert reverse(f"{name}:index") in home


@pytest.mark.parametrize("kind", ["product", "business", "service"])
def test_forms_and_preview_open(cms: Client, kind: str) -> None:
    index = KnowledgeIndex.objects.get(locale__language_code="en")
    new = reverse(
        "wagtailadmin_pages:add", args=["manager_knowledge", f"{kind}knowledge", index.pk]
    )
    assert cms.get(new).status_code == 200

    steps = [] if kind == "product" else [{"who": "Bank", "what": "Pays <b>now</b>"}]
    page = KnowledgePageFactory(type=kind, title="Early & easy", body="## Rates", steps=steps)
    edit = cms.get(reverse("wagtailadmin_pages:edit", args=[page.pk]))
    assert edit.status_code == 200
    assert reverse("knowledge_responsibility", args=[page.pk]) in edit.content.decode()

    draft = cms.get(reverse("wagtailadmin_pages:view_draft", args=[page.pk]))
    assert draft.status_code == 200
    html = draft.content.decode()
    assert "Early &amp; easy" in html
    assert "<h2>Rates</h2>" in html
    assert not steps or "Pays &lt;b&gt;now&lt;/b&gt;" in html


def test_every_editing_session_says_anew_what_it_means(cms: Client) -> None:
    page = KnowledgePageFactory()
    form = cms.get(reverse("wagtailadmin_pages:edit", args=[page.pk])).context["form"]
    assert form["change_significance"].value() == "minor"


def test_there_is_no_privacy_to_set_beside_the_audience(cms: Client) -> None:
    page = KnowledgePageFactory()
    assert page.specific_class.private_page_options == []


def test_responsibility(cms: Client, people: dict[str, User]) -> None:
    page = KnowledgePageFactory()
    url = reverse("knowledge_responsibility", args=[page.pk])
    assert cms.get(url).status_code == 200
    until = timezone.localdate() + datetime.timedelta(days=60)
    cms.post(
        url,
        {
            "owner": people["manager"].pk,
            "verifier": people["fx colleague"].pk,
            "until": "",
        },
    )
    stored = KnowledgePage.objects.get()
    assert (stored.owner, stored.verifier) == (people["manager"], people["fx colleague"])
    assert not stored.is_verified

    cms.post(url, {"owner": people["manager"].pk, "until": until.isoformat()})
    stored = KnowledgePage.objects.get()
    assert (stored.verified_until, stored.verifier) == (until, people["editor"])


def test_responsibility_explains_what_is_wrong(cms: Client, people: dict[str, User]) -> None:
    page = KnowledgePageFactory()
    url = reverse("knowledge_responsibility", args=[page.pk])
    answer = cms.post(url, {"owner": people["manager"].pk, "until": "1999-01-01"})
    assert answer.status_code == 200
    assert answer.context["form"].errors["until"]
    assert KnowledgePage.objects.get().owner != people["manager"]


@pytest.mark.parametrize("who", ["manager", "contact", "fx colleague"])
def test_responsibility_is_closed_to_others(people: dict[str, User], who: str) -> None:
    page = KnowledgePageFactory(owner=people["manager"])
    client = Client()
    client.force_login(people[who])
    url = reverse("knowledge_responsibility", args=[page.pk])
    assert client.get(url).status_code == 302
    client.post(url, {"verifier": people["manager"].pk})
    assert KnowledgePage.objects.get().verifier is None


def test_responsibility_is_closed_even_inside_the_admin(people: dict[str, User]) -> None:
    """Somebody whom an administrator let into the admin by hand is still no editor."""
    page = KnowledgePageFactory()
    guest = people["product team"]
    guest.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client = Client()
    client.force_login(guest)
    assert client.get(reverse("knowledge_responsibility", args=[page.pk])).status_code == 302


@pytest.mark.parametrize(
    ("who", "room"), [("manager", "workspace"), ("contact", "portal"), ("editor", "workspace")]
)
def test_page_sends_each_reader_to_their_room(people: dict[str, User], who: str, room: str) -> None:
    page = KnowledgePageFactory()
    request = RequestFactory().get("/")
    request.user = people[who]
    answer = page.serve(request)
    assert answer.status_code == 302
    assert answer["Location"].startswith(f"/{room}/")
    assert page.public_id in answer["Location"]
