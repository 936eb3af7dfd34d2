"""What every environment shares. Only `environment` reads variables; nothing here is a secret."""

from datetime import timedelta
from pathlib import Path

from upstream.settings import environment

ROOT = Path(__file__).resolve().parents[3]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.staticfiles",
    "django_prometheus",
    "encrypted_model_fields",
    "auditlog",
    "anymail",
    "strawberry_django",
    "corsheaders",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "upstream.core",
    "upstream.phi",
    "upstream.audit",
    "upstream.rest",
    "upstream.accounts",
    "upstream.claims",
    "upstream.intake",
    "upstream.detection",
    "upstream.alerts",
    "upstream.reports",
    "upstream.queries",
    "upstream.api",
    "upstream.ops",
]

MIDDLEWARE = [
    "upstream.ops.requests.RequestMetricsMiddleware",
    "upstream.core.logs.RequestIdMiddleware",
    "upstream.core.middleware.ScopeMiddleware",
    "upstream.core.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Behind those that add headers, because it answers preflights itself.
    "corsheaders.middleware.CorsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.common.CommonMiddleware",
]

ROOT_URLCONF = "upstream.api.urls"
WSGI_APPLICATION = "upstream.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": []},
    }
]

AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = False

STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "var" / "static"
MEDIA_ROOT = environment.text("MEDIA_ROOT", str(ROOT / "var" / "media"))
# Uploads and exports are never served by URL: they are read through a signed link that re-checks permission.
MEDIA_URL = ""
FILE_UPLOAD_HANDLERS = ["upstream.phi.arriving.SealedUploadHandler"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
UPLOAD_MAX_BYTES = environment.whole_number("UPLOAD_MAX_BYTES", 2**31 - 1)

REDIS_URL = environment.redis_url()
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# With Redis, Celery wakes a worker for each job; without it `manage.py worker` polls the same table.
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that is away must cost a request nothing: kombu would otherwise try for six seconds. The sweeper re-sends.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_connect_timeout": 2,
    "socket_timeout": 3,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
}
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
JOB_SWEEP_SECONDS = 15.0
JOB_TICK_SECONDS = 300.0
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "upstream.sweep", "schedule": JOB_SWEEP_SECONDS},
    "tick": {"task": "upstream.tick", "schedule": JOB_TICK_SECONDS},
}
JOB_LEASE_SECONDS = 60
JOB_RESEND_SECONDS = 30
# Where a worker answers Prometheus; 0: nowhere.
WORKER_METRICS_PORT = environment.whole_number("WORKER_METRICS_PORT", 0)

# The schema that is served, and that queries run in which nobody is waiting for.
GRAPH_SCHEMA = "upstream.api.schema.schema"
# How lists of the graph are built: by compiled rows, or field by field as graphql-core does; see `graph.rows`.
GRAPH_EXECUTOR = environment.choice("GRAPH_EXECUTOR", "rows", "stock")

# Folders with manifests of the operations that applications registered: the SPA's, and what others are named.
TRUSTED_DOCUMENTS = [
    ROOT / "backend" / "upstream" / "api" / "documents",
    *(Path(folder) for folder in environment.items("TRUSTED_DOCUMENTS")),
]

PORTAL_BASE_URL = environment.text("PORTAL_BASE_URL", "http://localhost:3000").rstrip("/")
REAL_DATA_MODE = environment.flag("REAL_DATA_MODE", False)
# Whether what tells who a patient is gets stored; see `intake.without_patients`.
PATIENTS_KEPT = REAL_DATA_MODE
# The counterpart of PORTAL_BASE_URL for links that expire.
DOWNLOAD_LINK_SECONDS = 300
EXPORT_DAYS = 7

