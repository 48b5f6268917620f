"""The types there are: whatever connector files lie in this package. To add a type is to add one file."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from functools import cache

import destui.connectors
from destui.connectors.base import Connector
from destui.domain.errors import NotFound
from destui.domain.fields import TypeSpec

_PACKAGE = "destui.connectors"


@cache
def type_ids() -> list[str]:
    """All types, in alphabetical order."""
    names = sorted(m.name for m in pkgutil.iter_modules(destui.connectors.__path__) if not m.ispkg)
    return [name for name in names if _connector(name) is not None]


@cache
def _connector(module: str) -> Connector | None:
    found = getattr(importlib.import_module(f"{_PACKAGE}.{module}"), "CONNECTOR", None)
    return found if isinstance(found, Connector) else None


def connector(type_id: str) -> Connector:
    """The connector of a type; only its own file is imported. Raises NotFound, naming the types there are."""
    # A type's file bears the type's name, so that one type can be had without looking at all.
    if type_id.isidentifier() and importlib.util.find_spec(f"{_PACKAGE}.{type_id}") is not None:
        found = _connector(type_id)
        if found is not None:
            return found
    raise NotFound(f"There is no type of this name. Choose one of {', '.join(type_ids())}.")


def spec(type_id: str) -> TypeSpec:
    """The declaration of a type. Raises NotFound, naming the types there are."""
    return connector(type_id).spec


def specs() -> list[TypeSpec]:
    """The declarations of all types."""
    return [spec(type_id) for type_id in type_ids()]


def missing_driver(type_id: str) -> str | None:
    """The sentence that says what to install for this type; None when its driver is there. Imports no driver."""
    declared = spec(type_id)
    if not declared.driver or importlib.util.find_spec(declared.driver) is not None:
        return None
    package = f"destui[{declared.extra}]" if declared.extra else "destui"
    return f"{declared.label} needs a driver that is not installed: pip install '{package}'"
