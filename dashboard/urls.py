"""Addresses of the dashboard, below /dashboard. Every view has one."""

from django.urls import path, register_converter
from django.urls.converters import IntConverter

from dashboard.account import account, openid, second_factor, sign_in
from dashboard.charts import views as charts
from dashboard.console import api, queries, sql
from dashboard.database import activity, database, home, import_export, schema
from dashboard.documents.views import deleting, editing, grid, history, one
from dashboard.services import browser_keys, functions, issuers, mail, media, webhooks
from dashboard.team import keys, team, usage


class RowConverter(IntConverter):
    """A row id of at most 18 digits, so that it fits a 64-bit integer."""

    regex = "[0-9]{1,18}"


register_converter(RowConverter, "row")
_DATABASE = "db/<str:database_id>"
_COLLECTION = f"{_DATABASE}/c/<str:collection>"
_WEBHOOK = f"{_DATABASE}/webhooks/<str:webhook_id>"
_FUNCTION = f"{_DATABASE}/functions/<str:function_id>"
_CHART = f"{_DATABASE}/charts/<str:chart_id>"
_BOARD = f"{_DATABASE}/dashboards/<str:dashboard_id>"
_DOCUMENT = f"{_COLLECTION}/d/<str:document_id>"

urlpatterns = [
    path("", home.HomeView.as_view(), name="home"),
    path("start/<str:token>", sign_in.FirstAccountView.as_view(), name="first"),
    path("register", sign_in.RegistrationView.as_view(), name="register"),
    path("registered", sign_in.RegisteredView.as_view(), name="registered"),
    path("login", sign_in.BrowserSignInView.as_view(), name="login"),
    path("login/code", second_factor.SecondStepView.as_view(), name="login-code"),
    path("login/openid", openid.BeginOpenIdView.as_view(), name="openid"),
    path("login/openid/callback", openid.CompleteOpenIdView.as_view(), name="openid-callback"),
    path("logout", sign_in.BrowserSignOutView.as_view(), name="logout"),
    path("verify", sign_in.ResendVerificationView.as_view(), name="verify-again"),
    path("verify/<str:token>", sign_in.ConfirmEmailView.as_view(), name="verify"),
    path("reset", sign_in.RequestPasswordResetView.as_view(), name="reset-request"),
    path("reset/<str:token>", sign_in.ResetPasswordView.as_view(), name="reset"),
    path("account", account.AccountView.as_view(), name="account"),
    path("account/password", account.ChangePasswordView.as_view(), name="password"),
    path("account/two-step", second_factor.SecondFactorPage.as_view(), name="second-factor"),
    path("account/two-step/confirm", second_factor.ConfirmSecondFactorPage.as_view(), name="second-factor-confirm"),
    path("account/two-step/change", second_factor.ChangeSecondFactorPage.as_view(), name="second-factor-change"),
    path("account/export", account.ExportAccountView.as_view(), name="account-export"),
    path("account/delete", account.DeleteAccountView.as_view(), name="account-delete"),
    path("account/sessions/end-others", account.EndOtherSessionsView.as_view(), name="sessions-end-others"),
    path("account/sessions/<str:session_id>/end", account.EndSessionView.as_view(), name="session-end"),
    path(_COLLECTION, grid.DocumentsView.as_view(), name="documents"),
    path(f"{_COLLECTION}/count", grid.DocumentCountView.as_view(), name="documents-count"),
    path(f"{_COLLECTION}/columns", grid.ColumnsView.as_view(), name="documents-columns"),
    path(f"{_COLLECTION}/pick", grid.ReferencePickerView.as_view(), name="documents-pick"),
    path(f"{_COLLECTION}/bulk", editing.BulkEditView.as_view(), name="documents-bulk"),
    path(f"{_COLLECTION}/new", one.NewDocumentView.as_view(), name="document-new"),
    path(f"{_COLLECTION}/delete", deleting.DeleteDocumentsView.as_view(), name="documents-delete"),
    path(f"{_COLLECTION}/undo", deleting.UndoView.as_view(), name="documents-undo"),
    path(_DOCUMENT, one.DocumentPanelView.as_view(), name="document"),
    path(f"{_DOCUMENT}/part", one.DocumentPartView.as_view(), name="document-part"),
    path(f"{_DOCUMENT}/json", one.DocumentJsonView.as_view(), name="document-json"),
    path(f"{_DOCUMENT}/row", one.RowView.as_view(), name="document-row"),
    path(f"{_DOCUMENT}/cell", one.CellView.as_view(), name="document-cell"),
    path(f"{_DOCUMENT}/edit", one.EditDocumentView.as_view(), name="document-edit"),
    path(f"{_DOCUMENT}/history", history.DocumentHistoryView.as_view(), name="document-history"),
    path(f"{_COLLECTION}/history", history.CollectionHistoryView.as_view(), name="collection-history"),
    path(f"{_COLLECTION}/export", import_export.ExportPage.as_view(), name="export"),
    path(f"{_DATABASE}/restore", history.RestorePage.as_view(), name="restore"),
    path(f"{_DATABASE}/copy", history.CopyDatabaseView.as_view(), name="copy"),
    path(f"{_DATABASE}/query", queries.ConsoleView.as_view(), name="query"),
    path(f"{_DATABASE}/query/sql", sql.SqlConsoleView.as_view(), name="query-sql"),
    path(f"{_DATABASE}/query/explain", queries.ExplainView.as_view(), name="query-explain"),
    path(f"{_DATABASE}/query/index", queries.CreateIndexView.as_view(), name="query-index"),
    path(f"{_DATABASE}/charts", charts.ChartListView.as_view(), name="charts"),
    path(_CHART, charts.ChartPageView.as_view(), name="chart"),
    path(f"{_CHART}/image", charts.ChartImageView.as_view(), name="chart-image"),
    path(f"{_CHART}/delete", charts.DeleteChartPageView.as_view(), name="chart-delete"),
    path(f"{_DATABASE}/dashboards", charts.NewDashboardView.as_view(), name="board-new"),
    path(_BOARD, charts.DashboardPageView.as_view(), name="board"),
    path(f"{_BOARD}/delete", charts.DeleteDashboardView.as_view(), name="board-delete"),
    path(f"{_DATABASE}/import", import_export.ImportView.as_view(), name="import"),
    path(f"{_DATABASE}/import/preview", import_export.ImportPreviewView.as_view(), name="import-preview"),
    path(f"{_DATABASE}/jobs/<str:job_id>", import_export.JobView.as_view(), name="job"),
    path(f"{_DATABASE}/jobs/<str:job_id>/rejects", import_export.JobRejectsView.as_view(), name="job-rejects"),
    path(f"{_DATABASE}/browser-keys", browser_keys.BrowserKeysView.as_view(), name="browser-keys"),
    path(f"{_DATABASE}/browser-keys/<str:key_id>", browser_keys.BrowserKeyView.as_view(), name="browser-key"),
    path(
        f"{_DATABASE}/browser-keys/<str:key_id>/rotate",
        browser_keys.RotateBrowserKeyView.as_view(),
        name="browser-key-rotate",
    ),
    path(
        f"{_DATABASE}/browser-keys/<str:key_id>/revoke",
        browser_keys.RevokeBrowserKeyView.as_view(),
        name="browser-key-revoke",
    ),
    path(f"{_DATABASE}/issuers", issuers.IssuersPage.as_view(), name="issuers"),
    path(f"{_DATABASE}/issuers/new", issuers.NewIssuerView.as_view(), name="issuer-new"),
    path(f"{_DATABASE}/issuers/test", issuers.TokenTestView.as_view(), name="issuer-test"),
    path(f"{_DATABASE}/issuers/<str:issuer_id>", issuers.IssuerView.as_view(), name="issuer"),
    path(f"{_DATABASE}/issuers/<str:issuer_id>/delete", issuers.DeleteIssuerView.as_view(), name="issuer-delete"),
    path(f"{_DATABASE}/mail", mail.MailTemplatesPage.as_view(), name="mail"),
    path(f"{_DATABASE}/mail/preview", mail.MailPreviewView.as_view(), name="mail-preview"),
    path(f"{_DATABASE}/mail/test", mail.SendTestMailView.as_view(), name="mail-test"),
    path(f"{_DATABASE}/mail/templates/new", mail.NewTemplateView.as_view(), name="mail-template-new"),
    path(f"{_DATABASE}/mail/templates/<str:template_id>", mail.TemplateView.as_view(), name="mail-template"),
    path(
        f"{_DATABASE}/mail/templates/<str:template_id>/delete",
        mail.DeleteTemplateView.as_view(),
        name="mail-template-delete",
    ),
    path(f"{_DATABASE}/mail/opt-outs", mail.AddOptOutView.as_view(), name="opt-out-add"),
    path(
        f"{_DATABASE}/mail/opt-outs/<str:opt_out_id>/remove", mail.RemoveOptOutView.as_view(), name="opt-out-remove"
    ),
    path(f"{_DATABASE}/media", media.MediaView.as_view(), name="media"),
    path(f"{_DATABASE}/media/<str:file_id>", media.FileView.as_view(), name="file"),
    path(f"{_DATABASE}/media/<str:file_id>/delete", media.DeleteFileView.as_view(), name="file-delete"),
    path(f"{_DATABASE}/webhooks", webhooks.WebhooksPage.as_view(), name="webhooks"),
    path(_WEBHOOK, webhooks.WebhookView.as_view(), name="webhook"),
    path(f"{_WEBHOOK}/switch", webhooks.SwitchWebhookView.as_view(), name="webhook-switch"),
    path(f"{_WEBHOOK}/delete", webhooks.DeleteWebhookView.as_view(), name="webhook-delete"),
    path(f"{_WEBHOOK}/test", webhooks.SendTestEventView.as_view(), name="webhook-test"),
    path(f"{_WEBHOOK}/replay", webhooks.ReplayFailedView.as_view(), name="webhook-replay-failed"),
    path(f"{_WEBHOOK}/deliveries", webhooks.DeliveriesView.as_view(), name="webhook-deliveries"),
    path(f"{_WEBHOOK}/deliveries/<str:delivery_id>", webhooks.DeliveryView.as_view(), name="webhook-delivery"),
    path(f"{_DATABASE}/functions", functions.FunctionsPage.as_view(), name="functions"),
    path(_FUNCTION, functions.FunctionEditor.as_view(), name="function"),
    path(f"{_FUNCTION}/run", functions.RunFunctionView.as_view(), name="function-run"),
    path(f"{_FUNCTION}/republish", functions.RepublishFunctionView.as_view(), name="function-republish"),
    path(f"{_FUNCTION}/delete", functions.DeleteFunctionView.as_view(), name="function-delete"),
    path("usage", usage.UsageView.as_view(), name="usage"),
    path("keys", keys.ApiKeysView.as_view(), name="keys"),
    path("keys/<str:key_id>/limits", keys.KeyLimitsView.as_view(), name="key-limits"),
    path("keys/<str:key_id>/rotate", keys.RotateKeyView.as_view(), name="key-rotate"),
    path("keys/<str:key_id>/revoke", keys.RevokeKeyView.as_view(), name="key-revoke"),
    path("team", team.TeamView.as_view(), name="team"),
    path("team/audit", team.AuditExportView.as_view(), name="team-audit"),
    path("team/choose", team.ChooseTeamView.as_view(), name="team-choose"),
    path("team/new", team.NewTeamView.as_view(), name="team-new"),
    path("team/rename", team.RenameTeamView.as_view(), name="team-rename"),
    path("team/invite", team.InviteView.as_view(), name="team-invite"),
    path(
        "team/invitations/<row:invitation_id>/withdraw",
        team.WithdrawInvitationView.as_view(),
        name="invitation-withdraw",
    ),
    path("team/members/<row:user_id>/role", team.ChangeRoleView.as_view(), name="member-role"),
    path("team/members/<row:user_id>/remove", team.RemoveMemberView.as_view(), name="member-remove"),
    path("join/<str:token>", team.JoinTeamView.as_view(), name="join"),
    path("new", home.NewDatabaseView.as_view(), name="database-new"),
    path("stream", activity.StreamView.as_view(), name="stream"),
    path("db/<str:database_id>", database.CollectionsView.as_view(), name="database"),
    path("db/<str:database_id>/new", database.NewCollectionView.as_view(), name="collection-new"),
    path("db/<str:database_id>/api", api.ApiView.as_view(), name="api"),
    path("db/<str:database_id>/activity", activity.ActivityView.as_view(), name="activity"),
    path("db/<str:database_id>/settings", database.DatabaseSettingsPage.as_view(), name="settings"),
    path("db/<str:database_id>/transfer", database.TransferDatabaseView.as_view(), name="database-transfer"),
    path("db/<str:database_id>/drop", database.DropDatabaseView.as_view(), name="database-drop"),
    path("db/<str:database_id>/c/<str:collection>/schema", schema.CollectionSchemaView.as_view(), name="schema"),
    path("db/<str:database_id>/c/<str:collection>/indexes", schema.IndexesPage.as_view(), name="indexes"),
    path("db/<str:database_id>/c/<str:collection>/indexes/drop", schema.DropIndexView.as_view(), name="index-drop"),
    path(
        "db/<str:database_id>/c/<str:collection>/drop",
        database.DropCollectionView.as_view(),
        name="collection-drop",
    ),
]
