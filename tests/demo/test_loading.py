"""The demo company as `manage.py load_demo` makes it: complete, settled, and made only once.

It is loaded once for this module, without models, into a database of its own.
"""

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.utils import translation
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from customer_knowledge.models import (
    Complaint,
    Customer,
    MarketComment,
    Message,
    Product,
    ProductComment,
    Question,
    Suggestion,
)
from kiplatform.accounts.models import User
from kiplatform.accounts.roles import Role
from kiplatform.core import clock
from kiplatform.demo import company as story
from kiplatform.events.models import Delivery, OutboxEvent
from kiplatform.events.relay import run_pending
from kiplatform.notifications.models import Notification
from manager_knowledge.models import KnowledgePage
from manager_knowledge.services import verifications_lapse
from portal.customer.views.ask import KINDS
from portal.shared.hits import one_per_family
from qa_center.loop_check import findings
from qa_center.models import Credit, Invitation, ResearchCase
from search import runtime, sources
from search import services as search
from search.verification import compare
from tests.database import copied
from tests.demo.content import CASES, PAST, staff
from tests.search.models import bundled_embedder

# One worker loads it for all of them.
pytestmark = pytest.mark.xdist_group("demo")
ENDED = {"confirmed", "deflected", "withdrawn"}


def load() -> str:
    out = io.StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


def rows() -> dict[str, int]:
    """How many rows each table has."""
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


@pytest.fixture(scope="module")
def company(
    tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Path]:
    """The loaded company, in the database that the ORM uses meanwhile."""
    with django_db_blocker.unblock(), copied(tmp_path_factory.mktemp("demo")) as path:
        runtime.forget()
        assert load().endswith("The demo company is there.\n")
        yield path
        runtime.forget()


@pytest.mark.usefixtures("company")
class TestLoaded:
    def test_it_is_as_large_as_promised(self) -> None:
        assert Product.objects.count() >= 6
        assert KnowledgePage.objects.filter(live=True).count() >= 40
        assert Customer.objects.count() == 12
        comments = (ProductComment, MarketComment, Complaint, Suggestion)
        said = Question.objects.count() + sum(model.objects.count() for model in comments)
        assert said >= 60
        assert ResearchCase.objects.count() >= 5

    def test_every_role_and_every_state_of_a_question_is_there_to_be_seen(self) -> None:
        people = User.objects.active().staff_members()
        assert {role for user in people for role in user.roles} == set(Role)
        assert User.objects.active().filter(kind=User.Kind.CONTACT).exists()
        states = set(Question.objects.values_list("state", flat=True))
        assert states == set(Question.State.values)
        assert len(set(ResearchCase.objects.values_list("state", flat=True))) >= 5
        assert set(KnowledgePage.objects.values_list("locale__language_code", flat=True)) >= {
            "zh-hans",
            "en",
        }

    def test_nothing_asked_is_lost(self) -> None:
        for question in Question.objects.exclude(state__in=ENDED):
            assert question.owner is not None, question.text
            assert question.state == "answered" or question.due_at is not None, question.text

    def test_what_happened_lies_in_the_past_and_has_reached_everybody(self) -> None:
        now = clock.now()
        assert not Message.objects.filter(sent_at__gt=now).exists()
        assert not Question.objects.filter(occurred_at__gt=now).exists()
        assert not OutboxEvent.objects.filter(relayed_at=None).exists()
        assert not Delivery.objects.filter(done_at=None).exists()
        assert not Delivery.objects.exclude(last_error="").exists()

    def test_past_cases_are_ended_and_credit_who_answered_them(self) -> None:
        past = ResearchCase.objects.filter(client_id__startswith="demo-past-")
        assert set(past.values_list("state", flat=True)) == {"answered"}
        proposed = Credit.objects.filter(part=Credit.Part.PROPOSED, resolution__case__in=past)
        credited = proposed.values_list("resolution__case__client_id", "user__email")
        assert sorted(credited) == sorted(
            (f"demo-{row['id']}", staff[row["by"]]["email"]) for row in PAST
        )

    def test_the_past_asks_nothing_of_anybody_any_more(self) -> None:
        past = ResearchCase.objects.filter(client_id__startswith="demo-past-")
        answered = Invitation.objects.filter(case__in=past).values_list("status", flat=True)
        assert set(answered) == {"accepted"}
        subjects = [f"case:{key}" for key in past.values_list("public_id", flat=True)]
        told = Notification.objects.filter(subject__in=subjects)
        assert told.exists()
        assert not told.filter(read_at=None).exists()
        assert findings() == []

    @pytest.mark.parametrize("days", [0, 1, 15, 400])
    def test_the_index_is_what_the_database_says_on_any_day(self, days: int) -> None:
        with clock.frozen(clock.now() + timedelta(days=days)):
            found = compare(sources.registry, runtime.engine())
        assert found.compared > 100
        assert (found.count, found.documents) == (0, {})

    def test_loading_it_again_changes_nothing(self) -> None:
        before = rows()
        assert load() == "The demo company was there already.\n"
        assert rows() == before

    def test_verifications_that_have_run_out_are_told_at_the_workers_start(self) -> None:
        assert verifications_lapse() >= 2
        run_pending()
        assert compare(sources.registry, runtime.engine()).count == 0


PARAPHRASES = [
    pytest.param(case["capture"]["title"], asked["text"], id=asked["text"][:30])
    for case in CASES
    for asked in case.get("paraphrases", ())
]


@pytest.fixture(scope="module")
def embedded(company: Path) -> Iterator[None]:
    """The loaded company with vectors of the bundled model."""
    made = bundled_embedder()
    with pytest.MonkeyPatch.context() as patch:
        for module in (runtime, search):
            patch.setattr(module, "get_embedder", lambda: made)
        runtime.forget()
        assert search.embed_now() > 100
        yield


@pytest.mark.usefixtures("embedded")
@pytest.mark.parametrize(("title", "paraphrase"), PARAPHRASES)
def test_what_was_captured_is_found_by_who_asks_it_again(title: str, paraphrase: str) -> None:
    """Ask once: in other words, in Chinese or English, by a customer who had no part in it."""
    other = User.objects.get(email="chen.guilan@example.com")
    # The language of the last request may still be active, and titles are shown in its script.
    with translation.override("zh-hans"):
        found = search.suggest(paraphrase, other, kinds=KINDS, limit=10)
    # Of what is called "nothing" a customer is shown nothing.
    assert found.verdict != "nothing"
    assert title in [hit.title for hit in one_per_family(found.hits)[:3]]


@pytest.mark.django_db
def test_a_company_that_fails_to_load_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows()

    def fails(*_args: object) -> None:
        raise RuntimeError("in the midst of it")

    monkeypatch.setattr(story, "knowledge", fails)
    with pytest.raises(RuntimeError):
        load()
    assert rows() == before


@pytest.mark.django_db
@pytest.mark.parametrize("command", ["load_demo", "demo"])
def test_a_company_of_its_own_is_never_given_the_demo(settings: Settings, command: str) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="not the demo profile"):
        call_command(command)
    assert not User.objects.exists()
