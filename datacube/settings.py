"""Settings, all from the environment; docs/operations.md lists each one with its default."""

from datetime import timedelta
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from datacube.backup_settings import *  # noqa: F403 each of them is a setting
from datacube.http.log_filter import has_no_address
from datacube.limits import *  # noqa: F403 each limit is a setting
from datacube.limits import INLINE_IMPORT_BYTES, MAX_BODY_BYTES
from datacube.local import paths

env = environ.Env()

HOME = paths.home()
BASE_DIR = paths.ROOT

# --- external servers ---
MONGODB_URI = env.str("MONGODB_URI", default="") or paths.embedded_mongodb_uri()
REDIS_URL = env.str("REDIS_URL", default="") or f"redis+socket://{paths.embedded_redis_path()}?virtual_host=0"
EMBEDDED = not env.str("MONGODB_URI", default="")

# --- the installation ---
DEBUG = env.bool("DEBUG", default=False)
PORT = env.int("PORT", default=8000)
BASE_URL = env.str("BASE_URL", default=f"http://127.0.0.1:{PORT}").rstrip("/")
SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY:
    if not EMBEDDED:
        raise ImproperlyConfigured("SECRET_KEY must be set when MONGODB_URI is.")
    SECRET_KEY = paths.secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if EMBEDDED else [])
DATABASE_HOST = env.str("DATABASE_HOST", default="")
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
SPOOL = env.path("SPOOL", default=str(HOME / "spool"))
AIRSEQUEL_LOCATION = env.json("AIRSEQUEL_LOCATION", default={})
if AIRSEQUEL_LOCATION and set(AIRSEQUEL_LOCATION) != {"lat", "long", "name"}:
    raise ImproperlyConfigured("AIRSEQUEL_LOCATION must be a JSON object with `lat`, `long` and `name`.")
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")

# --- accounts and keys ---
REQUIRE_VERIFIED_EMAIL = env.bool("REQUIRE_VERIFIED_EMAIL", default=not EMBEDDED)
ACCESS_TOKEN_MINUTES = env.int("ACCESS_TOKEN_MINUTES", default=15)
REFRESH_TOKEN_DAYS = env.int("REFRESH_TOKEN_DAYS", default=14)
VERIFY_EMAIL_HOURS = env.int("VERIFY_EMAIL_HOURS", default=72)
PASSWORD_RESET_MINUTES = env.int("PASSWORD_RESET_MINUTES", default=60)
PASSWORD_HASH_MEMORY_KIB = env.int("PASSWORD_HASH_MEMORY_KIB", default=19_456)
KNOWN_CLIENT_DAYS = env.int("KNOWN_CLIENT_DAYS", default=90)
SECOND_FACTOR_MINUTES = env.int("SECOND_FACTOR_MINUTES", default=5)
INVITATION_DAYS = env.int("INVITATION_DAYS", default=7)
SESSION_TOKEN_DAYS = env.int("SESSION_TOKEN_DAYS", default=14)
SIGN_IN_LIMIT_ACCOUNT = env.int("SIGN_IN_LIMIT_ACCOUNT", default=10)
SIGN_IN_LIMIT_ADDRESS = env.int("SIGN_IN_LIMIT_ADDRESS", default=60)
SIGN_IN_WINDOW_SECONDS = env.int("SIGN_IN_WINDOW_SECONDS", default=60)
PUBLIC_SCHEMAS = env.bool("PUBLIC_SCHEMAS", default=False)
ALLOW_ANONYMOUS_DATABASES = env.bool("ALLOW_ANONYMOUS_DATABASES", default=False)
COMMUNIBASE_SOCKETS_WITHOUT_KEY = env.bool("COMMUNIBASE_SOCKETS_WITHOUT_KEY", default=False)
CACHE_SECONDS = env.float("CACHE_SECONDS", default=2.0)

# --- signing in with an OpenID Connect provider ---
OPENID_ISSUER = env.str("OPENID_ISSUER", default="")
OPENID_CLIENT_ID = env.str("OPENID_CLIENT_ID", default="")
OPENID_CLIENT_SECRET = env.str("OPENID_CLIENT_SECRET", default="")
OPENID_NAME = env.str("OPENID_NAME", default="single sign-on")
OPENID_SCOPES = env.str("OPENID_SCOPES", default="openid email profile")
OPENID_CREATE_ACCOUNTS = env.bool("OPENID_CREATE_ACCOUNTS", default=False)
_OPENID = urlsplit(OPENID_ISSUER)
if OPENID_ISSUER and not (_OPENID.scheme == "https" or (_OPENID.scheme, _OPENID.hostname) == ("http", "127.0.0.1")):
    raise ImproperlyConfigured("OPENID_ISSUER must begin with https://.")
