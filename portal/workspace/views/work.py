"""What routing knows of oneself: skills, working hours, absences."""

from datetime import time
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_time
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from kiplatform.accounts import services
from kiplatform.accounts.models import Absence, Skill, User, WorkingHours
from kiplatform.core.errors import InvalidInput, NotFound
from portal.shared.gates import SignedInRequest, staff_only
from portal.workspace.customers import today
from portal.workspace.forms import AbsenceForm, SkillForm, refuse

WEEKDAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)


@require_http_methods(["GET", "POST"])
@staff_only()
def work(request: SignedInRequest) -> HttpResponse:
    """Show one's own skills, hours and absences, or change one of them."""
    if request.method == "GET":
        return _page(request)
    deed = DEEDS.get(request.POST.get("part", ""))
    if deed is None:
        raise InvalidInput(_("Please choose one of the options."))
    return deed(request)


def _page(request: SignedInRequest, status: int = 200, **forms: Any) -> HttpResponse:
    user = request.user
    context = {
        "skills": Skill.objects.filter(user=user).order_by("-level", "topic"),
        "days": _days(request),
        "absences": Absence.objects.filter(user=user, ends_on__gte=today())
        .select_related("substitute")
        .order_by("starts_on"),
        "skill_form": SkillForm(initial={"level": 2}),
        "absence_form": AbsenceForm(people=_people(user)),
    }
    return render(request, "portal/workspace/work.html", context | forms, status=status)


def _people(user: User) -> Any:
    return User.objects.visible_to(user).active().exclude(pk=user.pk).order_by("name")


def _days(request: SignedInRequest) -> list[dict[str, Any]]:
    """Return the week with the first span of each day, or what was typed and refused."""
    spans: dict[int, WorkingHours] = {}
    for row in WorkingHours.objects.filter(user=request.user).order_by("-start"):
        spans[row.weekday] = row
    typed = request.POST if request.POST.get("part") == "hours" else None
    days = []
    for number, name in enumerate(WEEKDAYS):
        span = spans.get(number)
        start, end = (f"{span.start:%H:%M}", f"{span.end:%H:%M}") if span else ("", "")
        if typed is not None:
            start, end = typed.get(f"start-{number}", ""), typed.get(f"end-{number}", "")
        days.append({"number": number, "name": name, "start": start, "end": end})
    return days


def _kept(request: SignedInRequest) -> HttpResponse:
    messages.success(request, _("Kept."))
    return redirect("workspace:work")


def _skill(request: SignedInRequest) -> HttpResponse:
    form = SkillForm(request.POST)
    if form.is_valid():
        try:
            services.skill_declare(actor=request.user, user=request.user, **form.cleaned_data)
        except InvalidInput as error:
            refuse(form, error)
        else:
            return _kept(request)
    return _page(request, 422, skill_form=form)


def _skill_remove(request: SignedInRequest) -> HttpResponse:
    mine = Skill.objects.filter(user=request.user, public_id=request.POST.get("key", ""))
    skill = mine.select_related("user").first()
    if skill is None:
        raise NotFound()
    services.skill_remove(actor=request.user, skill=skill)
    return _kept(request)


def _absence(request: SignedInRequest) -> HttpResponse:
    form = AbsenceForm(request.POST, people=_people(request.user))
    if form.is_valid():
        data = form.cleaned_data
        try:
            services.absence_add(
                actor=request.user,
                user=request.user,
                starts_on=data["starts_on"],
                ends_on=data["ends_on"],
                substitute=form.people.get(data["substitute"]),
            )
        except InvalidInput as error:
            refuse(form, error)
        else:
            return _kept(request)
    return _page(request, 422, absence_form=form)


def _absence_remove(request: SignedInRequest) -> HttpResponse:
    mine = Absence.objects.filter(user=request.user, public_id=request.POST.get("key", ""))
    absence = mine.select_related("user").first()
    if absence is None:
        raise NotFound()
    services.absence_remove(actor=request.user, absence=absence)
    return _kept(request)


def _hours(request: SignedInRequest) -> HttpResponse:
    try:
        spans = [span for number in range(7) if (span := _span(request, number))]
        services.working_hours_set(actor=request.user, user=request.user, spans=spans)
    except InvalidInput as error:
        return _page(request, 422, hours_error=error)
    return _kept(request)


def _span(request: SignedInRequest, number: int) -> tuple[int, time, time] | None:
    start, end = (request.POST.get(f"{end}-{number}", "") for end in ("start", "end"))
    if not start and not end:
        return None
    first, last = _time(start), _time(end)
    if first is None or last is None or first >= last:
        message = _("%(day)s needs a beginning and a later end.") % {"day": WEEKDAYS[number]}
        raise InvalidInput(message, field="hours")
    return number, first, last


def _time(text: str) -> time | None:
    try:
        return parse_time(text)
    except ValueError:
        return None


DEEDS = {
    "skill": _skill,
    "skill_remove": _skill_remove,
    "absence": _absence,
    "absence_remove": _absence_remove,
    "hours": _hours,
}
