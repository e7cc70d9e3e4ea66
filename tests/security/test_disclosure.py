"""Nobody learns from a customer's words who the customer is, unless they know the customer."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customer_knowledge import services as exchange
from customer_knowledge.masking import COVER, masked
from customer_knowledge.models import Answer, Contact, Question
from kiplatform.accounts.models import User
from kiplatform.events.relay import run_pending
from kiplatform.notifications.models import Notification
from kiplatform.realtime.registry import channel_for
from manager_knowledge.models import KnowledgePage
from qa_center import services as center
from qa_center.models import Invitation, ResearchCase
from search.gaps import without_personal_data
from tests.portal.workspace.conftest import ask, signed_in
from tests.security.conftest import Bank, Floor, Seen, asvs

WORDS = "我是陈桂兰，电话13800009999，请问提前支取定期存款利息怎么算？"
LETTER = "陈女士您好，桂兰，按活期计息，详情写信到 chen@example.com。"
SECRETS = ("陈桂兰", "13800009999", "陈女士", "桂兰", "chen@example.com")
FINDS = (
    "/workspace/search/?q=提前支取定期存款利息",
    "/workspace/palette/?q=提前支取定期存款利息",
    "/api/search?q=提前支取定期存款利息",
    "/api/suggest?q=提前支取定期存款利息&kind=question&kind=answer",
)


def told(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text]


@pytest.fixture
def answered(bank: Bank) -> Question:
    asked = ask(bank.contact, WORDS)
    exchange.question_answer(
        actor=bank.manager, question=asked, text=LETTER, client_id="a", uncited_reason="经验"
    )
    run_pending()
    return asked


@asvs("4.2.1", "8.1.1")
@pytest.mark.parametrize("part", ["product_team", "colleague", "editor", "other_manager"])
def test_what_is_found_names_nobody(bank: Bank, answered: Question, seen: Seen, part: str) -> None:
    answer = Answer.objects.get(question=answered)
    person = getattr(bank, part)
    found = seen(person, *FINDS, f"/workspace/answers/{answer.public_id}/")
    assert "提前支取定期存款利息怎么算" in found
    assert told(found) == []


@asvs("4.2.1")
def test_who_knows_the_customer_reads_the_answer_as_it_was_written(
    bank: Bank, answered: Question, seen: Seen
) -> None:
    answer = Answer.objects.get(question=answered)
    page = f"/workspace/answers/{answer.public_id}/"
    assert "陈女士" in seen(bank.manager, page)
    assert "陈女士" in seen(bank.administrator, page)


@asvs("4.2.1", "8.3.4")
def test_the_api_gives_the_product_team_words_without_their_people(
    bank: Bank, answered: Question, seen: Seen
) -> None:
    pages = ("/api/questions", f"/api/questions/{answered.public_id}")
    assert told(seen(bank.product_team, *pages)) == []
    assert "提前支取" in seen(bank.product_team, *pages)
    assert "13800009999" in seen(bank.manager, *pages)
    assert "13800009999" in seen(bank.contact, *pages)


LISTS = (
    "/workspace/?show=all",
    "/workspace/questions/?show=all",
    "/workspace/questions/?show=answered",
    "/workspace/feedback/complaint/",
)


@asvs("4.1.3", "4.2.1")
@pytest.mark.parametrize("held", ["is_sales_manager", "is_knowledge_editor"])
def test_a_second_role_does_not_show_the_product_team_who_spoke(
    bank: Bank, answered: Question, seen: Seen, held: str
) -> None:
    """Two roles of one person add up to what each of them shows, and to no more."""
    filed = exchange.complaint_file(
        actor=bank.contact, subject="等了很久", text=WORDS, client_id="c"
    )
    person = bank.product_team
    setattr(person, held, True)
    person.save()
    pages = (
        *LISTS,
        f"/workspace/questions/{answered.public_id}/",
        f"/workspace/questions/{answered.public_id}/status/",
        f"/workspace/feedback/complaint/{filed.public_id}/",
    )
    assert told(seen(person, *pages)) == []


@asvs("4.2.1")
def test_a_manager_opens_no_case_on_the_words_of_another_managers_customer(bank: Bank) -> None:
    asked = ask(bank.contact, WORDS)
    bank.product_team.is_sales_manager = True
    bank.product_team.save()
    address = "/workspace/cases/open/"
    response = signed_in(bank.product_team).post(address, {"question": asked.public_id})
    assert response.status_code == 404
    assert not ResearchCase.objects.exists()


@pytest.fixture
def named(floor: Floor) -> ResearchCase:
    """A case on a question in which the customer says who is asking."""
    contact = Contact.objects.select_related("user", "customer").get(user=floor["contact"])
    User.objects.filter(pk=contact.user_id).update(name="陈桂兰")
    contact.customer.name = "陈桂兰"
    contact.customer.save()
    Question.objects.filter(pk=floor.question.pk).update(text=WORDS)
    floor.question.refresh_from_db()
    return floor.joined("expert")


@asvs("8.1.1", "8.3.4")
def test_colleagues_read_a_case_without_the_name_that_the_customer_wrote(
    floor: Floor, named: ResearchCase, seen: Seen
) -> None:
    run_pending()
    page = f"/workspace/cases/{named.public_id}/"
    read = seen(floor["expert"], page, "/workspace/invitations/", "/workspace/cases/")
    assert "提前支取定期存款利息怎么算" in read
    assert told(read) == []
    notes = Notification.objects.filter(user=floor["expert"]).values_list("params", flat=True)
    assert notes
    assert told(str(list(notes))) == []


@asvs("8.1.1")
def test_a_draft_from_an_answer_does_not_keep_the_letters_name(
    bank: Bank, answered: Question
) -> None:
    client = signed_in(bank.manager)
    client.post(f"/workspace/questions/{answered.public_id}/capture/")
    page = KnowledgePage.objects.get(source_question=answered.public_id)
    assert told(page.title + page.summary + page.body) == []
    assert "按活期计息" in page.body


@asvs("4.1.1", "8.3.4")
def test_a_cases_frames_tell_who_did_nothing(floor: Floor) -> None:
    """Who is only invited learns on the page who joined, and not who declined: nor live."""
    case = floor.asked("expert", "second")
    declined = Invitation.objects.get(case=case, expert=floor["expert"])
    center.invitation_decline(actor=floor["expert"], invitation=declined, reason="不熟悉")
    known = channel_for(f"case:{case.public_id}")
    assert known is not None
    channel, key = known
    items = channel.load(key, 0, 100)
    frames: list[Any] = [(i.event, channel.project(key, i, floor["second"])) for i in items]
    assert frames
    assert floor["expert"].name not in str(frames)
    assert "declined" not in str(frames)


@asvs("8.1.1")
@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("陈女士您好", "陈桂兰", f"{COVER}女士您好"),
        ("陳桂蘭小姐", "陈桂兰", f"{COVER}小姐"),
        ("桂兰，请看", "陈桂兰", f"{COVER}，请看"),
        ("欧阳先生好", "欧阳锦书", f"{COVER}先生好"),
        ("Dear Ms Carter, Emily", "Emily Carter", f"Dear Ms {COVER}, {COVER}"),
        ("carter pigeons", "Emily Carter", "carter pigeons"),
        ("存 1,000,000 元到 2026-09-01", "陈桂兰", "存 1,000,000 元到 2026-09-01"),
        ("卡号 6222 0212 3456 7890", "陈桂兰", f"卡号 {COVER}"),
    ],
)
def test_forms_of_address_are_covered_and_figures_stay(text: str, name: str, said: str) -> None:
    assert masked(text, [name]) == said


HOSTILE = ("a" * 100_000, "1" + "(" * 99_999, "1-" * 50_000, "@" * 100_000)


@asvs("5.1.4", "11.1.4")
@pytest.mark.parametrize("cover", [without_personal_data, lambda text: masked(text, ["陈桂兰"])])
@pytest.mark.timeout(30)
@pytest.mark.parametrize("text", HOSTILE, ids=["letters", "brackets", "numbers", "signs"])
def test_covering_a_hostile_text_does_not_run_away(cover: Callable[[str], str], text: str) -> None:
    """An expression that looks back needs minutes for these, one that does not a moment."""
    assert len(cover(text)) <= len(text)


@asvs("8.1.1")
@given(
    st.text(max_size=40),
    st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.[a-z]{2,3}", fullmatch=True),
    st.text(max_size=40),
)
def test_no_address_comes_through(before: str, address: str, after: str) -> None:
    assert address not in masked(f"{before} {address} {after}", [])


@asvs("8.1.1")
def test_a_question_of_nothing_but_a_number_can_still_be_worked_on(bank: Bank) -> None:
    asked = ask(bank.contact, "13800009999")
    case = center.case_open(actor=bank.manager, question=asked, client_id="k")
    assert case.text == COVER
    exchange.question_answer(
        actor=bank.manager, question=asked, text="已回电。", client_id="a", uncited_reason="电话"
    )
    signed_in(bank.manager).post(f"/workspace/questions/{asked.public_id}/capture/")
    assert KnowledgePage.objects.get(source_question=asked.public_id).title == "产品与服务"
