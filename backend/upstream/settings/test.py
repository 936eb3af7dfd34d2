"""Tests: the database and Redis the test command hands over, fast password hashing, files in a folder of the run's own."""

import tempfile

from upstream.settings import environment
from upstream.settings.base import *  # noqa: F403
from upstream.settings.base import ROOT

DEBUG = False
SECRET_KEY = environment.secret_key(development="test-only-key-that-protects-nothing-real-at-all-0123456789")
FIELD_ENCRYPTION_KEY = environment.field_encryption_keys(development="dGVzdC1rZXktdGhhdC1wcm90ZWN0cy1ub3RoaW5nLTE=")
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
DATABASES = {"default": environment.database(development=ROOT / "var" / "test.sqlite3")}
MEDIA_ROOT = environment.text("MEDIA_ROOT") or tempfile.mkdtemp(prefix="upstream-test-")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
REFRESH_COOKIE_SECURE = False
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
