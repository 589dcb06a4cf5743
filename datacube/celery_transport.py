"""Celery's connection to Redis or Valkey, which survives a restart of the server while tasks run."""

from __future__ import annotations

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError as Disconnected


class ReconnectingChannel(redis.Channel):
    """A channel that raises a connection error when its connection is closed.

    After a lost connection kombu closes the channel a second time, and a finished task acknowledges its message on
    it. Both need a new client of the closed connection, for which kombu raises AttributeError: the worker treats it
    as unrecoverable and exits once its tasks have ended. A connection error makes it reconnect.
    """

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection.client is None:
            raise Disconnected("The connection to the queue is closed.")
        return super()._connparams(asynchronous=asynchronous)  # type: ignore[misc]  # kombu's stubs omit it


class Transport(redis.Transport):
    Channel = ReconnectingChannel
