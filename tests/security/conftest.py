"""The bank of the workspace's tests and the case of the research center's, seen by an attacker.

Each test names the item of OWASP ASVS 4.0.3 that it covers: `@asvs("4.1.1")`.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kiplatform.accounts.models import User
from tests.portal.workspace.conftest import Bank, bank, question
from tests.qa_center.conftest import Floor, floor

__all__ = ["Bank", "Floor", "Seen", "asvs", "bank", "floor", "question", "seen"]

Seen = Callable[..., str]


def asvs(*items: str) -> pytest.MarkDecorator:
    """Say which items of ASVS a test covers."""
    return pytest.mark.asvs(*items)


@pytest.fixture
def seen() -> Seen:
    """Return everything that a person gets back from some addresses, as one text."""

    def read(user: User, *addresses: str) -> str:
        client = Client()
        client.force_login(user)
        client.cookies["django_language"] = "zh-hans"
        answers: list[Any] = [client.get(address) for address in addresses]
        assert all(answer.status_code < 500 for answer in answers)
        texts = [answer.content.decode() for answer in answers]
        # JSON writes other letters as escapes: a name is to be found in either form.
        return "".join(text + text.encode().decode("unicode_escape", "ignore") for text in texts)

    return read
