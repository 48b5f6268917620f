"""Where secret fields live: the system keyring, or sealed in the store; the ledger in the store leads both."""
