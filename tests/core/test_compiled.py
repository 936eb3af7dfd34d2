"""Rows by their ids, from a query that is compiled once."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.forms import model_to_dict
from support import Thread

from upstream.accounts.models import Session
from upstream.core.actor import Actor
from upstream.core.compiled import RowById

NAMES = ("membership", "user", "organization")


@pytest.mark.django_db
def test_a_row_and_what_it_names_are_as_django_reads_them(
    owner: Actor, care_team: Actor, count_queries: Callable[[], AbstractContextManager[Any]]
) -> None:
    rows = RowById(lambda: Session.unscoped.select_related(*NAMES))
    for actor in (owner, care_team, owner):
        assert actor.session_id is not None
        with count_queries() as queries:
            found = rows.get(actor.session_id)
            assert found is not None
            related = [getattr(found, name) for name in NAMES]
        assert len(queries) == 1
        expected = Session.unscoped.get(pk=actor.session_id)
        assert found == expected and model_to_dict(found) == model_to_dict(expected)
        assert found.created_at == expected.created_at and not found._state.adding
        for name, each in zip(NAMES, related, strict=True):
            assert model_to_dict(each) == model_to_dict(getattr(expected, name))
    assert rows.get(uuid4()) is None


@pytest.mark.django_db(transaction=True)
def test_threads_have_a_compiled_query_each(owner: Actor) -> None:
    rows = RowById(lambda: Session.unscoped.select_related("user"))
    session_id = owner.session_id
    assert session_id is not None
    found = [rows.get(session_id)]

    def read() -> None:
        found.append(rows.get(session_id))
        connection.close()

    thread = Thread(read)
    thread.start()
    thread.join()
    assert len(found) == 2 and found[0] == found[1] is not None
