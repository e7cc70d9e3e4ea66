"""Who vouches for a page and until when, who owns it, and whether it helped.

Guarantee: nobody is shown as vouching for a page longer than they said; once the day is over the
lapse is announced once, so that search and the verifier learn of it.
"""

from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from kiplatform.accounts.models import User
from kiplatform.core import clock
from kiplatform.core.errors import Conflict, InvalidInput
from manager_knowledge.events import (
    KnowledgeResponsibilityChanged,
    KnowledgeVerificationLapsed,
    KnowledgeVerified,
    KnowledgeVoted,
)
from manager_knowledge.models import KnowledgePage, KnowledgeVote
from manager_knowledge.policies import can_assign, can_verify, can_vote
from manager_knowledge.services.writing import again, announce, locked, require, writing_as

LONGEST_VERIFICATION = timedelta(days=3 * 365)


def knowledge_verify(*, actor: User, page: KnowledgePage, until: date) -> KnowledgePage:
    """Vouch for a live page up to and including `until`.

    :param until: from today to three years from now.
    :raises Conflict: the page is not live, so there is nothing to vouch for.
    """
    with writing_as(actor):
        stored = locked(page, actor)
        if not stored.live:
            raise Conflict(_("Only a live page can be verified."), code="not_live")
        require(can_verify(actor, stored), _("You were not asked to verify this page."))
        today = timezone.localdate(clock.now())
        if not today <= until <= today + LONGEST_VERIFICATION:
            raise InvalidInput(
                _("Choose a day from today to three years from now."), code="range", field="until"
            )
        KnowledgePage.objects.filter(pk=stored.pk).update(
            verifier=actor, verified_at=clock.now(), verified_until=until, lapse_told_at=None
        )
        announce(KnowledgeVerified(page=stored.public_id, until=until.isoformat()), stored)
        return again(stored)


def knowledge_assign(
    *,
    actor: User,
    page: KnowledgePage,
    owner: User | None = None,
    verifier: User | None = None,
) -> KnowledgePage:
    """Name the page's owner and the person who shall vouch for it; None leaves as it is.

    :raises InvalidInput: the person is not an active staff member.
    """
    with writing_as(actor):
        stored = locked(page, actor)
        require(can_assign(actor, stored), _("Only editors say who is responsible."))
        for field, person in (("owner", owner), ("verifier", verifier)):
            if person is not None and not (person.is_active and person.is_staff_member):
                raise InvalidInput(_("Choose a staff member."), code="not_staff", field=field)
        owner, verifier = owner or stored.owner, verifier or stored.verifier
        KnowledgePage.objects.filter(pk=stored.pk).update(owner=owner, verifier=verifier)
        announce(
            KnowledgeResponsibilityChanged(
                page=stored.public_id,
                owner=owner.public_id if owner else "",
                verifier=verifier.public_id if verifier else "",
            ),
            stored,
        )
        return again(stored)


def verifications_lapse() -> int:
    """Announce each verification whose last day is over; return how many were announced now."""
    today = timezone.localdate(clock.now())
    over = KnowledgePage.objects.filter(verified_until__lt=today, lapse_told_at=None)
    return sum(_lapse(pk, today) for pk in over.values_list("pk", flat=True))


def _lapse(pk: int, today: date) -> int:
    with writing_as(None):
        changed = KnowledgePage.objects.filter(
            pk=pk, verified_until__lt=today, lapse_told_at=None
        ).update(lapse_told_at=clock.now())
        if changed:
            page = KnowledgePage.objects.select_related("verifier").get(pk=pk)
            verifier = page.verifier.public_id if page.verifier else ""
            announce(KnowledgeVerificationLapsed(page=page.public_id, verifier=verifier), page)
        return changed


def knowledge_vote(*, actor: User, page: KnowledgePage, helpful: bool | None) -> None:
    """Say whether a page helped; a reader's last word counts, None takes it back."""
    with writing_as(actor):
        stored = locked(page, actor)
        require(can_vote(actor, stored), _("You may not vote on this page."))
        if helpful is None:
            KnowledgeVote.objects.filter(page=stored, user=actor).delete()
        else:
            KnowledgeVote.objects.update_or_create(
                page=stored.knowledgepage_ptr, user=actor, defaults={"helpful": helpful}
            )
        announce(KnowledgeVoted(page=stored.public_id, helpful=helpful), stored)
