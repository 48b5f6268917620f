"""Export: destinations as a YAML file, with references where secrets are."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from json import dumps

from destui.domain.destination import Destination
from destui.domain.safe import visible
from destui.services.context import Context
from destui.store import reading


def export(ctx: Context) -> str:
    """All destinations as YAML. It holds no secret: each stands as `env:VARIABLE`, to be set where it is applied."""
    return "\n".join(_lines(reading.destinations(ctx.store))) + "\n"


def _lines(destinations: list[Destination]) -> Iterator[str]:
    words = Counter(variable_for(d.name, "") for d in destinations)
    yield "version: 1"
    yield "destinations:" if destinations else "destinations: []"
    for destination in destinations:
        # Two names may give one word (`a-b`, `a_b`; any two that are not Latin): then the id parts them.
        twin = f" {destination.id[:6]}" if words[variable_for(destination.name, "")] > 1 else ""
        yield f"  - name: {_string(destination.name)}"
        yield f"    type: {destination.type}"
        if destination.tags:
            yield f"    tags: [{', '.join(_string(tag) for tag in destination.tags)}]"
        yield "    fields:" if destination.fields else "    fields: {}"
        for name, value in destination.fields.items():
            yield f"      {name}: {_string(value) if isinstance(value, str) else value}"
        if destination.secret_names:
            yield "    secrets:"
        for name in destination.secret_names:
            yield f"      {name}: {_string(f'env:{variable_for(destination.name + twin, name)}')}"


def _string(text: str) -> str:
    """A YAML string that nothing breaks out of: JSON's, whose escapes YAML reads alike but for pairs of surrogates;
    so only controls are escaped, and what a terminal would act on."""
    return "".join(_escaped(c) for c in dumps(text, ensure_ascii=False))


def _escaped(character: str) -> str:
    if visible(character) == character:
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def variable_for(destination: str, field: str) -> str:
    """The environment variable that a secret's reference names."""
    word = re.sub(r"[^A-Z0-9]+", "_", f"{destination}_{field}".upper()).strip("_")
    return f"DESTUI_{word}"
