"""Pages of the knowledge base, made through the services as people make them."""

from typing import Any

import factory

from kiplatform.accounts.models import Department, StaffProfile, User
from kiplatform.core.choices import Language
from manager_knowledge.choices import Audience, KnowledgeType, State
from manager_knowledge.models import KnowledgePage
from manager_knowledge.services import (
    knowledge_archive,
    knowledge_draft_create,
    knowledge_publish,
    knowledge_submit,
)


def editor() -> User:
    """Return the one knowledge editor in whose name factories publish."""
    user: User | None = User.objects.filter(email="factory-editor@bank.example").first()
    return user or person("factory-editor", is_knowledge_editor=True)


def person(word: str, **fields: Any) -> User:
    """Return a new user `word`@bank.example; staff unless `kind` says otherwise."""
    fields = {"kind": User.Kind.STAFF, "name": word} | fields
    return User.objects.create(email=f"{word}@bank.example", **fields)


def member(word: str, department: Department, **fields: Any) -> User:
    """Return a new staff member who works in `department`."""
    user = person(word, **fields)
    StaffProfile.objects.create(user=user, department=department)
    return user


class KnowledgePageFactory(factory.Factory):
    """A page in the `state` asked for; live unless said otherwise.

    `owner` is whoever is given, the editor otherwise.
    """

    class Meta:
        model = KnowledgePage

    type = KnowledgeType.PRODUCT
    title = factory.Sequence(lambda number: f"Steady Term Deposit {number}")
    summary = "A renminbi deposit with a fixed rate, from CNY 1,000."
    body = "## Annual rates\n\n- 3 months: 1.05%\n- 1 year: 1.45%"
    language = Language.EN
    audience = Audience.STAFF
    state = State.LIVE

    @classmethod
    def _create(cls, model_class: Any, *args: Any, **kwargs: Any) -> Any:
        state = kwargs.pop("state")
        page = knowledge_draft_create(actor=editor(), **kwargs)
        if state == State.IN_REVIEW:
            return knowledge_submit(actor=editor(), page=page)
        if state in (State.LIVE, State.ARCHIVED):
            page = knowledge_publish(actor=editor(), page=page)
        if state == State.ARCHIVED:
            page = knowledge_archive(actor=editor(), page=page)
        return page
