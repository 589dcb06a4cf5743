"""Models of people: users, teams, sessions, one-time tokens, API keys and second factors."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.utils import timezone

from engine import Invalid


class Users(BaseUserManager["User"]):
    """Manager of users, which normalizes e-mail addresses."""

    @staticmethod
    def normal(email: str) -> str:
        """Return the normalized form of an e-mail address."""
        return email.strip().lower()

    def checked(self, email: str) -> str:
        """Return the normalized form of an address. Raises `Invalid`."""
        address = self.normal(email)
        try:
            validate_email(address)
        except ValidationError as error:
            raise Invalid.of_field("email", "Enter a valid e-mail address.") from error
        return address

    def by_email(self, email: str) -> User | None:
        """Return the user with an address, or None. Accepts any text."""
        return None if "\0" in email else self.filter(email=self.normal(email)).first()


class User(AbstractBaseUser):
    """A person with a lower-case e-mail address. Incrementing `generation` invalidates all access tokens."""

    email = models.EmailField(unique=True)
    username = models.CharField(max_length=64, null=True, unique=True, help_text="In lower case.")
    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_admin = models.BooleanField(default=False, help_text="Administrator of the installation.")
    created_at = models.DateTimeField(default=timezone.now)
    generation = models.PositiveIntegerField(default=0)
    last_login = None

    objects = Users()
    USERNAME_FIELD = "email"


class Team(models.Model):
    """An owner of databases and keys. Each user has a personal team."""

    name = models.CharField(max_length=254)
    personal = models.BooleanField(default=False)
    anonymous = models.BooleanField(
        default=False, help_text="The one team without members, which owns the databases that belong to nobody."
    )
    billing = models.JSONField(null=True, help_text="Plan, subscription and address; see services.names.teams.")
    limits = models.JSONField(
        default=dict, help_text="Limits other than the defaults, by name; see accounts.limits."
    )
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["anonymous"], condition=models.Q(anonymous=True), name="one_anonymous_team"
            )
        ]


class Membership(models.Model):
    """A user's role in a team."""

    class Role(models.TextChoices):
        OWNER = "owner"
        ADMIN = "admin"
        EDITOR = "editor"
        VIEWER = "viewer"

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="one_role_per_member")]


class Invitation(models.Model):
    """An invitation to a team, with the SHA-256 of its mailed single-use secret."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=10, choices=Membership.Role.choices)
    digest = models.CharField(max_length=64, null=True, unique=True, help_text="Null until the mail is composed.")
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    accepted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["team", "email"],
                condition=models.Q(accepted_at=None),
                name="one_open_invitation_each",
            )
        ]


class ApiKey(models.Model):
    """An API key of a team. Its public id and the SHA-256 of its text are stored, never the text.

    After a rotation two texts with the same public id are valid until `previous_expires_at`.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="keys")
    created_by = models.ForeignKey(User, on_delete=models.CASCADE, related_name="keys")
    name = models.CharField(max_length=100)
    description = models.TextField(null=True)
    public_id = models.CharField(max_length=16, unique=True)
    digest = models.CharField(max_length=64)
    databases = models.JSONField(null=True, help_text="Database ids, or null for all of the team's.")
    actions = models.JSONField(help_text="Values of engine.Action.")
    grants = models.JSONField(
        null=True, help_text="Of an API token: actions by database id; `databases` and `actions` are all of them."
    )
    collections = models.JSONField(
        null=True,
        help_text="Of a key that is limited to collections: {actions, filter?, fields?} by database id and name.",
    )
    web = models.JSONField(
        null=True, help_text="Restrictions of a browser key, see accounts.principal.BrowserKeyScope; else null."
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_address = models.CharField(max_length=45, blank=True)
    addresses = models.JSONField(null=True, help_text="Networks from which the key may be used, or null for all.")
    rate = models.PositiveIntegerField(null=True, help_text="Requests a minute.")
    daily_quota = models.PositiveBigIntegerField(null=True, help_text="Requests a day (UTC).")
    previous_digest = models.CharField(max_length=64, blank=True, help_text="Of the text before the last rotation.")
    previous_expires_at = models.DateTimeField(null=True, help_text="When that text stops being valid.")
    revoked_at = models.DateTimeField(null=True)


class Session(models.Model):
    """A session: a family of refresh tokens, of which only `current_jti` is valid, or a browser without tokens.

    `agent` describes the browser. `digest` is the SHA-256 of a session token, for programs that use one instead of
    access tokens.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    current_jti = models.CharField(max_length=32, blank=True)
    digest = models.CharField(max_length=64, null=True, unique=True)
    agent = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=64, blank=True, default="", help_text="Where it began.")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    last_used_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)


class KnownClient(models.Model):
    """A browser or a program, and the network address, that a user has signed in with."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="known_clients")
    agent = models.CharField(max_length=60, blank=True)
    address = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "agent", "address"], name="one_row_per_client")]


class OneTimeToken(models.Model):
    """The SHA-256 of a single-use secret. A FIRST token, which creates the administrator, has no user.

    A NAME is no secret: it reserves a username, see `services.names.usernames`.
    """

    class Purpose(models.TextChoices):
        VERIFY = "verify"
        RESET = "reset"
        FIRST = "first"
        NAME = "name"

    digest = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="one_time_tokens")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)


class SecondFactor(models.Model):
    """The secret that a user's authenticator app shares with the service. It is asked for once it is confirmed.

    `last_step` is the newest time step whose code was accepted: neither it nor an older one is accepted again.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    secret = models.TextField(help_text="Encrypted by services.second_factor.verification.")
    last_step = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True)


class RecoveryCode(models.Model):
    """The SHA-256 of an unused single-use code that replaces the code of an authenticator app."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="one_recovery_code_each")]
