"""The routes of the management API, below /api/ and, for the published dashboard data, below /core/."""

from django.urls import re_path

from management import backups, hooks, issuers, transfers, usage
from management.audit import AuditView
from management.views import collections, databases, imports, keys, stats

urlpatterns = [
    re_path(r"^create_database/?$", databases.CreateDatabase.as_view()),
    re_path(r"^add_collection/?$", collections.AddCollection.as_view()),
    re_path(r"^list_databases/?$", databases.ListDatabases.as_view()),
    re_path(r"^get_metadata/?$", databases.GetMetadata.as_view()),
    re_path(r"^list_collections/?$", collections.ListCollections.as_view()),
    re_path(r"^drop_database/?$", databases.DropDatabase.as_view()),
    re_path(r"^drop_collections/?$", collections.DropCollections.as_view()),
    re_path(r"^import_data/?$", imports.ImportData.as_view()),
    re_path(r"^import_text/?$", imports.ImportText.as_view()),
    re_path(r"^import_status/?$", imports.ImportStatus.as_view()),
    re_path(r"^import_rejects/?$", imports.ImportRejects.as_view()),
    re_path(r"^jobs/?$", imports.Jobs.as_view()),
    re_path(r"^job_status/?$", imports.JobStatus.as_view()),
    re_path(r"^cancel_job/?$", transfers.CancelJob.as_view()),
    re_path(r"^resume_job/?$", transfers.ResumeJob.as_view()),
    re_path(r"^export/?$", transfers.ExportView.as_view()),
    re_path(r"^backups/?$", backups.Backups.as_view()),
    re_path(r"^backups/restore/?$", backups.RestoreBackup.as_view()),
    re_path(r"^backups/download/(?P<backup_id>[^/]+)/?$", backups.DownloadBackup.as_view()),
    re_path(r"^collection_schema/?$", collections.CollectionSchema.as_view()),
    re_path(r"^schema_history/?$", collections.SchemaHistory.as_view()),
    re_path(r"^stats/?$", stats.Stats.as_view()),
    re_path(r"^usage/?$", usage.TeamUsage.as_view()),
    re_path(r"^clone_database/?$", databases.CloneDatabase.as_view()),
    re_path(r"^issuers/?$", issuers.IssuersView.as_view()),
    re_path(r"^audit/?$", AuditView.as_view()),
    re_path(r"^webhooks/?$", hooks.WebhooksView.as_view()),
    re_path(r"^webhooks/log/?$", hooks.WebhookLog.as_view()),
    re_path(r"^webhooks/replay/?$", hooks.WebhookReplay.as_view()),
]

# Included before the routes of accounts, whose keys have any name.
key_urlpatterns = [re_path(r"^keys/explain/?$", keys.ExplainKey.as_view())]

core_urlpatterns = [
    re_path(r"^teams/(?P<team_id>[^/]+)/databases/?$", databases.TransferDatabase.as_view()),
    re_path(r"^api/v1/dashboard/stats/?$", stats.DashboardStats.as_view()),
    re_path(r"^api/v1/database/(?P<database_id>[^/]+)/?$", stats.DashboardDatabase.as_view()),
]
