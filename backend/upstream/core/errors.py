"""Errors that a caller can act on. Services raise them; the GraphQL layer turns them into typed payload errors."""

from enum import StrEnum


class ErrorCode(StrEnum):
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    NOT_FOUND = "NOT_FOUND"
    FORBIDDEN = "FORBIDDEN"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    CONFLICT = "CONFLICT"
    DUPLICATE = "DUPLICATE"
    TOO_LARGE = "TOO_LARGE"
    RATE_LIMITED = "RATE_LIMITED"
    EXPIRED = "EXPIRED"
    SECOND_FACTOR_REQUIRED = "SECOND_FACTOR_REQUIRED"
    STEP_UP_REQUIRED = "STEP_UP_REQUIRED"
    INTERNAL = "INTERNAL"


class ServiceError(Exception):
    """A request that cannot be carried out: a code for programs, a sentence with the remedy for people."""

    def __init__(self, code: ErrorCode, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.field = field


class TooOften(ServiceError):
    """Something was asked for too often; it is answered again after so many `seconds`."""

    def __init__(self, message: str, *, seconds: int) -> None:
        super().__init__(ErrorCode.RATE_LIMITED, message)
        self.seconds = seconds


def not_found(what: str, *, field: str | None = "id") -> ServiceError:
    """The same answer for an unknown id and for another organization's id."""
    return ServiceError(ErrorCode.NOT_FOUND, f"No such {what}.", field=field)
