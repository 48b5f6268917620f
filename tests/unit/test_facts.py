"""What a check found out, and what has changed between two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from destui.domain.causes import CAUSE_WORDS, CAUSES
from destui.domain.check import Check, CheckState, Diagnosis, Reason, Step, StepState
from destui.domain.facts import Difference, Fact, differences, facts_of, size_words

NOW = datetime(2024, 11, 24, 10, 2, tzinfo=UTC)
PASSED = CheckState.PASSED


def check(detail: Mapping[str, str] | None = None, state: CheckState = PASSED, **times: int) -> Check:
    steps = tuple(Step(name.replace("_", " "), StepState.PASSED, ms) for name, ms in times.items())
    return Check("c", "d", Reason.ASKED, state, "me", NOW, NOW, NOW, steps, detail=detail or {})


def failed(code: str, cause: str, step: str = "create") -> Check:
    return replace(check(state=CheckState.FAILED), diagnosis=Diagnosis(step, code, ("locked",), cause, "Fix.", "said"))


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [(d.title, d.now, d.was) for d in differences(check(before), check(after))]


def test_facts_are_told_in_one_order_and_unknown_ones_last() -> None:
    detail = {"zone": "eu", "file size": "12345678", "certificate ends": "2024-12-03", "server": "PostgreSQL 16.4"}
    assert facts_of(check(detail)) == [
        Fact("Server", "PostgreSQL 16.4"), Fact("Valid until", "2024-12-03, 9 days left"),
        Fact("File size", "12.3 MB"), Fact("Zone", "eu"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("end", "text"),
    [("2024-11-25", "1 day left"), ("2024-11-24", "0 days left"), ("2024-11-23", "over"), ("soon", "")],
)
def test_days_left_are_those_of_the_check_s_day(end: str, text: str) -> None:
    (fact,) = facts_of(check({"certificate ends": end}))
    assert fact.text == (f"{end}, {text}" if text else end)


@pytest.mark.parametrize(
    ("left", "text"),
    [
        (timedelta(days=12.5), "12 days left"), (timedelta(days=13), "13 days left"),
        (timedelta(hours=36), "1 day left"), (timedelta(hours=1), "0 days left"), (timedelta(minutes=-1), "over"),
    ],
)  # fmt: skip
def test_days_left_are_rounded_down(left: timedelta, text: str) -> None:
    end = NOW + left
    (fact,) = facts_of(check({"certificate ends": f"{end:%Y-%m-%d %H:%M}"}))
    assert fact.text == f"{end:%Y-%m-%d}, {text}"


def test_a_certificate_s_end_is_the_same_as_an_earlier_version_kept_it() -> None:
    assert changes({"certificate ends": "2024-12-03"}, {"certificate ends": "2024-12-03 09:59"}) == []


def test_facts_that_both_know_are_compared() -> None:
    before = {"server": "PostgreSQL 15.6", "address": "10.0.0.1", "issuer": "CN=a", "tls": "TLS 1.3"}
    after = {"server": "PostgreSQL 16.4", "address": "10.0.0.1", "issuer": "CN=b", "certificate": "CN=db"}
    assert changes(before, after) == [
        ("Server", "PostgreSQL 16.4", "PostgreSQL 15.6"), ("Issued by", "CN=b", "CN=a"),
    ]  # fmt: skip
    assert changes(after, after) == []


def test_sizes_are_told_when_they_have_changed_by_much() -> None:
    assert changes({"file size": "1000"}, {"file size": "1200"}) == []
    assert changes({"file size": "1000"}, {"file size": "2000"}) == [("File size", "2 KB", "1 KB")]
    assert changes({"free space": "4200000000"}, {"free space": "0"}) == [("Free space", "0 bytes", "4.2 GB")]


def test_only_notable_times_are_told() -> None:
    before = check(resolve=12, reach=38, sign_in=184, create=900)
    after = check(resolve=90, reach=400, sign_in=300, create=2400)
    assert differences(before, after) == [
        Difference("reach", "400 ms", "38 ms"), Difference("create", "2.4 s", "900 ms")
    ]  # fmt: skip
    assert differences(after, before) == [
        Difference("reach", "38 ms", "400 ms"), Difference("create", "900 ms", "2.4 s")
    ]  # fmt: skip


def test_a_skipped_step_took_no_time() -> None:
    before = check(create=2000)
    skipped = replace(before, steps=(Step("create", StepState.SKIPPED, 0),))
    assert differences(before, skipped) == []


def test_how_they_ended_and_why() -> None:
    one, other = failed("PG-42501", "May not create."), failed("PG-53100", "The disk is full.", "write")
    assert differences(check(), one) == [Difference("Result", "failed at create", "passed")]
    assert differences(one, other) == [
        Difference("Result", "failed at write", "failed at create"),
        Difference("Cause", "The disk is full.", "May not create."),
    ]
    assert differences(one, failed("PG-42501", "May not create, again.")) == []
    warned = replace(check(state=CheckState.WARNED), steps=(Step("encrypt", StepState.WARNED, 40),))
    assert differences(check(), warned) == [Difference("Result", "warned at encrypt", "passed")]


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1 KB"), (999_600, "1 MB"), (2.5e12, "2.5 TB")]
)
def test_sizes_in_words(size: float, words: str) -> None:
    assert size_words(size) == words


def test_each_cause_has_words_that_can_follow_others() -> None:
    assert len(CAUSES) == len(CAUSE_WORDS) == len(set(CAUSE_WORDS.values()))
    for words in CAUSE_WORDS.values():
        assert not words.endswith(".") and len(words) < 60
