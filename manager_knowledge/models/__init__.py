"""Tables of the internal knowledge base."""

from manager_knowledge.models.pages import KnowledgeIndex, KnowledgePage
from manager_knowledge.models.types import (
    BusinessKnowledge,
    ComplaintStep,
    HandlingStep,
    ProductKnowledge,
    ServiceKnowledge,
)
from manager_knowledge.models.votes import KnowledgeVote

__all__ = [
    "BusinessKnowledge",
    "ComplaintStep",
    "HandlingStep",
    "KnowledgeIndex",
    "KnowledgePage",
    "KnowledgeVote",
    "ProductKnowledge",
    "ServiceKnowledge",
]
