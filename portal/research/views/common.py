"""What the research center's views share.

Guarantee: a refusal that a form can show is shown in that form, with its words, its status and
everything that was typed; and a form that was stored frees its draft on the device.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kiplatform.core.errors import ApplicationError, Conflict, InvalidInput, NotAllowed
from portal.research.forms import KeptForm
from portal.shared.gates import SignedInRequest
from qa_center import policies, selectors
from qa_center.models import ResearchCase

CaseView = Callable[[SignedInRequest, str], HttpResponse]


def to_case(case: ResearchCase, anchor: str = "") -> HttpResponse:
    """Lead back to the case, to the part that `anchor` names."""
    response = redirect("workspace:case", case.public_id)
    if anchor:
        response["Location"] += f"#{anchor}"
    return response


def steered(request: SignedInRequest, public_id: str) -> ResearchCase:
    """Return a case that the person decides in.

    :raises NotFound: they do not see it.  :raises NotAllowed: others decide in it.
    """
    row = selectors.case_for(request.user, public_id)
    if not policies.may_steer(request.user, row):
        raise NotAllowed(_("Only the manager who opened the case decides this."))
    return row


def while_running(view: Callable[[SignedInRequest, ResearchCase], HttpResponse]) -> CaseView:
    """Hand the view the case that the person decides in; to one that has ended, lead back.

    :raises NotFound: they do not see it.  :raises NotAllowed: others decide in it.
    """

    @wraps(view)
    def guarded(request: SignedInRequest, public_id: str) -> HttpResponse:
        row = steered(request, public_id)
        return over(request, row) if row.is_ended else view(request, row)

    return guarded


def taken_part(request: SignedInRequest, public_id: str) -> ResearchCase:
    """Return a case that the person works on.

    :raises NotFound: they do not see it.  :raises NotAllowed: they have not joined it.
    """
    row = selectors.case_for(request.user, public_id)
    if not policies.takes_part(request.user, row):
        raise NotAllowed(_("Accept the invitation first, then you can take part."))
    return row


def stored(form: KeptForm, act: Callable[[], object]) -> bool:
    """Carry `act` out if the form parsed; tell whether it was done. The form says why not."""
    if not form.is_bound or not form.is_valid():
        return False
    try:
        act()
    except (InvalidInput, Conflict) as error:
        form.refuse(error)
        return False
    return True


def say(request: SignedInRequest, text: str | Promise, form: KeptForm | None = None) -> None:
    """Confirm what was done; the form's draft on the device is no longer needed."""
    client_id = form.data.get(form.add_prefix("client_id"), "") if form else ""
    messages.success(request, str(text), extra_tags=client_id)


def over(request: SignedInRequest, case: ResearchCase) -> HttpResponse:
    """Lead back to a case that has ended, and say so."""
    messages.info(request, _("This case has ended."))
    return to_case(case)


def explain(request: SignedInRequest, error: ApplicationError) -> None:
    """Say on the next page why something was not done."""
    messages.error(request, str(error))


def status_of(form: KeptForm) -> int:
    """Return 422 or 409 where something that was sent is refused, else 200."""
    faulty = form.is_bound and bool(form.errors)
    return InvalidInput.status if faulty and form.status == 200 else form.status


def form_page(
    request: SignedInRequest,
    name: str,
    form: KeptForm,
    *,
    case: ResearchCase | None = None,
    about: str = "",
    **context: Any,
) -> HttpResponse:
    """Render a form's page with the status of what was sent.

    :param about: what the form is about if not the case; drafts of different things stay apart.
    """
    key = about or (case.public_id if case else "")
    page = {"form": form, "case": case, "draft": f"{name}:{key}", **context}
    return render(request, f"portal/research/{name}.html", page, status=status_of(form))
