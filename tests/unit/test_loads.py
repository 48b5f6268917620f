"""Loads without a server: the catalogue, what goes over the pipe, and how values go from type to type."""

from __future__ import annotations

import json
from fractions import Fraction
from math import isfinite
from typing import Any

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from destui.connectors.base import Fault
from destui.connectors.load_entries import ENTRIES
from destui.domain.causes import CAUSES
from destui.domain.errors import InvalidInput
from destui.domain.loads import (
    Column,
    FileOptions,
    LineProblem,
    LoadPlan,
    Mode,
    Phase,
    Place,
    Preview,
    Progress,
    RunResult,
    RunState,
    SourceSpec,
)
from destui.domain.secret import Secret
from destui.loads import failures, wire
from destui.loads.meter import Meter
from destui.loads.names import named, split_name
from destui.loads.types import EXACT, TEXT, TEXTUAL, Type, fit
from destui.services.load_sources import check_options

SECRET = "pa\"ss 'wörd"
PLAN = LoadPlan(
    "run-1",
    Place("postgres", {"host": "h", "port": 5432, "user": "u"}, {"password": Secret(SECRET)}),
    "s.t",
    Mode.MERGE,
    SourceSpec(destination="d", query="select 1", options=FileOptions(delimiter=";", null_words=("-",))),
    Place("mysql", {"host": "m"}, {"password": Secret("other secret")}),
    ("id", "b"),
    True,
)


def test_the_catalogue_names_known_causes_once_each() -> None:
    codes = [entry.code for entry in ENTRIES]
    assert len(set(codes)) == len(codes)
    for entry in ENTRIES:
        assert set(entry.causes) <= CAUSES
        assert entry.cause.endswith((".", "}."))
        found = failures.made(entry.code, PLAN, "words")
        assert "{" not in found.cause + found.fix


def test_a_plan_survives_the_pipe() -> None:
    there = json.loads(json.dumps(wire.plan_to_json(PLAN)))
    assert wire.plan_from_json(there) == PLAN


def test_results_survive_the_pipe() -> None:
    diagnosis = failures.made("LOAD-VALUE", PLAN, "no")
    result = RunResult(RunState.FAILED, 5, 6, 7.5, ("a", "b"), diagnosis, True, 8, ("w",), 9)
    assert wire.result_from_json(json.loads(json.dumps(wire.result_to_json(result)))) == result
    progress = Progress(Phase.MERGE, 1, 2, None, 3.5, 4.5, 6, 7)
    assert wire.progress_from_json(json.loads(json.dumps(wire.progress_to_json(progress)))) == progress
    preview = Preview(
        (Column("a", "b", "c"),),
        (("x", None),),
        (LineProblem("s", "f", 3),),
        True,
        diagnosis,
        FileOptions(null_words=("-",)),
        ("t",),
    )
    assert wire.preview_from_json(json.loads(json.dumps(wire.preview_to_json(preview)))) == preview


def test_the_secrets_of_both_sides_are_kept_out_of_a_diagnosis() -> None:
    found, _ = failures.tell(Fault("LOAD-VALUE", f"{SECRET} and other secret", value=SECRET), PLAN, "write", {})
    assert SECRET not in str(failures.hidden(found, PLAN))
    assert "other secret" not in str(failures.hidden(found, PLAN))


def test_a_fault_of_our_own_is_not_laid_at_the_servers_door() -> None:
    found, _ = failures.tell(KeyError("x"), PLAN, "write", {})
    assert found.code == "LOAD-INTERNAL"


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("t", ["t"]),
        ("s.t", ["s", "t"]),
        ('"s.x"."a""b"', ["s.x", 'a"b']),
        ("Ü x.t 1", ["Ü x", "t 1"]),
        ('s."t"', ["s", "t"]),
    ],
)
def test_a_tables_name_in_parts(name: str, parts: list[str]) -> None:
    assert split_name(name) == parts


@pytest.mark.parametrize("parts", [["t"], ["S", "t x"], ["a.b", 'q"q'], [" t"], ["t "], ["Ü"], ["a", "b.c"]])
def test_a_tables_name_of_its_parts(parts: list[str]) -> None:
    assert split_name(named(*parts)) == parts


@pytest.mark.parametrize("name", ["", ".", "a.", ".a", "a..b", '"a', 'a"b', '"a"b', '""'])
def test_what_is_no_tables_name(name: str) -> None:
    with pytest.raises(Fault):
        split_name(name)


engine = duckdb.connect()
NUMBERS = [
    *(Type(name) for name in ("TINYINT", "INTEGER", "BIGINT", "UBIGINT", "HUGEINT", "FLOAT", "DOUBLE")),
    Type("DECIMAL", 5, 2),
    Type("DECIMAL", 18, 0),
    Type("DECIMAL", 38, 10),
]


