"""The dashboard's addresses, below /dashboard; every view is one."""

from django.urls import path

from dashboard.views import account, database, entry, history, home, moving, queries, team
from dashboard.views.documents import deleting, grid, one

_DATABASE = "db/<str:database_id>"
_COLLECTION = f"{_DATABASE}/c/<str:collection>"
_DOCUMENT = f"{_COLLECTION}/d/<str:document_id>"

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
    path(_DATABASE, database.Database.as_view(), name="database"),
    path(_COLLECTION, grid.Documents.as_view(), name="documents"),
    path(f"{_COLLECTION}/count", grid.Count.as_view(), name="documents-count"),
    path(f"{_COLLECTION}/new", one.New.as_view(), name="document-new"),
    path(f"{_COLLECTION}/delete", deleting.Delete.as_view(), name="documents-delete"),
    path(f"{_COLLECTION}/undo", deleting.Undo.as_view(), name="documents-undo"),
    path(_DOCUMENT, one.Document.as_view(), name="document"),
    path(f"{_DOCUMENT}/row", one.Row.as_view(), name="document-row"),
    path(f"{_DOCUMENT}/cell", one.Cell.as_view(), name="document-cell"),
    path(f"{_DOCUMENT}/edit", one.Edit.as_view(), name="document-edit"),
    path(f"{_DOCUMENT}/history", history.DocumentHistory.as_view(), name="document-history"),
    path(f"{_COLLECTION}/history", history.CollectionHistory.as_view(), name="collection-history"),
    path(f"{_COLLECTION}/export", moving.Export.as_view(), name="export"),
    path(f"{_DATABASE}/restore", history.Restore.as_view(), name="restore"),
    path(f"{_DATABASE}/query", queries.Console.as_view(), name="query"),
    path(f"{_DATABASE}/query/explain", queries.Explain.as_view(), name="query-explain"),
    path(f"{_DATABASE}/query/index", queries.CreateIndex.as_view(), name="query-index"),
    path(f"{_DATABASE}/import", moving.Import.as_view(), name="import"),
    path(f"{_DATABASE}/import/preview", moving.Preview.as_view(), name="import-preview"),
    path(f"{_DATABASE}/jobs/<str:job_id>", moving.Job.as_view(), name="job"),
    path("team/choose", team.Choose.as_view(), name="team-choose"),
]
