"""What is worked out about a document once, for as long as its text is parsed once (`ParserCache`)."""

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

from graphql import DocumentNode

Known = TypeVar("Known")


class OfDocuments(Generic[Known]):
    """By the document itself: to compare it with another, or to hash it, all of its nodes are walked over."""

    def __init__(self, most: int) -> None:
        self._most = most
        # The document is kept beside it, so that its id is given to no other meanwhile.
        self._known: dict[tuple[int, Hashable], tuple[Known, DocumentNode]] = {}

    def get(self, document: DocumentNode, about: Hashable, work_out: Callable[[], Known]) -> Known:
        """What `work_out` returned for this document and `about`; what it raises is not remembered."""
        key = id(document), about
        known = self._known.get(key)
        if known is None:
            # Other threads look up and empty it, too.
            if len(self._known) >= self._most:
                self._known.clear()
            known = self._known[key] = work_out(), document
        return known[0]
