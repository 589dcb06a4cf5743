"""Services of external identity providers of databases: declarations, tokens and users."""

from identity.services.external_users import (
    actors_of,
    describe_external_user,
    external_user_names,
    names_of,
    principal_of_external_user,
)
from identity.services.issuers import Provider, add_issuer, change_issuer, drop_issuer, list_issuers
from identity.services.token_signing import sign_token
from identity.services.token_testing import TokenReport, report_on_token

__all__ = [
    "Provider",
    "TokenReport",
    "actors_of",
    "add_issuer",
    "change_issuer",
    "describe_external_user",
    "drop_issuer",
    "list_issuers",
    "names_of",
    "external_user_names",
    "principal_of_external_user",
    "report_on_token",
    "sign_token",
]
