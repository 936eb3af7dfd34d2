"""A key is held by one request at a time, stands for what was made, and comes free when nothing was."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from upstream.accounts.models import Organization
from upstream.core import clock
from upstream.core.errors import ErrorCode, ServiceError
from upstream.rest import idempotency
from upstream.rest.models import IdempotencyKey


@pytest.fixture
def owner_id(organization: Organization) -> UUID:
    return organization.pk


def refused(organization_id: UUID, key: str) -> ErrorCode:
    with pytest.raises(ServiceError) as refusal, idempotency.once(organization_id, key):
        pytest.fail("the key was taken")
    assert refusal.value.field == "Idempotency-Key"
    return refusal.value.code


def test_a_key_stands_for_what_was_made_under_it(owner_id: UUID) -> None:
    made = uuid4()
    with idempotency.once(owner_id, "march") as hold:
        assert hold.made_id is None
        hold.settle(made, "digest")
    with idempotency.once(owner_id, "march") as hold:
        assert (hold.made_id, hold.body_digest) == (made, "digest")


def test_a_key_at_work_is_refused_to_others(owner_id: UUID, other_organization: Organization) -> None:
    with idempotency.once(owner_id, "march"):
        assert refused(owner_id, "march") == ErrorCode.CONFLICT
        with idempotency.once(owner_id, "April"), idempotency.once(other_organization.pk, "march"):
            pass


def test_an_error_gives_the_key_back(owner_id: UUID) -> None:
    with pytest.raises(KeyboardInterrupt), idempotency.once(owner_id, "march"):
        raise KeyboardInterrupt
    assert not IdempotencyKey.unscoped.exists()


def test_an_error_after_it_was_made_changes_nothing_of_it(owner_id: UUID) -> None:
    made = uuid4()
    with pytest.raises(RuntimeError), idempotency.once(owner_id, "march") as hold:
        hold.settle(made, "digest")
        raise RuntimeError
    with idempotency.once(owner_id, "march") as hold:
        assert hold.made_id == made


def test_the_key_of_a_request_that_was_killed_comes_free_and_the_dead_makes_nothing_more(owner_id: UUID) -> None:
    dead = idempotency._take(owner_id, "march")
    IdempotencyKey.unscoped.update(held_until=clock.now() - timedelta(seconds=1))
    with idempotency.once(owner_id, "march") as hold:
        for late in (lambda: dead.settle(uuid4(), "late"), lambda: list(dead.renewed([b"x"]))):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(idempotency, "_RENEWED_EVERY_SECONDS", 0.0)
                with pytest.raises(ServiceError) as refusal:
                    late()
            assert refusal.value.code == ErrorCode.CONFLICT
        dead.give_back()
        hold.settle(made := uuid4(), "digest")
    with idempotency.once(owner_id, "march") as hold:
        assert hold.made_id == made


def test_a_long_body_keeps_its_hold(owner_id: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "_RENEWED_EVERY_SECONDS", 0.0)
    with idempotency.once(owner_id, "march") as hold:

        def pieces() -> Iterator[bytes]:
            for number in range(3):
                IdempotencyKey.unscoped.update(held_until=clock.now() - timedelta(seconds=1))
                yield b"%d" % number

        taken = []
        for piece in hold.renewed(pieces()):
            taken.append(piece)
            assert refused(owner_id, "march") == ErrorCode.CONFLICT
        assert taken == [b"0", b"1", b"2"]


@pytest.mark.parametrize("key", ["a", "x" * 200, " ", "Uß"[:1], "~!@#$%^&*()_+ {}|"])
def test_keys_are_printable_ascii(owner_id: UUID, key: str) -> None:
    with idempotency.once(owner_id, key) as hold:
        assert hold.made_id is None


@pytest.mark.parametrize("key", ["x" * 201, "é", "a\tb", "a\x00", "a\x7f"])
def test_other_keys_are_refused(owner_id: UUID, key: str) -> None:
    assert refused(owner_id, key) == ErrorCode.INVALID


def test_no_key_is_refused(owner_id: UUID) -> None:
    assert refused(owner_id, "") == ErrorCode.REQUIRED


def test_what_callers_write_into_a_key_is_not_kept(owner_id: UUID) -> None:
    with idempotency.once(owner_id, "Wren Hollowell"):
        assert "Hollowell" not in str(IdempotencyKey.unscoped.values().get())
