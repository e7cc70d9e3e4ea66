"""An answer kept as a knowledge draft, so that the next customer finds what this one was told."""

from customer_knowledge.masking import masked, names_of
from customer_knowledge.models import Question
from kiplatform.accounts.models import User
from manager_knowledge.choices import Audience, KnowledgeType
from manager_knowledge.models import KnowledgePage
from manager_knowledge.services import knowledge_draft_create
from portal.workspace.listing import shortened

# Kept with the answer, so it is in one language; the page says it in the reader's.
REASON = "New knowledge: kept as a draft"
TYPES = {
    Question.Kind.PRODUCT_SERVICE: KnowledgeType.PRODUCT,
    Question.Kind.MARKET_TREND: KnowledgeType.PRODUCT,
    Question.Kind.COMPANY_BUSINESS: KnowledgeType.BUSINESS,
}
LONGEST_TITLE = 120
LONGEST_SUMMARY = 300


def draft_of(user: User, question: Question, text: str, *, client_id: str) -> KnowledgePage:
    """Begin a page from an answer to `question`, for staff alone until an editor decides.

    What could name or reach the customer is covered: the page's readers do not know them.

    :param client_id: names the attempt; the same one gives the draft that is there.
    """
    names = names_of(question.customer)
    text, asked = masked(text, names), masked(question.text, names)
    return knowledge_draft_create(
        actor=user,
        type=TYPES[Question.Kind(question.kind)],
        title=_title(asked, question),
        summary=shortened(text, LONGEST_SUMMARY),
        body=text,
        asked_as=shortened(asked, LONGEST_SUMMARY),
        language=question.language,
        audience=Audience.STAFF,
        product_code=question.product.code if question.product else "",
        source_question=question.public_id,
        client_id=client_id,
    )


def _title(words: str, question: Question) -> str:
    """Return the question in a line, or its kind where nothing of it was left uncovered."""
    told = any(character.isalnum() for character in words)
    return shortened(words if told else str(question.get_kind_display()), LONGEST_TITLE)
