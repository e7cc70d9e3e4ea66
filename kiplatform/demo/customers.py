"""The demo's customers and what is known about them."""

from datetime import date, timedelta
from decimal import Decimal
from functools import partial

from customer_knowledge import services
from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.demo.company import Company
from kiplatform.demo.script import Item, Story, read

STATUS = {
    "pending": "pending",
    "active": "active",
    "completed": "done",
    "cancelled": "cancelled",
    "failed": "cancelled",
}
PURPOSE = {"service": "service", "advice": "advice", "invitation": "marketing"}
BASIC = (
    "gender",
    "phone",
    "email",
    "address",
    "industry",
    "region",
    "preferred_language",
    "relationship",
    "importance",
    "loyalty",
    "value_type",
)


def customers(company: Company, story: Story) -> None:
    """Add the customers to `story`, before anything that they did."""
    start = story.moment({"days_ago": 400, "hour": 9})
    for number, row in enumerate(read("customers")):
        story.add(start + timedelta(hours=number), partial(_customer, company, row))


def _customer(company: Company, row: Item) -> None:
    manager = company.staff[row["manager"]]
    facts = {name: row[name] for name in BASIC if row.get(name)}
    if row.get("birth_year"):
        facts["birth_date"] = date(row["birth_year"], 1, 1)
    if row.get("founded_year"):
        facts["founding_year"] = row["founded_year"]
    customer = services.customer_create(
        actor=manager,
        name=row["name"],
        kind=row["kind"],
        manager=manager,
        source_reference="account opening form",
        **facts,
    )
    company.customers[row["id"]] = customer
    for contact in row["contacts"]:
        company.contacts[contact["id"]] = services.contact_create(
            actor=manager,
            customer=customer,
            email=contact["email"],
            name=contact["name"],
            language=contact["language"],
            position=contact["role"],
        )
    _records(company, row, manager)


def _records(company: Company, row: Item, manager: User) -> None:
    customer = company.customers[row["id"]]
    for item in row["transactions"]:
        services.transaction_record(
            actor=manager,
            customer=customer,
            number=item["number"],
            kind=item["kind"],
            amount=Decimal(str(item["amount"])),
            quantity=Decimal(str(item["quantity"])),
            currency=item["currency"],
            occurred_at=company.now - timedelta(days=item["days_ago"]),
            status=STATUS[item["status"]],
            product=company.products[item["product"]],
        )
    for item in row["uses"]:
        until = item.get("until_days_ago")
        services.product_use_record(
            actor=manager,
            customer=customer,
            product=company.products[item["product"]],
            since=company.today - timedelta(days=item["since_days_ago"]),
            until=company.today - timedelta(days=until) if until else None,
            frequency=item["frequency"],
            notes=item["notes"],
        )
    contact = next(company.contacts[c["id"]].user for c in row["contacts"])
    for item in row["preferences"]:
        preference = services.preference_note(
            actor=manager,
            customer=customer,
            kind=item["kind"],
            value=item["value"],
            strength=item["strength"],
            known=item["known"],
            purpose=PURPOSE[item["purpose"]],
        )
        if item["confirmed"]:
            services.preference_confirm(actor=contact, preference=preference, right=True)


def contacts_made(company: Company, story: Story) -> None:
    """Add the calls, visits and e-mails to `story`, in the order of their times."""
    entries = [(row, item) for row in read("customers") for item in row["contact_log"]]
    for row, item in sorted(entries, key=lambda entry: story.moment(entry[1])):
        story.add(story.moment(item), partial(_contact, company, row, item))


def _contact(company: Company, row: Item, item: Item) -> None:
    now = clock.now()
    services.contact_log_add(
        actor=company.staff[row["manager"]],
        customer=company.customers[row["id"]],
        channel=item["channel"],
        direction=item["direction"],
        summary=item["summary"],
        started_at=now,
        ended_at=now + timedelta(minutes=item["minutes"]),
        spoke=company.person(item["who"]).name,
        next_step=item["next_step"],
    )
