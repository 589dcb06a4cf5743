"""Backups of single databases."""

from __future__ import annotations

import httpx

from datacube_client.core.effects import JSON, Flow, Stream
from datacube_client.core.operation import AsyncResource, Resource, SyncResource, iteration, operation
from datacube_client.core.paging import pages
from datacube_client.core.texts import chunks
from datacube_client.resources.jobs import Progress, finished


class BackupOperations(Resource):
    """The backups of the team's databases, also of those that were dropped."""

    @iteration
    def list(self, *, database_id: str | None = None, page_size: int = 100) -> Stream[JSON]:
        """Iterate over the backups, the newest first: `backup_id`, `download_url` and others."""
        yield from pages(self, "GET /api/backups", page_size, database_id=database_id)

    @operation
    def create(self, database_id: str, *, wait: bool = True, progress: Progress | None = None) -> Flow[JSON]:
        """Back up a database as of one time: `backup_id`, `document_count`, `size`. Raises `JobFailedError`."""
        request = self._call("POST /api/backups", database_id=database_id)
        return finished(self, request, wait=wait, progress=progress)

    @operation
    def restore(
        self,
        backup_id: str,
        *,
        name: str | None = None,
        over: bool | None = None,
        as_of: str | None = None,
        dry_run: bool | None = None,
        wait: bool = True,
        progress: Progress | None = None,
    ) -> Flow[JSON]:
        """Restore a backup as a new database with a `name`, or `over` the one that it is of: `database_id`.

        With `as_of` it is as it was at that time; `dry_run` then only says what differs from the backup.
        """
        members = {"backup_id": backup_id, "name": name, "over": over, "as_of": as_of, "dry_run": dry_run}
        request = self._call("POST /api/backups/restore", **members)
        return finished(self, request, wait=wait, progress=progress)

    @operation
    def delete(self, backup_id: str) -> Flow[JSON]:
        """Delete a backup, for good."""
        return self._ask("DELETE /api/backups", backup_id=backup_id)

    @iteration
    def download(self, download_url: str) -> Stream[bytes]:
        """Iterate over the chunks of an archive, by the `download_url` of `list`, which is valid for an hour."""
        url = httpx.URL(download_url)
        members = {"backup_id": url.path.rpartition("/")[2], "signature": url.params.get("signature")}
        body = yield from self._open(self._request("GET /api/backups/download/{backup_id}", {}, members))
        yield from chunks(body)


class Backups(BackupOperations, SyncResource):
    """Backups."""


class AsyncBackups(BackupOperations, AsyncResource):
    """Backups."""
