"""What a use case works with. Light: nothing here loads SQLAlchemy, keyring or Textual."""

from __future__ import annotations

from functools import cached_property

from destui.config import Config
from destui.store.engine import Store
from destui.store.opening import open_store
from destui.store.opening import upgrade as upgrade_store

TYPE_CHECKING = False  # `typing` itself would cost its import before the first rows
if TYPE_CHECKING:
    from destui.vault.vault import Vault


class Context:
    """One session on one store."""

    def __init__(self, config: Config, store: Store, *, read_only: bool = False) -> None:
        self.config = config
        self.store = store
        self.read_only = read_only

    @property
    def user(self) -> str:
        """Who acts: the email shown as Connected by."""
        return self.config.user

    @property
    def host(self) -> str:
        """From which host."""
        return self.config.host

    @cached_property
    def vault(self) -> Vault:
        """The store's vault, loaded at its first use."""
        from destui.vault.vault import Vault

        return Vault(self.store, self.config)

    def mend_worker(self) -> None:
        """See that open work has a living worker; called now and then by whoever waits for it."""
        from destui.worker import launch

        launch.mend(self.config, self.store)

    def wake_worker(self) -> None:
        """Start a worker for an embedded store if none is alive; called after work was added. What was added is saved:
        it does not fail for want of a worker, see `services.status.worker_trouble`."""
        from destui.worker import launch

        if self.store.is_sqlite:
            launch.ensure(self.config)


def open_context(config: Config, *, read_only: bool = False) -> Context:
    """Open the store. Raises StoreUnavailable."""
    return Context(config, open_store(config), read_only=read_only)


def upgrade(config: Config) -> tuple[str, str]:
    """Bring the store to this program's schema, and see that a team's store has its sealing key; returns the schema
    and a sentence about the vault, which may be empty. Raises StoreUnavailable."""
    revision = upgrade_store(config)
    if config.store_path is not None:
        return revision, ""
    from destui.domain.errors import VaultUnavailable

    ctx = open_context(config)
    try:
        ctx.vault.make_key()
    except VaultUnavailable as error:
        return revision, str(error)
    return revision, ctx.vault.status().sentence
