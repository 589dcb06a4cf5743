"""Refuses writes while the installation is in maintenance, or while a disk is nearly full."""
