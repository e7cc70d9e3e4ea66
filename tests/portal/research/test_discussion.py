"""A case's discussion in the page, without scripts: replies, mentions, reactions, read marks."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from customer_knowledge.models import Message, Reaction
from kiplatform.core import clock
from kiplatform.events.relay import run_pending
from kiplatform.notifications.selectors import inbox
from qa_center import services
from qa_center.models import ResearchCase
from tests.portal.research.conftest import AsUser, Floor, everything

HTMX = {"HX-Request": "true"}


@pytest.fixture
def case(floor: Floor) -> ResearchCase:
    return floor.joined("expert", "second")


def address(case: ResearchCase) -> str:
    return reverse("workspace:case", args=[case.public_id])


def write(client: Client, case: ResearchCase, text: str, **fields: Any) -> Any:
    """Send the composer's form as a browser without scripts does."""
    url = reverse("shared:thread_messages", args=[case.thread.public_id])
    sent = {"text": text, "client_id": f"c-{text}"[:40], **fields}
    return client.post(f"{url}?next={address(case)}", sent)


def wrote(floor: Floor, case: ResearchCase, who: str, text: str) -> Message:
    return services.case_message_post(
        actor=floor[who], case=case, text=text, client_id=f"{who}-{text}"[:40]
    )


def react(client: Client, message: Message, kind: str, on: str = "1", **headers: Any) -> Any:
    url = reverse("shared:message_react", args=[message.public_id])
    return client.post(url, {"kind": kind, "on": on}, **headers)


class TestReplies:
    def test_the_reply_link_shows_what_is_replied_to_and_the_form_carries_it(
        self, floor: Floor, case: ResearchCase, manager: Client
    ) -> None:
        message = wrote(floor, case, "expert", "可以装入")
        page = manager.get(address(case)).content.decode()
        assert f"?reply={message.public_id}#composer" in page
        chosen = manager.get(address(case), {"reply": message.public_id}).content.decode()
        assert f'name="reply_to" value="{message.public_id}"' in chosen
        answer = write(manager, case, "有先例吗？", reply_to=message.public_id)
        reply = Message.objects.get(text="有先例吗？")
        assert reply.reply_to == message
        assert answer["Location"] == f"{address(case)}#message-{reply.public_id}"
        assert f'href="#message-{message.public_id}"' in manager.get(address(case)).content.decode()

    def test_what_is_not_in_the_thread_is_not_replied_to(
        self, floor: Floor, case: ResearchCase, manager: Client
    ) -> None:
        elsewhere = floor.question.thread.messages.get()
        page = manager.get(address(case), {"reply": elsewhere.public_id}).content.decode()
        assert 'name="reply_to" value=""' in page
        assert elsewhere.text not in page.partition('id="composer"')[2]
        before = everything()
        for key in (elsewhere.public_id, "nothere"):
            refused = write(manager, case, "那么", reply_to=key)
            assert refused.status_code == 422
            assert "那么" in refused.content.decode()
        assert everything() == before

    def test_a_refused_reply_keeps_its_words_and_its_quote(
        self, floor: Floor, case: ResearchCase, manager: Client
    ) -> None:
        message = wrote(floor, case, "expert", "可以装入")
        refused = write(manager, case, "字" * 20_001, reply_to=message.public_id)
        assert refused.status_code == 422
        assert f'name="reply_to" value="{message.public_id}"' in refused.content.decode()


