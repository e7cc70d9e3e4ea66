"""What the demo's customers asked, said and made with the bank."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from customer_knowledge import services
from customer_knowledge.models import Complaint, Suggestion
from customer_knowledge.services import Cited
from kiplatform.accounts.models import User
from kiplatform.demo.company import Company
from kiplatform.demo.script import Item, Story, read

REMARK_STATE = {
    "open": "open",
    "in_progress": "in_progress",
    "resolved": "resolved",
    "accepted": "resolved",
    "rejected": "declined",
}
UNCITED = "尚无可引用的知识，已由客户经理直接核实。"


def questions(company: Company, now: Story) -> list[Story]:
    """Return a story for each question: asked, talked over, answered, ended."""
    return [_question(company, now.fresh(), row) for row in read("exchanges")["questions"]]


def _question(company: Company, story: Story, row: Item) -> Story:
    story.add(story.moment(row), lambda: _ask(company, row))
    answer = row.get("answer")
    parts = [(story.moment(m), "message", m) for m in row["messages"]]
    if answer:
        parts.append((story.moment(answer), "answer", answer))
    reopened = False
    answered = False
    for number, (at, kind, item) in enumerate(sorted(parts, key=lambda part: part[0])):
        by_contact = kind == "message" and item["by"] in company_contacts()
        if kind == "answer":
            answered = True
            story.add(at, lambda: _answer(company, row))
        elif row["state"] == "reopened" and answered and by_contact and not reopened:
            reopened = True
            story.add(at, partial(_reopen, company, row, item))
        else:
            story.add(at, partial(_say, company, row, item, number))
    if row["state"] == "confirmed":
        story.then(timedelta(hours=2), lambda: _confirm(company, row))
    elif row["state"] == "withdrawn":
        story.then(timedelta(minutes=10), lambda: _withdraw(company, row))
    return story


def company_contacts() -> set[str]:
    """Return the ids of all contacts."""
    return {contact["id"] for row in read("customers") for contact in row["contacts"]}


def _ask(company: Company, row: Item) -> None:
    actor = company.contacts[row["contact"]].user
    client_id = f"demo-{row['id']}"
    if row["state"] == "deflected":
        page = company.pages[row["deflected_by"]]
        question = services.question_deflect(
            actor=actor,
            text=row["text"],
            kind=row["kind"],
            hit=Cited("knowledge", page.public_id),
            client_id=client_id,
        )
    else:
        question = services.question_ask(
            actor=actor,
            text=row["text"],
            kind=row["kind"],
            product=company.product(row),
            urgency=row["urgency"],
            client_id=client_id,
        )
    company.questions[row["id"]] = question


def _say(company: Company, row: Item, item: Item, number: int) -> None:
    question = company.questions[row["id"]]
    if question.thread is not None:
        services.message_post(
            actor=company.person(item["by"]),
            thread=question.thread,
            text=item["text"],
            internal=item.get("internal", False),
            client_id=f"demo-{number}",
        )


def _answer(company: Company, row: Item) -> None:
    answer = row["answer"]
    services.question_answer(
        actor=company.staff[answer["by"]],
        question=company.questions[row["id"]],
        text=answer["text"],
        client_id="demo-answer",
        citations=cited(company, row["language"], answer["cites"]),
        uncited_reason="" if answer["cites"] else answer.get("uncited_reason", UNCITED),
    )


def cited(company: Company, language: str, families: list[str]) -> list[Cited]:
    """Return citations of live pages, in the reader's language where the family has it."""
    citations = []
    for family in families:
        pages = [
            row for row in read("knowledge") if row["family"] == family and row["state"] == "live"
        ]
        wanted = "en" if language == "en" else "zh-hans"
        best = sorted(pages, key=lambda row: row["language"] != wanted)
        if best:
            citations.append(Cited("knowledge", company.pages[best[0]["id"]].public_id))
    return citations


def _reopen(company: Company, row: Item, item: Item) -> None:
    services.question_reopen(
        actor=company.person(item["by"]),
        question=company.questions[row["id"]],
        text=item["text"],
        client_id="demo-reopen",
    )


def _confirm(company: Company, row: Item) -> None:
    services.question_confirm(
        actor=company.contacts[row["contact"]].user, question=company.questions[row["id"]]
    )


