"""The board: whose turn it is, states, figures, and what it costs."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from kiplatform.core import clock
from qa_center import services
from qa_center.figures import case_figures
from qa_center.models import CaseEntry, ResearchCase
from tests.portal.research.conftest import AsUser, Floor, proposal

BOARD = reverse("workspace:cases")


def _titles(client: Client, query: str = "") -> list[str]:
    return [row["case"].text for row in client.get(BOARD + query).context["rows"]]


def _need(floor: Floor, number: int, who: str = "manager") -> ResearchCase:
    return services.case_open(
        actor=floor[who], text=f"需求{number}：客户能否改签？", client_id=f"need-{number}"
    )


def test_it_opens_on_what_waits_for_the_reader_and_says_what_to_do(
    floor: Floor, manager: Client, expert: Client
) -> None:
    case = floor.joined("expert")
    proposal(floor, case, "expert")
    page = manager.get(BOARD)
    assert page.context["show"] == "waiting"
    assert "Your turn: decide on an answer" in page.content.decode()
    theirs = expert.get(BOARD)
    assert theirs.context["show"] == "running"
    assert f"with {floor['manager'].name}" in theirs.content.decode()
    assert "Your turn" not in theirs.content.decode()


def test_an_overdue_case_is_on_the_board_of_whoever_now_holds_it(
    floor: Floor, as_user: AsUser
) -> None:
    case = floor.open()
    assert case.due_at is not None
    with clock.frozen(case.due_at + timedelta(minutes=1)):
        services.advance_due()
    case.refresh_from_db()
    assert case.owner == floor["head"]
    shown = as_user(floor["head"]).get(BOARD).content.decode()
    assert "Overdue, and now with you" in shown
    page = as_user(floor["head"]).get(reverse("workspace:case", args=[case.public_id]))
    # Whoever holds it decides in it, so the next step is offered to them.
    assert reverse("workspace:case_ask", args=[case.public_id]) in page.content.decode()


def test_tabs_and_states_count_and_filter_what_the_reader_sees(
    floor: Floor, manager: Client, as_user: AsUser
) -> None:
    running = floor.joined("expert")
    cancelled = _need(floor, 1)
    services.case_cancel(actor=floor["manager"], case=cancelled, reason="不必了")
    searching = _need(floor, 2)
    page = manager.get(BOARD)
    assert [tab["count"] for tab in page.context["tabs"]] == [2, 2, 1]
    assert _titles(manager, "?show=running&state=discussing") == [running.text]
    assert _titles(manager, "?show=running&state=searching") == [searching.text]
    assert _titles(manager, "?show=ended") == [cancelled.text]
    # A state of another tab filters nothing; words that nobody offers change nothing.
    assert len(_titles(manager, "?show=running&state=cancelled")) == 2
    assert manager.get(BOARD + "?show=nonsense&page=99").status_code == 200
    assert [t["count"] for t in as_user(floor["third"]).get(BOARD).context["tabs"]] == [0, 0, 0]


@pytest.mark.parametrize("show", ["waiting", "running", "ended"])
def test_an_empty_board_says_what_will_appear_there(
    floor: Floor, as_user: AsUser, show: str
) -> None:
    shown = as_user(floor["third"]).get(f"{BOARD}?show={show}").content.decode()
    assert "empty__title" in shown


def test_only_who_may_open_a_case_is_offered_to(
    floor: Floor, manager: Client, expert: Client
) -> None:
    assert reverse("workspace:case_open") in manager.get(BOARD).content.decode()
    assert reverse("workspace:case_open") not in expert.get(BOARD).content.decode()


def test_who_is_asked_is_told_so_on_the_board(floor: Floor, as_user: AsUser) -> None:
    floor.asked("expert")
    assert "1 invitation is waiting for you" in as_user(floor["expert"]).get(BOARD).content.decode()


def test_the_figures_are_those_of_the_cases_that_the_reader_sees(
    floor: Floor, manager: Client, as_user: AsUser
) -> None:
    start = clock.now() - timedelta(days=2)
    with clock.frozen(start):
        case = floor.asked("expert")
    with clock.frozen(start + timedelta(minutes=30)):
        services.invitation_accept(
            actor=floor["expert"], invitation=case.invitations.get(expert=floor["expert"])
        )
    with clock.frozen(start + timedelta(hours=5)):
        services.proposal_accept(actor=floor["manager"], case=case, proposals=[], text="可以。")
    figures = case_figures(floor["manager"])
    assert (figures.opened, figures.running) == (1, 1)
    assert figures.minutes_to_join == 30
    assert figures.hours_to_resolve == 5
    assert figures.from_knowledge is None
    shown = re.sub(r"\s+", " ", manager.get(BOARD).content.decode())
    assert 'class="stat__value">30 <span' in shown
    assert 'class="stat__value">5.0 <span' in shown
    assert case_figures(floor["third"]).opened == 0
    assert CaseEntry.objects.filter(kind="accepted").count() == 1
    assert "not measured yet" in as_user(floor["third"]).get(BOARD).content.decode()


def test_the_board_costs_the_same_for_one_case_and_for_many(
    floor: Floor,
    manager: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    _need(floor, 0)
    manager.get(BOARD)
    with django_assert_max_num_queries(14) as few:
        manager.get(BOARD)
    for number in range(1, 6):
        _need(floor, number)
    with django_assert_max_num_queries(14) as many:
        assert len(manager.get(BOARD).context["rows"]) == 6
    assert len(many.captured_queries) == len(few.captured_queries)


def test_it_speaks_the_readers_language(floor: Floor, as_user: AsUser) -> None:
    shown = as_user(floor["manager"], "zh-hans").get(BOARD).content.decode()
    assert "问题研讨中心" in shown
    assert "Research center" not in shown
    assert "問題研討中心" in as_user(floor["manager"], "zh-hant").get(BOARD).content.decode()


def test_only_what_no_colleague_had_to_resolve_counts_as_from_knowledge(floor: Floor) -> None:
    manager = floor["manager"]
    for number in range(2):
        text = f"第{number}件事能不能办？"
        case = services.case_open(actor=manager, text=text, client_id=text)
        if number:
            services.proposal_accept(actor=manager, case=case, proposals=[], text="可以。")
            case = services.case_close_uncaptured(actor=manager, case=case, reason="只此一件。")
    assert case_figures(manager).from_knowledge == 0
    assert case.state == ResearchCase.State.ANSWERED
