"""The two clients, `DataCube` and `AsyncDataCube`, and the databases and collections that they open."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from datacube_client.core.drivers import AsyncDriver, Driver
from datacube_client.core.operation import AsyncResource, SyncResource
from datacube_client.core.sending import Credentials, Retries, Session
from datacube_client.resources.audit import AsyncAudit, Audit
from datacube_client.resources.backups import AsyncBackups, Backups
from datacube_client.resources.collections import HistoryOperations, SchemaOperations
from datacube_client.resources.databases import DatabaseOperations, ServiceOperations
from datacube_client.resources.documents import DocumentOperations
from datacube_client.resources.events import EventOperations
from datacube_client.resources.files import AsyncFiles, Files
from datacube_client.resources.imports import FileImportOperations, TextImportOperations
from datacube_client.resources.integrations import AsyncIssuers, AsyncWebhooks, Issuers, Webhooks
from datacube_client.resources.jobs import AsyncJobs, Jobs
from datacube_client.resources.people.accounts import Account, AsyncAccount
from datacube_client.resources.people.keys import AsyncKeys, Keys
from datacube_client.resources.people.teams import AsyncTeams, Teams

# Also the time for the first byte of an import, which is answered when it is checked.
_TIMEOUT_SECONDS = 60.0


class Collection(DocumentOperations, SchemaOperations, HistoryOperations, TextImportOperations, SyncResource):
    """One collection of a database."""


class AsyncCollection(DocumentOperations, SchemaOperations, HistoryOperations, TextImportOperations, AsyncResource):
    """One collection of a database."""


class Database(DatabaseOperations, EventOperations, FileImportOperations, SyncResource):
    """One database."""

    def __init__(self, driver: Driver, database_id: str) -> None:
        super().__init__(driver, database_id=database_id)
        self.id = database_id
        self.files = Files(driver, database=database_id)
        self.webhooks = Webhooks(driver, database_id=database_id)
        self.issuers = Issuers(driver, database_id=database_id)

    def collection(self, name: str) -> Collection:
        """Return a collection by its name. Sends no request."""
        return Collection(self._driver, database_id=self.id, collection_name=name)


class AsyncDatabase(DatabaseOperations, EventOperations, FileImportOperations, AsyncResource):
    """One database."""

    def __init__(self, driver: AsyncDriver, database_id: str) -> None:
        super().__init__(driver, database_id=database_id)
        self.id = database_id
        self.files = AsyncFiles(driver, database=database_id)
        self.webhooks = AsyncWebhooks(driver, database_id=database_id)
        self.issuers = AsyncIssuers(driver, database_id=database_id)

    def collection(self, name: str) -> AsyncCollection:
        """Return a collection by its name. Sends no request."""
        return AsyncCollection(self._driver, database_id=self.id, collection_name=name)


class DataCube(ServiceOperations, SyncResource):
    """A client of the service at `url`, with an API key or, after `account.sign_in`, as a person.

    `timeout` is in seconds, for each wait for the network. `options` are passed to `httpx.Client`, such as
    `verify`, `proxy` and `limits`. May be used by several threads; close it, or use it in a `with` statement.
    """

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        retries: Retries | None = None,
        timeout: float = _TIMEOUT_SECONDS,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        http = httpx.Client(base_url=url, timeout=timeout, **(options or {}))
        super().__init__(Driver(http, Session(Credentials(key), retries or Retries())))
        self.account = Account(self._driver)
        self.keys = Keys(self._driver)
        self.jobs = Jobs(self._driver)
        self.teams = Teams(self._driver)
        self.backups = Backups(self._driver)
        self.audit = Audit(self._driver)

    def database(self, database_id: str) -> Database:
        """Return a database by its id. Sends no request."""
        return Database(self._driver, database_id)

    def close(self) -> None:
        """Close the connections."""
        self._driver.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncDataCube(ServiceOperations, AsyncResource):
    """The same as `DataCube` for an event loop: operations are awaited, iterators are asynchronous."""

    def __init__(
        self,
        url: str,
        key: str = "",
        *,
        retries: Retries | None = None,
        timeout: float = _TIMEOUT_SECONDS,
        options: Mapping[str, Any] | None = None,
    ) -> None:
        http = httpx.AsyncClient(base_url=url, timeout=timeout, **(options or {}))
        super().__init__(AsyncDriver(http, Session(Credentials(key), retries or Retries())))
        self.account = AsyncAccount(self._driver)
        self.keys = AsyncKeys(self._driver)
        self.jobs = AsyncJobs(self._driver)
        self.teams = AsyncTeams(self._driver)
        self.backups = AsyncBackups(self._driver)
        self.audit = AsyncAudit(self._driver)

    def database(self, database_id: str) -> AsyncDatabase:
        """Return a database by its id. Sends no request."""
        return AsyncDatabase(self._driver, database_id)

    async def close(self) -> None:
        """Close the connections."""
        await self._driver.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
