"""Addresses of the research center; they live in the workspace's namespace."""

from django.urls import path

from portal.research import views

urlpatterns = [
    path("cases/", views.board, name="cases"),
    path("cases/open/", views.open_case, name="case_open"),
    path("cases/<slug:public_id>/", views.case, name="case"),
    path("cases/<slug:public_id>/side/", views.case_side, name="case_side"),
    path("cases/<slug:public_id>/ask/", views.ask, name="case_ask"),
    path("cases/<slug:public_id>/invite/", views.invite, name="case_invite"),
    path("cases/<slug:public_id>/answer/", views.answer, name="case_answer"),
    path("cases/<slug:public_id>/propose/", views.propose, name="case_propose"),
    path("cases/<slug:public_id>/accept/", views.accept, name="case_accept"),
    path("cases/<slug:public_id>/release/", views.release, name="case_release"),
    path("cases/<slug:public_id>/capture/", views.capture, name="case_capture"),
    path("cases/<slug:public_id>/close/", views.close, name="case_close"),
    path("cases/<slug:public_id>/unmask/", views.unmask, name="case_unmask"),
    path("cases/<slug:public_id>/leave/", views.leave, name="case_leave"),
    path("evidence/<slug:public_id>/", views.mark, name="evidence_mark"),
    path("proposals/<slug:public_id>/revise/", views.revise, name="proposal_revise"),
    path("proposals/<slug:public_id>/withdraw/", views.withdraw, name="proposal_withdraw"),
    path("proposals/<slug:public_id>/<slug:kind>/", views.judge, name="proposal_judge"),
    path("invitations/", views.invitations, name="invitations"),
    path("invitations/<slug:public_id>/accept/", views.accept_invitation, name="invitation_accept"),
    path(
        "invitations/<slug:public_id>/decline/", views.decline_invitation, name="invitation_decline"
    ),
    path("invitations/<slug:public_id>/snooze/", views.snooze_invitation, name="invitation_snooze"),
]
