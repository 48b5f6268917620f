"""The form of a load order. It knows no services: what is in use or refused elsewhere is told to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from destui.domain.errors import InvalidInput, Problem
from destui.domain.loads import COMPRESSIONS, FORMATS, NULL_WORDS, FileOptions, Mode
from destui.domain.orders import Missed, OrderDraft
from destui.domain.schedule import CronMistake, Schedule, next_times, parse, words, zone
from destui.tui.text import clean
from destui.tui.widgets.choice_line import ChoiceLine
from destui.tui.widgets.completing import CompletingField, CronField, SourceField
from destui.tui.widgets.fields import ROW, TextField
from destui.tui.widgets.load_times import next_words

if TYPE_CHECKING:
    from destui.tui.app import DestuiApp

NAME, SOURCE, TABLE, MODE, KEY, CRON, TZ = "name", "source", "table", "mode", "key", "cron", "tz"
MISSED, ADD, FORMAT, COMPRESSION, DELIMITER, QUOTE, HEADER, ENCODING, NULLS = (
    "missed", "add_columns", "format", "compression", "delimiter", "quote", "header", "encoding", "null_words",
)  # fmt: skip
_MORE = (MISSED, ADD, FORMAT, COMPRESSION, DELIMITER, QUOTE, HEADER, ENCODING, NULLS)
LOOKED_AT = (SOURCE, TABLE, MODE, KEY, ADD, FORMAT, COMPRESSION, DELIMITER, QUOTE, HEADER, ENCODING, NULLS)
"""A preview depends on these."""
_OF_FILES = (FORMAT, COMPRESSION, DELIMITER, QUOTE, HEADER, ENCODING, NULLS)
MANUAL = "Manual. Five fields make it a schedule: minute, hour, day, month, weekday."
_HELP = {
    SOURCE: "Path or glob, DESTINATION:TABLE or DESTINATION:select …",
    TABLE: "Right arrow takes what is offered.",
}
"""What stands under these until they are looked at."""
_USUAL_NULLS = f"{', '.join(NULL_WORDS)} where not text"
_NAMED_DELIMITERS = {"tab": "\t", "\\t": "\t"}


class LoadRow(Vertical):
    """A label, one or two fields, and under them what helps or what is wrong."""

    def __init__(self, label: str, *controls: Widget, help: str = "") -> None:
        super().__init__(classes=ROW)
        self._label, self._controls = label, controls
        self.help, self.problem = help, ""
        self._note = Static(classes="field-note", markup=False)
        self._noted: str | None = None

    def compose(self) -> ComposeResult:
        """Label and fields on one row, the note under it."""
        yield Horizontal(Static(self._label, classes="field-label", markup=False), *self._controls, classes="load-line")
        yield self._note

    def on_mount(self) -> None:
        """Show the help from the start."""
        self._show()

    def say(self, *, problem: str | None = None, help: str | None = None, at: int | None = None) -> None:
        """Change what stands under the field; an empty problem shows the help again. `at`: the character at fault."""
        if problem is not None:
            pointer = "" if at is None else " " * (at + 1) + "^ "
            self.problem = f"{pointer}! {clean(problem)}" if problem else ""
        if help is not None:
            self.help = help
        self._show()

    def _show(self) -> None:
        text = self.problem or clean(self.help)
        if text != self._noted:  # a note that stays the same must not lay the form out again at every key
            self._noted = text
            self._note.set_class(bool(self.problem), "-problem")
            self._note.set_class(not text, "-empty")
            self._note.update(text)


class LoadForm(Vertical):
    """Asks for all of a load order; what is rarely changed shows when it is asked for."""

    class Edited(Message):
        """Something was typed or chosen; `field` says where."""

        def __init__(self, field: str) -> None:
            super().__init__()
            self.field = field

    class Left(Edited):
        """A field was left after it was changed."""

    def __init__(self, draft: OrderDraft, *, now: datetime, id: str | None = None) -> None:
        super().__init__(id=id)
        self.draft = draft
        self._now = now
        self.more = _has_more(draft)
        """All fields are shown."""
        self.times: list[datetime] = []
        """The next five times of the schedule, in its own zone."""
        options = draft.options
        zone = CompletingField(draft.tz, placeholder="time zone", id="load-tz")
        zone.select_on_focus = True  # it never stands empty: who comes to it by tab writes over what is there
        self.controls: dict[str, TextField | ChoiceLine] = {
            NAME: TextField(draft.name, placeholder="the table's, unless typed", id="load-name"),
            SOURCE: SourceField(draft.source, id="load-source"),
            TABLE: CompletingField(draft.table, id="load-table"),
            MODE: ChoiceLine([(m.value, m.value) for m in Mode], draft.mode.value, id="load-mode"),
            KEY: TextField(", ".join(draft.key), placeholder="key columns", id="load-key"),
            CRON: CronField(draft.cron, placeholder="optional", id="load-cron"),
            TZ: zone,
            MISSED: ChoiceLine([(Missed.RUN.value, "run once"), (Missed.SKIP.value, "skip")], draft.missed.value),
            ADD: ChoiceLine([("", "refuse"), ("add", "add to the table")], "add" if draft.add_columns else ""),
            FORMAT: ChoiceLine([("", "by name"), *((f, f) for f in FORMATS)], options.format),
            COMPRESSION: ChoiceLine([("", "by name"), *((c, c) for c in COMPRESSIONS)], options.compression),
            DELIMITER: TextField(_shown(options.delimiter), placeholder="found out, or: tab", id="load-delimiter"),
            QUOTE: TextField(options.quote, placeholder="nothing is quoted", id="load-quote"),
            HEADER: ChoiceLine([("yes", "first line"), ("", "none")], "yes" if options.header else ""),
            ENCODING: TextField(options.encoding, id="load-encoding"),
            NULLS: TextField(", ".join(options.null_words or ()), placeholder=_USUAL_NULLS, id="load-nulls"),
        }  # fmt: skip
        self.rows: dict[str, LoadRow] = self._make_rows()
        self._untouched = self._snapshot()
        self._left = dict(zip(self.controls, self._untouched, strict=True))
        """What stood in the fields when they were left last."""

    def _make_rows(self) -> dict[str, LoadRow]:
        c = self.controls
        mode = LoadRow("Mode", c[MODE], c[KEY])
        schedule = LoadRow("Schedule", c[CRON], c[TZ])
        return {
            NAME: LoadRow("Name", c[NAME]),
            SOURCE: LoadRow("Source", c[SOURCE], help=_HELP[SOURCE]),
            TABLE: LoadRow("Table", c[TABLE], help=_HELP[TABLE]),
            MODE: mode, KEY: mode, CRON: schedule, TZ: schedule,
            MISSED: LoadRow("Missed times", c[MISSED], help="What is due while no worker is there."),
            ADD: LoadRow("New columns", c[ADD], help="Columns that only the source has."),
            FORMAT: LoadRow("Format", c[FORMAT]),
            COMPRESSION: LoadRow("Compression", c[COMPRESSION]),
            DELIMITER: LoadRow("Delimiter", c[DELIMITER]),
            QUOTE: LoadRow("Quote", c[QUOTE]),
            HEADER: LoadRow("Header", c[HEADER]),
            ENCODING: LoadRow("Encoding", c[ENCODING]),
            NULLS: LoadRow("NULL words", c[NULLS], help="Separated by commas; then they count in every column."),
        }  # fmt: skip

    def compose(self) -> ComposeResult:
        """The rows in order."""
        yield from dict.fromkeys(self.rows.values())

    def on_mount(self) -> None:
        """Leave out what is not needed."""
        self._show_rows()
        self._read_schedule()

    # What stands in it

    @property
    def is_dirty(self) -> bool:
        """Something would be lost by closing it."""
        return self._snapshot() != self._untouched

    @property
    def source(self) -> SourceField:
        """The field of the source."""
        found = self.controls[SOURCE]
        assert isinstance(found, SourceField)
        return found

    def value(self, field: str) -> str:
        """What stands in a field."""
        return self.controls[field].value

    def read(self) -> OrderDraft:
        """What is typed, as an order; nothing of it is held against anything."""
        mode = Mode(self.value(MODE))
        key = self._kept(KEY, self.draft.key) or ()
        return replace(
            self.draft, name=self.value(NAME) or _last_part(self.value(TABLE)), source=self.value(SOURCE).strip(),
            table=self.value(TABLE).strip(), mode=mode, key=key if mode is Mode.MERGE else (),
            options=self._options(), cron=self.value(CRON).strip(), tz=self._zone,
            missed=Missed(self.value(MISSED)), add_columns=bool(self.value(ADD)),
        )  # fmt: skip

    def _options(self) -> FileOptions:
        delimiter = self.value(DELIMITER)
        return replace(
            self.draft.options, format=self.value(FORMAT), compression=self.value(COMPRESSION),
            quote=self.value(QUOTE), header=bool(self.value(HEADER)),
            delimiter=_NAMED_DELIMITERS.get(delimiter.strip(), delimiter), encoding=self.value(ENCODING).strip(),
            null_words=self._kept(NULLS, self.draft.options.null_words),
        )  # fmt: skip

    def _kept(self, field: str, was: tuple[str, ...] | None) -> tuple[str, ...] | None:
        """Words parted at commas; untouched they stay what they were, whatever they hold."""
        text = self.value(field)
        return was if text == ", ".join(was or ()) else _parts(text) or None

    def _snapshot(self) -> tuple[str, ...]:
        return tuple(control.value for control in self.controls.values())

    # What is told in it

    def show_problems(self, problems: Iterable[Problem]) -> list[str]:
        """Put each problem beside its field and clear the others; what belongs to none is returned."""
        told: dict[str, str] = {}
        for problem in problems:
            told.setdefault(problem.field, problem.message)
        if any(field in _MORE for field in told):
            self.show_more()
        by_row: dict[LoadRow, str] = {}
        for field, row in self.rows.items():
            by_row[row] = by_row.get(row) or told.get(field, "")
        for row, sentence in by_row.items():
            row.say(problem=sentence)
        if CRON in told or TZ in told:
            self._read_schedule()
        if first := next((field for field in self.rows if field in told), None):
            self.controls[first].focus()
        return [sentence for field, sentence in told.items() if field not in self.rows]

    def mark(self, problems: Iterable[Problem]) -> None:
        """Put each problem beside its field and leave the focus where it is: one has gone on."""
        for problem in problems:
            if problem.field in _MORE and not self.more:
                self.show_more()
            if problem.field in self.rows:
                self.rows[problem.field].say(problem=problem.message)

    def show_name_taken(self, name: str, taken: bool) -> None:
        """Another order has this name; only while it stands there."""
        if self.value(NAME) == name:
            self.rows[NAME].say(problem="Another load order has this name. Choose another." if taken else "")

    def tell(self, field: str, help: str) -> None:
        """What was found out about a field."""
        self.rows[field].say(help=help)

    def forget(self, *fields: str) -> None:
        """What was found out about these holds no longer."""
        for field in fields:
            self.rows[field].say(help=_HELP[field])

    def show_more(self) -> None:
        """Show all fields."""
        self.more = True
        self.screen.add_class("-more")
        self._show_rows()

    def know_tables(self, tables: Sequence[str]) -> None:
        """The destination's tables have been read."""
        table = self.controls[TABLE]
        assert isinstance(table, CompletingField)
        table.words = tuple(tables)

    def know_zones(self, zones: Sequence[str]) -> None:
        """The time zones there are."""
        field = self.controls[TZ]
        assert isinstance(field, CompletingField)
        field.words = tuple(zones)

    # What happens in it

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self._edited(event.input)

    @on(ChoiceLine.Changed)
    def _chosen(self, event: ChoiceLine.Changed) -> None:
        event.stop()
        self._edited(event.line)
        # A tab goes by where fields lie, and one that has come anew lies nowhere until the form is laid out.
        keys = cast("DestuiApp", self.app).held_keys
        self.call_after_refresh(keys.let_go, keys.hold())
        self._show_rows()

    def _edited(self, control: Widget) -> None:
        field = next((name for name, c in self.controls.items() if c is control), None)
        if field is None:
            return
        if field in (CRON, TZ):
            self._read_schedule()
        elif self.rows[field].problem:
            self.rows[field].say(problem="")
        if field == SOURCE and self.more:
            self._show_rows()
        self.post_message(self.Edited(field))

    def on_descendant_blur(self, event: events.DescendantBlur) -> None:
        """A field is left."""
        field = next((name for name, c in self.controls.items() if c is event.widget), "")
        if field and (value := self.value(field)) != self._left[field]:
            self._left[field] = value
            self.post_message(self.Left(field))

    @property
    def _zone(self) -> str:
        """The time zone; the one from before where the field was emptied."""
        return self.value(TZ).strip() or self.draft.tz

    def _read_schedule(self) -> None:
        """The words and the next times of what stands there, or the mistake at its character."""
        row, cron = self.rows[CRON], self.controls[CRON]
        assert isinstance(cron, CronField)
        self.times = []
        cron.mark(None)
        if not cron.value.strip():
            row.say(problem="", help=MANUAL)
            return
        try:
            schedule = parse(cron.value)
            place = zone(self._zone)
        except CronMistake as mistake:
            cron.mark((mistake.at, mistake.length))
            row.say(problem=mistake.sentence, at=min(mistake.at, 18))
        except InvalidInput as error:
            row.say(problem=error.problems[0].message)
        else:
            self.times = next_times(schedule, place, self._now)
            row.say(problem="", help=self._schedule_words(schedule))

    def _schedule_words(self, schedule: Schedule) -> str:
        """The schedule; with its next times where they have no room of their own."""
        told = words(schedule)
        return f"{told}; {next_words(self.times, self._now)}" if self.screen.has_class("-narrow") else told

    def _show_rows(self) -> None:
        files = self.source.is_file
        for field in _MORE:
            self.rows[field].display = self.more and (files or field not in _OF_FILES)
        self.controls[KEY].display = self.value(MODE) == Mode.MERGE.value


def _has_more(draft: OrderDraft) -> bool:
    """What is rarely changed has been: an order that is edited hides nothing of that."""
    usual = OrderDraft(draft.destination_id, "", "", "")
    return (draft.options, draft.missed, draft.add_columns) != (usual.options, usual.missed, usual.add_columns)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part for part in (p.strip() for p in text.split(",")) if part)


def _last_part(table: str) -> str:
    return table.strip().rpartition(".")[2].strip('"') or table.strip()


def _shown(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else delimiter
