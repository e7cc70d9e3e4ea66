"""The one door for writes of the research center."""

from qa_center.services.asking import (
    advance_due,
    case_ask_colleagues,
    invitation_accept,
    invitation_decline,
    invitation_snooze,
    invite_more,
    rank_experts,
)
from qa_center.services.cases import (
    case_answer_from_evidence,
    case_cancel,
    case_mark_unanswerable,
    case_merge,
    case_open,
    case_postpone,
    evidence_mark,
    identity_unmask,
    member_leave,
)
from qa_center.services.resolving import (
    capture_suggestion,
    case_capture,
    case_close_uncaptured,
    case_release,
    proposal_accept,
)
from qa_center.services.weights import routing_weights_set
from qa_center.services.working import (
    case_message_post,
    proposal_judge,
    proposal_make,
    proposal_revise,
    proposal_withdraw,
)

__all__ = [
    "advance_due",
    "capture_suggestion",
    "case_answer_from_evidence",
    "case_ask_colleagues",
    "case_cancel",
    "case_capture",
    "case_close_uncaptured",
    "case_mark_unanswerable",
    "case_merge",
    "case_message_post",
    "case_open",
    "case_postpone",
    "case_release",
    "evidence_mark",
    "identity_unmask",
    "invitation_accept",
    "invitation_decline",
    "invitation_snooze",
    "invite_more",
    "member_leave",
    "proposal_accept",
    "proposal_judge",
    "proposal_make",
    "proposal_revise",
    "proposal_withdraw",
    "rank_experts",
    "routing_weights_set",
]
