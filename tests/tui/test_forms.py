"""The form made from a type's declaration: fields, secrets, URLs, what is told beside a field."""

from __future__ import annotations

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Input

from destui.domain.fields import FieldKind, FieldSpec, TypeSpec
from destui.domain.secret import Secret
from destui.tui.app import stylesheet_path
from destui.tui.theme import themes
from destui.tui.widgets.fields import ChoiceField, SecretField, TextField
from destui.tui.widgets.forms import UNCHANGED, Filling, Form

SPEC = TypeSpec(
    id="testdb",
    label="TestDB",
    description="host, user, password",
    fields=(
        FieldSpec("host", "Host", FieldKind.HOST, required=True, endpoint=True, section="Where"),
        FieldSpec("port", "Port", FieldKind.PORT, default=5432, endpoint=True, section="Where"),
        FieldSpec("user", "User", required=True, section="Sign in"),
        FieldSpec("password", "Password", required=True, secret=True, section="Sign in"),
        FieldSpec("schema", "Schema", default="public", section="Where"),
        FieldSpec("tls", "TLS", FieldKind.CHOICE, default="full", choices=("off", "full"), section="Encryption"),
        FieldSpec("ca_file", "CA file", FieldKind.PATH, section="Encryption", shown_when=("tls", ("full",))),
    ),
    steps=("resolve", "sign in", "create"),
    url_schemes=("testdb",),
    url_options={"tls": "tls"},
    url_values={"tls": {"perhaps": "full"}},
    url_notes={"tls": {"perhaps": "The URL would also do without."}},
)
SECRET = "s3cr3t-Wörd"


class FormApp(App[None]):
    """Nothing but a form."""

    CSS_PATH = stylesheet_path()

    def __init__(self, filling: Filling) -> None:
        super().__init__()
        for theme in themes():
            self.register_theme(theme)
        self.theme = "dark"
        self.filling = filling
        self.names: list[str] = []

    @property
    def form(self) -> Form:
        return self.query_one(Form)

    def compose(self) -> ComposeResult:
        yield Form(SPEC, self.filling)

    def on_form_name_typed(self, event: Form.NameTyped) -> None:
        self.names.append(event.name)


def new_form() -> FormApp:
    return FormApp(Filling(name=""))


def stored_form() -> FormApp:
    fields = {"host": "db.example", "port": 5432, "user": "loader", "schema": "public", "tls": "full"}
    return FormApp(Filling(fields=fields, kept=frozenset({"password"})))


def screen_text(app: App[None]) -> str:
    """Everything that the screen shows."""
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


async def type_text(pilot, text: str) -> None:
    await pilot.press(*text)


async def test_defaults_fill_the_form_and_sections_keep_their_fields_together():
    app = new_form()
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.pause()
        assert app.form.values() == {
            "host": "", "port": "5432", "user": "", "schema": "public", "tls": "full", "ca_file": "",
        }  # fmt: skip
        shown = screen_text(app)
        places = [shown.index(word) for word in ("Name", "Where", "Host", "Schema", "Sign in", "Encryption", "TLS")]
        assert places == sorted(places)


async def test_a_secret_is_on_no_screen_in_no_message_and_not_in_the_clipboard():
    app = new_form()
    seen: list[str] = []
    async with app.run_test(size=(80, 40), message_hook=lambda m: seen.append(repr(m))) as pilot:
        field = app.form.row("password").control
        assert isinstance(field, SecretField)
        field.focus()
        await type_text(pilot, SECRET)
        await pilot.press("home", "shift+end")
        assert len(field.selected_text) == len(SECRET)
        await pilot.press("ctrl+c")
        assert app.clipboard == ""
        assert field.secret == Secret(SECRET)
        assert SECRET not in screen_text(app)
        assert SECRET not in repr(field) + repr(vars(field)) + field.value + field.selected_text
        assert not any(SECRET in text for text in seen)
        await pilot.press("ctrl+x")
        assert app.clipboard == "" and not field.secret


async def test_a_secret_is_edited_like_any_text():
    app = new_form()
    async with app.run_test(size=(80, 40)) as pilot:
        field = app.form.row("password").control
        field.focus()
        await type_text(pilot, "abcd")
        await pilot.press("left", "left", "X", "backspace", "backspace", "delete", "home", "Z")
        assert field.secret == Secret("Zad")
        await pilot.press("ctrl+u")
        assert field.secret == Secret("ad")
        field.clear()
        assert not field.secret


async def test_a_pasted_key_keeps_its_lines():
    app = new_form()
    async with app.run_test(size=(80, 40)) as pilot:
        field = app.form.row("password").control
        field.focus()
        await pilot.pause()
        app.post_message(events.Paste("-----BEGIN\rline\r\n-----END\n"))
        await pilot.pause()
        assert field.secret == Secret("-----BEGIN\nline\n-----END")


async def test_a_url_pasted_into_host_fills_the_form_and_its_password_is_masked():
    app = new_form()
    async with app.run_test(size=(80, 40)) as pilot:
        app.form.row("host").control.focus()
        await pilot.pause()
        app.post_message(events.Paste("testdb://loader:p%40ss@db.example:6543/?tls=off"))
        await pilot.pause()
        await pilot.pause()
        assert app.form.values() == {
            "host": "db.example", "port": "6543", "user": "loader", "schema": "public", "tls": "off",
        }  # fmt: skip
        assert app.form.secrets() == {"password": Secret("p@ss")}
        assert "p@ss" not in screen_text(app) and "p%40ss" not in screen_text(app)
        assert "From the URL: Host, Port, User, Password, TLS." in screen_text(app)