def _withdraw(company: Company, row: Item) -> None:
    services.question_withdraw(
        actor=company.contacts[row["contact"]].user, question=company.questions[row["id"]]
    )


def feedback(company: Company, now: Story) -> list[Story]:
    """Return a story for each comment, complaint and suggestion."""
    data = read("exchanges")
    stories = []
    for number, row in enumerate(data["product_comments"]):
        stories.append(_told(now, row, partial(_product, company, row, number)))
    for number, row in enumerate(data["market_comments"]):
        stories.append(_told(now, row, partial(_market, company, row, number)))
    for kind in ("complaints", "suggestions"):
        for number, row in enumerate(data[kind]):
            stories.append(_remark(company, now.fresh(), kind, row, number))
    return stories


def _told(now: Story, row: Item, run: Callable[[], object]) -> Story:
    story = now.fresh()
    story.add(story.moment(row), run)
    return story


def _product(company: Company, row: Item, number: int) -> None:
    services.product_comment_add(
        actor=company.contacts[row["contact"]].user,
        product=company.products[row["product"]],
        perceived=row["satisfaction_perceived"],
        expected=row["satisfaction_expected"],
        client_id=f"demo-product-{number}",
        text=row["text"],
        life_cycle=row["life_cycle"],
        understands=row["understands"],
        invested_similar=row["invested_similar"],
        investment_preference=row["investment_preference"],
        currency_preference=row["currency_preference"],
        trend=row["trend"],
        trend_reason=row["trend_reason"],
    )


def _market(company: Company, row: Item, number: int) -> None:
    contact = company.contacts[row["contact"]]
    comment = services.market_comment_add(
        actor=contact.user,
        market=row["market"],
        text=row["text"],
        own_research=row["own_research"],
        client_id=f"demo-market-{number}",
    )
    if row.get("company_understanding"):
        services.market_comment_understood(
            actor=_manager(company, row["contact"]),
            comment=comment,
            company_view=row["company_view"],
            company_understanding=row["company_understanding"],
        )


def _manager(company: Company, contact_id: str) -> User:
    for row in read("customers"):
        if any(contact["id"] == contact_id for contact in row["contacts"]):
            return company.staff[row["manager"]]
    raise KeyError(contact_id)


def _remark(company: Company, story: Story, kind: str, row: Item, number: int) -> Story:
    made: dict[str, Complaint | Suggestion] = {}
    make = services.complaint_file if kind == "complaints" else services.suggestion_make

    def file() -> None:
        made["row"] = make(
            actor=company.contacts[row["contact"]].user,
            subject=row["subject"],
            text=row["text"],
            severity=row["severity"],
            wish=row["wish"],
            product=company.product(row),
            client_id=f"demo-{kind}-{number}",
        )

    story.add(story.moment(row), file)
    state = REMARK_STATE[row["state"]]
    if state != "open":
        story.then(
            timedelta(days=2),
            lambda: services.remark_settle(
                actor=_manager(company, row["contact"]),
                remark=made["row"],
                state=state,
                remedy=row.get("remedy", ""),
            ),
        )
    return story


def co_creations(company: Company, now: Story) -> list[Story]:
    """Return a story for each co-creation: noted, agreed to, published."""
    return [_co_creation(company, now.fresh(), row) for row in read("exchanges")["co_creations"]]


def _co_creation(company: Company, story: Story, row: Item) -> Story:
    contact = next(key for key in row["contributors"] if key in company_contacts())
    made = {}

    def note() -> None:
        question = company.questions[row["from"]]
        made["row"] = services.co_creation_note(
            actor=_manager(company, contact),
            customer=question.customer,
            title=row["title"],
            body=row["body"],
            contributors=[company.person(key) for key in row["contributors"]],
            thread=question.thread,
        )

    story.add(story.moment(row), note)
    if row["consent"]:
        story.then(
            timedelta(hours=5),
            lambda: services.co_creation_consent(
                actor=company.contacts[contact].user, co_creation=made["row"], agrees=True
            ),
        )
    if row["published"]:
        story.then(
            timedelta(days=1),
            lambda: services.co_creation_publish(
                actor=_manager(company, contact), co_creation=made["row"]
            ),
        )
    return story
