"""The front door, files, and the demo's one-click sign-in."""

from django.conf import settings
from django.contrib.auth import login
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from customer_knowledge import selectors
from kiplatform.accounts.models import User
from kiplatform.accounts.policies import is_contact, is_staff
from kiplatform.core.errors import NotFound
from portal.shared.gates import SignedInRequest, signed_in

# Shown in the browser; everything else is downloaded, so that no upload runs as a page of ours.
SHOWN = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@require_GET
def start(request: HttpRequest) -> HttpResponse:
    """Lead everybody to where they work."""
    if is_staff(request.user):
        return redirect("workspace:inbox")
    if is_contact(request.user):
        return redirect("portal:home")
    return redirect("account_login")


@require_POST
def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as a person of the demo company; this door exists in the demo alone."""
    user = User.objects.active().filter(email=request.POST.get("email", "")).first()
    if not settings.DEMO or user is None or user.has_usable_password():
        raise NotFound()
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("shared:start")


@require_GET
@signed_in
def attachment(request: SignedInRequest, public_id: str) -> HttpResponseBase:
    """Give a file to somebody who sees its message."""
    row = selectors.attachment_for(request.user, public_id)
    response = FileResponse(
        row.file.open("rb"),
        as_attachment=row.content_type not in SHOWN,
        filename=row.name,
        content_type=row.content_type,
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
