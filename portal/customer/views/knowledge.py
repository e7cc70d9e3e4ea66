"""Knowledge as customers find and read it: only what is published for them or for everybody."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Case, Count, IntegerField, Value, When
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from customer_knowledge.selectors import products_for
from kiplatform.core.choices import Language
from kiplatform.core.numbers import whole_number
from manager_knowledge import selectors
from manager_knowledge.choices import KnowledgeType
from manager_knowledge.models import KnowledgePage
from manager_knowledge.policies import can_vote
from manager_knowledge.rendering import render_body
from manager_knowledge.services import knowledge_vote
from portal.customer import hits
from portal.shared.gates import SignedInRequest, contacts_only
from portal.shared.thread_views import is_fragment
from search.services import search

PAGE = 12
LONGEST_QUERY = 500
VOTES: dict[str, bool | None] = {"yes": True, "no": False, "none": None}


@require_GET
@contacts_only
def knowledge_list(request: SignedInRequest) -> HttpResponse:
    """Search the knowledge, or browse it; the same filters hold for both."""
    chosen = _filters(request)
    context = {
        "chosen": chosen,
        "products": products_for(request.user),
        "languages": Language.choices,
        "filtered": any(chosen[name] for name in ("product", "language", "verified")),
    }
    context |= _found(request, chosen) if chosen["q"] else _all(request, chosen)
    return render(request, "portal/customer/knowledge.html", context)


def _filters(request: SignedInRequest) -> dict[str, str]:
    def one_of(name: str, values: Any) -> str:
        value = request.GET.get(name, "")
        return value if value in values else ""

    return {
        "q": request.GET.get("q", "").strip()[:LONGEST_QUERY],
        "type": one_of("type", KnowledgeType.values),
        "product": request.GET.get("product", "")[:40],
        "language": one_of("language", Language.values),
        "verified": one_of("verified", {"1"}),
    }


def _number(request: SignedInRequest) -> int:
    return max(1, min(whole_number(request.GET.get("page", "")), 1000))


def _found(request: SignedInRequest, chosen: dict[str, str]) -> dict[str, Any]:
    number = _number(request)
    names = ("type", "product", "language", "verified")
    results = search(
        chosen["q"],
        request.user,
        kinds=("knowledge",),
        facets={name: chosen[name] for name in names if chosen[name]},
        limit=PAGE,
        offset=(number - 1) * PAGE,
    )
    return {
        "hits": [hits.view(request.user, hit) for hit in results.hits],
        "results": results,
        "page": Paginator(range(results.total), PAGE).get_page(number),
        "chips": _chips(request, chosen, dict(results.counts.get("type", {}))),
    }


def _all(request: SignedInRequest, chosen: dict[str, str]) -> dict[str, Any]:
    pages = selectors.pages_visible_to(
        request.user,
        product=chosen["product"] or None,
        language=chosen["language"] or None,
        verified=True if chosen["verified"] else None,
        state="live",
        one_per_family=not chosen["language"],
    )
    by_model = pages.order_by().values_list("content_type__model").annotate(n=Count("pk"))
    counts = {str(model).removesuffix("knowledge"): number for model, number in by_model}
    if chosen["type"]:
        pages = pages.of_types([chosen["type"]])
    # What is not in the reader's language comes after what is.
    own = [code for code in Language.values if code[:2] == (get_language() or "")[:2]]
    foreign = Case(
        When(locale__language_code__in=own, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    pages = pages.order_by(foreign, *pages.query.order_by)
    page = Paginator(pages, PAGE).get_page(_number(request))
    return {"pages": list(page), "page": page, "chips": _chips(request, chosen, counts)}


def _chips(
    request: SignedInRequest, chosen: dict[str, str], counts: dict[str, int]
) -> list[dict[str, Any]]:
    """Return the types as filters; a search that is filtered by type counts that type alone."""
    known = not (chosen["q"] and chosen["type"])
    chips = []
    for value, label in [("", _("All")), *KnowledgeType.choices]:
        query = request.GET.copy()
        query.pop("page", None)
        query["type"] = value
        count = sum(counts.values()) if not value else counts.get(value, 0)
        chips.append(
            {
                "label": label,
                "url": "?" + query.urlencode(),
                "active": value == chosen["type"],
                "count": count if known or value == chosen["type"] else None,
            }
        )
    return chips


@require_GET
@contacts_only
def knowledge_page(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show one page; for a suggestion only what it says."""
    page = selectors.page_for(request.user, public_id)
    if is_fragment(request) and "part" in request.GET:
        return render(request, "portal/customer/knowledge_text.html", _text(page))
    translations = list(selectors.translations_of(request.user, page))
    context = _text(page) | {
        "translations": translations,
        "products": {p.code: p for p in products_for(request.user)} if page.product_code else {},
        "source": next((t for t in translations if t.pk == page.source_page_id), None),
    }
    context["product"] = context["products"].get(page.product_code)
    return render(request, "portal/customer/knowledge_page.html", context | _vote(request, page))


def _text(page: Any) -> dict[str, Any]:
    return {
        "page": page,
        "body": render_body(page.body),
        "facts": page.type_texts(),
        "steps": page.ordered_steps(),
    }


def _vote(request: SignedInRequest, page: KnowledgePage) -> dict[str, Any]:
    return {
        "page": page,
        "may_vote": can_vote(request.user, page),
        "own_vote": selectors.own_vote(request.user, page),
    }


@require_POST
@contacts_only
def vote(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Say whether the page helped; the same choice again takes the word back."""
    page = selectors.page_for(request.user, public_id)
    helpful = VOTES.get(request.POST.get("helpful", ""))
    knowledge_vote(actor=request.user, page=page, helpful=helpful)
    if is_fragment(request):
        return render(request, "portal/customer/knowledge_vote.html", _vote(request, page))
    return redirect(reverse("portal:knowledge_page", args=[public_id]) + "#helpful")
