"""The one place that reads environment variables.

A missing or malformed variable raises `SettingsError` naming the variable and the remedy; no value is ever printed.
"""

import os
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

KEY_RECIPE = "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
SECRET_RECIPE = "python -c 'import secrets; print(secrets.token_urlsafe(64))'"  # noqa: S105 - how to make one


class SettingsError(ImproperlyConfigured):
    """An environment variable keeps Upstream from starting."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    value = text(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise SettingsError(f"{name} must be True or False.")


def choice(name: str, *choices: str) -> str:
    """One of the choices, the first where none is told."""
    value = text(name, choices[0])
    if value not in choices:
        raise SettingsError(f"{name} must be one of: {', '.join(choices)}.")
    return value


def items(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in text(name, default).split(",") if item.strip()]


def whole_number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isdigit():
        raise SettingsError(f"{name} must be a whole number.")
    return int(value)


def secret_key(development: str = "") -> str:
    """The signing key; without a development value it must be set, long and varied."""
    value = text("SECRET_KEY", development)
    if not value:
        raise SettingsError(f"SECRET_KEY is not set. Make one with: {SECRET_RECIPE}")
    published = value.startswith("django-insecure") or "protects-nothing" in value
    if not development and (len(value) < 50 or len(set(value)) < 10 or published):
        raise SettingsError(
            f"SECRET_KEY is too weak (under 50 characters, repetitive or published). Make one with: {SECRET_RECIPE}"
        )
    return value


def field_encryption_keys(development: str = "") -> list[str]:
    """Fernet keys for PHI, newest first; the first encrypts, all decrypt."""
    keys = items("FIELD_ENCRYPTION_KEY", development)
    if not keys:
        raise SettingsError(f"FIELD_ENCRYPTION_KEY is not set. Make one with: {KEY_RECIPE}")
    for position, key in enumerate(keys, start=1):
        try:
            Fernet(key)
        except ValueError as error:
            raise SettingsError(
                f"FIELD_ENCRYPTION_KEY: key {position} is not a Fernet key (32 url-safe base64 bytes). "
                f"Make one with: {KEY_RECIPE}"
            ) from error
        raw = urlsafe_b64decode(key)
        # Text, or few different bytes, among 32 random ones: that does not happen.
        if not development and (raw.isascii() or len(set(raw)) < 16):
            raise SettingsError(f"FIELD_ENCRYPTION_KEY: key {position} is not random. Make one with: {KEY_RECIPE}")
    return keys


def redis_url() -> str:
    """Redis' address, or nothing where the database alone has to do."""
    url = text("REDIS_URL")
    if url and urlsplit(url).scheme not in {"redis", "rediss"}:
        raise SettingsError("REDIS_URL must begin with redis:// or rediss://, as in redis://redis:6379/0")
    return url


def sentry_dsn() -> str:
    """Where errors are reported to, or nothing."""
    dsn = text("SENTRY_DSN")
    parts = urlsplit(dsn)
    if dsn and not (parts.scheme == "https" and parts.username and parts.path.strip("/")):
        raise SettingsError("SENTRY_DSN must look like https://key@host/project. Leave it empty to report nothing.")
    return dsn


@dataclass(frozen=True, slots=True)
class SingleSignOn:
    """The OpenID provider that people may sign in with. name: as they call it; email_domain: of their addresses, or
    empty for any."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    email_domain: str


def single_sign_on() -> SingleSignOn | None:
    """None while nothing of it is set."""
    issuer, client_id, client_secret = text("OIDC_ISSUER"), text("OIDC_CLIENT_ID"), text("OIDC_CLIENT_SECRET")
    name, email_domain = text("OIDC_NAME"), text("OIDC_EMAIL_DOMAIN").lower()
    if not any((issuer, client_id, client_secret, name, email_domain)):
        return None
    if not all((issuer, client_id, client_secret, name)):
        raise SettingsError(
            "OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_NAME belong together: set all four, or no OIDC "
            "variable at all for no single sign-on."
        )
    parts = urlsplit(issuer)
    if not is_safe_address(issuer) or parts.query or parts.fragment:
        raise SettingsError("OIDC_ISSUER must be the provider's https:// address, as it calls itself in its tokens.")
    if email_domain and not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", email_domain):
        raise SettingsError("OIDC_EMAIL_DOMAIN must be what stands behind the @, as in example.org.")
    return SingleSignOn(issuer, client_id, client_secret, name, email_domain)


def is_safe_address(url: str) -> bool:
    """Whether nobody on the way can listen: https, or http that never leaves this machine."""
    parts = urlsplit(url)
    own_machine = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return own_machine or (parts.scheme == "https" and bool(parts.hostname))


def origins(name: str) -> list[str]:
    """Origins of web pages: scheme and host, with a port where it is not the scheme's own."""
    named = items(name)
    for origin in named:
        parts = urlsplit(origin)
        if parts.scheme not in {"http", "https"} or origin != f"{parts.scheme}://{parts.netloc}" or not parts.hostname:
            raise SettingsError(f"{name} must list origins as in https://system.example.org, separated by commas.")
    return named


