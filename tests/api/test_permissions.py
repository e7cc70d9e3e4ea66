"""Who may do what over the API: every role, every endpoint, and a refusal changes nothing."""

import re
from typing import Any

import pytest

from customer_knowledge.models import Answer, Message, Question, Thread
from kiplatform.events.models import OutboxEvent
from tests.api.conftest import World
from tests.factories.people import ContactFactory, StaffFactory

ASK = {"text": "能不能延期？", "kind": "product_service", "client_id": "c-1"}
ANSWER = {"text": "可以延期一次。", "client_id": "c-2", "uncited_reason": "个案"}
MESSAGE = {"text": "还有一个问题。", "client_id": "c-3"}
NOTE = MESSAGE | {"internal": True}
REACTION = {"kind": "me_too"}

# Columns: one per person; 404 where the thing looks as if it did not exist.
PEOPLE = (
    "nobody",
    "asker",
    "contact",
    "former contact",
    "stranger",
    "manager",
    "other manager",
    "colleague",
    "product team",
    "editor",
    "administrator",
)
TABLE: dict[tuple[str, str], tuple[Any, tuple[int, ...]]] = {
    ("get", "/api/questions"): (
        None,
        (401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ),
    ("post", "/api/questions"): (
        ASK,
        (401, 201, 201, 403, 201, 403, 403, 403, 403, 403, 403),
    ),
    ("get", "/api/questions/{question}"): (
        None,
        (401, 200, 200, 404, 404, 200, 404, 404, 200, 404, 200),
    ),
    ("post", "/api/questions/{question}/answers"): (
        ANSWER,
        (401, 403, 403, 404, 404, 201, 404, 404, 403, 404, 201),
    ),
    ("post", "/api/questions/{question}/confirm"): (
        {},
        (401, 200, 200, 404, 404, 403, 404, 404, 403, 404, 403),
    ),
    ("post", "/api/questions/{question}/withdraw"): (
        {},
        (401, 200, 200, 404, 404, 403, 404, 404, 403, 404, 403),
    ),
    ("get", "/api/threads/{thread}/messages"): (
        None,
        (401, 200, 200, 404, 404, 200, 404, 404, 404, 404, 200),
    ),
    ("post", "/api/threads/{thread}/messages"): (
        MESSAGE,
        (401, 201, 201, 404, 404, 201, 404, 404, 404, 404, 201),
    ),
    # The manager wrote the message, and nobody reacts to their own.
    ("post", "/api/messages/{message}/reactions"): (
        REACTION,
        (401, 200, 200, 404, 404, 422, 404, 404, 404, 404, 200),
    ),
    ("get", "/api/search?q=x"): (
        None,
        (401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ),
    ("get", "/api/suggest?q=x"): (
        None,
        (401, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200),
    ),
}
CELLS = [
    pytest.param(method, path, body, person, status, id=f"{method} {path} {person}")
    for (method, path), (body, statuses) in TABLE.items()
    for person, status in zip(PEOPLE, statuses, strict=True)
]


def contents() -> list[Any]:
    """All that a write could have changed."""
    return [
        list(Question.objects.order_by("pk").values()),
        list(Message.objects.order_by("pk").values()),
        list(Answer.objects.order_by("pk").values()),
        list(OutboxEvent.objects.order_by("pk").values_list("pk", flat=True)),
    ]


@pytest.mark.parametrize(("method", "path", "body", "person", "status"), CELLS)
def test_each_person_gets_what_is_theirs(
    world: World, method: str, path: str, body: Any, person: str, status: int
) -> None:
    address = path.format(
        question=world.question.public_id, thread=world.thread, message=world.message
    )
    before = contents()
    client = world.client(person)
    if method == "get":
        response = client.get(address)
    else:
        response = client.post(address, body, content_type="application/json")
    assert response.status_code == status, response.content.decode()
    if method == "get" or status >= 400:
        assert contents() == before
    else:
        assert contents() != before


def test_the_table_names_every_endpoint() -> None:
    from kiplatform.api import api

    paths = api.get_openapi_schema()["paths"]
    named = {(method, path) for path, methods in paths.items() for method in methods}
    told = {(method, re.sub(r"\{\w+\}", "{}", path.partition("?")[0])) for method, path in TABLE}
    assert {(method, path.replace("{public_id}", "{}")) for method, path in named} == told


@pytest.mark.parametrize("person", [p for p in PEOPLE if p not in {"nobody"}])
def test_lists_hold_what_the_person_sees_and_nothing_else(world: World, person: str) -> None:
    rows = world.client(person).get("/api/questions").json()
    sees = person in {"asker", "contact", "manager", "product team", "administrator"}
    assert (rows["count"], len(rows["items"])) == ((1, 1) if sees else (0, 0))


@pytest.mark.parametrize("person", ["asker", "contact"])
def test_a_customer_never_reads_or_writes_internal_notes(world: World, person: str) -> None:
    client = world.client(person)
    address = f"/api/threads/{world.thread}/messages"
    answer = client.get(address)
    assert answer.json()["count"] == 2
    assert world.note not in answer.content.decode()
    before = contents()
    assert client.post(address, NOTE, content_type="application/json").status_code == 403
    assert contents() == before
    assert world.client("manager").get(address).json()["count"] == 3


def test_sent_twice_is_stored_once(world: World) -> None:
    client = world.client("asker")
    for _attempt in range(2):
        asked = client.post("/api/questions", ASK, content_type="application/json")
        assert asked.status_code == 201
        client.post(
            f"/api/threads/{world.thread}/messages", MESSAGE, content_type="application/json"
        )
    assert Question.objects.filter(client_id=ASK["client_id"]).count() == 1
    assert Message.objects.filter(client_id=MESSAGE["client_id"]).count() == 1


def test_replies_mentions_and_reactions_are_told_as_each_side_sees_them(world: World) -> None:
    address = f"/api/threads/{world.thread}/messages"

    def write(person: str, text: str, reply_to: str, **more: Any) -> Any:
        body = {"text": text, "client_id": text[:40], "reply_to": reply_to} | more
        return world.client(person).post(address, body, content_type="application/json")

    first = write("asker", "那利息怎么算？", world.message).json()
    assert first["reply_to"] == world.message
    note = write("manager", "先查一下", first["id"], internal=True).json()
    asker = world.people["asker"]
    assert asker is not None
    second = write("manager", f"@{asker.name} 按活期。", note["id"]).json()
    assert (second["reply_to"], second["mentions"]) == (note["id"], [asker.public_id])
    reactions = f"/api/messages/{second['id']}/reactions"
    client = world.client("asker")
    reacted = client.post(reactions, REACTION, content_type="application/json").json()
    assert reacted["reactions"] == {"me_too": [asker.public_id]}
    # A customer is not told that there is a note, not even by its id.
    assert reacted["reply_to"] == ""
    assert note["id"] not in client.get(address).content.decode()
    off = REACTION | {"on": False}
    assert client.post(reactions, off, content_type="application/json").json()["reactions"] == {}


def test_of_people_with_one_name_those_are_mentioned_who_are_meant(world: World) -> None:
    customer = Thread.objects.get(public_id=world.thread).customer
    twins = [ContactFactory(customer=customer, user__name="李明").user for _number in range(2)]
    stranger = StaffFactory(name="李明")

    def mentioned(client_id: str, meant: list[str]) -> set[str]:
        body = {"text": "@李明 请看", "client_id": client_id, "mentions": meant}
        address = f"/api/threads/{world.thread}/messages"
        answer = world.client("manager").post(address, body, content_type="application/json")
        assert answer.status_code == 201, answer.content
        return set(answer.json()["mentions"])

    both = {user.public_id for user in twins}
    assert mentioned("both", []) == both
    assert mentioned("one", [twins[1].public_id]) == {twins[1].public_id}
    assert mentioned("a stranger", [stranger.public_id]) == both


def test_nobody_replies_to_what_they_do_not_see(world: World) -> None:
    note = Message.objects.get(client_id="note").public_id
    before = contents()
    for reply_to in (note, "nowhere"):
        body = MESSAGE | {"reply_to": reply_to}
        address = f"/api/threads/{world.thread}/messages"
        answer = world.client("asker").post(address, body, content_type="application/json")
        assert answer.status_code == 404
    assert contents() == before
