"""Webhooks: their management, the record of what is to be delivered, and its delivery."""

from webhooks.services.delivering import deliver, forget_old, waiting
from webhooks.services.gathering import gather
from webhooks.services.managing import create, delete, list_all, log, replay, switch

__all__ = ["create", "delete", "deliver", "forget_old", "gather", "list_all", "log", "replay", "switch", "waiting"]
