import pytest

from upstream.settings import environment


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("redis://localhost:6379/9", "redis://localhost:6379/11"),
        ("redis://localhost:6379", "redis://localhost:6379/2"),
        ("rediss://:secret@cache:6380/0?timeout=2", "rediss://:secret@cache:6380/2?timeout=2"),
    ],
)
def test_test_processes_get_redis_databases_of_their_own(url: str, expected: str) -> None:
    assert environment.redis_database(url, add=2) == expected