ACCESS_TOKEN_LIFETIME = timedelta(minutes=10)
SESSION_IDLE_LIFETIME = timedelta(minutes=30)
BEARER_IDLE_LIFETIME = timedelta(days=14)
SESSION_LIFETIME = timedelta(hours=12)
BEARER_LIFETIME = timedelta(days=90)
# From the right password to the code that has to follow.
CHALLENGE_LIFETIME = timedelta(minutes=5)
# From the way to the identity provider to the way back.
SINGLE_SIGN_ON_LIFETIME = timedelta(minutes=10)
REFRESH_COOKIE_NAME = "upstream_refresh"
SINGLE_SIGN_ON_COOKIE_NAME = "upstream_single_sign_on"
REFRESH_COOKIE_SECURE = True
SINGLE_SIGN_ON = environment.single_sign_on()

# Attempts to sign in, and requests of strangers, are counted by the client's address.
TRUSTED_PROXIES = environment.proxies()

# Of addresses that are told of new alerts.
ALERT_WEBHOOK_PORTS = frozenset({443})

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "upstream.accounts.authentication.ServiceKeyAuthentication",
        "upstream.accounts.authentication.BearerAuthentication",
    ],
    # `RestView` asks for the permission of each method.
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_THROTTLE_CLASSES": ["upstream.rest.throttling.Throttle"],
    "DEFAULT_PARSER_CLASSES": ["upstream.rest.bodies.JsonParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "upstream.rest.errors.answer",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
REST_REQUESTS_A_MINUTE = 300
# Who has not signed in, by address.
REST_REQUESTS_A_MINUTE_OF_STRANGERS = 60
# Values that GraphQL queries could return, as `graph.limits` counts them: of a person, an organization, an address.
GRAPHQL_VALUES_A_MINUTE = 1_000_000
GRAPHQL_VALUES_A_MINUTE_OF_ORGANIZATIONS = 5_000_000
GRAPHQL_VALUES_A_MINUTE_OF_STRANGERS = 20_000
SPECTACULAR_SETTINGS = {
    "TITLE": "Upstream",
    "VERSION": "1",
    "DESCRIPTION": "Hands in claims and remittances, and follows what becomes of them. Every error is "
    "`{code, message, field?}`; every answer carries `X-Request-Id`.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENFORCE_NON_BLANK_FIELDS": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "upstream.rest.description.require_bodies",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    # Everything the page loads comes from here; the validator it would else ask is somebody else's.
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},
}
# Which other origins' pages may ask the REST surface from a browser; none unless they are named.
CORS_ALLOWED_ORIGINS = environment.origins("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/api/v1/"
CORS_ALLOW_METHODS = ["GET", "POST", "PATCH", "DELETE"]
CORS_ALLOW_HEADERS = [
    "authorization", "content-type", "idempotency-key", "tus-resumable", "upload-length", "upload-metadata",
    "upload-offset", "x-file-name", "x-request-id",
]  # fmt: skip
CORS_EXPOSE_HEADERS = [
    "Idempotency-Replayed", "Location", "Retry-After", "Tus-Resumable", "Upload-Expires", "Upload-Length",
    "Upload-Offset", "X-Request-Id",
]  # fmt: skip

EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", "upstream@localhost")

# `audit.configuration` says whose changes are kept, and without which fields.
AUDITLOG_LOGENTRY_MODEL = "audit.ConfigurationChange"
# Nor is the table of its own made.
MIGRATION_MODULES = {"auditlog": None}
AUDITLOG_STORE_JSON_CHANGES = True
AUDITLOG_INCLUDE_ALL_MODELS = False
# It looks the earlier state up by primary key alone, which the models' own managers refuse.
AUDITLOG_USE_BASE_MANAGER = True

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

PROMETHEUS_METRICS_TOKEN = environment.text("METRICS_TOKEN")
SENTRY_DSN = environment.sentry_dsn()

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"ids": {"()": "upstream.core.logs.IdsFilter"}, "route": {"()": "upstream.core.logs.RouteFilter"}},
    "formatters": {
        "json": {"()": "upstream.core.logs.JsonFormatter"},
        "line": {
            "()": "upstream.core.logs.LineFormatter",
            "format": "{asctime} {levelname:<7} {name} [{request_id}{job_id}] {message}",
            "style": "{",
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json", "filters": ["ids", "route"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.db.backends": {"level": "WARNING"},
        # Scanners ask under any name; the refusal is counted, and needs no traceback.
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
    },
}
