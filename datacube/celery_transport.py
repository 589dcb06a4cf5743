"""The connection of Celery to Redis or Valkey, which survives a restart of the server while tasks run."""

from __future__ import annotations

from typing import Any

from kombu.transport import redis
from redis.exceptions import ConnectionError as Disconnected


class Channel(redis.Channel):
    """A channel that reports a closed connection as such.

    After a lost connection kombu closes the channel a second time, and a task that ends acknowledges its message on
    it. Both ask for a new client of the closed connection, which kombu answers with an AttributeError: the worker
    takes it for unrecoverable, and ends once its running tasks have ended. A connection error makes it reconnect.
    """

    def _connparams(self, asynchronous: bool = False) -> dict[str, Any]:
        if self.connection.client is None:
            raise Disconnected("The connection to the queue is closed.")
        return super()._connparams(asynchronous=asynchronous)


class Transport(redis.Transport):
    Channel = Channel
