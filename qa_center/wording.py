"""The story of a case in words, in the reader's language."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from qa_center.models import CaseEntry, Evidence, ResearchCase

STORY: dict[str, str | Promise] = {
    "opened": gettext_lazy("%(actor)s opened the case and searched what the company knows."),
    "evidence_marked": gettext_lazy("%(actor)s judged evidence: %(mark)s."),
    "asking": gettext_lazy("%(actor)s asked the company."),
    "invited": gettext_lazy("%(name)s was asked (ring %(ring)s)."),
    "accepted": gettext_lazy("%(name)s joined."),
    "declined": gettext_lazy("%(name)s declined: %(reason)s"),
    "snoozed": gettext_lazy("%(name)s will look at it later."),
    "resumed": gettext_lazy("%(name)s was reminded."),
    "silent": gettext_lazy("%(name)s did not reply in time."),
    "widened": gettext_lazy("The circle was widened to ring %(ring)s."),
    "escalated": gettext_lazy("Nobody moved in time: %(name)s has the case now."),
    "postponed": gettext_lazy("%(actor)s gave this step more time: %(reason)s"),
    "left": gettext_lazy("%(name)s left the case."),
    "merged": gettext_lazy("%(actor)s merged another case into this one."),
    "unmasked": gettext_lazy("%(actor)s showed who the customer is: %(reason)s"),
    "proposed": gettext_lazy("%(name)s proposed an answer (version %(version)s)."),
    "proposal_withdrawn": gettext_lazy("%(name)s took a proposal back."),
    "endorsed": gettext_lazy("%(name)s stands by a proposal."),
    "objected": gettext_lazy("%(name)s objected to a proposal."),
    "resolved": gettext_lazy("%(actor)s accepted an answer."),
    "released": gettext_lazy("%(actor)s sent the answer to the customer."),
    "ended": gettext_lazy("The case ended: %(state)s."),
}


def sentence(entry: CaseEntry) -> str:
    """Return a story's entry in the active language; KeyError for a kind without words."""
    params = dict(entry.params)
    if "state" in params:
        params["state"] = str(ResearchCase.State(params["state"]).label)
    if "mark" in params:
        params["mark"] = str(Evidence.Mark(params["mark"]).label)
    actor = entry.actor.name if entry.actor else _("The platform")
    return str(STORY[entry.kind]) % {**params, "actor": actor}
