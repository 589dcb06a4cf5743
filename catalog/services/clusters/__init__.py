"""Clusters of the installation, and moves of databases between them; for the operator."""
