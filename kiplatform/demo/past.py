"""The demo's past research cases: needs of the managers' own, each asked, answered and ended.

They are many and long over, so what would take most of the time is left out: a case's events are
relayed when it ends, and its evidence is found without the reader.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

from django.conf import settings

from kiplatform.accounts.models import User
from kiplatform.demo.company import Company
from kiplatform.demo.script import Item, Story, read
from kiplatform.notifications.services import mark_all_read
from qa_center import services
from qa_center.models import ResearchCase

HOURS_TO_PROPOSE = 2
NOT_CAPTURED = {
    "zh-hans": "已经弄清楚，只涉及这一件事，不单独成文。",
    "en": "Settled for this client; it needs no page of its own.",
}


def past(company: Company, now: Story) -> list[Story]:
    """Return a story for each past case, and one in which everybody reads what they were told."""
    rows = read("past")
    reading = now.fresh()
    newest = min(row["days_ago"] for row in rows)
    reading.add(reading.moment({"days_ago": newest - 2, "hour": 18}), partial(_read_all, company))
    return [*(_PastCase(company, now.fresh(), row).told() for row in rows), reading]


@contextmanager
def _without_reader() -> Iterator[None]:
    log = logging.getLogger("search.reading")
    chosen, level = settings.SEARCH_READER, log.level
    settings.SEARCH_READER = "disabled"
    # Whoever loads the demo need not read of it for every case.
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        settings.SEARCH_READER = chosen
        log.setLevel(level)


def _read_all(company: Company) -> None:
    for user in company.staff.values():
        mark_all_read(user)


class _PastCase:
    """One past case of the data file as steps."""

    case: ResearchCase

    def __init__(self, company: Company, story: Story, row: Item) -> None:
        self.company, self.story, self.row = company, story, row

    @property
    def manager(self) -> User:
        return self.company.staff[self.row["manager"]]

    @property
    def helpers(self) -> list[User]:
        """Who is asked: who proposes first, then who stands by it."""
        names = (self.row[key] for key in ("by", "also") if key in self.row)
        return [self.company.staff[name] for name in names]

    def told(self) -> Story:
        """Return the story from opened to ended."""
        story = self.story
        story.add(story.moment({**self.row, "minute": 5}), self._open, settle=False)
        story.then(timedelta(minutes=31), self._accept, settle=False)
        story.then(timedelta(hours=self.row.get("took", HOURS_TO_PROPOSE)), self._answer)
        return story

    def _open(self) -> None:
        with _without_reader():
            self.case = services.case_open(
                actor=self.manager,
                text=self.row["text"],
                product=self.company.product(self.row),
                client_id=f"demo-{self.row['id']}",
            )
        services.case_ask_colleagues(actor=self.manager, case=self.case, chosen=self.helpers)

    def _accept(self) -> None:
        for user in self.helpers:
            services.invitation_accept(
                actor=user, invitation=self.case.invitations.get(expert=user)
            )

    def _answer(self) -> None:
        author, *others = self.helpers
        proposal = services.proposal_make(
            actor=author,
            case=self.case,
            text=self.row["answer"],
            client_id=f"demo-{self.row['id']}",
        )
        for user in others:
            services.proposal_judge(actor=user, proposal=proposal, kind="endorse", version=1)
        services.proposal_accept(actor=self.manager, case=self.case, proposals=[proposal])
        services.case_close_uncaptured(
            actor=self.manager, case=self.case, reason=NOT_CAPTURED[self.manager.language]
        )
