"""The types there are: whatever connector files lie in this package. To add a type is to add one file."""

from __future__ import annotations

import os
from importlib import import_module

import destui.connectors
from destui.domain.errors import NotFound

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from collections.abc import Iterator

    from destui.connectors.base import Connector
    from destui.connectors.catalogue import Catalogue
    from destui.domain.fields import TypeSpec

_PACKAGE = "destui.connectors"
_ERRORS = "_errors"


def type_ids() -> list[str]:
    """All types, in alphabetical order."""
    return [name for name in _modules() if _connector(name) is not None]


def _modules() -> list[str]:
    files = {name for folder in destui.connectors.__path__ for name in os.listdir(folder)}  # noqa: PTH208
    return sorted(name.removesuffix(".py") for name in files if name.endswith(".py") and name[0] != "_")


def _has_file(module: str) -> bool:
    paths = (f"{folder}/{module}.py" for folder in destui.connectors.__path__)
    return module.isidentifier() and any(map(os.path.isfile, paths))


def _connector(module: str) -> Connector | None:
    from destui.connectors.base import Connector

    found = getattr(import_module(f"{_PACKAGE}.{module}"), "CONNECTOR", None)
    return found if isinstance(found, Connector) else None


def connector(type_id: str) -> Connector:
    """The connector of a type; only its own file is imported. Raises NotFound, naming the types there are."""
    # A type's file bears the type's name, so that one type can be had without looking at all.
    found = _connector(type_id) if _has_file(type_id) else None
    if found is None:
        raise NotFound(f"There is no type of this name. Choose one of {', '.join(type_ids())}.")
    return found


def catalogue(type_id: str) -> Catalogue:
    """The catalogue of a type's errors. Raises NotFound, naming the types there are.

    It is the connector's. One that stands in a file beside the connector's, as `CATALOGUE` of `<type>_errors`, is had
    without importing the rest, which `destui explain` has no time for.
    """
    found: Catalogue | None = None
    if _has_file(f"{type_id}{_ERRORS}"):
        found = getattr(import_module(f"{_PACKAGE}.{type_id}{_ERRORS}"), "CATALOGUE", None)
    return found or connector(type_id).catalogue


def catalogues() -> Iterator[Catalogue]:
    """The catalogues of all types, those that are had fast first."""
    beside = [name.removesuffix(_ERRORS) for name in _modules() if name.endswith(_ERRORS)]
    fast = [type_id for type_id in beside if _has_file(type_id)]
    yield from map(catalogue, fast)
    yield from (connector(type_id).catalogue for type_id in type_ids() if type_id not in fast)


def spec(type_id: str) -> TypeSpec:
    """The declaration of a type. Raises NotFound, naming the types there are."""
    return connector(type_id).spec


def specs() -> list[TypeSpec]:
    """The declarations of all types."""
    return [spec(type_id) for type_id in type_ids()]


def missing_driver(type_id: str) -> str | None:
    """The sentence that says what to install for this type; None when its driver is there. Imports no driver."""
    from importlib.util import find_spec

    declared = spec(type_id)
    if not declared.driver or find_spec(declared.driver) is not None:
        return None
    package = f"destui[{declared.extra}]" if declared.extra else "destui"
    return f"{declared.label} needs a driver that is not installed: pip install '{package}'"
