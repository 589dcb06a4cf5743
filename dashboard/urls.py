"""The dashboard's addresses, below /dashboard; every view is one."""

from django.urls import path, register_converter
from django.urls.converters import IntConverter

from dashboard.account import account, sign_in
from dashboard.console import api, queries
from dashboard.database import activity, database, home, import_export, schema
from dashboard.documents.views import deleting, editing, grid, history, one
from dashboard.services import browser_keys, issuers, mail, media, webhooks
from dashboard.team import keys, team


class RowConverter(IntConverter):
    """The number of a row, of as many digits as SQL has."""

    regex = "[0-9]{1,18}"


register_converter(RowConverter, "row")
_DATABASE = "db/<str:database_id>"
_COLLECTION = f"{_DATABASE}/c/<str:collection>"
_WEBHOOK = f"{_DATABASE}/webhooks/<str:webhook_id>"
_DOCUMENT = f"{_COLLECTION}/d/<str:document_id>"

urlpatterns = [
    path("", home.Home.as_view(), name="home"),
    path("start/<str:token>", sign_in.First.as_view(), name="first"),
    path("register", sign_in.Register.as_view(), name="register"),
    path("registered", sign_in.Registered.as_view(), name="registered"),
    path("login", sign_in.Login.as_view(), name="login"),
    path("logout", sign_in.Logout.as_view(), name="logout"),
    path("verify", sign_in.VerifyAgain.as_view(), name="verify-again"),
    path("verify/<str:token>", sign_in.Verify.as_view(), name="verify"),
    path("reset", sign_in.ResetRequest.as_view(), name="reset-request"),
    path("reset/<str:token>", sign_in.Reset.as_view(), name="reset"),
    path("account", account.Account.as_view(), name="account"),
    path("account/password", account.Password.as_view(), name="password"),
    path("account/export", account.Export.as_view(), name="account-export"),
    path("account/delete", account.Delete.as_view(), name="account-delete"),
    path("account/sessions/end-others", account.EndOthers.as_view(), name="sessions-end-others"),
    path("account/sessions/<str:session_id>/end", account.EndSession.as_view(), name="session-end"),
    path(_COLLECTION, grid.Documents.as_view(), name="documents"),
    path(f"{_COLLECTION}/count", grid.Count.as_view(), name="documents-count"),
    path(f"{_COLLECTION}/columns", grid.Columns.as_view(), name="documents-columns"),
    path(f"{_COLLECTION}/pick", grid.Pick.as_view(), name="documents-pick"),
    path(f"{_COLLECTION}/bulk", editing.Bulk.as_view(), name="documents-bulk"),
    path(f"{_COLLECTION}/new", one.New.as_view(), name="document-new"),
    path(f"{_COLLECTION}/delete", deleting.Delete.as_view(), name="documents-delete"),
    path(f"{_COLLECTION}/undo", deleting.Undo.as_view(), name="documents-undo"),
    path(_DOCUMENT, one.Document.as_view(), name="document"),
    path(f"{_DOCUMENT}/part", one.Part.as_view(), name="document-part"),
    path(f"{_DOCUMENT}/json", one.Json.as_view(), name="document-json"),
    path(f"{_DOCUMENT}/row", one.Row.as_view(), name="document-row"),
    path(f"{_DOCUMENT}/cell", one.Cell.as_view(), name="document-cell"),
    path(f"{_DOCUMENT}/edit", one.Edit.as_view(), name="document-edit"),
    path(f"{_DOCUMENT}/history", history.DocumentHistory.as_view(), name="document-history"),
    path(f"{_COLLECTION}/history", history.CollectionHistory.as_view(), name="collection-history"),
    path(f"{_COLLECTION}/export", import_export.Export.as_view(), name="export"),
    path(f"{_DATABASE}/restore", history.Restore.as_view(), name="restore"),
    path(f"{_DATABASE}/copy", history.Copy.as_view(), name="copy"),
    path(f"{_DATABASE}/query", queries.Console.as_view(), name="query"),
    path(f"{_DATABASE}/query/explain", queries.Explain.as_view(), name="query-explain"),
    path(f"{_DATABASE}/query/index", queries.CreateIndex.as_view(), name="query-index"),
    path(f"{_DATABASE}/import", import_export.Import.as_view(), name="import"),
    path(f"{_DATABASE}/import/preview", import_export.Preview.as_view(), name="import-preview"),
    path(f"{_DATABASE}/jobs/<str:job_id>", import_export.Job.as_view(), name="job"),
    path(f"{_DATABASE}/browser-keys", browser_keys.BrowserKeys.as_view(), name="browser-keys"),
    path(f"{_DATABASE}/browser-keys/<str:key_id>", browser_keys.BrowserKey.as_view(), name="browser-key"),
    path(f"{_DATABASE}/browser-keys/<str:key_id>/rotate", browser_keys.Rotate.as_view(), name="browser-key-rotate"),
    path(f"{_DATABASE}/browser-keys/<str:key_id>/revoke", browser_keys.Revoke.as_view(), name="browser-key-revoke"),
    path(f"{_DATABASE}/issuers", issuers.Issuers.as_view(), name="issuers"),
    path(f"{_DATABASE}/issuers/new", issuers.NewIssuer.as_view(), name="issuer-new"),
    path(f"{_DATABASE}/issuers/test", issuers.TokenTest.as_view(), name="issuer-test"),
    path(f"{_DATABASE}/issuers/<str:issuer_id>", issuers.Issuer.as_view(), name="issuer"),
    path(f"{_DATABASE}/issuers/<str:issuer_id>/delete", issuers.DeleteIssuer.as_view(), name="issuer-delete"),
    path(f"{_DATABASE}/mail", mail.Mail.as_view(), name="mail"),
    path(f"{_DATABASE}/mail/preview", mail.Preview.as_view(), name="mail-preview"),
    path(f"{_DATABASE}/mail/test", mail.SendTest.as_view(), name="mail-test"),
    path(f"{_DATABASE}/mail/templates/new", mail.NewTemplate.as_view(), name="mail-template-new"),
    path(f"{_DATABASE}/mail/templates/<str:template_id>", mail.Template.as_view(), name="mail-template"),
    path(
        f"{_DATABASE}/mail/templates/<str:template_id>/delete",
        mail.DeleteTemplate.as_view(),
        name="mail-template-delete",
    ),
    path(f"{_DATABASE}/mail/opt-outs", mail.AddOptOut.as_view(), name="opt-out-add"),
    path(f"{_DATABASE}/mail/opt-outs/<str:opt_out_id>/remove", mail.RemoveOptOut.as_view(), name="opt-out-remove"),
    path(f"{_DATABASE}/media", media.Media.as_view(), name="media"),
    path(f"{_DATABASE}/media/<str:file_id>", media.File.as_view(), name="file"),
    path(f"{_DATABASE}/media/<str:file_id>/delete", media.Delete.as_view(), name="file-delete"),
    path(f"{_DATABASE}/webhooks", webhooks.Webhooks.as_view(), name="webhooks"),
    path(_WEBHOOK, webhooks.Webhook.as_view(), name="webhook"),
    path(f"{_WEBHOOK}/switch", webhooks.Switch.as_view(), name="webhook-switch"),
    path(f"{_WEBHOOK}/delete", webhooks.DeleteWebhook.as_view(), name="webhook-delete"),
    path(f"{_WEBHOOK}/test", webhooks.SendTest.as_view(), name="webhook-test"),
    path(f"{_WEBHOOK}/replay", webhooks.ReplayFailed.as_view(), name="webhook-replay-failed"),
    path(f"{_WEBHOOK}/deliveries", webhooks.Deliveries.as_view(), name="webhook-deliveries"),
    path(f"{_WEBHOOK}/deliveries/<str:delivery_id>", webhooks.Delivery.as_view(), name="webhook-delivery"),
    path("keys", keys.Keys.as_view(), name="keys"),
    path("keys/<str:key_id>/rotate", keys.Rotate.as_view(), name="key-rotate"),
    path("keys/<str:key_id>/revoke", keys.Revoke.as_view(), name="key-revoke"),
    path("team", team.Team.as_view(), name="team"),
    path("team/choose", team.Choose.as_view(), name="team-choose"),
    path("team/new", team.NewTeam.as_view(), name="team-new"),
    path("team/invite", team.Invite.as_view(), name="team-invite"),
    path("team/invitations/<row:invitation_id>/withdraw", team.Withdraw.as_view(), name="invitation-withdraw"),
    path("team/members/<row:user_id>/role", team.ChangeRole.as_view(), name="member-role"),
    path("team/members/<row:user_id>/remove", team.Remove.as_view(), name="member-remove"),
    path("join/<str:token>", team.Join.as_view(), name="join"),
    path("new", home.NewDatabase.as_view(), name="database-new"),
    path("stream", activity.StreamPage.as_view(), name="stream"),
    path("db/<str:database_id>", database.Collections.as_view(), name="database"),
    path("db/<str:database_id>/new", database.NewCollection.as_view(), name="collection-new"),
    path("db/<str:database_id>/api", api.Api.as_view(), name="api"),
    path("db/<str:database_id>/activity", activity.Activity.as_view(), name="activity"),
    path("db/<str:database_id>/settings", database.Settings.as_view(), name="settings"),
    path("db/<str:database_id>/drop", database.Drop.as_view(), name="database-drop"),
    path("db/<str:database_id>/c/<str:collection>/schema", schema.Schema.as_view(), name="schema"),
    path("db/<str:database_id>/c/<str:collection>/indexes", schema.Indexes.as_view(), name="indexes"),
    path("db/<str:database_id>/c/<str:collection>/indexes/drop", schema.DropIndex.as_view(), name="index-drop"),
    path("db/<str:database_id>/c/<str:collection>/drop", database.DropCollection.as_view(), name="collection-drop"),
]
