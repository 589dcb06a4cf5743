"""The routes of people, teams and tokens."""

from django.urls import re_path

from dialects.airsequel.people.views import pages, teams, tokens, users

_TEAM = r"^api/teams/(?P<team_name>[^/]+)"

urlpatterns = [
    re_path(r"^api/login/?$", users.LogInView.as_view()),
    re_path(r"^api/logout/?$", users.EndSessionTokenView.as_view()),
    re_path(r"^api/users/?$", users.UsersView.as_view()),
    re_path(r"^api/users/invite/?$", users.InviteUserView.as_view()),
    re_path(r"^api/users/reset-password/?$", users.ResetRequestView.as_view()),
    re_path(r"^api/users/reset-password/submit/?$", users.ResetSubmitView.as_view()),
    re_path(r"^api/users/(?P<username>[^/]+)/?$", users.UserView.as_view()),
    re_path(r"^api/teams/?$", teams.TeamsView.as_view()),
    re_path(_TEAM + r"/?$", teams.NamedTeamView.as_view()),
    re_path(_TEAM + r"/members/?$", teams.MembersView.as_view()),
    re_path(_TEAM + r"/members/invite/?$", teams.InviteMemberView.as_view()),
    re_path(_TEAM + r"/members/(?P<username>[^/]+)/?$", teams.MemberView.as_view()),
    re_path(_TEAM + r"/tokens/?$", tokens.TeamTokensView.as_view()),
    re_path(r"^api/tokens/?$", tokens.TokensView.as_view()),
    re_path(r"^api/tokens/(?P<token_id>[^/]+)/?$", tokens.TokenView.as_view()),
    re_path(r"^password-reset/(?P<password_reset_key>[^/]+)/?$", pages.PasswordResetPage.as_view()),
    re_path(r"^verify-email/(?P<email_verification_key>[^/]+)/?$", pages.VerifyEmailPage.as_view()),
]
