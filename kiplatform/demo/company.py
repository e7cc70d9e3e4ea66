"""The demo's organisation: departments, staff, products, knowledge pages."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial

from django.utils import timezone

from customer_knowledge.models import Contact, Customer, Product, Question
from customer_knowledge.services import product_create
from kiplatform.accounts import services as accounts
from kiplatform.accounts.models import Department, User
from kiplatform.accounts.roles import Role
from kiplatform.core import clock
from kiplatform.demo.script import Item, Story, read
from manager_knowledge.models import KnowledgePage
from manager_knowledge.services import (
    knowledge_assign,
    knowledge_draft_create,
    knowledge_publish,
    knowledge_submit,
    knowledge_verify,
    translation_create,
)
from qa_center.models import ResearchCase


@dataclass
class Company:
    """Everything that was made so far, by the ids of the data files."""

    now: datetime
    departments: dict[str, Department] = field(default_factory=dict)
    staff: dict[str, User] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    pages: dict[str, KnowledgePage] = field(default_factory=dict)
    families: dict[str, KnowledgePage] = field(default_factory=dict)
    customers: dict[str, Customer] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    cases: dict[str, ResearchCase] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return timezone.localdate(self.now)

    @property
    def administrator(self) -> User:
        return self._first(Role.ADMINISTRATOR)

    @property
    def editor(self) -> User:
        return self._first(Role.KNOWLEDGE_EDITOR)

    def _first(self, role: Role) -> User:
        return next(user for user in self.staff.values() if role in user.roles)

    def person(self, key: str) -> User:
        """Return a staff member or a contact's user."""
        return self.staff[key] if key in self.staff else self.contacts[key].user

    def product(self, item: Item) -> Product | None:
        """Return the product that an item names, if it names one."""
        return self.products[item["product"]] if item.get("product") else None


def organisation(company: Company) -> None:
    """Make the departments, the staff and the products."""
    rows = read("staff")
    first = next(row for row in rows if Role.ADMINISTRATOR in row["roles"])
    root = accounts.first_administrator(email="setup@qihu.example.com", name="Setup")
    for row in read("company")["departments"]:
        company.departments[row["id"]] = accounts.department_create(actor=root, names=row["name"])
    for row in [first, *(r for r in rows if r is not first)]:
        company.staff[row["id"]] = _staff(company, row, root)
    for row in rows:
        _absences(company, row)
    administrator = company.staff[first["id"]]
    for row in read("company")["departments"]:
        accounts.department_head_set(
            actor=administrator,
            department=company.departments[row["id"]],
            head=company.staff[row["head"]],
        )
    accounts.user_deactivate(actor=administrator, user=root)
    for row in read("products"):
        company.products[row["id"]] = product_create(
            actor=administrator,
            code=row["code"],
            product_type=row["type"],
            names=row["name"],
            risk_level=row["risk_level"],
            currency=row["currency"],
        )


def _staff(company: Company, row: Item, root: User) -> User:
    user = accounts.staff_create(
        actor=root,
        email=row["email"],
        name=row["name"],
        roles=[Role(role) for role in row["roles"]],
        language=row["language"],
        department=company.departments[row["department"]],
        titles=row["title"],
        languages=row["languages"],
        case_cap=row["case_cap"],
    )
    for skill in row["skills"]:
        accounts.skill_declare(actor=user, user=user, topic=skill["topic"], level=skill["level"])
    start, end = (time.fromisoformat(row["hours"][edge]) for edge in ("start", "end"))
    accounts.working_hours_set(
        actor=user, user=user, spans=[(day, start, end) for day in row["hours"]["weekdays"]]
    )
    return user


def _absences(company: Company, row: Item) -> None:
    user = company.staff[row["id"]]
    for absence in row["absences"]:
        accounts.absence_add(
            actor=user,
            user=user,
            starts_on=_day(absence["days_from"]),
            ends_on=_day(absence["days_to"]),
            substitute=company.staff.get(absence.get("substitute", "")),
        )


def _day(days: int) -> date:
    return timezone.localdate(clock.now() + timedelta(days=days))


FIELDS = {
    "product": {
        "structure": "structure",
        "market_trend": "market_trends",
        "risk_level": "risk_level",
        "expected_return": "expected_return",
        "horizon": "horizon",
        "currency": "currency",
        "suits": "suits",
    },
    "business": {},
    "service": {"item": "service_item", "conditions": "conditions", "level": "service_level"},
}


def knowledge(company: Company, story: Story) -> None:
    """Add the knowledge pages to `story`, before the first case and the first question."""
    start = story.moment({"days_ago": 560, "hour": 9})
    for number, row in enumerate(read("knowledge")):
        story.add(start + timedelta(hours=5 * number), partial(_page, company, row))


def _page(company: Company, row: Item) -> None:
    owner = company.staff[row["owner"]]
    names = FIELDS[row["type"]]
    texts = {
        "title": row["title"],
        "summary": row["summary"],
        "body": row["body"],
        "fields": {names[key]: row[key] for key in names if row.get(key) not in (None, "")},
        "steps": row.get("steps", []),
        "owner": owner,
    }
    original = company.families.get(row["family"])
    if original is not None:
        page = translation_create(
            actor=company.editor, page=original, language=row["language"], **texts
        )
    else:
        page = knowledge_draft_create(
            actor=company.editor,
            type=row["type"],
            language=row["language"],
            audience=row["audience"],
            department=company.departments.get(row.get("department", "")),
            product_code=company.products[row["product"]].code if row.get("product") else "",
            client_id=f"demo-{row['id']}",
            **texts,
        )
        company.families[row["family"]] = page
    company.pages[row["id"]] = page
    if row["state"] == "live":
        company.pages[row["id"]] = knowledge_publish(actor=company.editor, page=page)
        company.families[row["family"]] = company.pages[row["id"]]
    elif row["state"] == "in_review":
        knowledge_submit(actor=company.editor, page=page)


def verification(company: Company, story: Story) -> None:
    """Let each page's verifier vouch for it, some so long ago that it has run out."""
    live = [row for row in read("knowledge") if row["state"] == "live" and row.get("verifier")]
    # The story goes forward: what ran out longest ago was verified first.
    for row in sorted(live, key=lambda row: min(row["verified_until_days"], 0)):
        ago = 30 - min(row["verified_until_days"], 0)
        story.add(story.moment({"days_ago": ago, "hour": 11}), partial(_verify, company, row))


def _verify(company: Company, row: Item) -> None:
    page, verifier = company.pages[row["id"]], company.staff[row["verifier"]]
    knowledge_assign(actor=company.editor, page=page, verifier=verifier)
    until = company.today + timedelta(days=row["verified_until_days"])
    knowledge_verify(actor=verifier, page=page, until=until)
