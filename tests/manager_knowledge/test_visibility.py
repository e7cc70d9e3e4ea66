"""Who sees which page: the predicate and its query say the same, and both say what they should."""

from itertools import product
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from hypothesis import given, settings
from hypothesis import strategies as st

from kiplatform.accounts.models import Department, User
from manager_knowledge.choices import Audience, State
from manager_knowledge.models import KnowledgePage
from manager_knowledge.policies import can_see
from tests.factories.knowledge import KnowledgePageFactory

pytestmark = pytest.mark.django_db

EVERYBODY = {"anonymous", "former contact", "former editor"}
CONTACTS = {"contact"}
STAFF = {"manager", "fx colleague", "loose colleague", "product team"}
CREDIT = {"credit colleague"}
EDITORS = {"editor", "administrator"}
# Who reads a live page of each audience; nobody but editors reads any other state.
READERS = {
    Audience.PUBLIC: EVERYBODY | CONTACTS | STAFF | CREDIT | EDITORS,
    Audience.CUSTOMERS: CONTACTS | STAFF | CREDIT | EDITORS,
    Audience.STAFF: STAFF | CREDIT | EDITORS,
    Audience.DEPARTMENT: CREDIT | EDITORS,
}


@pytest.fixture
def viewers(people: dict[str, User]) -> dict[str, Any]:
    return people | {"anonymous": AnonymousUser()}


@pytest.mark.parametrize(("audience", "state"), list(product(Audience, State)))
def test_readers(
    viewers: dict[str, Any], credit: Department, audience: Audience, state: State
) -> None:
    department = credit if audience == Audience.DEPARTMENT else None
    page = KnowledgePageFactory(state=state, audience=audience, department=department)
    expected = READERS[audience] if state == State.LIVE else EDITORS

    by_query = {n for n, v in viewers.items() if KnowledgePage.objects.visible_to(v).exists()}
    by_predicate = {n for n, viewer in viewers.items() if can_see(viewer, page)}

    assert by_query == expected
    assert by_predicate == expected


@pytest.mark.parametrize("state", State)
def test_owner_sees_own_page_in_every_state(
    people: dict[str, User], credit: Department, state: State
) -> None:
    page = KnowledgePageFactory(
        state=state, audience="department", department=credit, owner=people["manager"]
    )
    assert can_see(people["manager"], page)
    assert KnowledgePage.objects.visible_to(people["manager"]).get().pk == page.pk


@settings(max_examples=60)
@given(data=st.data())
def test_predicate_equals_query(viewers: dict[str, Any], data: st.DataObject) -> None:
    """Whatever a row holds and whoever asks, the two agree."""
    if not KnowledgePage.objects.exists():
        KnowledgePageFactory()
    audience = data.draw(st.sampled_from(Audience))
    departments = list(Department.objects.all())
    chosen = data.draw(st.sampled_from(departments)) if audience == "department" else None
    KnowledgePage.objects.update(
        live=data.draw(st.booleans()),
        audience=audience,
        department=chosen,
        owner=data.draw(st.sampled_from([None, *User.objects.all()])),
    )
    page = KnowledgePage.objects.get()
    for viewer in viewers.values():
        assert KnowledgePage.objects.visible_to(viewer).exists() == can_see(viewer, page)


@pytest.mark.parametrize("name", ["anonymous", "contact", "manager", "editor"])
def test_one_query(viewers: dict[str, Any], name: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        list(KnowledgePage.objects.visible_to(viewers[name]).values_list("pk"))
