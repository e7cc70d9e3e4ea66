"""Addresses of the research center; they live in the workspace's namespace."""

from django.urls import path

from portal.research.views import acts, asking, board, case, deciding, steering

urlpatterns = [
    path("cases/", board.board, name="cases"),
    path("cases/open/", case.open_case, name="case_open"),
    path("cases/<slug:public_id>/", case.case, name="case"),
    path("cases/<slug:public_id>/side/", case.case_side, name="case_side"),
    path("cases/<slug:public_id>/ask/", asking.ask, name="case_ask"),
    path("cases/<slug:public_id>/invite/", asking.invite, name="case_invite"),
    path("cases/<slug:public_id>/propose/", acts.propose, name="case_propose"),
    path("cases/<slug:public_id>/leave/", acts.leave, name="case_leave"),
    path("cases/<slug:public_id>/answer/", deciding.answer, name="case_answer"),
    path("cases/<slug:public_id>/accept/", deciding.accept, name="case_accept"),
    path("cases/<slug:public_id>/release/", deciding.release, name="case_release"),
    path("cases/<slug:public_id>/capture/", deciding.capture, name="case_capture"),
    path("cases/<slug:public_id>/close/", steering.close, name="case_close"),
    path("cases/<slug:public_id>/unmask/", steering.unmask, name="case_unmask"),
    path("cases/<slug:public_id>/postpone/", steering.postpone, name="case_postpone"),
    path("cases/<slug:public_id>/merge/", steering.merge, name="case_merge"),
    path("evidence/<slug:public_id>/", acts.mark, name="evidence_mark"),
    path("proposals/<slug:public_id>/revise/", acts.revise, name="proposal_revise"),
    path("proposals/<slug:public_id>/withdraw/", acts.withdraw, name="proposal_withdraw"),
    path("proposals/<slug:public_id>/endorse/", acts.endorse, name="proposal_endorse"),
    path("proposals/<slug:public_id>/object/", acts.object_to, name="proposal_object"),
    path("invitations/", asking.invitations, name="invitations"),
    path(
        "invitations/<slug:public_id>/accept/", asking.accept_invitation, name="invitation_accept"
    ),
    path(
        "invitations/<slug:public_id>/decline/",
        asking.decline_invitation,
        name="invitation_decline",
    ),
    path(
        "invitations/<slug:public_id>/snooze/", asking.snooze_invitation, name="invitation_snooze"
    ),
]
