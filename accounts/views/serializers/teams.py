"""Serializers of teams, members and invitations."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.serializers import AddressField, LineField, Strict, TextField


class TeamName(Strict):
    name = LineField(max_length=100)


class RoleChange(Strict):
    role = TextField(max_length=10)


class NewInvitation(RoleChange):
    email = AddressField(max_length=254)


class InvitationToken(Strict):
    token = TextField(max_length=200)


class TeamShown(serializers.Serializer[Any]):
    id = serializers.CharField()
    name = serializers.CharField()
    personal = serializers.BooleanField()
    role = serializers.CharField()


class MemberShown(serializers.Serializer[Any]):
    user_id = serializers.CharField()
    email = serializers.EmailField()
    name = serializers.CharField()
    role = serializers.CharField()


class InvitationShown(serializers.Serializer[Any]):
    id = serializers.CharField()
    email = serializers.EmailField()
    role = serializers.CharField()
    invited_by = serializers.EmailField()
    expires_at = serializers.DateTimeField()
