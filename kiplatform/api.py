"""The API: one OpenAPI document over the rooms' routers, signed in by session, with CSRF checks."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, NinjaAPI, Query, Router, Schema
from ninja.security import django_auth

from customer_knowledge.api import router as exchange
from customer_knowledge.api import viewer_of
from kiplatform.core.errors import ApplicationError
from search.results import Results
from search.services import search, suggest

MOST_HITS = 25
api = NinjaAPI(title="kiplatform", version="1", auth=django_auth, urls_namespace="api")
finding = Router(tags=["search"])


class HitOut(Schema):
    """Something found, as its viewer may see it."""

    kind: str
    key: str
    title: str
    language: str
    passage: str
    verdict: str


class ResultsOut(Schema):
    """Hits, how they were found, and what they are worth."""

    mode: str
    reason: str
    verdict: str
    total: int
    hits: list[HitOut]


def _shown(results: Results) -> dict[str, Any]:
    return {
        "mode": results.mode,
        "reason": str(results.reason),
        "verdict": results.verdict,
        "total": results.total,
        "hits": list(results.hits),
    }


class SearchQuery(Schema):
    """What is looked for."""

    q: str = Field("", max_length=10_000)
    kind: list[str] = Field([], max_length=10)
    limit: int = Field(10, ge=1, le=MOST_HITS)


@finding.get("/search", response=ResultsOut)
def find(request: HttpRequest, query: Query[SearchQuery]) -> dict[str, Any]:
    """Search what the viewer may see."""
    kinds = set(query.kind) or None
    return _shown(search(query.q, viewer_of(request), kinds=kinds, limit=query.limit))


@finding.get("/suggest", response=ResultsOut)
def suggestions(request: HttpRequest, query: Query[SearchQuery]) -> dict[str, Any]:
    """Suggest while the viewer types."""
    kinds = set(query.kind) or {"knowledge", "answer"}
    return _shown(suggest(query.q, viewer_of(request), kinds=kinds, limit=query.limit))


@api.exception_handler(ApplicationError)
def refused(request: HttpRequest, error: ApplicationError) -> HttpResponse:
    """Answer a service's refusal with its words, its code and its field."""
    body = {"detail": str(error), "code": error.code, "field": error.field}
    return api.create_response(request, body, status=error.status)


api.add_router("", exchange)
api.add_router("", finding)
