"""Checks of the servers: MongoDB, Redis or Valkey, the platform database, mail, and the service itself."""

from __future__ import annotations

import re
import smtplib
from collections.abc import Iterator

import httpx
from django.conf import settings
from django.core import mail
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

import engine
from catalog.services.stores import clusters
from datacube.celery import app
from datacube.client.service import local_url
from datacube.doctor.finding import Finding, fail, fine, warn
from web.throttling import redis_py_url

_MIN_MONGODB, _MIN_REDIS = (6, 0), (6, 2)
_PING_SECONDS = 2.0
_HTTP_SECONDS = 5


def check() -> Iterator[Finding]:
    """Yield the findings about every server."""
    yield mongodb()
    yield from queue()
    yield platform()
    yield from other_clusters()
    yield from mail_server()
    yield service(local_url() if settings.EMBEDDED else settings.BASE_URL)


def mongodb() -> Finding:
    return _cluster("MongoDB", clusters.MAIN, _start("MONGODB_URI"))


def other_clusters() -> Iterator[Finding]:
    """Yield a finding for each MongoDB cluster beside that of MONGODB_URI."""
    try:
        names = clusters.names()[1:]
    except DatabaseError:
        return  # which is a finding about the platform database
    for name in names:
        yield _cluster(f"MongoDB cluster {name}", name, "start its servers: its databases cannot be used")


def _cluster(title: str, name: str, advice: str) -> Finding:
    try:
        server = clusters.store(name).server()
    except engine.Error as error:
        return fail(title, f"does not answer: {error.message}", advice)
    if _version(server.version) < _MIN_MONGODB:
        return fail(title, f"{server.version} is too old", "install MongoDB 6.0 or newer")
    if server.is_sharded:
        return fine(title, f"{server.version}, sharded")
    if not server.replica_set:
        return fail(title, "is not a replica set", "start mongod with --replSet, and initiate the set")
    return fine(title, f"{server.version}, replica set {server.replica_set}")


def queue() -> Iterator[Finding]:
    """Yield the findings about Redis or Valkey, and about the worker that reads from it."""
    client = Redis.from_url(redis_py_url(settings.REDIS_URL), socket_timeout=5, socket_connect_timeout=5)
    try:
        info = client.info()
    except RedisError as error:
        yield fail("queue", f"does not answer: {type(error).__name__}", _start("REDIS_URL"))
        return
    finally:
        client.close()
    yield from _queue_findings(info)
    yield _worker()


def _queue_findings(info: dict[str, object]) -> Iterator[Finding]:
    name = "Valkey" if "valkey_version" in info else "Redis"
    version = str(info.get("valkey_version") or info["redis_version"])
    if _version(version) < _MIN_REDIS:
        yield fail("queue", f"{name} {version} is too old", "install Redis 6.2, Valkey 7.2, or newer")
    else:
        yield fine("queue", f"{name} {version}")
    if not info.get("aof_enabled"):
        yield warn("queue", "appendonly is off: mail that waits is lost with a restart", "set `appendonly yes`")
    if info.get("maxmemory") and info.get("maxmemory_policy") != "noeviction":
        yield fail("queue", "may evict tasks when its memory is full", "set `maxmemory-policy noeviction`")


def _worker() -> Finding:
    try:
        answers = app.control.ping(timeout=_PING_SECONDS)
    except (OSError, RedisError, OperationalError) as error:
        return fail("worker", f"cannot be reached: {type(error).__name__}", _start("REDIS_URL"))
    if not answers:
        return warn("worker", "none answers: imports and mail wait", "start the service, or the Celery worker")
    return fine("worker", f"{len(answers)} answers" if len(answers) == 1 else f"{len(answers)} answer")


def platform() -> Finding:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return fail(
            "platform database", f"does not answer: {type(error).__name__}", "check DATABASE_URL and its log"
        )
    if missing:
        text = f"{len(missing)} migrations are not applied"
        return fail("platform database", text, "run: datacube manage migrate")
    return fine("platform database", f"{connection.vendor}, all migrations are applied")


def mail_server() -> Iterator[Finding]:
    """Yield a finding about the mail server, if the settings name one."""
    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        return
    server = mail.get_connection()
    try:
        server.open()
    except (OSError, smtplib.SMTPException) as error:
        yield fail("mail", f"the server does not accept a connection: {type(error).__name__}", "check EMAIL_URL")
        return
    server.close()
    yield fine("mail", "the server accepts a connection and the login")


def service(url: str) -> Finding:
    """Return whether the service answers at its public address."""
    try:
        answer = httpx.get(f"{url}/readyz", timeout=_HTTP_SECONDS, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return warn("service", f"{url} does not answer: {error}", "start it, or correct BASE_URL")
    if answer.status_code != 200:
        text = f"{url}/readyz answers {answer.status_code} {answer.text[:1000]}"
        return fail("service", text, "look at the part that is unavailable, and at its log")
    return fine("service", f"{url} is ready")


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", text)[:2])


def _start(setting: str) -> str:
    return "start the service: ./dev up" if settings.EMBEDDED else f"start the server, or correct {setting}"
