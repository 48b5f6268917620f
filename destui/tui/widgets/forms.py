"""The form of a type of destination, made from its declaration alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Input, Select, Static

from destui.domain.destination import clean_tags, name_problem
from destui.domain.errors import InvalidInput, NameInUse, Problem
from destui.domain.fields import (
    FieldKind,
    Fields,
    FieldSpec,
    FieldValue,
    TypeSpec,
    endpoint_changed,
    read_value,
    validate,
)
from destui.domain.secret import Secret
from destui.domain.url import parse_url, url_notes
from destui.tui.glyphs import UNICODE, Marks
from destui.tui.widgets.fields import ChoiceField, Control, FieldRow, SecretField, TextField

NAME, TAGS = "name", "tags"
UNCHANGED = "unchanged, type to replace"
KEPT_HELP = "kept in the vault, never shown again"


@dataclass(frozen=True)
class Filling:
    """What a form starts with. `name` None: name and tags are not asked for; `kept` names the secrets that are set."""

    name: str | None = None
    tags: tuple[str, ...] = ()
    fields: Fields | None = None
    kept: frozenset[str] = frozenset()


@dataclass(frozen=True)
class FormData:
    """What was typed, read by the type's declaration; `secrets` holds only those typed anew."""

    name: str
    tags: tuple[str, ...]
    values: dict[str, FieldValue] = field(default_factory=dict)
    secrets: dict[str, Secret] = field(default_factory=dict)


