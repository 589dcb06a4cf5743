"""The routes of the management API, below /api/ and, for the published dashboard data, below /core/."""

from django.urls import re_path

from management import hooks, issuers, transfers, views

urlpatterns = [
    re_path(r"^create_database/?$", views.CreateDatabase.as_view()),
    re_path(r"^add_collection/?$", views.AddCollection.as_view()),
    re_path(r"^list_databases/?$", views.ListDatabases.as_view()),
    re_path(r"^get_metadata/?$", views.GetMetadata.as_view()),
    re_path(r"^list_collections/?$", views.ListCollections.as_view()),
    re_path(r"^drop_database/?$", views.DropDatabase.as_view()),
    re_path(r"^drop_collections/?$", views.DropCollections.as_view()),
    re_path(r"^import_data/?$", views.ImportData.as_view()),
    re_path(r"^import_status/?$", views.JobStatus.as_view()),
    re_path(r"^job_status/?$", views.JobStatus.as_view()),
    re_path(r"^cancel_job/?$", transfers.CancelJob.as_view()),
    re_path(r"^export/?$", transfers.Export.as_view()),
    re_path(r"^collection_schema/?$", views.CollectionSchema.as_view()),
    re_path(r"^stats/?$", views.Stats.as_view()),
    re_path(r"^clone_database/?$", views.CloneDatabase.as_view()),
    re_path(r"^issuers/?$", issuers.Issuers.as_view()),
    re_path(r"^webhooks/?$", hooks.Webhooks.as_view()),
    re_path(r"^webhooks/log/?$", hooks.WebhookLog.as_view()),
    re_path(r"^webhooks/replay/?$", hooks.WebhookReplay.as_view()),
]

core_urlpatterns = [
    re_path(r"^api/v1/dashboard/stats/?$", views.DashboardStats.as_view()),
    re_path(r"^api/v1/database/(?P<database_id>[^/]+)/?$", views.DashboardDatabase.as_view()),
]
