"""The dashboard's addresses, below /dashboard; every view is one."""

from django.urls import path

from dashboard.views import account, entry, home, team

urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("start/<str:token>", entry.First.as_view(), name="first"),
    path("register", entry.Register.as_view(), name="register"),
    path("registered", entry.Registered.as_view(), name="registered"),
    path("login", entry.Login.as_view(), name="login"),
    path("logout", entry.Logout.as_view(), name="logout"),
    path("verify", entry.VerifyAgain.as_view(), name="verify-again"),
    path("verify/<str:token>", entry.Verify.as_view(), name="verify"),
    path("reset", entry.ResetRequest.as_view(), name="reset-request"),
    path("reset/<str:token>", entry.Reset.as_view(), name="reset"),
    path("account", account.Account.as_view(), name="account"),
    path("account/password", account.Password.as_view(), name="password"),
    path("account/export", account.Export.as_view(), name="account-export"),
    path("account/delete", account.Delete.as_view(), name="account-delete"),
    path("account/sessions/end-others", account.EndOthers.as_view(), name="sessions-end-others"),
    path("account/sessions/<str:session_id>/end", account.EndSession.as_view(), name="session-end"),
    path("team/choose", team.Choose.as_view(), name="team-choose"),
]