class Form(Vertical):
    """Rows in sections. It knows no services: what is in use or refused elsewhere is told to it by `show_problems`."""

    class NameTyped(Message):
        """Another name stands in the form."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    class Edited(Message):
        """Something was typed or chosen."""

    def __init__(self, spec: TypeSpec, filling: Filling, *, marks: Marks = UNICODE, id: str | None = None) -> None:
        super().__init__(id=id)
        self.marks = marks
        self.spec = spec
        self.filling = filling
        self._fields: Fields = filling.fields if filling.fields is not None else spec.defaults()
        self._only: frozenset[str] | None = None
        self._in_use = ""
        """A name that is known to be taken."""
        self._rows: dict[str, FieldRow] = {row.field: row for row in self._make_rows()}
        self._headings = {s: Static(s, classes="field-section", markup=False) for s in self._sections() if s}
        self._untouched = self._snapshot()

    def compose(self) -> ComposeResult:
        """Name and tags, then section by section."""
        for name in (NAME, TAGS):
            if name in self._rows:
                yield self._rows[name]
        for section in self._sections():
            if section:
                yield self._headings[section]
            yield from (self._rows[f.name] for f in self.spec.fields if f.section == section)

    def on_mount(self) -> None:
        """Leave out what the values make needless."""
        self._show_rows()

    # What stands in it

    def row(self, name: str) -> FieldRow:
        """The row of a field, `name` and `tags` among them."""
        return self._rows[name]

    @property
    def is_dirty(self) -> bool:
        """Something would be lost by closing it."""
        return self._snapshot() != self._untouched

    @property
    def is_partial(self) -> bool:
        """Only some of its fields are shown."""
        return self._only is not None

    @property
    def name_typed(self) -> str:
        """The name as it stands."""
        return self._rows[NAME].value if NAME in self._rows else ""

    def values(self) -> dict[str, object]:
        """The shown fields that are not secret, as typed."""
        shown = self._texts()
        return {f.name: shown[f.name] for f in self.spec.fields if not f.secret and self.spec.is_shown(f, shown)}

    def secrets(self) -> dict[str, Secret]:
        """The secrets typed."""
        texts = self._texts()
        return {
            f.name: self._rows[f.name].secret
            for f in self.spec.fields
            if f.secret and self._rows[f.name].secret and self.spec.is_shown(f, texts)
        }

    def moved(self) -> tuple[str, ...]:
        """Labels of the changed fields that say where secrets are sent: kept secrets must then be typed again."""
        if not self.filling.kept or self.filling.fields is None:
            return ()
        return endpoint_changed(self.spec, self.filling.fields, self._typed())

    def check(self, *, name_asked: bool = True) -> FormData | None:
        """Read the form. None when something is wrong: told beside the fields, the focus on the first."""
        urls = [problem for row in self._rows.values() for problem in self._take_url(row, row.url)]
        data, problems = self._read(name_asked=name_asked)
        problems = [*urls, *problems]
        self.show_problems(problems, name_asked=name_asked)
        return None if problems else data

    def _read(self, *, name_asked: bool = True) -> tuple[FormData, list[Problem]]:
        problems = list(self._own_problems()) if name_asked else []
        problems += self._to_type_again()
        data = FormData(self.name_typed, ())
        try:
            values, secrets = validate(self.spec, self.values(), self.secrets(), self.filling.kept)
            data = FormData(self.name_typed, () if problems else clean_tags(self.tags()), values, secrets)
        except InvalidInput as error:
            problems += error.problems
        return data, problems

    def _to_type_again(self) -> Iterator[Problem]:
        """Kept secrets are not sent to another address than the one they were given for."""
        if moved := self.moved():
            typed = self.secrets()
            yield from (Problem(name, _type_again(moved)) for name in sorted(self.filling.kept) if name not in typed)

    def tags(self) -> tuple[str, ...]:
        """The tags typed, parted at commas."""
        text = self._rows[TAGS].value if TAGS in self._rows else ""
        return tuple(t for t in (part.strip() for part in text.split(",")) if t)

    # What is told in it

    def show_problems(self, problems: Iterable[Problem], *, name_asked: bool = True) -> None:
        """Put each problem beside its field and clear the others; where the name was not asked for, what is told of
        it stays."""
        told = {p.field: p.message for p in reversed(list(problems))}
        if self._in_use and self._in_use == self.name_typed:
            told.setdefault(NAME, _in_use(self._in_use))
        for name, row in self._rows.items():
            if name_asked or name not in (NAME, TAGS):
                row.say(problem=told.get(name, ""))
        if first := next((r for n, r in self._rows.items() if n in told), None):
            if self._only is not None and first.field not in self._only:
                self.show_only(None)
            first.control.focus()

    def show_in_use(self, name: str, taken: bool) -> None:
        """Say that another destination has this name, or no longer; only while it stands there."""
        self._in_use = name if taken else ""
        row, sentence = self._rows[NAME], _in_use(name)
        if row.value == name and (taken or row.problem == sentence):
            row.say(problem=sentence if taken else "")

    def show_only(self, names: frozenset[str] | None) -> None:
        """Show only these fields, without headings; None: all."""
        self._only = names
        if self.is_mounted:
            self._show_rows()

    def _own_problems(self) -> Iterator[Problem]:
        if NAME not in self._rows:
            return
        if problem := name_problem(self.name_typed):
            yield Problem(NAME, problem)
        try:
            clean_tags(self.tags())
        except InvalidInput as error:
            yield from error.problems

    # What happens in it

    @on(Input.Changed)
    @on(Select.Changed)
    def _edited(self, event: Input.Changed | Select.Changed) -> None:
        event.stop()
        row = self._row_of(event.control)
        if row is None:
            return
        if row.problem and row.field != NAME:
            row.say(problem="")
        if row.field == NAME:
            self.post_message(self.NameTyped(row.value))
        if isinstance(event, Select.Changed):
            self._show_rows()
        spec = self.spec.field(row.field)
        if spec and spec.endpoint:
            self._tell_kept()
        self.post_message(self.Edited())

    @on(Input.Blurred)
    def _left(self, event: Input.Blurred) -> None:
        event.stop()
        row = self._row_of(event.control)
        if row is None or not row.touched or row.url:
            return
        found = [p.message for p in self._read()[1] if p.field == row.field]
        # That a name is in use is not known here: it stays told until another is typed.
        if found or row.field != NAME:
            row.say(problem=found[0] if found else "")

    @on(TextField.UrlGiven)
    def _url_given(self, event: TextField.UrlGiven) -> None:
        event.stop()
        if (row := self._row_of(event.field)) is not None:
            for problem in self._take_url(row, event.url):
                row.say(problem=problem.message)

    def _take_url(self, row: FieldRow, url: Secret) -> list[Problem]:
        """Fill the form from a URL; what is wrong with it is told beside the field that it was given in."""
        if not url:
            return []
        try:
            values, secrets = parse_url(self.spec, url.reveal())
        except InvalidInput as error:
            return [Problem(row.field, problem.message) for problem in error.problems]
        self.fill({row.field: ""} | values, secrets)
        names = [f.label for f in self.spec.fields if f.name in values or f.name in secrets]
        row.say(problem="", help=f"From the URL: {', '.join(names)}.")
        for name, note in url_notes(self.spec, url.reveal()).items():
            self._rows[name].say(help=note)
        return []

    def fill(self, values: dict[str, object], secrets: dict[str, Secret]) -> None:
        """Put values into their fields, secrets masked."""
        for name, value in values.items():
            control = self._rows[name].control
            if isinstance(control, ChoiceField):
                if str(value) in control.choices:
                    control.value = str(value)
            elif isinstance(control, TextField):
                control.value = str(value)
        for name, secret in secrets.items():
            control = self._rows[name].control
            if isinstance(control, SecretField):
                control.fill(secret)

    # How it is made

    def _make_rows(self) -> Iterator[FieldRow]:
        filling = self.filling
        if filling.name is not None:
            yield FieldRow(NAME, "Name", TextField(filling.name, id="field-name"))
            tags = TextField(", ".join(filling.tags), placeholder="optional, separated by commas", id="field-tags")
            yield FieldRow(TAGS, "Tags", tags)
        told = False
        for spec in self.spec.fields:
            # Of a secret that is set, its placeholder says as much.
            untold = spec.secret and not told and spec.name not in self.filling.kept
            help = spec.help or (KEPT_HELP if untold else "")
            told = told or spec.secret
            yield FieldRow(spec.name, spec.label, self._control(spec), help=help)

    def _control(self, spec: FieldSpec) -> Control:
        widget_id = f"field-{spec.name}"
        if spec.secret:
            kept = spec.name in self.filling.kept
            return SecretField(
                placeholder=UNCHANGED if kept else spec.placeholder, mask=self.marks.active, id=widget_id
            )
        value = str(self._fields.get(spec.name, ""))
        if spec.kind is FieldKind.CHOICE:
            return ChoiceField(spec.choices, value or str(spec.default or ""), arrow=self.marks.choice, id=widget_id)
        takes_url = bool(self.spec.url_schemes) and spec.name in ("host", "path")
        return TextField(value, placeholder=spec.placeholder, takes_url=takes_url, mask=self.marks.active, id=widget_id)

    def _sections(self) -> Iterator[str]:
        yield from dict.fromkeys(f.section for f in self.spec.fields)

    def _row_of(self, control: object) -> FieldRow | None:
        return next((row for row in self._rows.values() if row.control is control), None)

    def _texts(self) -> dict[str, object]:
        return {f.name: self._rows[f.name].value for f in self.spec.fields if not f.secret}

    def _snapshot(self) -> tuple[object, ...]:
        return (*(row.secret or row.value for row in self._rows.values()),)

    def _typed(self) -> dict[str, FieldValue]:
        typed: dict[str, FieldValue] = {}
        for name, raw in self.values().items():
            spec = self.spec.field(name)
            if spec is None or str(raw).strip() == "":
                continue
            try:
                typed[name] = read_value(spec, raw)
            except ValueError:
                typed[name] = str(raw)
        return typed

    def _tell_kept(self) -> None:
        moved = self.moved()
        for name in self.filling.kept:
            if (row := self._rows.get(name)) is None:
                continue
            spec = self.spec.field(name)
            usual = spec.help if spec else ""
            row.say(problem=None if moved else "", help=_type_again(moved) if moved else usual)
            if isinstance(row.control, SecretField):
                row.control.placeholder = "" if moved else UNCHANGED

    def _show_rows(self) -> None:
        texts = self._texts()
        self.set_class(self.is_partial, "-partial")
        for spec in self.spec.fields:
            wanted = self._only is None or spec.name in self._only
            self._rows[spec.name].display = wanted and self.spec.is_shown(spec, texts)
        for section, heading in self._headings.items():
            rows = (self._rows[f.name] for f in self.spec.fields if f.section == section)
            heading.display = self._only is None and any(row.display for row in rows)


def _in_use(name: str) -> str:
    return NameInUse(name).problems[0].message


def _type_again(moved: tuple[str, ...]) -> str:
    return f"{' and '.join(moved)} changed: type it again, so that it is not sent elsewhere unseen."
