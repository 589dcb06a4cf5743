"""Webhooks: management, recording of deliveries, and delivering."""

from features.webhooks.services.delivering import deliver, forget_old, waiting
from features.webhooks.services.gathering import gather, restart
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
from features.webhooks.services.triggers import Trigger, delete_triggers, list_triggers, set_triggers

__all__ = [
    "EVENTS",
    "Trigger",
    "change",
    "create",
    "delete",
    "delete_triggers",
    "deliver",
    "describe",
    "describe_delivery",
    "forget_old",
    "gather",
    "list_all",
    "list_triggers",
    "log",
    "replay",
    "replay_dead",
    "restart",
    "send_test",
    "set_triggers",
    "switch",
    "waiting",
]
