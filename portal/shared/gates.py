"""Who may come in at which door: each view names its gate, and everybody else finds no door."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from kiplatform.accounts.models import User
from kiplatform.accounts.policies import has_role, is_contact, is_staff
from kiplatform.accounts.roles import Role
from kiplatform.core.errors import NotFound

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


class SignedInRequest(HttpRequest):
    """A request behind a gate: its user is one of ours."""

    user: User


def _gate(admits: Callable[[Any], bool]) -> Callable[[Callable[..., HttpResponseBase]], View[...]]:
    def decorate(view: Callable[..., HttpResponseBase]) -> View[...]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return _ask_to_sign_in(request)
            if not admits(request.user):
                raise NotFound()
            response = view(request, *args, **kwargs)
            # What one person sees must not be shown to the next one by a shared cache.
            response.headers.setdefault("Cache-Control", "private, no-store")
            return response

        return guarded

    return decorate


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page and back; a script is told so and keeps what was typed."""
    if request.headers.get("HX-Request") or request.headers.get("Accept") == "application/json":
        return HttpResponse(status=401)
    return redirect_to_login(_page_of(request))


def _page_of(request: HttpRequest) -> str:
    """Return the page that asks: for a form that is sent, the one that it stands on."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    page = urlsplit(request.headers.get("Referer", ""))
    here = page.netloc == request.get_host() and page.path.startswith("/")
    return page._replace(scheme="", netloc="").geturl() if here else "/"


def contacts_only(view: Callable[..., HttpResponseBase]) -> View[...]:
    """Admit customers' contacts."""
    return _gate(is_contact)(view)


def staff_only(*roles: Role) -> Callable[[Callable[..., HttpResponseBase]], View[...]]:
    """Admit staff members, or those among them who hold one of `roles`."""
    return _gate(lambda user: has_role(user, *roles) if roles else is_staff(user))


def signed_in(view: Callable[..., HttpResponseBase]) -> View[...]:
    """Admit everybody who has signed in."""
    return _gate(lambda user: True)(view)
