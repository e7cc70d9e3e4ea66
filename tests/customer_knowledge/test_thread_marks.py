"""What people add to a thread beside words: mentions, reactions, how far they have read."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from customer_knowledge import selectors, services
from customer_knowledge.mentions import named_in, segments, with_names
from customer_knowledge.models import Message, Question, Reaction, ReadMark, Thread
from customer_knowledge.realtime import ConversationChannel, ReadsChannel, ThreadChannel
from customer_knowledge.thread_people import marks_of, mentionable, people_of, readers_of
from kiplatform.accounts.models import User
from kiplatform.core.errors import Conflict, InvalidInput, NotFound
from kiplatform.events.models import OutboxEvent
from kiplatform.events.relay import run_pending
from kiplatform.notifications.models import Notification
from kiplatform.notifications.selectors import inbox
from tests.customer_knowledge.conftest import Cast
from tests.factories.people import ColleagueFactory


def post(cast: Cast, question: Question, who: str, text: str, **more: Any) -> Message:
    """Let somebody write into the question's thread."""
    thread = Thread.objects.get(pk=question.thread_id)
    client_id = f"{who}-{text}"[:40]
    return services.message_post(
        actor=cast[who], thread=thread, text=text, client_id=client_id, **more
    )


def events(name: str) -> list[dict[str, Any]]:
    return [row.payload for row in OutboxEvent.objects.filter(name=name).order_by("id")]


@pytest.fixture
def discussion(db: None) -> Thread:
    """Three colleagues among themselves."""
    people = [ColleagueFactory(name=name) for name in ("唐磊", "唐磊磊", "Ann")]
    thread = services.thread_open_for_case(actor=people[0])
    for person in people[1:]:
        services.thread_member_add(actor=people[0], thread=thread, user=person)
    return thread


def member(name: str) -> User:
    return User.objects.get(name=name)


class TestNames:
    @pytest.mark.parametrize(
        ("text", "named"),
        [
            ("@唐磊你看看", ["唐磊"]),
            ("@唐磊磊你看看", ["唐磊磊"]),
            ("请 @唐磊 和 @唐磊磊 都看看", ["唐磊", "唐磊磊"]),
            ("@Ann, please", ["Ann"]),
            ("@ann please", ["Ann"]),
            ("@Anna please", []),
            ("唐磊 without a sign", []),
            ("@nobody", []),
        ],
    )
    def test_the_longest_name_after_the_sign_is_meant(
        self, discussion: Thread, text: str, named: list[str]
    ) -> None:
        assert [user.name for user in named_in(text, people_of(discussion))] == named

    def test_of_two_people_with_one_name_the_chosen_one_is_meant(self, db: None) -> None:
        one, other = ColleagueFactory(name="王芳"), ColleagueFactory(name="王芳")
        assert named_in("@王芳", [one, other]) == [one, other]
        assert named_in("@王芳", [one, other], {other.pk}) == [other]

    def test_who_was_picked_is_named_in_the_text(self, db: None) -> None:
        one, other = ColleagueFactory(name="唐磊"), ColleagueFactory(name="许安琪")
        assert with_names("@唐磊 请看", [one, other]) == "@许安琪 @唐磊 请看"
        assert with_names("请看", []) == "请看"

    def test_parts_of_a_text_put_together_are_the_text(self) -> None:
        text = "看 @唐磊，还有 @Ann!"
        parts = segments(text, {"唐磊", "Ann"})
        assert "".join(words for words, _name in parts) == text
        assert [words for words, name in parts if name] == ["@唐磊", "@Ann"]


