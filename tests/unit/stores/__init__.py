"""Stores as earlier programs wrote them, one a schema: `NNNN.sql`, made by `python -m tests.unit.stores.make`."""