async def test_a_url_s_word_that_means_less_is_told_beside_its_field():
    app = new_form()
    async with app.run_test(size=(80, 40)) as pilot:
        app.form.row("host").control.focus()
        await pilot.pause()
        app.post_message(events.Paste("testdb://db.example/?tls=perhaps"))
        await pilot.pause()
        await pilot.pause()
        assert app.form.values()["tls"] == "full"
        assert app.form.row("tls").help == "The URL would also do without."
        assert "The URL would also do without." in screen_text(app)


@pytest.mark.parametrize("url", ["testdb://u:p@ss@h/d", "mongo://u:hunter2@h", "testdb://u:hunter2@h:port/"])
async def test_a_url_that_cannot_be_read_is_kept_unseen_and_says_why(url: str):
    app = new_form()
    async with app.run_test(size=(80, 40)) as pilot:
        host = app.form.row("host").control
        host.focus()
        await type_text(pilot, url)
        await pilot.press("tab")
        await pilot.pause()
        why = app.form.row("host").problem
        assert why and not why.startswith("This is a URL")
        assert host.value == url, "typed for nothing"
        assert app.form.check() is None and app.form.row("host").problem == why
        assert url not in screen_text(app) and "hunter2" not in screen_text(app)


async def test_nothing_of_a_url_but_its_scheme_is_shown_while_it_is_typed():
    app = new_form()
    async with app.run_test(size=(80, 40)) as pilot:
        host = app.form.row("host").control
        host.focus()
        await type_text(pilot, "testdb://loader:s3cr3t@db.example/")
        shown = next(line for line in screen_text(app).splitlines() if "testdb://" in line)
        assert shown.split("testdb://")[1].strip() == "•" * len("loader:s3cr3t@db.example/")
        await pilot.press("shift+home", "ctrl+c")
        await pilot.press("ctrl+x")
        assert app.clipboard == "" and host.value == ""
        await type_text(pilot, "testdb://loader:s3cr3t@db.example/")
        data = app.form.check(name_asked=False)
        assert data is not None and data.values["host"] == "db.example", "without leaving the field"
        assert data.secrets == {"password": Secret("s3cr3t")} and "s3cr3t" not in screen_text(app)


async def test_an_edited_field_is_checked_when_left_and_an_untouched_one_is_not():
    app = new_form()
    async with app.run_test(size=(80, 40)) as pilot:
        app.form.row("host").control.focus()
        await pilot.press("tab")
        assert app.form.row("host").problem == ""
        await type_text(pilot, "99")
        await pilot.press("tab")
        await pilot.pause()
        assert app.form.row("port").problem == "A port is a number from 1 to 65535."
        assert "! A port is a number" in screen_text(app)


async def test_checking_tells_every_problem_and_focuses_the_first():
    app = new_form()
    async with app.run_test(size=(80, 40)) as pilot:
        app.form.row("user").control.focus()
        await pilot.pause()
        assert app.form.check() is None
        await pilot.pause()
        problems = {name: app.form.row(name).problem for name in ("name", "host", "user", "password")}
        assert problems == {
            "name": "Name is required.",
            "host": "Host is required.",
            "user": "User is required.",
            "password": "Password is required.",
        }
        assert app.focused is app.form.row("name").control


async def test_a_field_that_is_not_needed_is_left_out():
    app = new_form()
    async with app.run_test(size=(80, 40)) as pilot:
        tls = app.form.row("tls").control
        assert isinstance(tls, ChoiceField)
        assert app.form.row("ca_file").display
        tls.focus()
        await pilot.press("left")
        await pilot.pause()
        assert tls.value == "off"
        assert not app.form.row("ca_file").display
        assert "ca_file" not in app.form.values()


async def test_a_choice_is_opened_and_left_by_keys():
    app = new_form()
    async with app.run_test(size=(80, 40)) as pilot:
        tls = app.form.row("tls").control
        tls.focus()
        await pilot.press("enter", "up", "enter")
        await pilot.pause()
        assert tls.value == "off" and app.focused is tls and not tls.expanded
        await pilot.press("space", "down", "escape")
        await pilot.pause()
        assert tls.value == "off" and app.focused is tls and not tls.expanded
        await pilot.click("ChoiceField")
        await pilot.pause()
        assert tls.expanded


async def test_a_kept_secret_stays_until_the_endpoint_changes():
    app = stored_form()
    async with app.run_test(size=(80, 40)) as pilot:
        assert UNCHANGED in screen_text(app)
        data = app.form.check()
        assert data is not None and data.secrets == {}
        app.form.row("host").control.focus()
        await pilot.press("end", "x")
        await pilot.pause()
        assert "Host changed: type it again" in screen_text(app)
        assert app.form.check() is None
        assert app.form.row("password").problem.startswith("Host changed: type it again")
        await type_text(pilot, "new")
        data = app.form.check()
        assert data is not None and data.secrets == {"password": Secret("new")}


async def test_nothing_typed_is_nothing_lost():
    app = stored_form()
    async with app.run_test(size=(80, 40)) as pilot:
        assert not app.form.is_dirty
        app.form.row("password").control.focus()
        await pilot.press("x")
        assert app.form.is_dirty
        await pilot.press("backspace")
        assert not app.form.is_dirty


async def test_names_are_told_as_they_are_typed():
    app = new_form()
    async with app.run_test(size=(80, 40)) as pilot:
        app.form.row("name").control.focus()
        await type_text(pilot, "ab")
        assert app.names == ["a", "ab"]


async def test_controls_in_a_stored_value_are_shown_as_symbols():
    app = FormApp(Filling(fields={"user": "a\x1b[31mb", "tls": "full"}))
    async with app.run_test(size=(80, 40)):
        field = app.form.row("user").control
        assert isinstance(field, TextField) and isinstance(field, Input)
        assert "a\u241b[31mb" in screen_text(app)