class TestMentions:
    def test_a_name_in_the_text_is_a_mention_that_is_announced_once(
        self, discussion: Thread
    ) -> None:
        for _attempt in range(2):
            message = services.message_post(
                actor=member("唐磊"), thread=discussion, text="@Ann 您怎么看？", client_id="m"
            )
        assert [user.name for user in message.mentions.all()] == ["Ann"]
        (told,) = events("message.mentioned")
        assert told["users"] == [member("Ann").public_id]

    def test_nobody_mentions_themselves(self, discussion: Thread) -> None:
        message = services.message_post(
            actor=member("Ann"), thread=discussion, text="@Ann", client_id="m"
        )
        assert not message.mentions.exists()

    def test_an_edit_tells_only_who_was_not_named_before(self, discussion: Thread) -> None:
        author = member("唐磊")
        message = services.message_post(
            actor=author, thread=discussion, text="@Ann 看", client_id="m"
        )
        services.message_edit(actor=author, message=message, text="@Ann 看，@唐磊磊 也看")
        assert [e["users"] for e in events("message.mentioned")] == [
            [member("Ann").public_id],
            [member("唐磊磊").public_id],
        ]
        services.message_edit(actor=author, message=message, text="不用看了")
        assert not message.mentions.exists()

    def test_who_does_not_see_the_thread_is_never_mentioned(
        self, discussion: Thread, cast: Cast
    ) -> None:
        stranger = cast["colleague"]
        left = member("唐磊磊")
        services.thread_member_remove(actor=None, thread=discussion, user=left)
        message = services.message_post(
            actor=member("唐磊"),
            thread=discussion,
            text=f"@{stranger.name} @唐磊磊",
            client_id="m",
            mentions=[stranger, left],
        )
        assert not message.mentions.exists()
        assert events("message.mentioned") == []

    def test_a_customers_thread_names_its_people_and_notes_name_no_contact(
        self, cast: Cast, question: Question
    ) -> None:
        thread = Thread.objects.get(pk=question.thread_id)
        ours = {cast["contact"], cast["second contact"], cast["manager"]}
        assert set(people_of(thread)) == ours
        assert set(mentionable(thread, internal=True)) == {cast["manager"]}
        contact = cast["contact"]
        note = post(
            cast, question, "administrator", f"@{contact.name}", internal=True, mentions=[contact]
        )
        assert not note.mentions.exists()
        shared = post(cast, question, "manager", f"@{contact.name} 您好")
        assert list(shared.mentions.all()) == [contact]

    def test_a_notification_leads_to_the_message_and_replaces_the_general_one(
        self, cast: Cast, question: Question
    ) -> None:
        run_pending()
        contact = cast["contact"]
        before = {entry.public_id for entry in inbox(contact)}
        message = post(cast, question, "manager", f"@{contact.name} 您好")
        run_pending()
        (entry,) = [e for e in inbox(contact) if e.public_id not in before]
        assert entry.type == "message.mentioned"
        address = f"/portal/questions/{question.public_id}/#message-{message.public_id}"
        assert entry.url == address
        services.message_delete(actor=cast["manager"], message=message)
        assert [e for e in inbox(contact) if e.public_id not in before] == []

    def test_a_relay_that_repeats_itself_tells_once(self, cast: Cast, question: Question) -> None:
        from customer_knowledge.notifications import notify_mentioned
        from kiplatform.events.registry import RecordedEvent

        post(cast, question, "manager", f"@{cast['contact'].name}")
        run_pending()
        row = OutboxEvent.objects.get(name="message.mentioned")
        notify_mentioned(
            RecordedEvent(
                id=row.pk,
                event_id=row.event_id,
                name=row.name,
                payload=row.payload,
                actor_id=row.actor_id,
                subject=row.subject,
                trace_id=row.trace_id,
                occurred_at=row.occurred_at,
            )
        )
        told = Notification.objects.filter(type="message.mentioned")
        assert told.count() == 1


