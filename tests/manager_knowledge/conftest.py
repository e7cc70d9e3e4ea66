"""The people whom the knowledge base's tests are about."""

import pytest

from kiplatform.accounts.models import Department, User
from tests.factories import knowledge as make


@pytest.fixture
def credit() -> Department:
    return Department.objects.create(name_zh_hans="零售信贷部", name_en="Retail Credit")


@pytest.fixture
def people(credit: Department) -> dict[str, User]:
    """One person of each kind, by a word that says who they are."""
    fx = Department.objects.create(name_zh_hans="外汇业务部", name_en="Foreign Exchange")
    return {
        "contact": make.person("contact", kind=User.Kind.CONTACT),
        "former contact": make.person("former", kind=User.Kind.CONTACT, is_active=False),
        "manager": make.member("manager", fx, is_sales_manager=True),
        "credit colleague": make.member("credit", credit, is_colleague=True),
        "fx colleague": make.member("fx", fx, is_colleague=True),
        "loose colleague": make.person("loose", is_colleague=True),
        "product team": make.person("product", is_product_team=True),
        "editor": make.person("editor", is_knowledge_editor=True),
        "administrator": make.person("administrator", is_administrator=True),
        "former editor": make.person("gone", is_knowledge_editor=True, is_active=False),
    }
