"""Production: every secret must be set and strong, TLS is assumed in front, nothing falls back."""

from upstream.ops.watching import start_sentry
from upstream.settings import environment
from upstream.settings.base import *  # noqa: F403
from upstream.settings.base import PORTAL_BASE_URL, PROMETHEUS_METRICS_TOKEN, REAL_DATA_MODE, REDIS_URL, SENTRY_DSN

DEBUG = False
if environment.flag("DEBUG", False):
    raise environment.SettingsError("DEBUG is True. Production does not start with it: set DEBUG=False or remove it.")
SECRET_KEY = environment.secret_key()
FIELD_ENCRYPTION_KEY = environment.field_encryption_keys()
ALLOWED_HOSTS = environment.items("ALLOWED_HOSTS")
if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
    raise environment.SettingsError(
        "ALLOWED_HOSTS must name this service's host names, separated by commas, without *."
    )
DATABASES = {"default": environment.database()}
if not REDIS_URL:
    raise environment.SettingsError("REDIS_URL is not set. For example: redis://redis:6379/0")
if not environment.text("PORTAL_BASE_URL").startswith("https://"):
    raise environment.SettingsError(
        "PORTAL_BASE_URL must be the portal's https:// address: links in e-mails and reports are built from it."
    )
if PROMETHEUS_METRICS_TOKEN and len(PROMETHEUS_METRICS_TOKEN) < 20:
    raise environment.SettingsError(
        f"METRICS_TOKEN is too short (under 20 characters). Make one with: {environment.SECRET_RECIPE}"
    )

if not environment.text("REAL_DATA_MODE"):
    raise environment.SettingsError(
        "REAL_DATA_MODE is not set. True: for patients' data. False: names, birth dates, member numbers are left out."
    )
SECURE_SSL_REDIRECT = environment.flag("SECURE_SSL_REDIRECT", True)
if REAL_DATA_MODE and not SECURE_SSL_REDIRECT and not environment.flag("TLS_ENDS_IN_FRONT", False):
    raise environment.SettingsError(
        "SECURE_SSL_REDIRECT is False with REAL_DATA_MODE: patients' data would go unencrypted. Remove it, or set "
        "TLS_ENDS_IN_FRONT=True where a proxy in front takes nothing but https."
    )
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
CSRF_TRUSTED_ORIGINS = [PORTAL_BASE_URL]
SILENCED_SYSTEM_CHECKS = [
    "security.W003",  # no form is accepted: requests carry a bearer token, and the refresh cookie is SameSite
    "security.W008",  # SECURE_SSL_REDIRECT is the operator's choice where TLS ends in front
    "security.W021",  # to be in browsers' preload list is for the domain's owner to decide
]

# Without a service to send it, no mail is sent, and what needs it says so: the console would put links into logs.
EMAIL_BACKEND = ""
_MAIL = {"mailgun": ("MAILGUN_API_KEY", "mailgun"), "sendgrid": ("SENDGRID_API_KEY", "sendgrid")}
for _variable, _module in _MAIL.values():
    if environment.text(_variable):
        EMAIL_BACKEND = f"anymail.backends.{_module}.EmailBackend"
        ANYMAIL = {_variable: environment.text(_variable)}

start_sentry(SENTRY_DSN)
