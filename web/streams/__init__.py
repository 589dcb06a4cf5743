"""Streams of events: subscriptions, and their transports (server-sent events, WebSockets)."""
