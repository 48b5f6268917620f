"""What a check has found, the right half of the detail pane: the cause, what to do, facts, what has changed. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from destui.domain.causes import APART, likeliest_first
from destui.domain.check import Check, CheckState, Diagnosis, StepState
from destui.domain.facts import Difference, facts_of
from destui.tui.text import clean, clean_lines, duration, fit, wrap
from destui.tui.theme import Ink
from destui.tui.widgets.line import Runs, runs_width, spread

FACT_LABEL = 14
STAYS = "The change was not taken: the old settings and credentials are still in use."


@dataclass(frozen=True)
class Shape:
    """How much room the pane has."""

    cells: int
    narrow: bool
    airy: bool
    """Blank rows between blocks."""
    flat: bool
    """So few rows that the ladder is one line."""
    copy_key: str = "y"
    """What copies the diagnosis; empty: nothing does."""
    stop_key: str = "t"
    """What stops the check."""


@dataclass(frozen=True)
class Compared:
    """What is different between two checks; `span` says which: `since the check of 09:43`."""

    span: str
    found: Sequence[Difference]


def found_lines(check: Check, ink: Ink, cells: int, shape: Shape, compared: Compared | None = None) -> list[Runs]:
    """What happened and what to do."""
    stays: list[Runs] = [[(line, ink.work_word)] for line in wrap(STAYS, cells)] if check.was_refused else []
    if check.state.is_open:
        blocks = [_open_lines(check, ink, cells, shape)]
    elif check.diagnosis is not None:
        told = _diagnosis_blocks(check.diagnosis, ink, cells, shape, check.more)
        blocks = [*told, _changes(compared, ink, cells)]
    else:
        facts = [line for fact in facts_of(check) for line in fact_lines(fact.title, fact.text, ink, cells)]
        blocks = [_good_lines(check, ink, cells), _changes(compared, ink, cells), facts]
    return _stacked([stays, *blocks], airy=shape.airy)


def _stacked(blocks: Sequence[list[Runs]], *, airy: bool) -> list[Runs]:
    """The blocks that hold something, with blank rows between where there is room."""
    rows: list[Runs] = []
    for block in blocks:
        if airy and rows and block:
            rows.append([])
        rows += block
    return rows


def _open_lines(check: Check, ink: Ink, cells: int, shape: Shape) -> list[Runs]:
    """What runs now, or what is waited for, and how to stop it."""
    stop: list[Runs] = [[(shape.stop_key, ink.strong), (" Stop", ink.muted)]] if shape.stop_key else []
    if check.current is None:
        begins = "Waiting for a worker to begin." if check.state is CheckState.QUEUED else "Running."
        waits_for = clean(check.waits_for or begins)
        return [*([(line, ink.text)] for line in wrap(waits_for, cells)), *stop]
    step, number, total = check.current
    rows: list[Runs] = [[(f"Now: {clean(step.name)}, step {number} of {total}.", ink.strong)]]
    if step.message:
        said = clean(step.message).rstrip(".")
        rows += [[(line, ink.work_word)] for line in wrap(f"{said[:1].upper()}{said[1:]}.", cells)]
    return [*rows, *stop]


def _good_lines(check: Check, ink: Ink, cells: int) -> list[Runs]:
    rows: list[Runs] = []
    for step in check.steps:
        if step.state is StepState.WARNED:
            text = f"{ink.marks.warned} Warned at {clean(step.name)}: {clean(step.message)}"
            rows += [[(line, ink.work_word)] for line in wrap(text, cells)]
    if rows or not check.state.is_good:
        return rows
    took = f" in {duration(check.ms)}" if check.ms is not None else ""
    return [[(f"Every step passed{took}.", ink.text)]]


def diagnosis_lines(found: Diagnosis, ink: Ink, cells: int, shape: Shape, more: str = "") -> list[Runs]:
    """The cause, what to do and to paste, what would tell several causes apart (`more`), the driver's words."""
    return _stacked(_diagnosis_blocks(found, ink, cells, shape, more), airy=shape.airy)


