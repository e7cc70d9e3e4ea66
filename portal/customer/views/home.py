"""The portal's first page: ask, what is open, what waits for the customer's word, the manager."""

from django.db.models import Case, IntegerField, Value, When
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from customer_knowledge import selectors
from customer_knowledge.models import Customer, ProductUse, Question
from kiplatform.accounts.models import User
from kiplatform.core import clock
from manager_knowledge.models import KnowledgePage
from manager_knowledge.selectors import languages_of, pages_visible_to
from portal.customer import people, questions
from portal.shared.gates import SignedInRequest, contacts_only

MOST_ROWS = 6
PICKS = 4


@require_GET
@contacts_only
def home(request: SignedInRequest) -> HttpResponse:
    """Greet, and show what concerns this customer now."""
    viewer = request.user
    customer = selectors.customer_of(viewer)
    current = selectors.questions_for(viewer).filter(
        state__in=[Question.State.OPEN, Question.State.ANSWERED]
    )
    rows = list(current[: MOST_ROWS * 2])
    context = {
        "greeting": greeting(viewer),
        "news": _rows(viewer, rows, Question.State.ANSWERED),
        "open_rows": _rows(viewer, rows, Question.State.OPEN),
        "manager": people.manager_of(customer),
        "picks": picks(viewer, customer),
    }
    return render(request, "portal/customer/home.html", context)


def _rows(viewer: User, rows: list[Question], state: str) -> list[dict[str, object]]:
    return [questions.row(viewer, row) for row in rows if row.state == state][:MOST_ROWS]


def greeting(viewer: User) -> str:
    """Return a greeting that fits the time of day where the reader is."""
    hour = timezone.localtime(clock.now()).hour
    if 5 <= hour < 12:
        return _("Good morning, %(name)s") % {"name": viewer.name}
    if 12 <= hour < 18:
        return _("Good afternoon, %(name)s") % {"name": viewer.name}
    return _("Good evening, %(name)s") % {"name": viewer.name}


def picks(viewer: User, customer: Customer) -> list[KnowledgePage]:
    """Return knowledge on the products that the customer uses first, then the latest."""
    used = list(
        ProductUse.objects.visible_to(viewer)
        .filter(customer=customer, until=None)
        .values_list("product__code", flat=True)
    )
    mine = Case(
        When(product_code__in=used, then=Value(0)), default=Value(1), output_field=IntegerField()
    )
    readable = [name for name in languages_of(viewer) if name[:2] == (get_language() or "")[:2]]
    foreign = Case(
        When(locale__language_code__in=readable, then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )
    pages = pages_visible_to(viewer, state="live", one_per_family=True)
    best = pages.annotate(mine=mine, foreign=foreign)
    return list(best.order_by("foreign", "mine", "-last_published_at", "-pk")[:PICKS])
