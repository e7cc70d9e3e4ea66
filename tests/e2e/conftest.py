from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.e2e.site import Site, make_bank, run_site


@pytest.fixture(scope="session")
def bank(
    tmp_path_factory: pytest.TempPathFactory,
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
) -> Path:
    """The database of the small bank, made once for all modules of this worker."""
    with django_db_blocker.unblock():
        return make_bank(tmp_path_factory.mktemp("bank"))


@pytest.fixture(scope="module")
def site(
    tmp_path_factory: pytest.TempPathFactory, bank: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[Site]:
    """A running site for one module's tests, on a copy of the bank."""
    with (
        django_db_blocker.unblock(),
        run_site(tmp_path_factory.mktemp("site"), bank) as running,
    ):
        yield running