def _diagnosis_blocks(found: Diagnosis, ink: Ink, cells: int, shape: Shape, more: str) -> list[list[Runs]]:
    cause: list[Runs] = [[(line, ink.strong)] for line in wrap(clean(found.cause), cells)]
    cause += [[(line, ink.text)] for line in wrap(causes_words(found), cells) if line]
    fix = _fix(found, ink, cells, shape.copy_key) if found.fix else []
    for line in found.fix_lines:
        fix += well_lines(clean(line), ink, cells)
    apart: list[Runs] = []
    if more:
        apart = [[(APART, ink.text)], *([(line, ink.text)] for line in wrap(clean(more), cells))]
    said: list[Runs] = []
    if found.whose_words:
        said = [[(said_words(found), ink.muted)]]
        said += [[(part, ink.muted)] for line in clean_lines(found.message) for part in wrap(line, cells)]
    return [cause, fix, apart, said]


def said_words(found: Diagnosis) -> str:
    """What stands above the message: `The driver said, SQLSTATE 42501:`, or `destui found (MY-NOT-MYSQL):`. A load's
    code stands there too: what its driver calls it is common to many faults."""
    of_load = found.code.startswith("LOAD-")
    return clean(
        f"{found.whose_words} ({found.code}):" if of_load or not found.driver_code else f"{found.whose_words}:"
    )


def causes_words(found: Diagnosis) -> str:
    """Of several causes all, as one sentence: `Likeliest first: the password is wrong; there is no such user.`"""
    return clean(likeliest_first(found.causes))


def fix_words(found: Diagnosis) -> str:
    """`Fix: run this as the owner of the schema`; what to paste comes under it."""
    sentence = clean(found.fix_sentence)
    if found.fix_lines:
        sentence = sentence.rstrip(".:")
    if sentence[1:2].islower():
        sentence = sentence[0].lower() + sentence[1:]
    return f"Fix: {sentence}"


def _fix(found: Diagnosis, ink: Ink, cells: int, key: str) -> list[Runs]:
    copy: Runs = [(key, ink.strong), (" Copy", ink.muted)] if key else []
    texts = wrap(fix_words(found), cells - runs_width(copy) - 2)
    return [*([(text, ink.text)] for text in texts[:-1]), spread([(texts[-1], ink.text)], copy, cells, ink.text)]


def well_lines(line: str, ink: Ink, cells: int) -> list[Runs]:
    """The line to paste, alone on the page's background, or in a box where there are no backgrounds."""
    if not ink.flat:
        return [[(fit(f" {part}", cells), ink.well)] for part in wrap(line, cells - 2)]
    left, right, low_left, low_right, across, down = tuple(ink.marks.box)
    rule = across * (cells - 2)
    return [
        [(left + rule + right, ink.line)],
        *(
            [(f"{down} ", ink.line), (fit(part, cells - 4), ink.text), (f" {down}", ink.line)]
            for part in wrap(line, cells - 4)
        ),
        [(low_left + rule + low_right, ink.line)],
    ]


def _changes(compared: Compared | None, ink: Ink, cells: int) -> list[Runs]:
    if compared is None:
        return []
    span = clean(compared.span)
    if not compared.found:
        return [[(line, ink.muted)] for line in wrap(f"Nothing notable has changed {span}.", cells)]
    rows: list[Runs] = [[(line, ink.text)] for line in wrap(f"Changed {span}:", cells)]
    for difference in compared.found:
        rows += fact_lines(difference.title, f"{difference.now}, was {difference.was}", ink, cells)
    return rows


def fact_lines(label: str, value: str, ink: Ink, cells: int, *, muted: bool = False) -> list[Runs]:
    """Label and value in two columns; a long value goes on under itself."""
    lines = wrap(clean(value), cells - FACT_LABEL - 1)
    labels = [clean(label), *[""] * (len(lines) - 1)]
    look = ink.muted if muted else ink.text
    return [
        [(fit(text, FACT_LABEL, ink.marks.cut) + " ", ink.muted), (line, look)]
        for text, line in zip(labels, lines, strict=True)
    ]


def diagnosis_text(first: str, found: Diagnosis | None, more: str = "") -> str:
    """A diagnosis as text for the clipboard, under a first line that says what it is about."""
    lines = [first]
    if found is not None:
        said = f"{_codes(found)}: {found.message}" if found.message else _codes(found)
        lines += [found.cause, causes_words(found), *found.fix.split("\n"), f"{APART} {more}" if more else "", said]
    return "\n".join("\n".join(clean_lines(line)) for line in lines if line)


def _codes(found: Diagnosis) -> str:
    return f"{found.code}, {found.driver_code}" if found.driver_code else found.code
