"""The second factor of signing in: codes of an authenticator app, and recovery codes."""

from accounts.services.second_factor import challenges, enrolment, verification

__all__ = ["challenges", "enrolment", "verification"]
