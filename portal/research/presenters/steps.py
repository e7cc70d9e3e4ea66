"""Whose turn it is in a case, and what they do next: in words, with the address to do it at."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kiplatform.accounts.models import User
from portal.labels import state_look
from qa_center.models import Invitation, Proposal, ResearchCase
from qa_center.selectors import CaseView

State = ResearchCase.State

# What the board says beside a case that the reader holds.
TURNS: Mapping[str, str | Promise] = {
    State.SEARCHING: gettext_lazy("Your turn: mark what fits, or ask colleagues"),
    State.ASKING: gettext_lazy("With you: colleagues have been asked"),
    State.DISCUSSING: gettext_lazy("With you: colleagues are working it out"),
    State.PROPOSED: gettext_lazy("Your turn: decide on an answer"),
    State.RESOLVED: gettext_lazy("Your turn: send the answer and keep it"),
}


@dataclass(frozen=True, slots=True)
class Action:
    """A button that leads to where something is done."""

    label: str
    url: str
    icon: str


@dataclass(frozen=True, slots=True)
class Step:
    """What the reader does next; the first action is the one to take."""

    title: str
    text: str
    actions: tuple[Action, ...] = ()


def address(name: str, key: str) -> str:
    """Return the address of one of the research center's pages."""
    return reverse(f"workspace:{name}", args=[key])


def next_step(viewer: User, view: CaseView) -> Step | None:
    """Return the step that moves the case on; None where it has ended or is others' business."""
    if view.case.is_ended:
        return None
    if view.steers:
        return _STEERING[State(view.case.state)](view)
    if view.takes_part:
        return _helping(viewer, view)
    return None


def _answer(case: ResearchCase) -> Action:
    return Action(_("Answer from evidence"), address("case_answer", case.public_id), "quote")


def _ask(case: ResearchCase) -> Action:
    return Action(_("Ask colleagues"), address("case_ask", case.public_id), "users")


def _propose(case: ResearchCase) -> Action:
    return Action(_("Propose an answer"), address("case_propose", case.public_id), "lightbulb")


def _write(case: ResearchCase) -> Action:
    return Action(_("Settle the answer yourself"), address("case_accept", case.public_id), "edit")


def _searching(view: CaseView) -> Step:
    case = view.case
    text = {
        "likely": _("Something likely answers this. Mark what fits and answer from it."),
        "close": _("Close, but it may not answer this. If nothing fits, ask your colleagues."),
    }.get(case.verdict, _("Nothing that we know answers this. Ask your colleagues."))
    fits = any(piece.mark == piece.Mark.FITS for piece in view.evidence)
    actions = [_ask(case), _answer(case)] if view.evidence else [_ask(case)]
    if fits or case.verdict == "likely":
        actions.reverse()
    return Step(_("Does something fit?"), text, tuple(actions))


def _asking(view: CaseView) -> Step:
    case = view.case
    silent = sum(row.status == Invitation.Status.PENDING for row in view.invitations)
    words = [ngettext("%(n)d has not replied yet.", "%(n)d have not replied yet.", silent)]
    if case.ring_due_at is not None and case.ring < 3:
        words.append(_("If nobody joins by %(moment)s, the circle widens by itself."))
        moment = formats.date_format(timezone.localtime(case.ring_due_at), "SHORT_DATETIME_FORMAT")
    else:
        moment = ""
    more = Action(_("Ask another"), address("case_invite", case.public_id), "users")
    return Step(
        _("Colleagues have been asked"),
        "\n".join(words) % {"n": silent, "moment": moment},
        (more, _write(case)),
    )


def _discussing(view: CaseView) -> Step:
    return Step(
        _("Work it out together"),
        _("Whoever knows proposes an answer in a few lines; you decide."),
        (_propose(view.case), _write(view.case)),
    )


def _proposed(view: CaseView) -> Step:
    decide = Action(_("Decide"), address("case_accept", view.case.public_id), "arrow-right")
    return Step(
        _("An answer is proposed"),
        _("Accept one proposal, or merge several in your own words."),
        (decide, _propose(view.case)),
    )


def _resolved(view: CaseView) -> Step:
    case = view.case
    released = view.resolution is not None and view.resolution.answer is not None
    if case.question is not None and not case.question.is_ended and not released:
        write = Action(_("Write to the customer"), address("case_release", case.public_id), "send")
        return Step(
            _("Send the answer to the customer"),
            _("You decide the wording; nothing else of this case leaves the company."),
            (write,),
        )
    return Step(
        _("Keep it as knowledge"),
        _("The next customer who asks this finds it while typing."),
        (Action(_("Make a draft"), address("case_capture", case.public_id), "book"),),
    )


_STEERING = {
    State.SEARCHING: _searching,
    State.ASKING: _asking,
    State.DISCUSSING: _discussing,
    State.PROPOSED: _proposed,
    State.RESOLVED: _resolved,
}


def _helping(viewer: User, view: CaseView) -> Step:
    case = view.case
    if case.state == State.RESOLVED:
        return Step(
            _("The answer is settled"),
            _("%(name)s words it for the customer. Thank you for your help.")
            % {"name": case.manager.name},
        )
    standing = [row for row in view.proposals if row.state == Proposal.State.STANDING]
    if any(row.author_id != viewer.pk for row in standing):
        return Step(
            _("Is this right?"),
            _("Endorse what you stand by, object where something is wrong, or propose better."),
            (_propose(case),),
        )
    if standing:
        return Step(
            _("Your proposal stands"),
            _("%(name)s decides. You can still revise it.") % {"name": case.manager.name},
        )
    return Step(
        _("Your knowledge is asked for"),
        _("Say what you know in the discussion, or propose an answer. You will be credited."),
        (_propose(case),),
    )


def turn(viewer: User, case: ResearchCase) -> str:
    """Return what the viewer has to do in a case of the board; "" where others hold it."""
    if case.is_ended or case.owner_id != viewer.pk:
        return ""
    if case.manager_id != viewer.pk:
        return _("Overdue, and now with you")
    return str(TURNS[case.state])


def ending(view: CaseView) -> Step | None:
    """Return how and why a case ended; None while it is running."""
    case = view.case
    if not case.is_ended:
        return None
    # The platform's own word for a question that its customer took back.
    withdrawn = case.end_reason == "withdrawn"
    reason = _("The customer withdrew the question.") if withdrawn else case.end_reason
    return Step(str(state_look("case", case.state).label), reason)
