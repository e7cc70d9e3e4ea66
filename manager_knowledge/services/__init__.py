"""The one door for every write of the knowledge base."""

from manager_knowledge.services.drafts import (
    knowledge_draft_create,
    knowledge_draft_update,
    knowledge_submit,
    translation_create,
    translation_realign,
)
from manager_knowledge.services.publishing import (
    knowledge_archive,
    knowledge_publish,
    knowledge_return,
)
from manager_knowledge.services.setup import knowledge_base_ensure, staff_groups_sync
from manager_knowledge.services.trust import (
    knowledge_assign,
    knowledge_verify,
    knowledge_vote,
    verifications_lapse,
)

__all__ = [
    "knowledge_archive",
    "knowledge_assign",
    "knowledge_base_ensure",
    "knowledge_draft_create",
    "knowledge_draft_update",
    "knowledge_publish",
    "knowledge_return",
    "knowledge_submit",
    "knowledge_verify",
    "knowledge_vote",
    "staff_groups_sync",
    "translation_create",
    "translation_realign",
    "verifications_lapse",
]
