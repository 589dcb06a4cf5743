"""Serializers of accounts by subject; those of people, sessions and keys are in `accounts.serializers`."""