def _through(source: Type, target: Type, value: str) -> tuple[Any, bool]:
    """A value put through: what arrives, as its text, and whether it is taken."""
    found = fit(source, target)
    if found is None:
        return None, False
    carried = f"CAST('{value}' AS {source.carrier})"
    ok = found.ok.replace("{c}", carried) if found.ok else "true"
    row = engine.execute(
        f"SELECT {ok}, CASE WHEN {ok} THEN CAST({found.value.replace('{c}', carried)} AS VARCHAR) END"
    ).fetchone()
    assert row is not None
    return row[1], bool(row[0])


@example(Type("DOUBLE"), Type("FLOAT"), "9007199254740993")
@example(Type("BIGINT"), Type("DOUBLE"), "66488808900831232")
@given(
    st.sampled_from(NUMBERS),
    st.sampled_from([*NUMBERS, EXACT]),
    st.one_of(
        st.integers(-(2**70), 2**70).map(str),
        st.decimals(-(10**9), 10**9, places=3).map(str),
        st.floats(allow_nan=True).map(repr),
        st.sampled_from(["0", "1", "-128", "127", "0.1", "16777217", "9007199254740993"]),
    ),
)
def test_a_number_is_the_same_in_its_new_type_or_refused(source: Type, target: Type, value: str) -> None:
    try:
        (before,) = engine.execute(f"SELECT CAST('{value}' AS {source})").fetchone() or (None,)
    except duckdb.Error:
        return  # no value of this type
    arrived, taken = _through(source, target, value)
    if taken:
        # The words of a FLOAT or DOUBLE are the shortest of its own precision, and read as one, unless digits count.
        of_its_own = target.name in ("FLOAT", "DOUBLE") and not source.scale
        words = f"CAST('{arrived}' AS {target})" if of_its_own else f"'{arrived}'"
        back = engine.execute(f"SELECT CAST({words} AS {source})").fetchone()
        assert repr(back) == repr((before,)) or (before == 0 and back == (0,))


@example(1.1, Type("DECIMAL", 20, 18))
@example(6.6290070719735846e-15, Type("DECIMAL", 38, 30))
@example(9.5071992547409915, Type("DECIMAL", 38, 15))
@given(
    st.one_of(st.floats(), st.floats(-1e6, 1e6), st.decimals(-(10**6), 10**6, places=3).map(float)),
    st.sampled_from([Type("DECIMAL", 20, 18), Type("DECIMAL", 38, 15), Type("DECIMAL", 38, 30), Type("DECIMAL", 9, 3)]),
)
def test_a_double_has_the_digits_by_which_it_is_written_in_a_decimal(value: float, target: Type) -> None:
    arrived, taken = _through(Type("DOUBLE"), target, repr(value))
    scaled = Fraction(repr(value)) * 10**target.scale if isfinite(value) else Fraction(1, 3)
    assert taken == (scaled.denominator == 1 and abs(scaled) < 10 ** (target.precision or 0))
    assert not taken or Fraction(arrived) == Fraction(repr(value))


@example(Type("DECIMAL", 20, 18), Type("DOUBLE"), "1.1", True)
@example(Type("DECIMAL", 20, 18), Type("DOUBLE"), "1.100000000000000128", False)
@example(Type("DECIMAL", 38, 30), Type("DOUBLE"), "0.000000000000006629007071973585", True)
@example(Type("DECIMAL", 15, 9), Type("DOUBLE"), "999999.999999999", True)
@example(Type("DECIMAL", 9, 2), Type("FLOAT"), "1234567.89", False)
@given(
    st.sampled_from([Type("DECIMAL", 15, 9), Type("DECIMAL", 20, 12), Type("DECIMAL", 38, 25)]),
    st.sampled_from([Type("DOUBLE"), Type("FLOAT")]),
    st.decimals(-(10**5), 10**5, places=9).map(lambda value: f"{value:f}"),
    st.none(),
)
def test_a_decimal_keeps_its_digits_in_a_double_or_is_refused(
    source: Type, target: Type, value: str, expected: bool | None
) -> None:
    arrived, taken = _through(source, target, value)
    assert expected is None or taken == expected
    assert not taken or Fraction(arrived) == Fraction(value)


