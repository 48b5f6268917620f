"""The declaration of a destination's type, also where this version of the program does not know the type."""

from __future__ import annotations

from destui.domain.check import DATABASE_STEPS
from destui.domain.destination import Destination
from destui.domain.errors import NotFound
from destui.domain.fields import FieldSpec, TypeSpec
from destui.services import types


def declared(destination: Destination) -> TypeSpec:
    """Its type's declaration. A type of a newer version, or one whose file was taken away, is shown by its stored
    fields; what is done to it then is refused by the services, not by a crash."""
    try:
        return types.spec(destination.type)
    except NotFound:
        plain = [FieldSpec(name, name) for name in destination.fields]
        secret = [FieldSpec(name, name, secret=True) for name in destination.secret_names]
        return TypeSpec(destination.type, destination.type, "", (*plain, *secret), DATABASE_STEPS)