class TestMentions:
    def test_only_who_takes_part_can_be_picked(
        self, floor: Floor, case: ResearchCase, manager: Client
    ) -> None:
        page = manager.get(address(case)).content.decode()
        for who in ("expert", "second"):
            assert f'value="{floor[who].public_id}" data-mention-name' in page
        for who in ("manager", "third", "administrator", "other manager", "contact"):
            assert f'value="{floor[who].public_id}" data-mention-name' not in page

    def test_a_tick_without_scripts_names_the_person_and_tells_them_where(
        self, floor: Floor, case: ResearchCase, manager: Client
    ) -> None:
        expert, third = floor["expert"], floor["third"]
        write(manager, case, "您怎么看？", mention=[expert.public_id, third.public_id])
        message = Message.objects.get(text__endswith="您怎么看？")
        assert message.text == f"@{expert.name} 您怎么看？"
        run_pending()
        entry = inbox(expert)[0]
        assert entry.type == "message.mentioned"
        assert entry.url == f"{address(case)}#message-{message.public_id}"
        assert "message.mentioned" not in {e.type for e in inbox(third)}

    def test_a_name_is_shown_as_a_mention_and_its_text_stays_text(
        self, floor: Floor, case: ResearchCase, expert: Client
    ) -> None:
        wrote(floor, case, "manager", f"@{floor['expert'].name} <b>看</b> @nobody")
        page = expert.get(address(case)).content.decode()
        assert f'<span class="mention mention--me">@{floor["expert"].name}</span>' in page
        assert "&lt;b&gt;看&lt;/b&gt; @nobody" in page


class TestReactions:
    def test_a_press_without_scripts_sets_it_and_another_takes_it_back(
        self, floor: Floor, case: ResearchCase, manager: Client
    ) -> None:
        message = wrote(floor, case, "expert", "可以装入")
        sent = f"{reverse('shared:message_react', args=[message.public_id])}?next={address(case)}"
        answer = manager.post(sent, {"kind": "endorse", "on": "1"})
        assert answer["Location"] == f"{address(case)}#message-{message.public_id}"
        page = manager.get(address(case)).content.decode()
        assert f'id="react-{message.public_id}-endorse" aria-pressed="true"' in page
        assert floor["manager"].name in page
        manager.post(sent, {"kind": "endorse", "on": "0"})
        page = manager.get(address(case)).content.decode()
        assert f'id="react-{message.public_id}-endorse"' not in page
        assert not Reaction.objects.exists()

    def test_a_script_gets_the_message_alone(
        self, floor: Floor, case: ResearchCase, manager: Client
    ) -> None:
        message = wrote(floor, case, "expert", "可以装入")
        wrote(floor, case, "expert", "另一条")
        part = react(manager, message, "object", headers=HTMX).content.decode()
        assert part.count('<li class="message') == 1
        assert "另一条" not in part

    @pytest.mark.parametrize(
        ("who", "status"),
        [
            ("manager", 302),
            ("second", 302),
            ("administrator", 302),
            ("expert", 422),
            ("third", 404),
            ("head", 404),
            ("other manager", 404),
            ("product team", 404),
            ("editor", 404),
            ("contact", 404),
        ],
    )
    def test_who_may_react(
        self, floor: Floor, case: ResearchCase, as_user: AsUser, who: str, status: int
    ) -> None:
        message = wrote(floor, case, "expert", "可以装入")
        before = everything()
        assert react(as_user(floor[who]), message, "endorse").status_code == status
        assert Reaction.objects.exists() is (status == 302)
        if status != 302:
            assert everything() == before

    def test_an_ended_case_offers_neither_replies_nor_reactions(
        self, floor: Floor, case: ResearchCase, manager: Client
    ) -> None:
        message = wrote(floor, case, "expert", "可以装入")
        react(manager, message, "endorse")
        services.case_cancel(actor=floor["manager"], case=case, reason="不再需要")
        page = manager.get(address(case)).content.decode()
        assert "?reply=" not in page
        assert reverse("shared:message_react", args=[message.public_id]) not in page
        assert 'class="reaction"' in page


