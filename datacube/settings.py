"""Settings, all from the environment; docs/operations.md lists each one with its default."""

from datetime import timedelta

import environ
from django.core.exceptions import ImproperlyConfigured

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

# --- accounts and keys ---
REQUIRE_VERIFIED_EMAIL = env.bool("REQUIRE_VERIFIED_EMAIL", default=not EMBEDDED)
ACCESS_TOKEN_MINUTES = env.int("ACCESS_TOKEN_MINUTES", default=15)
REFRESH_TOKEN_DAYS = env.int("REFRESH_TOKEN_DAYS", default=14)
VERIFY_EMAIL_HOURS = env.int("VERIFY_EMAIL_HOURS", default=72)
PASSWORD_RESET_MINUTES = env.int("PASSWORD_RESET_MINUTES", default=60)
PASSWORD_HASH_MEMORY_KIB = env.int("PASSWORD_HASH_MEMORY_KIB", default=19_456)
INVITATION_DAYS = env.int("INVITATION_DAYS", default=7)
SIGN_IN_LIMIT_ACCOUNT = env.int("SIGN_IN_LIMIT_ACCOUNT", default=10)
SIGN_IN_LIMIT_ADDRESS = env.int("SIGN_IN_LIMIT_ADDRESS", default=60)
SIGN_IN_WINDOW_SECONDS = env.int("SIGN_IN_WINDOW_SECONDS", default=60)
PUBLIC_SCHEMAS = env.bool("PUBLIC_SCHEMAS", default=False)
CACHE_SECONDS = env.float("CACHE_SECONDS", default=2.0)

# --- limits ---
MAX_BODY_BYTES = env.int("MAX_BODY_BYTES", default=16 * 1024 * 1024)
MAX_ACCOUNT_BODY_BYTES = env.int("MAX_ACCOUNT_BODY_BYTES", default=64 * 1024)
MAX_BODY_VALUES = env.int("MAX_BODY_VALUES", default=500_000)
MAX_BATCH_DOCUMENTS = env.int("MAX_BATCH_DOCUMENTS", default=10_000)
MAX_PAGE_SIZE = env.int("MAX_PAGE_SIZE", default=1_000)
MAX_DEPTH = env.int("MAX_DEPTH", default=32)
MAX_QUERY_NODES = env.int("MAX_QUERY_NODES", default=2_000)
MAX_DOCUMENT_NODES = env.int("MAX_DOCUMENT_NODES", default=100_000)
MAX_SCHEMA_CHECKS = env.int("MAX_SCHEMA_CHECKS", default=1_000_000)
MAX_REGEX_LENGTH = env.int("MAX_REGEX_LENGTH", default=1_000)
MAX_COLLECTION_FIELDS = env.int("MAX_COLLECTION_FIELDS", default=1_000)
MAX_INDEXES = env.int("MAX_INDEXES", default=32)
MAX_EXPAND_DEPTH = env.int("MAX_EXPAND_DEPTH", default=3)
MAX_EXPANDED = env.int("MAX_EXPANDED", default=10_000)
MAX_LINK_LOOKUPS = env.int("MAX_LINK_LOOKUPS", default=20)
MAX_LINK_MATCHES = env.int("MAX_LINK_MATCHES", default=10_000)
MAX_COLLECTIONS = env.int("MAX_COLLECTIONS", default=500)
MAX_DATABASES = env.int("MAX_DATABASES", default=1_000)
MAX_TEAMS = env.int("MAX_TEAMS", default=100)
MAX_MEMBERS = env.int("MAX_MEMBERS", default=200)
MAX_KEYS = env.int("MAX_KEYS", default=1_000)
MAX_ISSUERS = env.int("MAX_ISSUERS", default=5)
MAX_WEB_MEMORY_BYTES = env.int("MAX_WEB_MEMORY_BYTES", default=600 * 1024 * 1024)
MAX_WORKER_MEMORY_BYTES = env.int("MAX_WORKER_MEMORY_BYTES", default=800 * 1024 * 1024)
MAX_SCHEDULER_MEMORY_BYTES = env.int("MAX_SCHEDULER_MEMORY_BYTES", default=300 * 1024 * 1024)
QUERY_TIMEOUT = env.float("QUERY_TIMEOUT", default=5.0)
WRITE_SECONDS = env.float("WRITE_SECONDS", default=30.0)
REQUEST_THREADS = env.int("REQUEST_THREADS", default=16)
MAX_QUEUED_REQUESTS = env.int("MAX_QUEUED_REQUESTS", default=200)
MAX_QUEUE_SECONDS = env.float("MAX_QUEUE_SECONDS", default=2.0)
MAX_STREAMS = env.int("MAX_STREAMS", default=1_000)
MAX_STREAM_BACKLOG = env.int("MAX_STREAM_BACKLOG", default=1_000)
MAX_WAIT_SECONDS = env.int("MAX_WAIT_SECONDS", default=20)
MAX_IMPORT_BYTES = env.int("MAX_IMPORT_BYTES", default=2 * 1024 * 1024 * 1024)
INLINE_IMPORT_BYTES = env.int("INLINE_IMPORT_BYTES", default=1024 * 1024)
IMPORT_BATCH_DOCUMENTS = env.int("IMPORT_BATCH_DOCUMENTS", default=1_000)
INLINE_JOB_DOCUMENTS = env.int("INLINE_JOB_DOCUMENTS", default=10_000)
IMPORT_LEASE_SECONDS = env.int("IMPORT_LEASE_SECONDS", default=15)
USAGE_FLUSH_INTERVAL = env.float("USAGE_FLUSH_INTERVAL", default=2.0)
INSIGHTS_DAYS = env.int("INSIGHTS_DAYS", default=90)
JOB_DAYS = env.int("JOB_DAYS", default=30)
MAX_FILE_BYTES = env.int("MAX_FILE_BYTES", default=16 * 1024 * 1024)
MAX_FILES_AT_ONCE = env.int("MAX_FILES_AT_ONCE", default=20)
MAX_FILES = env.int("MAX_FILES", default=10_000)
MAX_FILES_BYTES = env.int("MAX_FILES_BYTES", default=1024 * 1024 * 1024)
MAX_WEBHOOKS = env.int("MAX_WEBHOOKS", default=20)
WEBHOOK_ATTEMPTS = env.int("WEBHOOK_ATTEMPTS", default=12)
WEBHOOK_SECONDS = env.float("WEBHOOK_SECONDS", default=10.0)
WEBHOOK_MAX_FAILURES = env.int("WEBHOOK_MAX_FAILURES", default=50)
WEBHOOK_CONCURRENCY = env.int("WEBHOOK_CONCURRENCY", default=3)
WEBHOOK_ALLOW_PRIVATE_NETWORKS = env.bool("WEBHOOK_ALLOW_PRIVATE_NETWORKS", default=False)
MAX_IMAGE_PIXELS = env.int("MAX_IMAGE_PIXELS", default=40_000_000)