if OPENID_ISSUER and not OPENID_CLIENT_ID:
    raise ImproperlyConfigured("OPENID_ISSUER needs OPENID_CLIENT_ID.")

# --- payments ---
PADDLE_PUBLIC_KEY = env.str("PADDLE_PUBLIC_KEY", default="")
PADDLE_KEY = env.str("PADDLE_KEY", default="")

# --- language model of prompts ---
LLM_BASE_URL = env.str("LLM_BASE_URL", default="").rstrip("/")
LLM_API_KEY = env.str("LLM_API_KEY", default="")
LLM_MODEL = env.str("LLM_MODEL", default="")
if LLM_BASE_URL and not LLM_BASE_URL.startswith(("https://", "http://")):
    raise ImproperlyConfigured("LLM_BASE_URL must begin with https:// or http://.")

# --- Django ---
INSTALLED_APPS = [
    *(f"django.contrib.{name}" for name in ("contenttypes", "auth", "sessions", "messages", "staticfiles")),
    *("csp", "django_htmx", "rest_framework", "drf_spectacular", "drf_spectacular_sidecar"),
    *("web", "audit", "accounts", "catalog", "identity"),
    *(f"features.{app}" for app in ("files", "jobs", "mail", "webhooks", "usage", "environment", "charts", "apps")),
    *(f"features.{app}" for app in ("backups", "functions", "billing", "openid")),
    *("dialects.airsequel", "dialects.communibase"),
    "dialects.restdb",
    *("management", "dataapi", "dashboard"),
]
MIDDLEWARE = [
    "web.middleware.RequestLog",
    "datacube.maintenance.middleware.RefuseWrites",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dashboard.layout.middleware.DashboardMiddleware",
]
JOB_HANDLERS = {  # of the jobs of packages that the jobs know nothing of, by task
    "contents": "features.sqlite_files.services.importing.HANDLER",
    "download": "features.sqlite_files.services.exporting.HANDLER",
    "backup": "features.backups.services.databases.taking.HANDLER",
    "recovery": "features.backups.services.databases.restoring.HANDLER",
}
REQUEST_OBSERVERS = [
    "features.usage.counting.finished",
    "features.usage.admission.add_headers",
    "datacube.serving.tenants.note_team",
    "web.metrics.count_request",
]
REQUEST_ADMISSION = "features.usage.admission.admit"  # counts a request of an authenticated caller, or refuses it
STREAM_ADMISSION = "features.usage.admission.admit_stream"  # does the same for a subscription to a stream
# Functions that rename a collection in what their packages store, or refuse it, in the transaction that renames it.
COLLECTION_RENAMED = [
    "features.charts.services.rename_collection",
    "features.jobs.services.cancelling.rename_collection",
    "features.webhooks.services.managing.rename_collection",
    "identity.services.issuers.rename_collection",
]
COLLECTION_FORGOTTEN = ["identity.services.issuers.forget_collection"]  # when no process uses the previous name
# Functions that delete what their packages store of a database that belonged to nobody, by its id.
DATABASE_EXPIRED = ["features.usage.services.forget_database", "features.jobs.services.forget_database"]
DATABASE_LEAVES = ["features.webhooks.services.gathering.read_up_to"]  # read its last changes on a cluster
DATABASE_MOVED = ["features.webhooks.services.gathering.continue_at"]  # continue at a token of its new cluster
KEY_COLLECTIONS = "catalog.services.key_rules.scopes.parse_collections"  # returns the collections of a key
KEY_DATABASES = "catalog.services.access.unknown_databases"  # returns the databases that a new key may not name
FUNCTION_GRAPHQL = "dialects.airsequel.functions.bridge.answer"  # answers the GraphQL requests of functions
WEBHOOK_FUNCTIONS = "features.functions.services.unattended.deliver_event"  # receives the events of triggers
ROOT_URLCONF = "datacube.urls"
WSGI_APPLICATION = "datacube.wsgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{HOME / 'platform.sqlite3'}")}
DATABASES["default"]["CONN_MAX_AGE"] = None
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["accounts.security.hashers.PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY_BYTES
FILE_UPLOAD_MAX_MEMORY_SIZE = INLINE_IMPORT_BYTES
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SILENCED_SYSTEM_CHECKS = [
    "security.W003",  # the APIs read no cookie, and the dashboard checks CSRF tokens itself
    "security.W004",  # the proxy terminates TLS and adds the header
    "security.W008",  # the proxy redirects
]

# --- cookies and policy of the dashboard, for its own addresses alone: see dashboard.layout.middleware ---
_BY_TLS = BASE_URL.startswith("https://")
SESSION_ENGINE, SESSION_COOKIE_NAME = "accounts.security.session_store", "datacube_session"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/dashboard"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _BY_TLS
SESSION_COOKIE_AGE = REFRESH_TOKEN_DAYS * 24 * 3600
CSRF_COOKIE_NAME = "datacube_csrf"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "dashboard.layout.errors.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- mail ---
_EMAIL = env.email_url("EMAIL_URL", default=f"filemail:///{HOME / 'mail'}")
vars().update(_EMAIL)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="DataCube <datacube@localhost>")
EMAIL_TIMEOUT = 20
# Where mail is only written to files, the registration page shows the message.
SHOWS_MAIL = EMBEDDED and _EMAIL["EMAIL_BACKEND"].endswith("filebased.EmailBackend")

