"""The one door for writes of customer knowledge."""

from customer_knowledge.services.attachments import attachment_store
from customer_knowledge.services.co_creations import (
    co_creation_consent,
    co_creation_note,
    co_creation_publish,
)
from customer_knowledge.services.customers import (
    contact_create,
    customer_create,
    customer_update,
    manager_assign,
    manager_unassign,
    product_create,
)
from customer_knowledge.services.facts import (
    basic_fact_contest,
    basic_fact_withdraw,
    contact_log_add,
    preference_confirm,
    preference_note,
    preference_withdraw,
    product_use_record,
    transaction_record,
)
from customer_knowledge.services.feedback import (
    complaint_file,
    market_comment_add,
    market_comment_understood,
    product_comment_add,
    remark_settle,
    suggestion_make,
)
from customer_knowledge.services.questions import (
    question_answer,
    question_ask,
    question_confirm,
    question_deflect,
    question_reassign,
    question_reopen,
    question_withdraw,
)
from customer_knowledge.services.reactions import message_react
from customer_knowledge.services.read_marks import mark_read
from customer_knowledge.services.threads import (
    Cited,
    message_delete,
    message_edit,
    message_post,
    thread_close,
    thread_member_add,
    thread_member_remove,
    thread_open_for_case,
)

__all__ = [
    "Cited",
    "attachment_store",
    "basic_fact_contest",
    "basic_fact_withdraw",
    "co_creation_consent",
    "co_creation_note",
    "co_creation_publish",
    "complaint_file",
    "contact_create",
    "contact_log_add",
    "customer_create",
    "customer_update",
    "manager_assign",
    "manager_unassign",
    "mark_read",
    "market_comment_add",
    "market_comment_understood",
    "message_delete",
    "message_edit",
    "message_post",
    "message_react",
    "preference_confirm",
    "preference_note",
    "preference_withdraw",
    "product_comment_add",
    "product_create",
    "product_use_record",
    "question_answer",
    "question_ask",
    "question_confirm",
    "question_deflect",
    "question_reassign",
    "question_reopen",
    "question_withdraw",
    "remark_settle",
    "suggestion_make",
    "thread_close",
    "thread_member_add",
    "thread_member_remove",
    "thread_open_for_case",
    "transaction_record",
]
