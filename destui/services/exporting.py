"""Export: destinations as a YAML file, with references where secrets are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from json import dumps

from destui.domain.destination import Destination
from destui.services.context import Context
from destui.store import reading


def export(ctx: Context) -> str:
    """All destinations as YAML. It holds no secret: each stands as `env:VARIABLE`, to be set where it is applied."""
    return "\n".join(_lines(reading.destinations(ctx.store))) + "\n"


def _lines(destinations: list[Destination]) -> Iterator[str]:
    # Every JSON string is a YAML string: what it holds cannot break out of it.
    yield "version: 1"
    yield "destinations:" if destinations else "destinations: []"
    for destination in destinations:
        yield f"  - name: {dumps(destination.name)}"
        yield f"    type: {destination.type}"
        if destination.tags:
            yield f"    tags: {dumps(list(destination.tags))}"
        yield "    fields:" if destination.fields else "    fields: {}"
        for name, value in destination.fields.items():
            yield f"      {name}: {dumps(value)}"
        if destination.secret_names:
            yield "    secrets:"
        for name in destination.secret_names:
            yield f"      {name}: {dumps(f'env:{variable_for(destination.name, name)}')}"


def variable_for(destination: str, field: str) -> str:
    """The environment variable that a secret's reference names."""
    word = re.sub(r"[^A-Z0-9]+", "_", f"{destination}_{field}".upper()).strip("_")
    return f"DESTUI_{word}"
