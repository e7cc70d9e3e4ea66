"""Whether a page helped its readers: one vote for each reader of a page."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kiplatform.core.models import BaseModel
from manager_knowledge.models.pages import KnowledgePage


class KnowledgeVote(BaseModel):
    """What one reader says of one page; the last word counts."""

    page = models.ForeignKey(KnowledgePage, models.CASCADE, related_name="votes")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="knowledge_votes"
    )
    helpful = models.BooleanField(_("helpful"))

    class Meta:
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        constraints = [
            models.UniqueConstraint(fields=["page", "user"], name="vote_once_per_page_and_reader")
        ]

    def __str__(self) -> str:
        return f"{self.page_id} {'+' if self.helpful else '-'}"
