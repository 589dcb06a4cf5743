"""Webhooks: management, recording of deliveries, and delivering."""

from features.webhooks.services.delivering import deliver, forget_old, waiting
from features.webhooks.services.gathering import gather
from features.webhooks.services.managing import (
    EVENTS,
    change,
    create,
    delete,
    describe,
    describe_delivery,
    list_all,
    log,
    replay,
    replay_dead,
    send_test,
    switch,
)

__all__ = [
    "EVENTS",
    "change",
    "create",
    "delete",
    "deliver",
    "describe",
    "describe_delivery",
    "forget_old",
    "gather",
    "list_all",
    "log",
    "replay",
    "replay_dead",
    "send_test",
    "switch",
    "waiting",
]