# --- Django ---
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "web",
    "accounts",
    "catalog",
    "identity",
    "features.files",
    "features.jobs",
    "features.mail",
    "features.webhooks",
    "features.usage",
    "management",
    "dataapi",
    "dialects.restdb",
    "dashboard",
]
MIDDLEWARE = [
    "web.middleware.RequestLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "dashboard.layout.middleware.DashboardMiddleware",
]
REQUEST_OBSERVERS = ["features.usage.counting.finished", "datacube.serving.tenants.note_team"]
KEY_DATABASES = "catalog.services.access.unknown_databases"  # returns the databases that a new key may not name
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
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["accounts.services.hashers.PasswordHasher"]
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
SESSION_COOKIE_NAME = "datacube_session"
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
MAX_MAIL_BATCH = env.int("MAX_MAIL_BATCH", default=1_000)
MAX_MAIL_BYTES = env.int("MAX_MAIL_BYTES", default=512 * 1024)
MAILS_PER_HOUR = env.int("MAILS_PER_HOUR", default=2_000)
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
    "POSTPROCESSING_HOOKS": [
        "web.openapi.without_slashes",
        "web.openapi.add_declared",
    ],
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
    # A request that queues a task waits at most this long for a queue that hangs.
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
    "max_retries": 1,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_ROUTES = {"features.webhooks.tasks.*": {"queue": "webhooks"}}
CELERY_BEAT_SCHEDULE = {
    "resume-jobs": {"task": "features.jobs.tasks.resume_jobs", "schedule": 5.0},
    "forget-finished-jobs": {"task": "features.jobs.tasks.delete_finished", "schedule": 3600.0},
    "prune-versions": {"task": "catalog.tasks.prune", "schedule": 600.0},
    # A run that has waited until the next one is skipped.
    "gather-webhooks": {"task": "features.webhooks.tasks.gather", "schedule": 2.0, "options": {"expires": 2.0}},
    "forget-deliveries": {"task": "features.webhooks.tasks.forget_old", "schedule": 3600.0},
    "sweep-catalog": {"task": "catalog.tasks.sweep", "schedule": 30.0},
    "measure-storage": {"task": "features.usage.tasks.measure_storage", "schedule": 900.0},
    "forget-old-usage": {"task": "features.usage.tasks.delete_old", "schedule": 3600.0},
    "forget-expired-tokens": {"task": "accounts.tasks.forget_expired", "schedule": 3600.0},
}

# --- logs ---
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.request": {"level": "CRITICAL"},  # web.views logs unexpected errors, web.middleware all others
        "django.security.DisallowedHost": {"level": "CRITICAL"},
    },
}
