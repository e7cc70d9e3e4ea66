"""The department that a case concerns: whose knowledge is nearest, found when it is opened."""

from kiplatform.accounts.models import User
from kiplatform.events.relay import run_pending
from qa_center import selectors, services
from qa_center.models import ResearchCase
from tests.factories.knowledge import KnowledgePageFactory
from tests.qa_center.conftest import Floor


def page(owner: User) -> None:
    """A live page that answers the question of the floor's case."""
    KnowledgePageFactory(
        title="信托能不能装入境外基金份额",
        summary="境外基金份额装入信托的办法。",
        body="境外基金份额能不能装入信托，要看基金是否允许转让。",
        language="zh-hans",
        owner=owner,
    )
    run_pending()


def reasons(case: ResearchCase, user: User) -> set[str]:
    """The kinds of reasons for which somebody is named."""
    ranked = {expert.key: expert for expert in services.rank_experts(case)}
    return {reason.kind for reason in ranked[user.public_id].reasons}


def test_the_owners_department_of_the_nearest_page_is_concerned(floor: Floor) -> None:
    page(owner=floor["expert"])
    case = floor.open()
    case.refresh_from_db()
    assert case.department == floor.department
    assert "department" in reasons(case, floor["second"])
    assert "department" not in reasons(case, floor["third"])


def test_without_a_near_page_no_department_is(floor: Floor) -> None:
    KnowledgePageFactory(title="网点停车", body="听澜路网点有六个车位。", owner=floor["expert"])
    run_pending()
    case = floor.open()
    assert case.department is None
    assert "department" not in reasons(case, floor["second"])


def test_a_page_of_somebody_without_a_department_names_none(floor: Floor) -> None:
    page(owner=floor["administrator"])
    assert floor.open().department is None


def test_the_past_tells_which_department_was_concerned(floor: Floor) -> None:
    page(owner=floor["expert"])
    floor.resolved_need("信托能不能装入境外基金份额？", floor["second"])
    (line,) = selectors.routing_history()
    assert line["department"] == floor.department.public_id
