"""Loads the demo company, all of it or nothing, and only once."""

import logging
from collections.abc import Callable
from io import StringIO

from django.core.management import call_command
from django.db import transaction

from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.demo import cases, company, customers, exchanges, past
from kiplatform.demo.script import Story, read, tell
from search.embedders import EmbedderUnavailable, get_embedder

logger = logging.getLogger(__name__)
Progress = Callable[[str, int, int], None]


def is_loaded() -> bool:
    """Tell whether the demo company is there."""
    return User.objects.filter(email=read("staff")[0]["email"]).exists()


def load(progress: Progress) -> bool:
    """Make the demo company through the services; False if it is there already.

    :param progress: told what is being done, how many steps are done, and of how many.
    """
    _await_model()
    with transaction.atomic():
        if is_loaded():
            return False
        _tell(progress)
    return True


def _await_model() -> None:
    """Wait for the embedding model, so that cases find their evidence by meaning as well."""
    try:
        get_embedder(wait=True)
    except EmbedderUnavailable as error:
        logger.warning("the demo is loaded without vectors for now: %s", error.reason)


def _tell(progress: Progress) -> None:
    now = clock.now()
    bank = company.Company(now=now)
    company.organisation(bank)
    present = Story(now)
    pages, verified, people, log = (present.fresh() for _ in range(4))
    company.knowledge(bank, pages)
    customers.customers(bank, people)
    tell([pages, people], lambda n, of: progress("knowledge", n, of))
    company.verification(bank, verified)
    customers.contacts_made(bank, log)
    stories = [
        verified,
        log,
        *exchanges.questions(bank, present),
        *exchanges.feedback(bank, present),
        *exchanges.co_creations(bank, present),
        *cases.cases(bank, present),
        *past.past(bank, present),
    ]
    tell(stories, lambda n, of: progress("exchange", n, of))
    # What the administrator of a company with such a past would have done after its first third.
    unread = StringIO()
    call_command("routing_calibrate", adopt=bank.administrator.email, stdout=unread, stderr=unread)
