"""Searching: the page with filters, the palette, an earlier answer, and whether a hit helped."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from customer_knowledge.masking import masked, names_of
from customer_knowledge.models import Answer, Customer, Question
from kiplatform.core.errors import NotFound
from portal.shared import threads
from portal.shared.gates import SignedInRequest, staff_only
from portal.workspace import searching
from portal.workspace.addresses import ANSWERERS, staff_address
from search.services import vote
from search.sources import registry


@require_GET
@staff_only()
def search(request: SignedInRequest) -> HttpResponse:
    """Show what was found, with the filters that fit it."""
    context = {"search": searching.page_of(request, request.user)}
    return render(request, "portal/workspace/search.html", context)


@require_GET
@staff_only()
def palette(request: SignedInRequest) -> HttpResponse:
    """Answer what a few typed characters may mean."""
    found, degraded = searching.palette_of(request.user, request.GET.get("q", ""))
    context = {"hits": found, "degraded": degraded}
    return render(request, "components/palette_results.html", context)


@require_POST
@staff_only()
def search_vote(request: SignedInRequest) -> HttpResponse:
    """Keep whether a hit helped with a query, and lead back."""
    data = request.POST
    kind, key, query = data.get("kind", ""), data.get("key", ""), data.get("q", "")
    source = registry.get(kind)
    if source is None or not source.visible_keys(request.user, [key]) or not query:
        raise NotFound()
    helpful = data.get("helpful") == "yes"
    vote(request.user, kind=kind, key=key, query=query[: searching.LONGEST], helpful=helpful)
    if request.headers.get("HX-Request") == "true":
        return render(request, "portal/workspace/search_thanks.html")
    back = data.get("next", "")
    ours = url_has_allowed_host_and_scheme(back, None) and back.startswith("/workspace/")
    return redirect(back if ours else searching.search_url(query))


@require_GET
@staff_only()
def answer(request: SignedInRequest, public_id: str) -> HttpResponse:
    """Show a standing answer that the whole staff may learn from, without who asked."""
    row = (
        Answer.objects.visible_to(request.user)
        .standing()
        .filter(
            public_id=public_id,
            question__state__in=[Question.State.ANSWERED, Question.State.CONFIRMED],
        )
        .select_related(
            "question", "question__customer", "question__product", "message", "answered_by"
        )
        .prefetch_related("message__citations")
        .first()
    )
    if row is None:
        raise NotFound()
    cited = list(row.message.citations.all())
    visible = threads.visible_citations(request.user, cited)
    customer = row.question.customer
    knows = Customer.objects.visible_to(request.user).filter(pk=customer.pk).exists()
    names = names_of(customer)
    asked, said = row.question.text, row.message.text
    context = {
        "answer": row,
        "asked": asked if knows else masked(asked, names),
        "said": said if knows else masked(said, names),
        "citations": [
            {"title": one.title, "url": staff_address(request.user, one.kind, one.key)}
            for one in cited
            if (one.kind, one.key) in visible
        ],
        "question_url": staff_address(request.user, "question", row.question.public_id)
        if request.user.roles & set(ANSWERERS) and knows
        else "",
    }
    return render(request, "portal/workspace/answer.html", context)
