"""docs/diagnosis.md is what the catalogues say, and tells the truth of what was provoked."""

from __future__ import annotations

from destui.connectors import registry
from docs import diagnosis


def test_the_page_is_current() -> None:
    assert diagnosis.PAGE.read_text(encoding="utf-8") == diagnosis.render(), "make it anew: python -m docs.diagnosis"


def test_codes_that_the_tests_on_real_servers_name_exist() -> None:
    assert diagnosis.unknown_codes(diagnosis.named_in_tests()) == set()


def test_there_are_enough_entries_and_most_of_a_type_s_own_were_provoked() -> None:
    named = diagnosis.named_in_tests()
    least = {"postgres": 25, "mysql": 25}
    for type_id in registry.type_ids():
        entries = registry.catalogue(type_id).entries
        assert len(entries) >= least.get(type_id, 8), type_id
        provoked = sum(diagnosis.how(entry, named) != "quoted" for entry in entries)
        assert provoked >= least.get(type_id, 8), (type_id, provoked)


def test_of_several_causes_something_tells_them_apart() -> None:
    for type_id in registry.type_ids():
        assert [e.code for e in registry.catalogue(type_id).entries if len(e.causes) > 1 and not e.more] == []
