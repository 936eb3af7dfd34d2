"""Records whose changes are kept field by field, as auditlog finds them when one is saved or deleted.

What changes many rows at once passes auditlog by: services change configuration by `save`, one row at a time.
"""

from collections.abc import Collection

from auditlog.registry import auditlog
from django.db.models import Model

# Says nothing that the record's id and the change's own time and organization do not.
_UNTOLD = frozenset({"id", "organization", "created_at", "updated_at"})

_targets: dict[type[Model], tuple[str, str]] = {}


def keep_changes(
    model: type[Model], target_type: str, *, record: str = "pk", left_out: Collection[str] = frozenset()
) -> None:
    """Keep the changes of a model's rows as changes of the record of `target_type` whose id stands in `record`.

    `left_out` are fields whose values must not be kept a second time, secrets and patients' data above all.
    """
    _targets[model] = (target_type, record)
    told = [field.name for field in model._meta.concrete_fields if field.name not in {*_UNTOLD, *left_out}]
    auditlog.register(model, include_fields=told)


def target_of(instance: Model) -> tuple[str, str]:
    """Type and id of the record that a row belongs to."""
    target_type, record = _targets[type(instance)]
    return target_type, str(getattr(instance, record))
