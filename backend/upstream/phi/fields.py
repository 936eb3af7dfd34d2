"""Encrypted model fields that fail loudly.

`django-encrypted-model-fields` returns whatever stands in the column when it cannot decrypt it, decrypts tokens given
as input, and lets filters silently match nothing. These subclasses raise instead, and bind each value to its column, so
that a ciphertext moved to another column does not open there.
"""

from typing import Any

from cryptography.fernet import InvalidToken
from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.functional import cached_property
from encrypted_model_fields.fields import EncryptedDateField, EncryptedTextField, decrypt_str, encrypt_str

from upstream.phi.keys import UnreadableValue, opener, ring


class PhiField(models.Field):
    """An encrypted field: the strict half, mixed in before one of the library's fields."""

    @cached_property
    def binding(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}\0"

    def encrypt(self, value: Any) -> str | None:
        """The column's text for a value: also what bulk writers put into COPY. None stays None."""
        if value is None:
            return None
        return encrypt_str(self.binding + str(value)).decode()

    def decrypt(self, token: str) -> str:
        """Raises `UnreadableValue` when no key opens the token or it was written for another column."""
        try:
            text = decrypt_str(token)
        except InvalidToken as error:
            raise UnreadableValue(f"{self.model._meta.label}.{self.name}: no key opens a stored value.") from error
        binding = self.binding
        if not text.startswith(binding):
            raise UnreadableValue(
                f"{self.model._meta.label}.{self.name}: a stored value was written for another column."
            )
        return text[len(binding) :]

    def renewed(self, token: str) -> str | None:
        """The column's text under the newest key; None where it is already. Raises `UnreadableValue` like `decrypt`."""
        try:
            opener(ring()[0]).decrypt(token)
        except InvalidToken:
            return encrypt_str(self.binding + self.decrypt(token)).decode()
        return None

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> str | None:
        return self.encrypt(self.to_python(value))

    def from_db_value(self, value: str | None, *_: Any) -> Any:
        return None if value is None else self.to_python(self.decrypt(value))

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.model._meta.label}.{self.name} is encrypted: search through its blind index.")

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.model._meta.label}.{self.name} is encrypted: it has no transforms.")


class PhiTextField(PhiField, EncryptedTextField):  # type: ignore[misc]  # the library has no types
    def to_python(self, value: Any) -> Any:
        return models.TextField.to_python(self, value)


class PhiDateField(PhiField, EncryptedDateField):  # type: ignore[misc]
    def to_python(self, value: Any) -> Any:
        return models.DateField.to_python(self, value)