@pytest.mark.parametrize(
    ("options", "field"),
    [(FileOptions(delimiter=d), "delimiter") for d in ("||", "\n", "\r", "\0", "\r\n")]
    + [(FileOptions(quote=q), "quote") for q in ("é", "''", "\n", "\0", " ")]
    + [(FileOptions(delimiter=d, quote=d), "quote") for d in (";", "'", '"')]
    + [(FileOptions(delimiter='"'), "quote")]
    + [(FileOptions(delimiter=";", null_words=("-", w)), "null_words") for w in ("n;a", '"', 'n"a', "a\nb")]
    + [(FileOptions(quote="'", null_words=("n'a",)), "null_words")],
)  # fmt: skip
def test_a_dialect_that_nobody_can_read_is_refused_by_its_field(options: FileOptions, field: str) -> None:
    with pytest.raises(InvalidInput) as told:
        check_options(options)
    assert [problem.field for problem in told.value.problems] == [field]
    assert told.value.problems[0].message.endswith(".")


@pytest.mark.parametrize(
    "options",
    [
        FileOptions(), FileOptions(delimiter="é", quote=""), FileOptions(delimiter="\t", quote="'", null_words=('"',)),
        FileOptions(quote="", null_words=('"', "-")), FileOptions(delimiter='"', quote="'"),
    ],
)  # fmt: skip
def test_other_dialects_are_taken(options: FileOptions) -> None:
    check_options(options)


@given(
    st.sampled_from([*NUMBERS, EXACT, Type("BOOLEAN"), Type("DATE"), Type("TIMESTAMP"), Type("UUID"), TEXT]),
    st.text(st.sampled_from("0123456789.-+eE :TtruefalsNA"), max_size=20),
)
def test_text_is_read_as_a_type_only_where_it_says_the_same(target: Type, text: str) -> None:
    arrived, taken = _through(TEXTUAL, target, text)
    if not taken or arrived is None:
        return
    if target.is_text:
        assert arrived == text
    elif target.name == "BOOLEAN":
        assert arrived[0] == text.lower()[0]
    elif target.name in ("DATE", "TIMESTAMP"):
        assert arrived.startswith(text.replace("T", " ").rstrip("0").rstrip("."))
    else:
        assert float(arrived) == float(text)
        assert "_" not in text
        assert text == text.strip()


@pytest.mark.parametrize(
    ("kind", "text", "taken"),
    [(k, t, False) for k in ("DOUBLE", "FLOAT") for t in ("nan", "-nan", "inf", "-inf", "infinity", "1e5", " 1.5")]
    + [(k, t, False) for k in ("BIGINT", "INTEGER") for t in ("007", "+7", "1e3", "1.0", "1_000", "0x1F", "-0", "٧")]
    + [(k, t, False) for k in ("TIMESTAMP", "TIMESTAMPTZ") for t in (
        "infinity", "-infinity", "epoch", "0044-03-15 12:00:00 (BC)", "0044-03-15 12:00:00+00 (BC)",
        "290309-12-22 (BC) 00:00:00", "290309-12-22 (BC) 00:00:00+00",
    )]
    + [("DATE", t, False) for t in ("infinity", "-infinity", "epoch", "0044-03-15 (BC)")]
    + [("TIME", t, False) for t in ("allballs", "12:00", "12:00:00 PM")]
    + [(Type("DECIMAL", 12, 2), t, False) for t in ("nan", "1e2", "+1.5", ".5", "1.005", "007.50")]
    + [("DOUBLE", t, True) for t in ("1.5", "-0.25", "1e+300", "1000000.0")]
    + [("BIGINT", "-42", True), ("TIMESTAMP", "0001-01-01 00:00:00", True), ("TIMESTAMP", "12024-01-02 03:04:05", True)]
    + [("TIMESTAMPTZ", "2024-01-02 03:04:05+00", True), ("TIME", "12:34:56.5", True), ("DATE", "2024-02-29", True)]
    + [(Type("DECIMAL", 12, 2), t, True) for t in ("1.50", "-0.5", "1.5000")],
)  # fmt: skip
def test_of_texts_only_plain_numbers_and_days_are_taken(kind: str | Type, text: str, taken: bool) -> None:
    found = fit(TEXTUAL, kind if isinstance(kind, Type) else Type(kind))
    assert found is not None
    with duckdb.connect() as engine:
        engine.execute("SET TimeZone = 'UTC'")
        asked = f"SELECT coalesce({found.whole.replace('{c}', 't')}, false) FROM (SELECT CAST(? AS VARCHAR) AS t)"
        assert engine.execute(asked, [text]).fetchone() == (taken,)


def test_a_load_is_as_far_as_its_target_and_not_as_what_was_read_ahead() -> None:
    meter = Meter(lambda progress: None)
    meter.share, meter.total_bytes, meter.total_rows = (lambda: 0.98), 1000, 200
    meter.enter(Phase.LOAD)
    meter.add(50)
    assert meter.bytes == 250
    meter.total_rows = None  # of a compressed file it is not known
    assert meter.bytes == 980
    meter.enter(Phase.COMMIT)
    assert meter.bytes == 1000
