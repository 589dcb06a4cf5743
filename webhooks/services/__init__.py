"""Webhooks: their management, the record of what is to be delivered, and its delivery."""

from webhooks.services.delivering import deliver, due, forget_old, gather
from webhooks.services.managing import create, delete, list_all, log, replay

__all__ = ["create", "delete", "deliver", "due", "forget_old", "gather", "list_all", "log", "replay"]
