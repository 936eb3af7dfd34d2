"""What is counted within a minute, in Redis and without it."""

from typing import Any

import pytest
from django.conf import settings as configured
from redis import Redis

from upstream.core import rates


@pytest.fixture(autouse=True)
def moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates.time, "time", lambda: 1_800_000_050.5)


def test_each_is_counted_for_itself_until_the_minute_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rates.use("one") == rates.Used(1, 10)
    assert rates.use_all(["one", "other"], 5) == [rates.Used(6, 10), rates.Used(5, 10)]
    assert rates.use("other", 0).amount == 5
    monkeypatch.setattr(rates.time, "time", lambda: 1_800_000_060.5)
    assert rates.use("one") == rates.Used(1, 60)


def test_without_redis_it_counts_as_well(settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "rates"}}
    counted = [rates.use_all(["one", "other"], amount) for amount in (2, 3)]
    assert [[used.amount for used in each] for each in counted] == [[2, 2], [5, 5]]


@pytest.fixture
def redis() -> Redis:
    return Redis.from_url(configured.REDIS_URL)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commands that are sent to Redis, by their names."""
    rates.use("one")
    names: list[str] = []
    asking = rates._asked

    def noted(connection: Any, *command: Any) -> list[int]:
        names.append(command[0])
        return asking(connection, *command)

    monkeypatch.setattr(rates, "_asked", noted)
    return names


@pytest.mark.redis
def test_redis_is_asked_once_and_forgets(asked: list[str], redis: Redis) -> None:
    rates.use_all(["one", "other"], 5)
    assert asked == ["EVALSHA"]
    lives = [redis.ttl(key) for key in redis.scan_iter("*:30000000")]
    assert len(lives) == 2 and all(0 < seconds <= 2 * rates.WINDOW_SECONDS for seconds in lives)


@pytest.mark.redis
def test_a_redis_that_forgot_the_script_or_closed_the_connection_goes_on_counting(
    asked: list[str], redis: Redis
) -> None:
    redis.script_flush()
    assert rates.use("one").amount == 2
    redis.client_kill_filter(_type="normal", skipme=True)
    assert rates.use("one").amount == 3
    assert rates.use("one").amount == 4
    assert asked == ["EVALSHA", "EVAL", "EVALSHA", "EVAL", "EVALSHA"]


@pytest.mark.redis
def test_who_is_away_keeps_nobody_out(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.CACHES = {"default": configured.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    assert rates.use("one").amount == 0 and "not counted" in caplog.text
