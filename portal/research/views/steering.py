"""What the manager of a case does with it as a whole: end, postpone, merge, unmask."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from kiplatform.accounts.roles import Role
from kiplatform.core.errors import InvalidInput
from portal.research.forms import CloseForm, KeptForm, PostponeForm, ReasonForm
from portal.research.near import NearCase, running_cases
from portal.research.views.common import (
    form_page,
    over,
    say,
    steered,
    stored,
    to_case,
    while_running,
)
from portal.shared.gates import SignedInRequest, staff_only
from qa_center import services
from qa_center.models import ResearchCase

MANAGERS = (Role.SALES_MANAGER, Role.ADMINISTRATOR)
OFFERED = 20


@require_http_methods(["GET", "POST"])
@staff_only(*MANAGERS)
@while_running
def close(request: SignedInRequest, row: ResearchCase) -> HttpResponse:
    """End a case without an answer: given up, or kept as a gap with an owner."""
    form = CloseForm(request.POST or None, viewer=request.user)
    if stored(form, lambda: _close(request, row, form)):
        say(request, _("The case is ended."), form)
        return to_case(row)
    return form_page(request, "close", form, case=row)


def _close(request: SignedInRequest, row: ResearchCase, form: CloseForm) -> None:
    data = form.cleaned_data
    if data["how"] == "unanswerable":
        services.case_mark_unanswerable(
            actor=request.user,
            case=row,
            reason=data["reason"],
            gap_owner=data["gap_owner"] or request.user,
        )
    else:
        services.case_cancel(actor=request.user, case=row, reason=data["reason"])


@require_http_methods(["GET", "POST"])
@staff_only(*MANAGERS)
@while_running
def unmask(request: SignedInRequest, row: ResearchCase) -> HttpResponse:
    """Show the colleagues who the customer is, with a reason that is recorded."""
    if row.question is None or row.unmasked_at is not None:
        return to_case(row)
    form = ReasonForm(request.POST or None)
    done = stored(
        form,
        lambda: services.identity_unmask(
            actor=request.user, case=row, reason=form.cleaned_data["reason"]
        ),
    )
    if done:
        say(request, _("Colleagues in this case now see who the customer is."), form)
        return to_case(row)
    return form_page(request, "unmask", form, case=row)


@require_http_methods(["GET", "POST"])
@staff_only(*MANAGERS)
@while_running
def postpone(request: SignedInRequest, row: ResearchCase) -> HttpResponse:
    """Give the present step more time, and say why."""
    form = PostponeForm(request.POST or None)
    if stored(form, lambda: _postpone(request, row, form)):
        say(request, _("This step has more time."), form)
        return to_case(row)
    return form_page(request, "postpone", form, case=row)


def _postpone(request: SignedInRequest, row: ResearchCase, form: PostponeForm) -> None:
    data = form.cleaned_data
    services.case_postpone(
        actor=request.user, case=row, due_at=data["due_at"], reason=data["reason"]
    )


@require_http_methods(["GET", "POST"])
@staff_only(*MANAGERS)
def merge(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Go on in another running case that asks much the same; both discussions are kept."""
    row = steered(request, public_id)
    if row.merged_into is not None and request.method == "POST":
        return to_case(row.merged_into)
    if row.is_ended:
        return over(request, row)
    options = running_cases(request.user, row.text, leave_out=row.pk)[:OFFERED]
    form = KeptForm(request.POST or None)
    key = request.POST.get("into", "")
    if stored(form, lambda: _merge(request, row, options, key)):
        say(request, _("Merged. The work goes on here."), form)
        return to_case(next(near.case for near in options if near.case.public_id == key))
    return form_page(request, "merge", form, case=row, options=options, chosen=key)


def _merge(request: SignedInRequest, row: ResearchCase, options: list[NearCase], key: str) -> None:
    into = next((near.case for near in options if near.case.public_id == key), None)
    if into is None:
        raise InvalidInput(_("Choose the case to go on in."))
    services.case_merge(actor=request.user, case=row, into=into)
