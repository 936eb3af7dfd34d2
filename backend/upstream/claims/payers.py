"""The payer directory: one payer whatever its spelling, found by name, alias or identifier."""

import unicodedata
from uuid import UUID

from upstream.claims.models import Payer, PayerAlias

NAME_LENGTH = 200
UNNAMED = "Payer not named"


def payer_key(name: str) -> str:
    """What makes two spellings one name: letters and digits without case, accents, punctuation and spaces."""
    plain = unicodedata.normalize("NFKD", name).casefold()
    letters = "".join(character for character in plain if character.isalnum())
    # A name of signs only is compared as it stands.
    return (letters or " ".join(name.split()).casefold())[:NAME_LENGTH]


def is_identifier(text: str) -> bool:
    """Whether an identifier can tell payers apart: not one short or of one repeated character (`999999`)."""
    return len(set(payer_key(text))) > 1 and len(payer_key(text)) >= 3


class PayerDirectory:
    """The payers of one organization, for one transaction of a writer, which holds `rollup.one_writer`."""

    def __init__(self, organization_id: UUID) -> None:
        self._organization_id = organization_id
        payers = Payer.objects.for_organization(organization_id)
        aliases = PayerAlias.objects.for_organization(organization_id)
        self._by_key: dict[str, UUID] = dict(aliases.values_list("alias_key", "payer_id"))
        self._by_key.update(payers.values_list("name_key", "pk"))
        self._resolved: dict[tuple[str, str], UUID] = {}
        self._payers: list[Payer] = []
        self._aliases: list[PayerAlias] = []

    def resolve(self, name: str, identifier: str = "") -> UUID:
        """Id of the payer of this name, else of this identifier, else of a new payer that `save` writes.

        A name met for the first time with a known identifier becomes an alias, and so does an identifier met with a
        known name.
        """
        payer_id = self._resolved.get((name, identifier))
        if payer_id is None:
            payer_id = self._resolved[name, identifier] = self._find(" ".join(name.split()), identifier.strip())
        return payer_id

    def _find(self, name: str, identifier: str) -> UUID:
        usable = is_identifier(identifier)
        if not name:
            name = identifier if usable else UNNAMED
        by_name = self._by_key.get(payer_key(name))
        by_identifier = self._by_key.get(payer_key(identifier)) if usable else None
        payer_id = by_name or by_identifier or self._new(name)
        for text in (name, identifier if usable else ""):
            if text and payer_key(text) not in self._by_key:
                self._alias(payer_id, text)
        return payer_id

    def _new(self, name: str) -> UUID:
        payer = Payer(organization_id=self._organization_id, name=name[:NAME_LENGTH], name_key=payer_key(name))
        self._payers.append(payer)
        self._by_key[payer.name_key] = payer.pk
        return payer.pk

    def _alias(self, payer_id: UUID, text: str) -> None:
        alias = PayerAlias(
            organization_id=self._organization_id,
            payer_id=payer_id,
            alias=text[:NAME_LENGTH],
            alias_key=payer_key(text),
        )
        self._aliases.append(alias)
        self._by_key[alias.alias_key] = payer_id

    def save(self) -> None:
        """Write what is new, in the caller's transaction."""
        Payer.unscoped.bulk_create(self._payers)
        PayerAlias.unscoped.bulk_create(self._aliases)
        self._payers, self._aliases = [], []
