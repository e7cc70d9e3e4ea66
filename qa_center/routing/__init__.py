"""Who should be asked, why, and what happens next: the research center's expert routing.

Guarantee: nothing in this package writes, waits, reads a clock, a setting or a database, and
nothing imports the framework. Facts go in as frozen values, decisions come out as frozen values;
the services carry them out. `replay` measures these same functions on a history.
"""

from .facts import (
    OFFICE_HOURS,
    AwayDays,
    Candidate,
    CaseFacts,
    DeclaredSkill,
    KnownPage,
    PastAnswer,
    PastKind,
    RankedExpert,
    Reason,
    ResponseRecord,
    Shift,
    Urgency,
)
from .planning import (
    Action,
    CaseState,
    Escalate,
    InvitationState,
    InvitationStatus,
    Invite,
    Level,
    Resume,
    TimeOut,
    WidenRing,
    plan_next,
    plan_overdue,
    rings,
)
from .ranking import route
from .timetable import STANDARD, Timetable, invitation_deadline
from .weights import SHIPPED, BadWeights, Weights
from .wording import Wording, sentence, words
from .worktime import (
    NoWorkingTime,
    is_away,
    is_working,
    next_working_moment,
    working_minutes,
    working_time_add,
)

__all__ = [
    "OFFICE_HOURS",
    "SHIPPED",
    "STANDARD",
    "Action",
    "AwayDays",
    "BadWeights",
    "Candidate",
    "CaseFacts",
    "CaseState",
    "DeclaredSkill",
    "Escalate",
    "InvitationState",
    "InvitationStatus",
    "Invite",
    "KnownPage",
    "Level",
    "NoWorkingTime",
    "PastAnswer",
    "PastKind",
    "RankedExpert",
    "Reason",
    "ResponseRecord",
    "Resume",
    "Shift",
    "TimeOut",
    "Timetable",
    "Urgency",
    "Weights",
    "WidenRing",
    "Wording",
    "invitation_deadline",
    "is_away",
    "is_working",
    "next_working_moment",
    "plan_next",
    "plan_overdue",
    "rings",
    "route",
    "sentence",
    "words",
    "working_minutes",
    "working_time_add",
]
