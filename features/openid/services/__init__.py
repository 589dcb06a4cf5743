"""Services of signing in with an OpenID Connect provider, which the settings name."""

from features.openid.services import provider, signing_in, tokens

__all__ = ["provider", "signing_in", "tokens"]