class TestReactions:
    def test_a_press_is_kept_once_and_a_second_press_changes_nothing(
        self, discussion: Thread
    ) -> None:
        message = services.message_post(
            actor=member("唐磊"), thread=discussion, text="可以装入", client_id="m"
        )
        for _attempt in range(2):
            services.message_react(actor=member("Ann"), message=message, kind="endorse", on=True)
        assert Reaction.objects.count() == 1
        assert [e["change"] for e in events("message.changed")] == ["reaction"]
        for _attempt in range(2):
            services.message_react(actor=member("Ann"), message=message, kind="endorse", on=False)
        assert Reaction.objects.count() == 0
        assert len(events("message.changed")) == 2

    def test_the_database_refuses_a_second_one_and_an_unknown_kind(
        self, discussion: Thread
    ) -> None:
        message = services.message_post(
            actor=member("唐磊"), thread=discussion, text="可以", client_id="m"
        )
        Reaction.objects.create(message=message, user=member("Ann"), kind="endorse")
        for kind in ("endorse", "applause"):
            with pytest.raises(IntegrityError), transaction.atomic():
                Reaction.objects.create(message=message, user=member("Ann"), kind=kind)

    def test_what_cannot_be_reacted_to(self, discussion: Thread) -> None:
        author, ann = member("唐磊"), member("Ann")
        message = services.message_post(actor=author, thread=discussion, text="可以", client_id="m")
        with pytest.raises(InvalidInput):
            services.message_react(actor=author, message=message, kind="endorse", on=True)
        with pytest.raises(InvalidInput):
            services.message_react(actor=ann, message=message, kind="applause", on=True)
        services.thread_close(thread=discussion)
        with pytest.raises(Conflict):
            services.message_react(actor=ann, message=message, kind="endorse", on=True)
        Thread.objects.update(closed_at=None)
        services.message_delete(actor=author, message=message)
        with pytest.raises(Conflict):
            services.message_react(actor=ann, message=message, kind="endorse", on=True)
        assert not Reaction.objects.exists()

    @pytest.mark.parametrize(
        ("who", "error"),
        [
            ("contact", InvalidInput),
            ("second contact", InvalidInput),
            ("administrator", InvalidInput),
            ("contact who left", NotFound),
            ("other contact", NotFound),
            ("former manager", NotFound),
            ("other manager", NotFound),
            ("colleague", NotFound),
            ("product team", NotFound),
            ("editor", NotFound),
        ],
    )
    def test_nobody_objects_with_a_sign_between_customer_and_company(
        self, cast: Cast, question: Question, who: str, error: type[Exception]
    ) -> None:
        message = post(cast, question, "manager", "按活期计息")
        with pytest.raises(error):
            services.message_react(actor=cast[who], message=message, kind="object", on=True)
        assert not Reaction.objects.exists()

    def test_a_contact_reacts_to_no_note(self, cast: Cast, question: Question) -> None:
        note = post(cast, question, "manager", "别告诉她", internal=True)
        with pytest.raises(NotFound):
            services.message_react(actor=cast["contact"], message=note, kind="endorse", on=True)
        services.message_react(actor=cast["administrator"], message=note, kind="object", on=True)
        assert Reaction.objects.get().user == cast["administrator"]