class TestReading:
    def test_the_page_says_who_has_read_up_to_where(
        self, floor: Floor, case: ResearchCase, manager: Client, expert: Client
    ) -> None:
        first = wrote(floor, case, "manager", "第一条")
        expert.get(address(case))
        wrote(floor, case, "manager", "第二条")
        page = manager.get(address(case)).content.decode()
        readers = page.partition('id="thread-readers"')[2].partition("</div>")[0]
        assert f"{floor['expert'].name}: read up to" in readers
        assert f'href="#message-{first.public_id}"' in readers
        assert f"Not opened yet: {floor['second'].name}" in readers
        expert.get(address(case))
        part = manager.get(reverse("shared:thread_readers", args=[case.thread.public_id]))
        assert f"Read by {floor['expert'].name}" in part.content.decode()

    @pytest.mark.parametrize(
        ("who", "status"),
        [("second", 200), ("administrator", 200), ("third", 404), ("contact", 404)],
    )
    def test_who_may_ask_who_has_read(
        self, floor: Floor, case: ResearchCase, as_user: AsUser, who: str, status: int
    ) -> None:
        url = reverse("shared:thread_readers", args=[case.thread.public_id])
        assert as_user(floor[who]).get(url).status_code == status

    def test_a_border_stands_before_what_is_new_until_it_was_seen(
        self, floor: Floor, case: ResearchCase, expert: Client
    ) -> None:
        wrote(floor, case, "manager", "旧的")
        assert page_of(expert, case).count("thread__unread") == 0
        wrote(floor, case, "manager", "新的")
        page = page_of(expert, case)
        assert page.count("thread__unread") == 1
        assert page.index("旧的") < page.index("thread__unread") < page.index("新的")
        assert page_of(expert, case).count("thread__unread") == 0

    def test_what_a_hidden_page_takes_in_stays_unread(
        self, floor: Floor, case: ResearchCase, expert: Client
    ) -> None:
        expert.get(address(case))
        wrote(floor, case, "manager", "新的")
        url = reverse("shared:thread_messages", args=[case.thread.public_id])
        assert "新的" in expert.get(url, {"seen": "0"}, headers=HTMX).content.decode()
        assert unread_on_board(expert) == "1 new message"
        expert.get(url, {"seen": "1"}, headers=HTMX)
        assert unread_on_board(expert) == ""

    def test_the_board_counts_for_members_alone(
        self, floor: Floor, case: ResearchCase, expert: Client, as_user: AsUser
    ) -> None:
        wrote(floor, case, "manager", "一")
        wrote(floor, case, "second", "二")
        assert unread_on_board(expert) == "2 new messages"
        assert unread_on_board(as_user(floor["administrator"])) == ""
        services.case_cancel(actor=floor["manager"], case=case, reason="不再需要")

    def test_the_cost_does_not_grow_with_reactions_mentions_and_readers(
        self, floor: Floor, case: ResearchCase, manager: Client
    ) -> None:
        from django.db import connection

        def cost() -> int:
            manager.get(address(case))
            with CaptureQueriesContext(connection) as queries:
                manager.get(address(case))
            return len(queries)

        react(manager, wrote(floor, case, "expert", f"@{floor['manager'].name}"), "endorse")
        few = cost()
        for number in range(6):
            message = wrote(floor, case, "expert", f"@{floor['manager'].name} {number}")
            react(manager, message, "object")
        assert cost() == few


def page_of(client: Client, case: ResearchCase) -> str:
    """The list of messages in the case's page, without the template for scripts."""
    page = client.get(address(case)).content.decode()
    return page.partition('id="thread-list"')[2].partition("</ol>")[0]


def unread_on_board(client: Client) -> str:
    page = client.get(reverse("workspace:cases"), {"show": "running"}).content.decode()
    for words in ("1 new message<", "2 new messages<"):
        if words in page:
            return words[:-1]
    assert "new message" not in page
    return ""


def test_whoever_an_overdue_case_has_gone_to_is_in_its_discussion(
    floor: Floor, case: ResearchCase, as_user: AsUser
) -> None:
    wrote(floor, case, "expert", "可以装入")
    head = as_user(floor["head"])
    assert head.get(address(case)).status_code == 404
    ResearchCase.objects.update(due_at=clock.now() - timedelta(hours=1))
    services.advance_due()
    assert ResearchCase.objects.get().owner == floor["head"]
    page = head.get(address(case))
    assert page.status_code == 200
    assert "可以装入" in page.content.decode()
    write(head, case, "我来看看")
    assert Message.objects.filter(text="我来看看", author=floor["head"]).exists()
