"""The tables of customer knowledge, by its four types and the exchange that carries them."""

from customer_knowledge.models.about import (
    BasicFact,
    ContactLogEntry,
    Preference,
    ProductUse,
    Source,
    Transaction,
)
from customer_knowledge.models.co_created import CoCreation, Contribution
from customer_knowledge.models.customers import Contact, Customer, ManagerAssignment, Product
from customer_knowledge.models.feedback import (
    Complaint,
    MarketComment,
    ProductComment,
    Suggestion,
)
from customer_knowledge.models.needed import Answer, Question
from customer_knowledge.models.threads import (
    Attachment,
    Citation,
    Message,
    MessageRevision,
    Reaction,
    ReadMark,
    Thread,
    ThreadMember,
)

__all__ = [
    "Answer",
    "Attachment",
    "BasicFact",
    "Citation",
    "CoCreation",
    "Complaint",
    "Contact",
    "ContactLogEntry",
    "Contribution",
    "Customer",
    "ManagerAssignment",
    "MarketComment",
    "Message",
    "MessageRevision",
    "Preference",
    "Product",
    "ProductComment",
    "ProductUse",
    "Question",
    "Reaction",
    "ReadMark",
    "Source",
    "Suggestion",
    "Thread",
    "ThreadMember",
    "Transaction",
]
