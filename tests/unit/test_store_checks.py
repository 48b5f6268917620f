"""What a check leaves behind beside its ladder, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from destui.domain.check import Diagnosis, Reason
from destui.store import reading
from destui.store.engine import Store
from tests.unit.test_store import FAILED, PASSED, add, checked

FACTS = {"server": "PostgreSQL 16.4", "address": "10.20.4.17"}


def test_facts_and_what_tells_causes_apart_are_kept_each_by_itself(any_store: Store) -> None:
    with any_store.write() as tx:
        identity = add(tx, "orders")
    several = Diagnosis("sign in", "PG-28P01", ("wrong_password", "unknown_user"), "c", "f", "m", "SQLSTATE 28P01")
    found = replace(FAILED, diagnosis=several, detail=FACTS, more="The log says which.")
    (check,) = reading.checks_by_id(any_store, [checked(any_store, identity, Reason.INITIALISE, found)]).values()
    assert (check.detail, check.more, check.diagnosis) == (FACTS, "The log says which.", several)
    (check,) = reading.checks_by_id(any_store, [checked(any_store, identity, Reason.ASKED, PASSED)]).values()
    assert (check.detail, check.more, check.diagnosis) == ({}, "", None)
