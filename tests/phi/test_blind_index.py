"""Blind indexes: the same text of one organization is found, nothing is told to others."""

from uuid import uuid4

from cryptography.fernet import Fernet

from upstream.phi.blind_index import LENGTH, finder, indexer, normalised

ORGANIZATION = uuid4()


def test_spelling_does_not_matter() -> None:
    assert normalised("Smith, Anna-Lee ") == normalised("SMITH ANNA LEE") == "SMITHANNALEE"


def test_a_stored_index_is_found_by_its_text() -> None:
    index = indexer(ORGANIZATION, "member_number")
    assert index(normalised("M-100")) in finder(ORGANIZATION, "member_number")("m 100")
    assert len(index("M100")) == LENGTH


def test_organization_and_purpose_separate_indexes() -> None:
    values = {
        indexer(organization, purpose)("M100")
        for organization in (ORGANIZATION, uuid4())
        for purpose in ("member_number", "name")
    }
    assert len(values) == 4


def test_search_goes_on_while_keys_rotate(settings) -> None:
    before = indexer(ORGANIZATION, "name")("ANNA")
    settings.FIELD_ENCRYPTION_KEY = [Fernet.generate_key().decode(), *settings.FIELD_ENCRYPTION_KEY]
    assert before in finder(ORGANIZATION, "name")("Anna")
    assert indexer(ORGANIZATION, "name")("ANNA") in finder(ORGANIZATION, "name")("Anna")
