"""`destui vault`."""

from __future__ import annotations

import sys
import time

from destui.cli.arguments import Arguments, Kind, usage
from destui.cli.output import print_json, warn
from destui.cli.session import open_session
from destui.domain.errors import VaultUnavailable
from destui.domain.safe import visible

TYPE_CHECKING = False  # `typing` itself would cost its import
if TYPE_CHECKING:
    from collections.abc import Callable

    from destui.services.context import Context

HELP = """
destui vault status [--json]
destui vault rekey [--new-key env:VAR|file:PATH|stdin]
destui vault move keyring|sealed

status  says where this store's secrets are kept and whether that is available in this session. Exit 6 when it is not.
rekey   gives a sealed store a new sealing key: every secret is sealed anew, and the old key opens none any more. A key
        in secret.key is replaced by a new one that is made. Where DESTUI_KEY is used, --new-key says where the new one
        is read (32 bytes as base64 or hex, or a passphrase of at least 20 characters); set DESTUI_KEY to it afterwards.
move    moves all secrets into the system's keyring, or seals them in the store. A store on PostgreSQL is always sealed.

Both may be cut off at any moment: every secret stays readable, and giving the command again finishes it. Exit 1 when
something is left that you are told of, 5 when another one runs, or there is nothing to be changed, 6 when the vault is
not available. What to change at the servers when a key was stolen: docs/security.md.
"""
OPTIONS = {"json": Kind.FLAG, "new-key": Kind.VALUE}


def run(arguments: Arguments) -> int:
    """Show or change where secrets are."""
    from destui.services.vault import TARGETS

    match arguments.words:
        case ["status"] if not arguments.flag("new-key"):
            return _status(open_session(), as_json=arguments.flag("json"))
        case ["rekey"] if not arguments.flag("json"):
            return _rekey(arguments.value("new-key"))
        case ["move", target] if target in TARGETS and not arguments.options:
            return _move(target)
    raise usage("vault", "needs: status [--json], rekey [--new-key env:VAR|file:PATH|stdin], or move keyring|sealed")


def _status(ctx: Context, *, as_json: bool) -> int:
    from destui.services import status

    found = status.vault(ctx)
    if as_json:
        print_json({"backend": found.backend, "ready": found.ready, "message": found.sentence})
    elif found.ready:
        print(visible(found.sentence))
    if not found.ready:
        raise VaultUnavailable(found.sentence)
    return 0


def _rekey(reference: str | None) -> int:
    from destui.cli.references import read_reference
    from destui.services import vault

    new_key = None if reference is None else read_reference("--new-key", reference)
    done, then = vault.rekey(open_session(to_change=True), new_key, _progress("sealed anew"))
    if done.was_done:
        print("The store has this key already: what was left to do is done.")
    else:
        print(f"The store has a new sealing key. {_secrets(done.count)} sealed anew.")
    for sentence in then:
        print(visible(sentence))
    if done.damaged:
        warn(f"The old key does not open the secrets of {', '.join(done.damaged)}. Re-authorise them.")
    return _end(bool(done.damaged), done.remains)


def _move(target: str) -> int:
    from destui.services import vault

    done, then = vault.move(open_session(to_change=True), target, _progress("moved"))
    print("What was left to do is done." if done.was_done else f"{_secrets(done.count)} moved.")
    for sentence in then:
        print(visible(sentence))
    return _end(False, done.remains)


def _end(is_told: bool, remains: bool) -> int:
    if remains and not is_told:
        warn("Old entries or bytes are left for now. The next clean-up takes them away, or this command given again.")
    return 1 if is_told or remains else 0


def _secrets(count: int) -> str:
    return "1 secret was" if count == 1 else f"{count:,} secrets were"


def _progress(what: str) -> Callable[[int, int], None]:
    """Tells how far it is, once a second."""
    told_at = time.monotonic()

    def tell(done: int, of: int) -> None:
        nonlocal told_at
        if time.monotonic() - told_at >= 1:
            told_at = time.monotonic()
            print(f"{done:,} of {of:,} {what}", file=sys.stderr)

    return tell
