"""The administration opens to administrators alone, and works through the services."""

import json

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from kiplatform.accounts.models import User
from qa_center.models import RoutingWeights
from qa_center.routing import SHIPPED
from qa_center.services.weights import current_weights
from tests.factories.people import (
    AdministratorFactory,
    ColleagueFactory,
    ContactFactory,
    EditorFactory,
    ManagerFactory,
    ProductTeamFactory,
)

pytestmark = pytest.mark.django_db
LISTS = sorted(f"{m._meta.app_label}_{m._meta.model_name}" for m in admin.site._registry)


def client_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


@pytest.mark.parametrize("name", LISTS)
def test_lists_open_to_administrators_alone(name: str) -> None:
    url = reverse(f"admin:{name}_changelist")
    administrator = AdministratorFactory()
    assert client_of(administrator).get(url).status_code == 200
    others = [
        None,
        ContactFactory().user,
        ManagerFactory(),
        ColleagueFactory(),
        ProductTeamFactory(),
        EditorFactory(),
        AdministratorFactory(is_active=False),
    ]
    for user in others:
        assert client_of(user).get(url).status_code in {302, 403, 404}


def test_a_colleague_is_added_with_a_role_and_without_a_password() -> None:
    client = client_of(AdministratorFactory())
    client.post(
        reverse("admin:accounts_user_add"),
        {
            "email": "New.Colleague@bank.example.com",
            "name": "新同事",
            "language": "zh-hans",
            "timezone": "Asia/Shanghai",
            "is_active": "on",
            "is_colleague": "on",
        },
    )
    user = User.objects.get(email="new.colleague@bank.example.com")
    assert user.is_colleague
    assert not user.has_usable_password()
    assert user.staff_profile.case_cap == 5


def test_weights_that_routing_cannot_read_are_refused_and_the_old_ones_hold() -> None:
    client = client_of(AdministratorFactory())
    url = reverse("admin:qa_center_routingweights_add")
    refused = client.post(url, {"weights": '{"nonsense": 1}', "note": "try"})
    assert refused.status_code == 200
    assert not RoutingWeights.objects.exists()
    assert current_weights() == SHIPPED


def test_weights_that_an_administrator_sets_hold_for_the_next_ranking() -> None:
    administrator = AdministratorFactory()
    field, value = next(iter(json.loads(SHIPPED.to_json()).items()))
    client_of(administrator).post(
        reverse("admin:qa_center_routingweights_add"),
        {"weights": json.dumps({field: value}), "note": "as shipped"},
    )
    assert RoutingWeights.objects.get().set_by == administrator
    assert current_weights() == SHIPPED
