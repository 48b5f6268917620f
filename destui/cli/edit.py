"""`destui edit`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind, usage
from destui.cli.notes import tell_needless
from destui.cli.references import read_secrets
from destui.cli.session import open_session
from destui.cli.waiting import wait_if_asked
from destui.connectors import registry
from destui.domain.safe import visible
from destui.services import browse

HELP = """
destui edit NAME [field=value …] [--name NEW] [--tag T …] [--secret field=…] [--wait [SECONDS]]

Changes a destination. Name and tags count at once (--tag replaces the tags; --tag= takes them away). Fields and secrets
are checked first and replace the current ones only when the check passes; `field=` takes an optional field away.
"""
OPTIONS = {
    "name": Kind.VALUE, "tag": Kind.VALUES, "secret": Kind.VALUES, "wait": Kind.SECONDS,
}  # fmt: skip


def run(arguments: Arguments) -> int:
    """Edit, and wait when asked to."""
    (name,), fields = arguments.names_and_fields(1, "one NAME")
    if not fields and not arguments.options.keys() - {"wait"}:
        raise usage("edit", "needs something to change")
    ctx = open_session(to_change=True)
    old = browse.find(ctx, name)
    spec, secrets = None, {}
    if fields or arguments.flag("secret"):  # of a type that this version does not know, name and tags can be changed
        spec, found = registry.spec(old.type), {**old.fields, **fields}
        references, new_name = arguments.values("secret"), arguments.value("name")
        secrets = read_secrets(references, spec, found, name=new_name, kept=old.secret_names)
    from destui.services import destinations

    tags = [tag for tag in arguments.values("tag") if tag] if arguments.flag("tag") else None
    values = {**old.fields, **fields} if fields else None
    check_id = destinations.edit(
        ctx, old.id, old.version, name=arguments.value("name"), tags=tags, values=values, secrets=secrets
    )
    if spec:
        tell_needless(spec, values or old.fields, [*(n for n in fields if fields[n]), *secrets])
    if check_id is None:
        print(f"Changed {visible(name)}.")
        return 0
    print(f"The change of {visible(name)} is being checked; it counts when the check passes.")
    return wait_if_asked(ctx, check_id, arguments)
