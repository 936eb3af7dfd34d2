"""Trusted documents: operations that applications registered when they were built. Any other needs a permission.

A document is known by the SHA-256 of its text, as the appendix "Persisted Documents" of GraphQL over HTTP has it.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from graphql import GraphQLError

from upstream.core.actor import Actor
from upstream.core.errors import ErrorCode
from upstream.graph.permissions import Permission

_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


class Documents:
    """The registered texts, by their identifiers."""

    def __init__(self) -> None:
        self._by_identifier: dict[str, str] = {}
        self._texts: set[str] = set()

    def __contains__(self, text: str) -> bool:
        return text in self._texts

    def __len__(self) -> int:
        return len(self._texts)

    def register(self, text: str) -> str:
        """Returns the identifier of the text, `sha256:` and 64 hexadecimal digits."""
        identifier = f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
        self._by_identifier[identifier] = text
        self._texts.add(text)
        return identifier

    def text(self, identifier: str) -> str | None:
        return self._by_identifier.get(identifier)

    def read(self, folders: Iterable[Path]) -> None:
        """Register what the manifests in these folders (`*.json`) name.

        A manifest is one object of digests and texts, or what Apollo's tools write (`operations` with `id` and
        `body`). Raises `ImproperlyConfigured` naming file and place where it is neither, or a digest is not its text's.
        """
        for folder in folders:
            if not folder.is_dir():
                raise ImproperlyConfigured(f"TRUSTED_DOCUMENTS: there is no folder {folder}.")
            for file in sorted(folder.glob("*.json")):
                for identifier, text in _named(file):
                    found = _DIGEST.fullmatch(identifier)
                    if not isinstance(text, str) or found is None or self.register(text) != f"sha256:{found[1]}":
                        raise ImproperlyConfigured(
                            f"{file}: {identifier[:80]} is not the SHA-256 of its document. "
                            "Have the application write its manifest anew."
                        )


def _named(file: Path) -> Iterator[tuple[str, Any]]:
    try:
        manifest = json.loads(file.read_bytes())
        if isinstance(manifest.get("operations"), list):
            manifest = {operation["id"]: operation["body"] for operation in manifest["operations"]}
        yield from manifest.items()
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        raise ImproperlyConfigured(
            f"{file} is not a manifest of documents: a JSON object of digests and texts, or one of Apollo's with "
            "operations that have id and body."
        ) from error


trusted = Documents()


def check_may_be_asked(text: str, actor: Actor | None) -> None:
    """Raises `GraphQLError` for a text that nobody registered and who asks has no permission to make up."""
    if text in trusted:
        return
    if actor is None:
        raise GraphQLError(
            "Sign in first: without that, only operations that are registered with the server are answered.",
            extensions={"code": ErrorCode.UNAUTHENTICATED.value, "permission": Permission.AD_HOC_QUERIES.value},
        )
    if not actor.may(Permission.AD_HOC_QUERIES):
        raise GraphQLError(
            "Your role may send only operations that are registered with the server. Ask an owner or admin of your "
            "organization for a role that may write queries, or whoever runs the server to register the operation.",
            extensions={"code": ErrorCode.FORBIDDEN.value, "permission": Permission.AD_HOC_QUERIES.value},
        )