# --- REST framework ---
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.PrincipalAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["web.requests.body.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["web.requests.body.StrictJSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": None,
}
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": SECRET_KEY,
    "ISSUER": "datacube",
    "AUDIENCE": "datacube",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=ACCESS_TOKEN_MINUTES),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=REFRESH_TOKEN_DAYS),
}
SPECTACULAR_SETTINGS = {
    "TITLE": "DataCube API",
    "DESCRIPTION": "Databases, collections and JSON documents over HTTP.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SORT_OPERATIONS": False,
    "TAGS": [
        {"name": name}
        for name in ("Authentication API", "Management API", "Data API", "History API", "REST dialect")
    ],
    "POSTPROCESSING_HOOKS": ["web.openapi.without_slashes", "web.openapi.add_declared"],
}

# --- Celery ---
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_timeout": 2,  # a request that queues a task waits at most this long for a queue that hangs
    "socket_connect_timeout": 2,
    "max_retries": 1,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ROUTES = {f"features.{app}.tasks.*": {"queue": "webhooks"} for app in ("webhooks", "functions")}
CELERY_BEAT_SCHEDULE = {
    "resume-jobs": {"task": "features.jobs.tasks.resume_jobs", "schedule": 5.0},
    "forget-finished-jobs": {"task": "features.jobs.tasks.delete_finished", "schedule": 3600.0},
    "prune-versions": {"task": "catalog.tasks.prune", "schedule": 600.0},
    # A run that has waited until the next one is skipped.
    "gather-webhooks": {"task": "features.webhooks.tasks.gather", "schedule": 2.0, "options": {"expires": 2.0}},
    "forget-deliveries": {"task": "features.webhooks.tasks.forget_old", "schedule": 3600.0},
    "take-backup": {"task": "features.backups.tasks.take_if_due", "schedule": 600.0},
    "run-due-functions": {"task": "features.functions.tasks.run_due", "schedule": 5.0, "options": {"expires": 5.0}},
    "sweep-catalog": {"task": "catalog.tasks.sweep", "schedule": 30.0},
    "end-moves": {"task": "catalog.tasks.recover_moves", "schedule": 5.0, "options": {"expires": 5.0}},
    "drop-expired-databases": {"task": "catalog.tasks.drop_expired", "schedule": 600.0},
    "measure-storage": {"task": "features.usage.tasks.measure_storage", "schedule": 900.0},
    "forget-old-usage": {"task": "features.usage.tasks.delete_old", "schedule": 3600.0},
    "forget-old-audit-entries": {"task": "audit.tasks.delete_old", "schedule": 3600.0},
    "forget-expired-tokens": {"task": "accounts.tasks.forget_expired", "schedule": 3600.0},
}

# --- logs ---
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"no addresses": {"()": "django.utils.log.CallbackFilter", "callback": has_no_address}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "CRITICAL"},  # web.views logs unexpected errors, web.middleware all others
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "botocore": {"level": "WARNING"},  # at DEBUG it logs requests with their signatures
        "httpx": {"level": "WARNING"},  # it logs each request of the doctor
        "uvicorn.error": {"filters": ["no addresses"]},
    },
}
