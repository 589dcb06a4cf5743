"""Models of external identity providers."""

from django.db import models


class Issuer(models.Model):
    """An identity provider whose tokens are valid for one database, with the permissions of its roles."""

    database = models.ForeignKey("catalog.Database", on_delete=models.CASCADE, related_name="issuers")
    public_id = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=100)
    algorithm = models.CharField(max_length=5, help_text="HS256 or RS256.")
    key = models.TextField(help_text="Encrypted by identity.encryption.")
    issuer = models.CharField(max_length=500, blank=True)
    audience = models.CharField(max_length=500, blank=True)
    roles = models.JSONField(default=dict, help_text="{role: {collection or *: [verbs]}}")
    private = models.JSONField(
        default=list, help_text="Collections in which users see only their own documents, or *."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
