"""Which customers' tokens a person holds, for the search index."""

from collections.abc import Iterator

from customer_knowledge.models import Customer
from customer_knowledge.models.customers import customer_keys
from kiplatform.accounts.models import User


def customer_tokens(user: User) -> Iterator[str]:
    """Yield "customer:<public id>" for each customer that `user` speaks for or manages."""
    for public_id in Customer.objects.filter(pk__in=customer_keys(user)).values_list(
        "public_id", flat=True
    ):
        yield f"customer:{public_id}"
