"""Refusals of services become pages, or fragments, in the person's language.

A view lets an ApplicationError pass unless it shows it beside a field itself.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kiplatform.core.errors import ApplicationError, NotFound

GetResponse = Callable[[HttpRequest], HttpResponse]


class RefusalMiddleware:
    """Answers a service's refusal with its words and its status."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Render a refusal; anything else is not this middleware's business."""
        if isinstance(error, NotFound):
            return render(request, "404.html", status=404)
        if not isinstance(error, ApplicationError):
            return None
        template = (
            "components/refusal.html" if request.headers.get("HX-Request") else "refusal.html"
        )
        return render(request, template, {"error": error}, status=error.status)
