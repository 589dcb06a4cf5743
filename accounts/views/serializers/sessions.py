"""Serializers of sessions."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class OwnSession(serializers.Serializer[Any]):
    id = serializers.CharField()
    agent = serializers.CharField()
    address = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField()
    current = serializers.BooleanField()


class EndedSessions(serializers.Serializer[Any]):
    ended = serializers.IntegerField()