class TestReading:
    def test_unread_are_others_messages_and_neither_edits_nor_reactions(
        self, cast: Cast, question: Question
    ) -> None:
        def unread(who: str) -> int:
            row = selectors.questions_for(cast[who]).get(pk=question.pk)
            return int(row.unread)  # type: ignore[attr-defined]

        assert unread("manager") == 1
        services.mark_read(user=cast["manager"], thread=Thread.objects.get())
        assert unread("manager") == 0
        first = post(cast, question, "contact", "还有一事")
        second = post(cast, question, "contact", "再有一事")
        assert (unread("manager"), unread("contact")) == (2, 0)
        services.mark_read(user=cast["manager"], thread=Thread.objects.get())
        services.message_edit(actor=cast["contact"], message=first, text="改过")
        services.message_react(actor=cast["administrator"], message=second, kind="endorse", on=True)
        assert unread("manager") == 0

    def test_notes_are_unread_for_no_contact(self, cast: Cast, question: Question) -> None:
        post(cast, question, "manager", "别告诉她", internal=True)
        assert selectors.questions_for(cast["contact"]).get().unread == 0  # type: ignore[attr-defined]

    def test_a_mark_never_goes_back_and_moves_only_when_something_was_read(
        self, cast: Cast, question: Question
    ) -> None:
        manager = cast["manager"]
        services.mark_read(user=manager, thread=Thread.objects.get())
        post(cast, question, "contact", "还有")
        for version in (None, 1, None):
            services.mark_read(user=manager, thread=Thread.objects.get(), version=version)
        mark = ReadMark.objects.get(user=manager)
        assert (mark.version, mark.number) == (2, 2)
        # The contact's two posts moved the contact's mark, the manager moved twice.
        assert Thread.objects.get().read_version == 4

    def test_an_edit_moves_the_version_and_not_what_was_read(
        self, cast: Cast, question: Question
    ) -> None:
        services.mark_read(user=cast["manager"], thread=Thread.objects.get())
        message = question.thread.messages.get()
        services.message_react(actor=cast["manager"], message=message, kind="me_too", on=True)
        before = Thread.objects.get().read_version
        services.mark_read(user=cast["manager"], thread=Thread.objects.get())
        assert Thread.objects.get().read_version == before

    def test_who_has_read_up_to_where(self, cast: Cast, question: Question) -> None:
        for who in ("manager", "administrator"):
            services.mark_read(user=cast[who], thread=Thread.objects.get())
        post(cast, question, "contact", "还有一事")
        services.mark_read(user=cast["administrator"], thread=Thread.objects.get())
        post(cast, question, "administrator", "记一笔", internal=True)
        thread = Thread.objects.get()
        messages = list(Message.objects.filter(thread=thread))

        found = {
            reader.user: (reader.last.text if reader.last else None, reader.is_up_to_date)
            for reader in readers_of(
                cast["administrator"], people_of(thread), marks_of(thread), messages
            )
        }
        assert found == {
            cast["manager"]: (question.text, False),
            # A note is not for contacts, so the contact has read all, up to their own words.
            cast["second contact"]: (None, False),
        }

    def test_only_the_last_word_goes_without_saying(self, cast: Cast, question: Question) -> None:
        post(cast, question, "manager", "我看看")

        def told_of() -> dict[User, bool]:
            thread = Thread.objects.get()
            messages = list(Message.objects.filter(thread=thread))
            return {
                reader.user: reader.is_up_to_date
                for reader in readers_of(
                    cast["administrator"], [cast["manager"]], marks_of(thread), messages
                )
            }

        assert told_of() == {}
        post(cast, question, "contact", "谢谢")
        assert told_of() == {cast["manager"]: False}

    @pytest.mark.parametrize("who", ["other contact", "colleague", "former manager"])
    def test_who_does_not_see_the_thread_marks_nothing(
        self, cast: Cast, question: Question, who: str
    ) -> None:
        with pytest.raises(NotFound):
            services.mark_read(user=cast[who], thread=Thread.objects.get())
        assert not ReadMark.objects.filter(user=cast[who]).exists()


class TestFrames:
    def test_a_frame_names_reactions_mentions_and_what_is_replied_to(
        self, cast: Cast, question: Question
    ) -> None:
        note = post(cast, question, "manager", "别告诉她", internal=True)
        message = post(cast, question, "manager", f"@{cast['contact'].name} 您好", reply_to=note)
        services.message_react(actor=cast["contact"], message=message, kind="me_too", on=True)
        key = question.thread.public_id
        company = ThreadChannel().since(key, 0, cast["manager"])[-1].data
        assert company["reply_to"] == note.public_id
        assert company["mentions"] == [cast["contact"].public_id]
        assert company["reactions"] == {"me_too": [cast["contact"].public_id]}
        customer = ConversationChannel().since(key, 0, cast["contact"])[-1].data
        assert customer["message"] == message.public_id
        # That there is a note is not told, not even by its id.
        assert customer["reply_to"] == ""

    def test_what_is_read_is_heard_by_the_companys_side_alone(
        self, cast: Cast, question: Question
    ) -> None:
        channel, key = ReadsChannel(), question.thread.public_id
        everybody = {user.pk for user in cast.people.values()}
        may = {cast["manager"].pk, cast["administrator"].pk}
        assert channel.authorise(everybody, key) == may
        before = channel.version(key)
        services.mark_read(user=cast["manager"], thread=Thread.objects.get())
        assert channel.version(key) == before + 1
        (frame,) = channel.since(key, before, cast["manager"])
        assert (frame.version, frame.data) == (before + 1, {})
        assert channel.since(key, before + 1, cast["manager"]) == []
