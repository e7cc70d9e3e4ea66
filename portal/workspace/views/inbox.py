"""The inbox: where staff begin."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from kiplatform.accounts.policies import has_role
from portal.shared.gates import SignedInRequest, staff_only
from portal.workspace.addresses import ANSWERERS, landing
from portal.workspace.inbox import inbox_of
from portal.workspace.today import today_of


@require_GET
@staff_only()
def inbox(request: SignedInRequest) -> HttpResponse:
    """Show the questions to answer, or lead to where somebody else's work is."""
    if not has_role(request.user, *ANSWERERS):
        return redirect(landing(request.user))
    context = {"inbox": inbox_of(request, request.user), "today": today_of(request.user)}
    return render(request, "portal/workspace/inbox.html", context)


@require_GET
@staff_only(*ANSWERERS)
def inbox_list(request: SignedInRequest) -> HttpResponse:
    """Answer the list anew, for a page that is open."""
    current = request.GET.get("current", "")
    context: dict[str, Any] = {"inbox": inbox_of(request, request.user, current=current)}
    template = "inbox_list" if _is_fragment(request) else "inbox"
    if template == "inbox":
        context["today"] = today_of(request.user)
    return render(request, f"portal/workspace/{template}.html", context)


def _is_fragment(request: HttpRequest) -> bool:
    return request.headers.get("HX-Request") == "true"
