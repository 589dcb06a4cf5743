"""OP_MSG commands of an event loop, beside the driver."""

from engine.store.wire.client import Wire

__all__ = ["Wire"]
