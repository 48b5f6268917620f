"""`destui types`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind
from destui.cli.output import print_json
from destui.connectors import registry
from destui.domain.fields import FieldSpec, TypeSpec

HELP = """
destui types [--json]

Lists the types of destination and their fields: * required, ! secret, = default.
"""
OPTIONS = {"json": Kind.FLAG}


def run(arguments: Arguments) -> int:
    """Print them."""
    arguments.names(0, 0, "no names")
    if arguments.flag("json"):
        print_json([_document(spec) for spec in registry.specs()])
        return 0
    for spec in registry.specs():
        missing = registry.missing_driver(spec.id)
        print(f"{spec.id}  {spec.label}: {spec.description}{f'  ({missing})' if missing else ''}")
        print(f"    {' '.join(_short(field) for field in spec.fields)}")
    return 0


def _short(field: FieldSpec) -> str:
    default = f"={field.default}" if field.default is not None else ""
    choices = f" ({', '.join(field.choices)})" if field.choices else ""
    return f"{field.name}{'*' if field.required else ''}{'!' if field.secret else ''}{default}{choices}"


def _document(spec: TypeSpec) -> dict[str, object]:
    return {
        "id": spec.id,
        "label": spec.label,
        "description": spec.description,
        "available": registry.missing_driver(spec.id) is None,
        "steps": list(spec.steps),
        "fields": [
            {
                "name": f.name, "label": f.label, "kind": f.kind.value, "required": f.required, "secret": f.secret,
                "default": f.default, "choices": list(f.choices), "help": f.help,
            }
            for f in spec.fields
        ],
    }  # fmt: skip
