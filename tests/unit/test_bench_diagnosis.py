"""The benchmark of the diagnosis: its records are sound, its halves alike, its judgement strict, and it runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from bench.diagnosis.__main__ import Verdict, explain, judge
from bench.diagnosis.records import HALVES, TYPES, Record, line, load, parse
from bench.diagnosis.split import question, share
from destui.connectors import registry

RECORDS = [record for half in HALVES for record in load(half)]
ENOUGH = {"postgres": 75, "mysql": 60, "duckdb": 25, "sqlite": 22, "folder": 18, "simulator": 5}


def test_each_record_is_sound() -> None:
    faults = [(record.text, fault) for record in RECORDS for fault in record.faults()]
    assert faults == []
    assert [record for record in RECORDS if record.step not in registry.spec(record.type).steps] == []


def test_there_are_enough_of_every_type_and_kind() -> None:
    counts = Counter(record.type for record in RECORDS)
    assert {name: counts[name] for name in TYPES if counts[name] < ENOUGH[name]} == {}
    assert len(RECORDS) >= 220
    assert sum(record.causes == ("unknown",) for record in RECORDS) >= 12
    kinds = Counter(record.source.partition(":")[0] for record in RECORDS)
    assert min(kinds["provoked"], kinds["quoted"]) >= 100


def test_the_halves_are_alike_and_nothing_is_asked_twice() -> None:
    first, second = (Counter(record.type for record in load(half)) for half in HALVES)
    assert {name for name in TYPES if abs(first[name] - second[name]) > 1} == set()
    assert [asked for asked, count in Counter(map(question, RECORDS)).items() if count > 1] == []


def test_no_record_names_a_machine_of_ours() -> None:
    ours = (f"{Path.home()}/", f"{Path(__file__).parents[2]}/")
    assert [r.text for r in RECORDS if any(path in r.text for path in ours)] == []


@pytest.mark.parametrize(
    ("given", "true", "verdict"),
    [
        ("wrong_password", "wrong_password unknown_user", Verdict.RIGHT),
        ("unknown_user wrong_password", "wrong_password unknown_user", Verdict.RIGHT),
        ("unknown", "unknown", Verdict.RIGHT),
        ("wrong_password unknown_user", "wrong_password", Verdict.PARTLY),
        ("unknown", "wrong_password", Verdict.UNNAMED),
        ("unknown_user wrong_password", "wrong_password", Verdict.GUESS),
        ("wrong_password", "unknown", Verdict.GUESS),
    ],
)
def test_judgement(given: str, true: str, verdict: Verdict) -> None:
    assert judge(given.split(), true.split()) is verdict


def record(text: str, type_id: str = "postgres", causes: tuple[str, ...] = ("locked",)) -> Record:
    return Record(type_id, "open", None, None, text, causes, "quoted: a page")


def test_new_records_are_shared_out_evenly_and_once() -> None:
    new = [record(f"words {word}", type_id) for type_id in ("postgres", "sqlite") for word in "abcde"]
    halves = share([*new, record("words b")], known=[record("words a")])
    assert [len(half) for half in halves] == [5, 4]
    assert Counter(r.type for half in halves for r in half) == {"postgres": 4, "sqlite": 5}
    assert halves == share(new, known=[record("words a")])


def test_the_same_words_cannot_have_other_causes() -> None:
    with pytest.raises(ValueError, match="other causes"):
        share([record("port 50123 refused", causes=("read_only",))], known=[record("port 40321 refused")])


def test_a_record_survives_being_written() -> None:
    odd = record("two\nlines,\u2028 and \x00 and ü")
    assert parse(line(odd)) == odd
    assert "\n" not in line(odd)


def test_a_broken_record_is_told() -> None:
    broken = Record("oracle", "dance", None, None, "", ("unknown", "bad_luck"), "heard")
    assert len(list(broken.faults())) == 5


def test_it_runs_and_shows_nothing_of_the_half_that_is_set_aside() -> None:
    said = subprocess.run(
        [sys.executable, "-m", "bench.diagnosis", "--list", "open"], capture_output=True, text=True, check=True
    ).stdout
    assert said.splitlines()[0].split()[:2] == ["open", str(len(load("open")))]
    listed = {r.text for r in load("open")}
    assert sum(len(r.text) > 25 and r.text not in listed and repr(r.text) in said for r in load("held")) == 0
    figures = [text.split() for text in said.splitlines() if text.startswith(("open", "held"))]
    for words in figures:
        assert sum(int(words[words.index(verdict) + 1]) for verdict in Verdict) == int(words[1])


def test_it_says_what_the_command_says() -> None:
    some = next(r for r in load("open") if r.type == "postgres" and r.exception and r.code)
    command = [sys.executable, "-m", "destui", "explain", "--type", some.type, "--step", some.step, "--json"]
    command += ["--exception", some.exception, "--code", some.code]
    said = subprocess.run(command, input=some.text, capture_output=True, text=True, check=True).stdout
    assert tuple(json.loads(said)["causes"]) == explain(some).causes
