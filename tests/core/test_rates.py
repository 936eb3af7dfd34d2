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


@pytest.mark.redis
def test_redis_is_asked_once_and_forgets(monkeypatch: pytest.MonkeyPatch) -> None:
    rates.use("one")
    asked = []
    execute = Redis.execute_command

    def noted(self: Any, *command: Any, **options: Any) -> Any:
        asked.append(command[0])
        return execute(self, *command, **options)

    monkeypatch.setattr(Redis, "execute_command", noted)
    rates.use_all(["one", "other"], 5)
    assert asked == ["EVALSHA"]
    redis = Redis.from_url(configured.REDIS_URL)
    lives = [redis.ttl(key) for key in redis.scan_iter("*:30000000")]
    assert len(lives) == 2 and all(0 < seconds <= 2 * rates.WINDOW_SECONDS for seconds in lives)
