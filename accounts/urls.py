"""The routes of accounts: `urlpatterns` below /core/, `key_urlpatterns` below /api/keys; slash optional."""

from django.urls import re_path

from accounts.views import keys, members, own_sessions, people, second_factor, sessions, teams

_TEAM = r"^teams/(?P<team_id>[^/]+)"

urlpatterns = [
    re_path(r"^register/?$", people.RegisterView.as_view()),
    re_path(r"^login/?$", sessions.LoginView.as_view()),
    re_path(r"^login/second-factor/?$", sessions.SecondFactorLoginView.as_view()),
    re_path(r"^second-factor/?$", second_factor.SecondFactorView.as_view()),
    re_path(r"^second-factor/confirm/?$", second_factor.ConfirmSecondFactorView.as_view()),
    re_path(r"^second-factor/recovery-codes/?$", second_factor.RecoveryCodesView.as_view()),
    re_path(r"^second-factor/disable/?$", second_factor.DisableSecondFactorView.as_view()),
    re_path(r"^sessions/?$", own_sessions.OwnSessionsView.as_view()),
    re_path(r"^sessions/(?P<session_id>[^/]+)/?$", own_sessions.OwnSessionView.as_view()),
    re_path(r"^teams/?$", teams.CoreTeamsView.as_view()),
    re_path(r"^teams/join/?$", teams.CoreJoinTeamView.as_view()),
    re_path(_TEAM + r"/?$", teams.CoreTeamView.as_view()),
    re_path(_TEAM + r"/leave/?$", teams.CoreLeaveTeamView.as_view()),
    re_path(_TEAM + r"/members/?$", members.CoreMembersView.as_view()),
    re_path(_TEAM + r"/members/(?P<user_id>[^/]+)/?$", members.CoreMemberView.as_view()),
    re_path(_TEAM + r"/invitations/?$", members.CoreInvitationsView.as_view()),
    re_path(_TEAM + r"/invitations/(?P<invitation_id>[^/]+)/?$", members.CoreInvitationView.as_view()),
    re_path(r"^logout/?$", sessions.LogoutView.as_view()),
    re_path(r"^token/refresh/?$", sessions.RefreshView.as_view()),
    re_path(r"^auth/token/refresh/?$", sessions.RefreshViewV2.as_view()),
    re_path(r"^verify-email/resend/?$", people.ResendView.as_view()),
    re_path(r"^verify-email/(?P<token>[^/]+)/?$", people.VerifyEmailView.as_view()),
    re_path(r"^profile/?$", people.ProfileView.as_view()),
    re_path(r"^password-reset/request/?$", sessions.PasswordResetRequestView.as_view()),
    re_path(r"^password-reset/confirm/(?P<token>[^/]+)/?$", sessions.PasswordResetConfirmView.as_view()),
    re_path(r"^api/v1/keys/?$", keys.CoreKeysView.as_view()),
    re_path(r"^api/v1/keys/(?P<key_id>[^/]+)/?$", keys.CoreKeyView.as_view()),
    re_path(r"^api/v1/keys/(?P<key_id>[^/]+)/rotate/?$", keys.CoreKeyRotationView.as_view()),
]

key_urlpatterns = [
    re_path(r"^/?$", keys.KeysView.as_view()),
    re_path(r"^/(?P<key_id>[^/]+)/?$", keys.KeyView.as_view()),
    re_path(r"^/(?P<key_id>[^/]+)/rotate/?$", keys.KeyRotationView.as_view()),
]
