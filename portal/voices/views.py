"""The voices of customers, for the product team: figures, words, and what else sounds like them."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from customer_knowledge.selectors import products_for
from kiplatform.accounts.roles import Role
from portal.shared.gates import SignedInRequest, staff_only
from portal.voices import figures
from portal.workspace.listing import page_of
from search.services import similar

READERS = (Role.PRODUCT_TEAM, Role.ADMINISTRATOR)
MOST_NEAR = 5


@require_GET
@staff_only(*READERS)
def voices(request: SignedInRequest) -> HttpResponse:
    """Show the figures of a scope, and what was said in it."""
    user, scope = request.user, figures.scope_of(request)
    kind = request.GET.get("kind", "question")
    if kind not in figures.TABLES:
        kind = "question"
    page = page_of(
        request, figures.rows_of(user, kind, scope).select_related("customer", "product")
    )
    context = {
        "kind": kind,
        "scope": scope,
        "page": page,
        "voices": figures.voices(kind, list(page.object_list)),
        "products": products_for(user),
        "satisfaction": figures.satisfaction_of(user, scope),
        "index_points": figures.index_over_time(user, scope),
        "count_points": figures.count_over_time(user, scope),
        "asked": figures.questions_by_product(user, scope),
        "trends": figures.trends(user, scope),
        **figures.filters_of(request, kind),
    }
    return render(request, "portal/voices/voices.html", context)


@require_GET
@staff_only(*READERS)
def voice(request: SignedInRequest, kind: str, public_id: str) -> HttpResponse:
    """Show one piece in the customer's words, and others that sound like it."""
    said = figures.voice_for(request.user, kind, public_id)
    near = similar(kind, public_id, request.user, kinds=frozenset(figures.TABLES), limit=MOST_NEAR)
    context = {
        "voice": said,
        "kind_label": dict(figures.KINDS)[kind],
        "also": figures.also_said(said),
        "near": [figures.voice_for(request.user, hit.kind, hit.key) for hit in near.hits],
    }
    return render(request, "portal/voices/voice.html", context)
