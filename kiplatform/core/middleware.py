"""Every answer names its trace, and lets the browser load from this site alone."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from kiplatform.core.trace import HEADER, trace

GetResponse = Callable[[HttpRequest], HttpResponse]

# Wagtail's editor needs inline styles and scripts; everything that a customer sees does not.
_STRICT = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)
_EDITOR = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; connect-src 'self'; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'self'"
)
_EDITOR_PATHS = ("/cms/", "/admin/", "/api/docs")


class TraceMiddleware:
    """Opens a trace for the request and names it in the answer's header."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with trace() as trace_id:
            response = self.get_response(request)
        response[HEADER] = trace_id
        return response


class ContentSecurityMiddleware:
    """Adds the content security policy: no request leaves the site."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        policy = _EDITOR if request.path.startswith(_EDITOR_PATHS) else _STRICT
        response.setdefault("Content-Security-Policy", policy)
        return response
