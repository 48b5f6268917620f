"""The types of destination, for forms and lists. Light: a declaration loads no driver."""

from __future__ import annotations

from destui.connectors import registry
from destui.connectors.registry import missing_driver, spec, specs
from destui.domain.fields import Fields, TypeSpec

__all__ = ["TypeSpec", "missing_driver", "spec", "specs", "steps_for"]


def steps_for(type_id: str, values: Fields) -> tuple[str, ...]:
    """The steps that a check of these values will have."""
    return registry.connector(type_id).steps_for(values)
