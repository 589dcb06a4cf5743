"""Settings of backups and of their storage, all from the environment; docs/operations.md lists each one."""

import environ

from datacube.local import paths

env = environ.Env()

BACKUP_DIRECTORY = env.path("BACKUP_DIRECTORY", default=str(paths.home() / "backups"))
DATABASE_BACKUP_DIRECTORY = env.path(
    "DATABASE_BACKUP_DIRECTORY", default=str(paths.home() / "backups" / "databases")
)
BACKUP_HOURS = env.int("BACKUP_HOURS", default=0)
BACKUP_KEEP = env.int("BACKUP_KEEP", default=7)
BACKUP_PASSWORD = env.str("BACKUP_PASSWORD", default="")
BACKUP_BUCKET = env.str("BACKUP_BUCKET", default="")
BACKUP_PREFIX = env.str("BACKUP_PREFIX", default="datacube/")
BACKUP_ENDPOINT = env.str("BACKUP_ENDPOINT", default="")
BACKUP_REGION = env.str("BACKUP_REGION", default="us-east-1")
AWS_ACCESS_KEY_ID = env.str("AWS_ACCESS_KEY_ID", default="")
AWS_SECRET_ACCESS_KEY = env.str("AWS_SECRET_ACCESS_KEY", default="")
AWS_SESSION_TOKEN = env.str("AWS_SESSION_TOKEN", default="")
