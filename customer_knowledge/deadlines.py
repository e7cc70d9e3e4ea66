"""By when somebody must have acted, from how urgent it is and how important the customer."""

from datetime import datetime, timedelta

from customer_knowledge.models import Customer
from kiplatform.core.choices import Urgency

HOURS = {Urgency.HIGH: 4, Urgency.NORMAL: 24, Urgency.LOW: 72}
SHARE = {
    Customer.Importance.VIP: 0.5,
    Customer.Importance.KEY: 0.75,
    Customer.Importance.ORDINARY: 1.0,
}
FOLLOW_UP = timedelta(days=7)


def answer_due(urgency: str, importance: str, now: datetime) -> datetime:
    """Return when a question asked at `now` must be answered."""
    return now + timedelta(hours=HOURS[Urgency(urgency)]) * SHARE[Customer.Importance(importance)]
