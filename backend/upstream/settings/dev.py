"""Local use: SQLite and no Redis unless the environment says otherwise; keys that protect nothing real."""

from upstream.settings import environment
from upstream.settings.base import *  # noqa: F403
from upstream.settings.base import LOGGING, ROOT

DEBUG = environment.flag("DEBUG", True)
SECRET_KEY = environment.secret_key(development="development-only-key-that-protects-nothing-real")
FIELD_ENCRYPTION_KEY = environment.field_encryption_keys(development="ZGV2ZWxvcG1lbnQta2V5LXByb3RlY3RzLW5vdGhpbmc=")
ALLOWED_HOSTS = environment.items("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
DATABASES = {"default": environment.database(development=ROOT / "var" / "upstream.sqlite3")}
REFRESH_COOKIE_SECURE = False
LOGGING["handlers"]["console"]["formatter"] = "line"  # type: ignore[index]
