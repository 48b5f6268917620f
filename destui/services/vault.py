"""Changing where secrets are kept, and under which key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from destui.services.context import Context

if TYPE_CHECKING:
    from destui.vault.move import Moved
    from destui.vault.rekey import Progress, Rekeyed

TARGETS = ("keyring", "sealed")


def rekey(ctx: Context, new_key: str | None, progress: Progress) -> tuple[Rekeyed, list[str]]:
    """Seal every secret anew under a new key; returns what was done, and sentences on what is to be done now.

    Raises InvalidInput, NotNow, Conflict, VaultUnavailable, StoreUnavailable.
    """
    from destui.vault.rekey import rekey

    done = rekey(ctx.store, ctx.config, new_key, progress, who=ctx.user)
    return done, [*_for_hosts(ctx), *_for_copies(ctx)]


def move(ctx: Context, target: str, progress: Progress) -> tuple[Moved, list[str]]:
    """Move all secrets to the `keyring`, or have them `sealed` in the store; returns what was done, and sentences on
    what is to be done now. Raises InvalidInput, NotNow, Conflict, VaultUnavailable, StoreUnavailable."""
    from destui.vault.move import move

    done = move(ctx.store, ctx.config, target, progress, who=ctx.user)
    then = [ctx.vault.status().sentence]
    if target == "keyring" and ctx.config.key_file.exists():
        then.append(
            f"This store no longer needs {ctx.config.key_file}. Remove it when no backup and no other store does."
        )
    return done, then


def _for_hosts(ctx: Context) -> list[str]:
    where = "on each host that uses this store, also in service units" if not ctx.store.is_sqlite else "wherever it is"
    if ctx.config.environment.get("DESTUI_KEY"):
        return [
            f"Now set DESTUI_KEY to the new key {where}, and end workers that run with the old one: destui worker "
            "stop. Their checks wait until then."
        ]
    if ctx.store.is_sqlite:
        return [f"The key is in {ctx.config.key_file}."]
    return [f"Now copy {ctx.config.key_file} to each host that uses this store. Checks there wait until then."]


def _for_copies(ctx: Context) -> list[str]:
    path = ctx.store.path
    if path is None:
        return ["Old ciphertexts stay in the database's files until: VACUUM FULL secrets"]
    copies = sorted(str(copy) for copy in path.parent.glob(f"{path.name}.before-*"))
    kept = [f"The old key still opens the copies made before upgrades: remove {', '.join(copies)}"] if copies else []
    return ["Backups made before need the old key.", *kept]