def proxies() -> int | list[IPv4Network | IPv6Network]:
    """How many proxies stand in front, or the networks they ask from; 0 where none is trusted."""
    named = items("TRUSTED_PROXIES")
    if len(named) <= 1 and "".join(named or ["0"]).isdecimal():
        return int(named[0]) if named else 0
    try:
        return [ip_network(network) for network in named]
    except ValueError as error:
        raise SettingsError(
            "TRUSTED_PROXIES must be the number of proxies in front, or their networks as in 10.0.0.0/8, separated by "
            "commas."
        ) from error


_ENGINES = {
    "postgres": "upstream.core.postgresql",
    "postgresql": "upstream.core.postgresql",
    "sqlite": "django_prometheus.db.backends.sqlite3",
}


def database(development: Path | None = None) -> dict[str, object]:
    """Django's database entry from `DATABASE_URL`, else from `DB_*`, else a SQLite file for local use."""
    url = text("DATABASE_URL")
    if url:
        parts = urlsplit(url)
        engine = _ENGINES.get(parts.scheme)
        if engine is None:
            raise SettingsError("DATABASE_URL must begin with postgresql:// or sqlite:///")
        if parts.scheme == "sqlite":
            if development is None:
                raise SettingsError("DATABASE_URL names SQLite, which is for local use. Give a postgresql:// address.")
            return sqlite(Path(unquote(parts.path)))
        return _postgresql(
            name=unquote(parts.path.lstrip("/")),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            host=parts.hostname or "",
            port=str(parts.port or ""),
            options=dict(parse_qsl(parts.query)),
        )
    if text("DB_NAME"):
        return _postgresql(
            name=text("DB_NAME"),
            user=text("DB_USER"),
            password=text("DB_PASSWORD"),
            host=text("DB_HOST"),
            port=text("DB_PORT"),
            options={},
        )
    if development is None:
        raise SettingsError("DATABASE_URL is not set. For example: postgresql://upstream:password@db:5432/upstream")
    return sqlite(development)


def _postgresql(
    *, name: str, user: str, password: str, host: str, port: str, options: dict[str, object]
) -> dict[str, object]:
    if seconds := whole_number("DATABASE_STATEMENT_SECONDS", 0):
        options = {"options": f"-c statement_timeout={seconds}s", **options}
    return {
        "ENGINE": _ENGINES["postgresql"],
        "NAME": name,
        "USER": user,
        "PASSWORD": password,
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": "5", **options},
    }


def sqlite(path: Path) -> dict[str, object]:
    """SQLite set up for one writer and many readers: WAL, and a writer waits instead of failing."""
    return {
        "ENGINE": _ENGINES["sqlite"],
        "NAME": str(path),
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
        },
    }


def redis_database(url: str, *, add: int) -> str:
    """`url` with its logical database's number (0 when it names none) raised by `add`."""
    parts = urlsplit(url)
    number = parts.path.strip("/") or "0"
    if not number.isdigit():
        raise SettingsError("REDIS_URL must end in a database's number, as in redis://localhost:6379/0")
    return parts._replace(path=f"/{int(number) + add}").geturl()


def test_process() -> int:
    """The number of this test process among those running side by side; 0 when it runs alone."""
    return int(text("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
