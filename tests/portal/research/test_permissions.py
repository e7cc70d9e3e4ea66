"""Who comes in at which door of the research center, and that nobody else changes anything."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from portal.research.urls import urlpatterns
from qa_center import services
from qa_center.models import Invitation, ResearchCase
from tests.portal.research.conftest import AsUser, Floor, everything, evidence, proposal

PEOPLE = (
    "manager",
    "other manager",
    "second",
    "expert",
    "third",
    "product team",
    "editor",
    "administrator",
    "contact",
)
MANAGERS = {"manager": 200, "administrator": 200}
INVOLVED = {**MANAGERS, "expert": 200, "second": 200}
STAFF = dict.fromkeys((who for who in PEOPLE if who != "contact"), 200)


@dataclass(frozen=True)
class Door:
    """An address, by what it is about, with the statuses of those who do not get a 404."""

    name: str
    about: str = "case"
    gets: Mapping[str, int] = field(default_factory=dict)
    # What is sent, and who may send it: everybody else is refused with this status.
    sends: Mapping[str, str] | None = None
    may_send: frozenset[str] = frozenset()
    refused: Mapping[str, int] = field(default_factory=dict)


DECIDES = frozenset({"manager", "administrator"})
TAKES_PART = DECIDES | {"expert"}
JOINS = {"second": 403}
DOORS = (
    Door("cases", about="", gets=STAFF),
    Door("invitations", about="", gets=STAFF),
    Door(
        "case_open",
        about="",
        gets={**MANAGERS, "other manager": 200},
        sends={"text": "境外基金份额能否装入信托？", "urgency": "normal", "client_id": "new"},
        may_send=DECIDES | {"other manager"},
    ),
    Door("case", gets=INVOLVED),
    Door("case_side", gets=INVOLVED),
    Door("case_ask", gets={"manager": 302, "administrator": 302}, sends={}, may_send=DECIDES),
    Door("case_invite", gets=MANAGERS, sends={"expert": ""}, may_send=DECIDES),
    Door(
        "case_propose",
        gets={**MANAGERS, "expert": 200, **JOINS},
        sends={"text": "还不能装入。", "client_id": "table"},
        may_send=TAKES_PART,
        refused=JOINS,
    ),
    Door(
        "case_leave",
        sends={},
        may_send=frozenset({"expert", "manager"}),
        refused={**JOINS, "administrator": 403},
    ),
    Door("case_answer", gets=MANAGERS, sends={"text": "可以", "client_id": "a"}, may_send=DECIDES),
    Door("case_accept", gets=MANAGERS, sends={"text": "可以", "client_id": "a"}, may_send=DECIDES),
    Door(
        "case_release",
        gets={"manager": 302, "administrator": 302},
        sends={"text": "可以", "client_id": "a"},
        may_send=DECIDES,
    ),
    Door(
        "case_capture",
        gets={"manager": 302, "administrator": 302},
        sends={"client_id": "a"},
        may_send=DECIDES,
    ),
    Door(
        "case_close",
        gets=MANAGERS,
        sends={"how": "cancel", "reason": "不必了", "client_id": "a"},
        may_send=DECIDES,
    ),
    Door(
        "case_unmask", gets=MANAGERS, sends={"reason": "好奇", "client_id": "a"}, may_send=DECIDES
    ),
    Door(
        "case_postpone",
        gets=MANAGERS,
        sends={"reason": "等回复", "due_at": "2031-01-01T10:00", "client_id": "a"},
        may_send=DECIDES,
    ),
    Door("case_merge", gets=MANAGERS, sends={"into": "", "client_id": "a"}, may_send=DECIDES),
    Door(
        "evidence_mark",
        about="evidence",
        sends={"mark": "fits"},
        may_send=DECIDES,
        refused={"expert": 403, "second": 403},
    ),
    Door(
        "proposal_revise",
        about="proposal",
        gets={"expert": 200, "manager": 403, "administrator": 403, "second": 403},
        sends={"text": "改一改", "based_on": "1", "client_id": "a"},
        may_send=frozenset({"expert"}),
        refused={"manager": 403, "administrator": 403, "second": 403},
    ),
    Door(
        "proposal_withdraw",
        about="proposal",
        sends={},
        may_send=frozenset({"expert"}),
        refused={"manager": 403, "administrator": 403, "second": 403},
    ),
    Door("proposal_endorse", about="proposal", sends={}, may_send=TAKES_PART, refused=JOINS),
    Door(
        "proposal_object",
        about="proposal",
        gets={**MANAGERS, "expert": 200, **JOINS},
        sends={"reason": "缺少依据", "version": "1", "client_id": "a"},
        may_send=TAKES_PART,
        refused=JOINS,
    ),
    Door("invitation_accept", about="invitation", sends={}, may_send=frozenset({"second"})),
    Door(
        "invitation_decline",
        about="invitation",
        gets={"second": 200},
        sends={"reason": "不熟悉", "client_id": "a"},
        may_send=frozenset({"second"}),
    ),
    Door(
        "invitation_snooze",
        about="invitation",
        sends={"hours": "4"},
        may_send=frozenset({"second"}),
    ),
)


@dataclass
class Scene:
    case: ResearchCase
    addresses: dict[str, str]

    def address(self, door: Door) -> str:
        args = [self.addresses[door.about]] if door.about else []
        return reverse(f"workspace:{door.name}", args=args)


@pytest.fixture
def scene(floor: Floor) -> Scene:
    """A case in which the expert has proposed and the second colleague has not replied."""
    case = floor.asked("expert", "second")
    accepted = Invitation.objects.get(case=case, expert=floor["expert"])
    services.invitation_accept(actor=floor["expert"], invitation=accepted)
    case.refresh_from_db()
    made = proposal(floor, case, "expert")
    piece = evidence(case)
    pending = Invitation.objects.get(case=case, expert=floor["second"])
    case.refresh_from_db()
    return Scene(
        case,
        {
            "case": case.public_id,
            "proposal": made.public_id,
            "evidence": piece.public_id,
            "invitation": pending.public_id,
        },
    )


def test_the_table_names_every_door() -> None:
    assert {pattern.name for pattern in urlpatterns} == {door.name for door in DOORS}


@pytest.mark.parametrize("door", [d for d in DOORS if d.gets], ids=lambda door: door.name)
def test_looking_is_for_these_people_alone_and_changes_nothing(
    door: Door, floor: Floor, scene: Scene, as_user: AsUser
) -> None:
    before = everything()
    seen = {w: as_user(floor[w]).get(scene.address(door)).status_code for w in PEOPLE}
    assert seen == {who: door.gets.get(who, 404) for who in PEOPLE}
    anonymous = Client().get(scene.address(door))
    assert anonymous.status_code == 302
    assert anonymous["Location"].startswith("/accounts/login/")
    assert everything() == before


@pytest.mark.parametrize("door", [d for d in DOORS if d.sends is not None], ids=lambda d: d.name)
def test_whoever_may_not_send_is_refused_and_changes_nothing(
    door: Door, floor: Floor, scene: Scene, as_user: AsUser
) -> None:
    before = everything()
    for who in PEOPLE:
        if who not in door.may_send:
            answer = as_user(floor[who]).post(scene.address(door), door.sends)
            assert (who, answer.status_code) == (who, door.refused.get(who, 404))
    assert Client().post(scene.address(door), door.sends).status_code == 302
    assert everything() == before


@pytest.mark.parametrize(
    "door", [d for d in DOORS if d.sends is not None and not d.gets], ids=lambda d: d.name
)
def test_a_deed_is_not_done_by_following_a_link(
    door: Door, floor: Floor, scene: Scene, as_user: AsUser
) -> None:
    before = everything()
    for who in sorted(door.may_send):
        assert as_user(floor[who]).get(scene.address(door)).status_code == 405
    assert everything() == before


def test_a_forwarded_link_opens_nothing_and_says_what_a_wrong_one_says(
    floor: Floor, scene: Scene, as_user: AsUser
) -> None:
    outsider = as_user(floor["third"])
    real = outsider.get(reverse("workspace:case", args=[scene.case.public_id]))
    wrong = outsider.get(reverse("workspace:case", args=["0000000000000000"]))
    assert real.status_code == wrong.status_code == 404
    assert scene.case.text not in real.content.decode()


def _leaves(client: Client, scene: Scene) -> Any:
    return client.post(reverse("workspace:case_leave", args=[scene.case.public_id]))


def test_who_has_left_finds_the_case_no_more(floor: Floor, scene: Scene, as_user: AsUser) -> None:
    expert = as_user(floor["expert"])
    assert _leaves(expert, scene)["Location"] == reverse("workspace:invitations")
    for name in ("case", "case_side", "case_propose"):
        address = reverse(f"workspace:{name}", args=[scene.case.public_id])
        assert expert.get(address).status_code == 404
    before = everything()
    assert _leaves(expert, scene).status_code == 404
    assert everything() == before
