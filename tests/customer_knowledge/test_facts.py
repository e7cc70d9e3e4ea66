"""Facts about a customer: each has a source and a purpose, and the customer has the last word."""

from datetime import date

import pytest

from customer_knowledge import services
from customer_knowledge.models import BasicFact, Customer, Preference, Source
from customer_knowledge.selectors import pieces_of
from kiplatform.core.errors import InvalidInput, NotAllowed, NotFound
from kiplatform.events.models import OutboxEvent
from kiplatform.events.relay import run_pending
from kiplatform.notifications.models import Notification
from tests.customer_knowledge.conftest import Cast
from tests.factories.people import ProductFactory


@pytest.fixture
def known(cast: Cast) -> Customer:
    return services.customer_update(
        actor=cast["manager"],
        customer=cast.customer,
        changes={"phone": "+86 571 0555 0111", "birth_date": date(1958, 1, 1)},
    )


def test_every_field_that_is_entered_is_a_fact_with_its_source(cast: Cast, known: Customer) -> None:
    facts = {f.field: f.source.kind for f in BasicFact.objects.filter(customer=known)}
    assert facts == {"phone": Source.Kind.STAFF, "birth_date": Source.Kind.STAFF}
    services.customer_update(
        actor=cast["contact"], customer=known, changes={"phone": "+86 571 0555 0112"}
    )
    phone = BasicFact.objects.get(customer=known, field="phone")
    assert phone.source.kind == Source.Kind.PORTAL


def test_a_contact_corrects_the_basic_data_but_not_how_the_company_groups_it(
    cast: Cast, known: Customer
) -> None:
    with pytest.raises(InvalidInput):
        services.customer_update(
            actor=cast["contact"], customer=known, changes={"importance": "vip"}
        )
    known.refresh_from_db()
    assert known.importance == "ordinary"


def test_what_the_customer_contests_stays_marked_with_its_words(
    cast: Cast, known: Customer
) -> None:
    fact = services.basic_fact_contest(
        actor=cast["contact"], customer=known, field="phone", note="号码早就换了"
    )
    assert (fact.state, fact.note) == (BasicFact.State.CONTESTED, "号码早就换了")
    known.refresh_from_db()
    assert known.phone == "+86 571 0555 0111"


def test_what_the_customer_withdraws_is_gone(cast: Cast, known: Customer) -> None:
    for field, empty in (("phone", ""), ("birth_date", None)):
        services.basic_fact_withdraw(actor=cast["contact"], customer=known, field=field)
        known.refresh_from_db()
        assert getattr(known, field) == empty


def test_the_name_can_be_corrected_and_not_taken_away(cast: Cast) -> None:
    customer = services.customer_update(
        actor=cast["contact"], customer=cast.customer, changes={"name": "陈桂兰"}
    )
    with pytest.raises(InvalidInput):
        services.basic_fact_withdraw(actor=cast["contact"], customer=customer, field="name")
    customer.refresh_from_db()
    assert customer.name == "陈桂兰"


@pytest.mark.parametrize("who", ["manager", "other contact", "contact who left", "administrator"])
def test_nobody_else_speaks_for_the_customer(cast: Cast, known: Customer, who: str) -> None:
    with pytest.raises(NotFound):
        services.basic_fact_withdraw(actor=cast[who], customer=known, field="phone")
    known.refresh_from_db()
    assert known.phone


def test_a_preference_is_confirmed_contested_or_withdrawn_by_the_customer_alone(
    cast: Cast,
) -> None:
    row = services.preference_note(
        actor=cast["manager"],
        customer=cast.customer,
        kind="investment",
        value="只买保本的",
        strength=5,
        known="inferred",
    )
    with pytest.raises(NotFound):
        services.preference_confirm(actor=cast["manager"], preference=row, right=True)
    row = services.preference_confirm(actor=cast["contact"], preference=row, right=False)
    assert row.contested_at is not None
    services.preference_withdraw(actor=cast["contact"], preference=row)
    assert not Preference.objects.exists()


def test_the_contact_log_stays_with_the_company(cast: Cast) -> None:
    entry = services.contact_log_add(
        actor=cast["manager"],
        customer=cast.customer,
        channel="call_centre",
        direction="in",
        summary="询问存单",
        started_at=cast.customer.created_at,
        ended_at=cast.customer.created_at,
    )
    table = type(entry)
    assert list(pieces_of(cast["manager"], cast.customer, table)) == [entry]
    assert not pieces_of(cast["contact"], cast.customer, table)
    with pytest.raises(NotAllowed):
        services.contact_log_add(
            actor=cast["contact"],
            customer=cast.customer,
            channel="chat",
            direction="in",
            summary="我自己写",
            started_at=cast.customer.created_at,
            ended_at=cast.customer.created_at,
        )


def test_a_rating_beyond_five_is_refused_with_its_field(cast: Cast) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.product_comment_add(
            actor=cast["contact"],
            product=ProductFactory(),
            perceived=6,
            expected=3,
            client_id="c",
        )
    assert refused.value.code == "invalid"
    assert not OutboxEvent.objects.filter(name="feedback.given").exists()


def test_a_complaint_is_settled_with_a_remedy_in_words_and_the_customer_is_told(
    cast: Cast,
) -> None:
    complaint = services.complaint_file(
        actor=cast["contact"], subject="令牌坏了", text="跑了两趟", client_id="c"
    )
    with pytest.raises(InvalidInput):
        services.remark_settle(
            actor=cast["manager"], remark=complaint, state="resolved", remedy=" "
        )
    services.remark_settle(
        actor=cast["manager"], remark=complaint, state="resolved", remedy="已更换并致歉"
    )
    run_pending()
    told = Notification.objects.filter(type="feedback.settled").values_list("user", flat=True)
    assert set(told) == {cast["contact"].pk, cast["second contact"].pk}


def test_a_message_in_a_complaints_thread_reaches_the_other_side(cast: Cast) -> None:
    complaint = services.complaint_file(
        actor=cast["contact"], subject="令牌坏了", text="跑了两趟", client_id="c"
    )
    for who, internal in (("manager", False), ("manager", True), ("second contact", False)):
        services.message_post(
            actor=cast[who],
            thread=complaint.thread,
            text="请问是哪个网点？",
            internal=internal,
            client_id=f"{who}{internal}",
        )
    run_pending()
    told = list(Notification.objects.filter(type="message.posted").values_list("user", flat=True))
    # The contact hears of the manager's message and of the colleague's, never of the note.
    assert sorted(told) == sorted([cast["contact"].pk, cast["contact"].pk, cast["manager"].pk])
