"""Nobody finds what they may not see: not as a hit, a count, a suggestion or a near duplicate."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser

from kiplatform.accounts import access
from kiplatform.accounts.access import Viewer
from kiplatform.accounts.models import Department, StaffProfile, User
from search import services
from search.results import Results
from tests.search.support import MemorySource, WordEmbedder, document

pytestmark = pytest.mark.django_db
QUERY = "定期存款利率"


def person(name: str, **fields: object) -> User:
    kind = User.Kind.CONTACT if name.startswith("contact") else User.Kind.STAFF
    return User.objects.create_user(f"{name}@example.com", name=name, kind=kind, **fields)


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> dict[str, Viewer]:
    """One viewer of each sort; the contact and the manager belong to customer "c1"."""
    department = Department.objects.create(name_zh_hans="国际部", public_id="d1")
    found: dict[str, Viewer] = {
        "anonymous": AnonymousUser(),
        "contact": person("contact"),
        "contact_other": person("contact_other"),
        "inactive": person("inactive", is_administrator=True, is_active=False),
        "manager": person("manager", is_sales_manager=True),
        "colleague": person("colleague", is_colleague=True),
        "product_team": person("product_team", is_product_team=True),
        "administrator": person("administrator", is_administrator=True),
    }
    StaffProfile.objects.create(user=found["colleague"], department=department)
    of_customer = {found["contact"].pk, found["manager"].pk}
    monkeypatch.setattr(
        access,
        "_providers",
        [lambda user: {"customer:c1"} if user.pk in of_customer else set()],
    )
    return found


OPENED = {
    "public": {"public"},
    "customers": {"customers"},
    "staff": {"staff"},
    "managers": {"role:sales_manager"},
    "product": {"role:product_team", "role:administrator"},
    "department": {"dept:d1"},
    "customer": {"customer:c1", "role:administrator"},
    "nobody": set(),
}
SEEN = {
    "anonymous": {"public"},
    "inactive": {"public"},
    "contact": {"public", "customers", "customer"},
    "contact_other": {"public", "customers"},
    "manager": {"public", "customers", "staff", "managers", "customer"},
    "colleague": {"public", "customers", "staff", "department"},
    "product_team": {"public", "customers", "staff", "product"},
    "administrator": {"public", "customers", "staff", "product", "customer"},
}


@pytest.fixture
def collection(notes: MemorySource, embedder: WordEmbedder) -> MemorySource:
    for key, tokens in OPENED.items():
        notes.put(
            document(
                key,
                "定期存款利率",
                "三年期利率为百分之二。",
                access=frozenset(tokens),
                facets={"for": key},
            )
        )
    services.sync_now("note", notes.keys())
    return notes


def seen_in(results: Results) -> set[str]:
    """Every key that a result gives away, by any way."""
    keys = {hit.key for hit in results.hits}
    assert set(results.counts.get("for", {})) == keys
    assert results.total == len(keys)
    return keys


@pytest.mark.parametrize("who", SEEN)
def test_each_sees_exactly_what_is_theirs(
    people: dict[str, Viewer], collection: MemorySource, who: str
) -> None:
    viewer = people[who]
    assert seen_in(services.search(QUERY, viewer)) == SEEN[who]
    assert seen_in(services.suggest(QUERY, viewer, limit=20)) == SEEN[who]
    for key in OPENED:
        facet = services.search(QUERY, viewer, facets={"for": key})
        assert seen_in(facet) == SEEN[who] & {key}
        near = seen_in(services.similar("note", key, viewer, limit=20))
        assert near == (SEEN[who] - {key} if key in SEEN[who] else set())


@pytest.mark.parametrize("who", SEEN)
def test_the_engine_itself_hides_what_the_database_would_refuse(
    people: dict[str, Viewer], collection: MemorySource, who: str
) -> None:
    """The first filter alone is tight: the database is never asked about other people's things."""
    services.search(QUERY, people[who])
    assert set(collection.asked[-1]) == SEEN[who]


CALLS: list[Callable[[Viewer], Results]] = [
    lambda viewer: services.search(QUERY, viewer),
    lambda viewer: services.search(QUERY, viewer, facets={"for": "customer"}),
    lambda viewer: services.suggest(QUERY, viewer, limit=20),
    lambda viewer: services.similar("note", "public", viewer, limit=20),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_right_that_ends_counts_at_the_next_search(
    people: dict[str, Viewer], collection: MemorySource, call: Callable[[Viewer], Results]
) -> None:
    """The index still holds the old tokens; the database alone already refuses."""
    assert "customer" in seen_in(call(people["manager"]))
    collection.hidden.add("customer")
    assert "customer" not in seen_in(call(people["manager"]))


@pytest.mark.parametrize("call", CALLS)
def test_a_thing_that_is_gone_from_the_database_is_not_shown(
    people: dict[str, Viewer], collection: MemorySource, call: Callable[[Viewer], Results]
) -> None:
    del collection.documents["customer"]
    assert "customer" not in seen_in(call(people["manager"]))


def test_the_database_is_asked_once_per_kind(
    people: dict[str, Viewer], collection: MemorySource
) -> None:
    collection.asked.clear()
    services.search(QUERY, people["manager"])
    assert len(collection.asked) == 1


def test_hits_of_a_kind_without_a_source_are_not_shown(
    people: dict[str, Viewer], collection: MemorySource, monkeypatch: pytest.MonkeyPatch
) -> None:
    from search.sources import Registry

    monkeypatch.setattr(services, "registry", Registry())
    assert seen_in(services.search(QUERY, people["administrator"])) == set()
