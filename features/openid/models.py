"""Models of signing in with an OpenID Connect provider."""

from django.db import models


class OpenIdIdentity(models.Model):
    """A user's identity at a provider: the issuer, and the subject, which it never gives to another user."""

    user = models.ForeignKey("accounts.User", on_delete=models.CASCADE, related_name="+")
    issuer = models.CharField(max_length=500)
    subject = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="one_user_per_openid_subject")]
