"""A bank small enough to be made in seconds: staff of every role, two customers, some knowledge.

    python -m tests.e2e.bank

makes it through the services in the database of KIP_VAR_DIR, which is migrated and empty. The
knowledge is a part of the demo company's, so that search has natural texts in both languages.
"""

from datetime import timedelta
from typing import Any

import django

ADMINISTRATOR = "wu.guangming@qihu.example.com"
MANAGER = "shen.ruoqing@qihu.example.com"
OTHER_MANAGER = "marcus.hale@qihu.example.com"
COLLEAGUE = "tang.lei@qihu.example.com"
SECOND_COLLEAGUE = "xu.anqi@qihu.example.com"
EDITOR = "claire.donnelly@qihu.example.com"
PRODUCT_TEAM = "priya.raman@qihu.example.com"
CHINESE_CUSTOMER = "chen.guilan@example.com"
ENGLISH_CUSTOMER = "emily.carter@example.com"

STAFF = (
    (MANAGER, "沈若清", "zh-hans", "sales_manager"),
    (OTHER_MANAGER, "Marcus Hale", "en", "sales_manager"),
    (COLLEAGUE, "唐磊", "zh-hans", "colleague"),
    (SECOND_COLLEAGUE, "许安琪", "zh-hans", "colleague"),
    (EDITOR, "Claire Donnelly", "en", "knowledge_editor"),
    (PRODUCT_TEAM, "Priya Raman", "en", "product_team"),
)
PAGES = (
    "steady-deposit-zh",
    "vault-box-zh",
    "early-withdrawal-en",
    "wire-abroad-en",
    "fund-redemption-zh",
    "lost-card-en",
    "opening-hours-zh",
    "deposit-concession-zh",
)
ANSWERED = "周末可以去网点开保管箱吗？我平时上班，只有周六有空。"
ANSWER = "可以。西湖支行周六上午九点到十二点可以开箱，请带上本人身份证和开箱卡。"
WAITING = (
    "How long does a transfer to my account in Toronto take, and who pays the bank in between?"
)
CASE = "家族信托的受益人移居国外以后，分配还能按原来的安排汇出去吗？"


def make() -> None:
    """Make the bank, and bring search and notifications up to date with it."""
    from kiplatform.events.relay import run_pending
    from search.services import embed_now

    people = _staff()
    _customers(people)
    _knowledge(people)
    run_pending()
    _exchange(people)
    run_pending()
    embed_now()


def _staff() -> dict[str, Any]:
    from kiplatform.accounts import services
    from kiplatform.accounts.roles import Role

    administrator = services.first_administrator(email=ADMINISTRATOR, name="吴光明")
    administrator.set_unusable_password()
    administrator.save(update_fields=["password"])
    names = {"zh-hans": "财富管理部", "en": "Wealth Management"}
    department = services.department_create(actor=administrator, names=names)
    people = {ADMINISTRATOR: administrator}
    for email, name, language, role in STAFF:
        people[email] = services.staff_create(
            actor=administrator,
            email=email,
            name=name,
            roles=[Role(role)],
            language=language,
            department=department,
            languages=["zh-hans", "en"],
        )
    colleague = people[COLLEAGUE]
    services.skill_declare(actor=colleague, user=colleague, topic="定期存款与质押", level=3)
    services.department_head_set(
        actor=administrator, department=department, head=people[SECOND_COLLEAGUE]
    )
    return people


def _customers(people: dict[str, Any]) -> None:
    from customer_knowledge import services
    from customer_knowledge.models import ContactLogEntry, Product
    from kiplatform.core import clock

    services.product_create(
        actor=people[ADMINISTRATOR],
        code="steady-deposit",
        product_type=Product.Type.DEPOSIT,
        names={"zh-hans": "「稳存」定期存款", "en": "Steady Term Deposit"},
        risk_level=1,
        currency="CNY",
    )
    for email, name, language in (
        (CHINESE_CUSTOMER, "陈桂兰", "zh-hans"),
        (ENGLISH_CUSTOMER, "Emily Carter", "en"),
    ):
        customer = services.customer_create(
            actor=people[MANAGER],
            name=name,
            kind="person",
            manager=people[MANAGER],
            preferred_language=language,
            phone="+86 571 5550 1234",
            loyalty="existing",
        )
        contact = services.contact_create(
            actor=people[MANAGER], customer=customer, email=email, name=name, language=language
        )
        people[email] = contact.user
        services.preference_note(
            actor=people[MANAGER],
            customer=customer,
            kind="contact_time",
            value="周六上午" if language == "zh-hans" else "weekday evenings",
            strength=4,
            known="stated",
            purpose="service",
        )
        services.contact_log_add(
            actor=people[MANAGER],
            customer=customer,
            channel=ContactLogEntry.Channel.VISIT,
            direction=ContactLogEntry.Direction.OUT,
            started_at=clock.now() - timedelta(days=9),
            ended_at=clock.now() - timedelta(days=9) + timedelta(minutes=40),
            summary="谈了存款到期后的安排。",
        )


def _knowledge(people: dict[str, Any]) -> None:
    from kiplatform.demo.script import read
    from manager_knowledge.services import knowledge_draft_create, knowledge_publish

    rows = {row["id"]: row for row in read("knowledge")}
    for name in PAGES:
        row = rows[name]
        page = knowledge_draft_create(
            actor=people[EDITOR],
            type=row["type"],
            title=row["title"],
            summary=row["summary"],
            body=row["body"],
            language=row["language"],
            audience="staff" if row["audience"] == "department" else row["audience"],
            product_code="steady-deposit" if row.get("product") == "steady-deposit" else "",
            steps=row.get("steps", []),
            client_id=name,
        )
        knowledge_publish(actor=people[EDITOR], page=page)


def _exchange(people: dict[str, Any]) -> None:
    """Something for every list to show: a solved question, a waiting one, a case, feedback."""
    from customer_knowledge import services as exchange
    from customer_knowledge.models import Question
    from qa_center import services as research

    chinese, english, manager = (
        people[email] for email in (CHINESE_CUSTOMER, ENGLISH_CUSTOMER, MANAGER)
    )

    def ask(actor: Any, text: str) -> Question:
        kind = Question.Kind.PRODUCT_SERVICE
        return exchange.question_ask(actor=actor, text=text, kind=kind, client_id=text[:20])

    answered = ask(chinese, ANSWERED)
    exchange.question_answer(
        actor=manager,
        question=answered,
        text=ANSWER,
        client_id="answer",
        uncited_reason="支行的安排",
    )
    exchange.question_confirm(actor=chinese, question=answered)
    ask(english, WAITING)
    case = research.case_open(actor=manager, question=ask(chinese, CASE), client_id="case")
    asked = research.case_ask_colleagues(
        actor=manager, case=case, chosen=[people[COLLEAGUE], people[SECOND_COLLEAGUE]]
    )
    invitation = asked.invitations.get(expert=people[COLLEAGUE])
    research.invitation_accept(actor=people[COLLEAGUE], invitation=invitation)
    research.proposal_make(
        actor=people[COLLEAGUE],
        case=asked,
        text="可以继续分配，但要先补交受益人的境外税务身份声明，并由受托人重新核对汇款路径。",
        client_id="proposal",
    )
    exchange.complaint_file(
        actor=chinese,
        subject="电话等了二十分钟",
        text="周一上午打热线，等了二十多分钟才有人接。",
        severity="medium",
        client_id="complaint",
    )


if __name__ == "__main__":
    django.setup()
    make()
