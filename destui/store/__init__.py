"""The store: all SQL of destui. Functions take a `Store` or a transaction and return the domain's dataclasses."""
