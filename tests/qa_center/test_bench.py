"""The discussions that the load test plays are real ones: the same service, channel and rules."""

import pytest

from customer_knowledge.models import Message
from customer_knowledge.realtime import ThreadChannel
from kiplatform.core.errors import NotFound
from kiplatform.events.models import OutboxEvent
from qa_center.bench import SCENE
from qa_center.models import ResearchCase
from tests.factories.people import ColleagueFactory


def test_what_is_posted_is_a_message_of_a_case_that_its_members_hear(db: None) -> None:
    members = [ColleagueFactory() for _person in range(3)]
    key = SCENE.open_thread(members)
    for number in (1, 2):
        assert SCENE.post(members[number], key, f"item-{number}", f"{number} x") == number
    # Sent again it is the same message, as for every client.
    assert SCENE.post(members[1], key, "item-1", "1 x") == 1
    channel = ThreadChannel()
    frames = channel.since(key, 0, members[0])
    assert [(frame.version, frame.data["text"]) for frame in frames] == [(1, "1 x"), (2, "2 x")]
    assert channel.authorise({member.pk for member in members}, key) == {m.pk for m in members}
    assert ResearchCase.objects.get().thread.public_id == key
    assert OutboxEvent.objects.filter(name="message.posted").count() == 2


def test_who_is_not_in_the_discussion_posts_nothing(db: None) -> None:
    key = SCENE.open_thread([ColleagueFactory()])
    with pytest.raises(NotFound):
        SCENE.post(ColleagueFactory(), key, "item", "1 x")
    assert not Message.objects.exists()
