"""Tests: the database and Redis handed over, fast password hashing, files in a folder of the run's own."""

import tempfile
from pathlib import Path

from upstream.settings import environment
from upstream.settings.base import *  # noqa: F403
from upstream.settings.base import REDIS_URL

# Gone with the process that made it: every test process has its own database file and its own stored files.
_folder = tempfile.TemporaryDirectory(prefix="upstream-test-")
FOLDER = Path(_folder.name)

DEBUG = False
SECRET_KEY = environment.secret_key(development="test-only-key-that-protects-nothing-real-at-all-0123456789")
FIELD_ENCRYPTION_KEY = environment.field_encryption_keys(development="dGVzdC1rZXktdGhhdC1wcm90ZWN0cy1ub3RoaW5nLTE=")
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DATABASES = {"default": environment.database(development=FOLDER / "upstream.sqlite3")}
if "sqlite" in str(DATABASES["default"]["ENGINE"]):
    # A file rather than memory, so that worker processes and threads work on it as they do outside the tests.
    DATABASES["default"]["TEST"] = {"NAME": str(FOLDER / "test.sqlite3")}
if REDIS_URL:
    # Test processes side by side (gw0, gw1, …) take one logical database each, from the given one up.
    REDIS_URL = environment.redis_database(REDIS_URL, add=environment.test_process())
    CELERY_BROKER_URL = REDIS_URL
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
MEDIA_ROOT = environment.text("MEDIA_ROOT", str(FOLDER / "media"))
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# As where real data are; tests of an installation that is not for them turn it off.
PATIENTS_KEPT = True
REFRESH_COOKIE_SECURE = False
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# Nothing is collected for tests, and an absent folder is no fault there.
WHITENOISE_AUTOREFRESH = True
