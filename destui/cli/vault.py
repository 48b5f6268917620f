"""`destui vault`."""

from __future__ import annotations

from destui.cli.arguments import Arguments, Kind, usage
from destui.cli.output import print_json
from destui.cli.session import open_session
from destui.domain.errors import VaultUnavailable

HELP = """
destui vault status [--json]

Says where this store's secrets are kept and whether that is available in this session. Exit 6 when it is not.
"""
OPTIONS = {"json": Kind.FLAG}


def run(arguments: Arguments) -> int:
    """Print the status."""
    if arguments.words != ["status"]:
        raise usage("vault", "needs: status")
    from destui.services import status

    found = status.vault(open_session())
    if arguments.flag("json"):
        print_json({"backend": found.backend, "ready": found.ready, "message": found.sentence})
    elif found.ready:
        print(found.sentence)
    if not found.ready:
        raise VaultUnavailable(found.sentence)
    return 0
