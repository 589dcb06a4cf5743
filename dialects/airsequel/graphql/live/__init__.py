"""Subscriptions: queries whose answer is sent again whenever it changes."""
