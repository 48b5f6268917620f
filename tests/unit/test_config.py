"""What the environment says, and what of it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from destui.config import load_config
from destui.domain.errors import InvalidInput
from destui.vault import keys
from tests.fixtures import environment

PLANTED = "S3KRET"


@pytest.mark.parametrize(
    ("server", "remedy"),
    [
        (f"u:{PLANTED}@nted@127.0.0.1:1/db", "%40"),
        (f"u:pla/{PLANTED}@ed@127.0.0.1:1/db", "%40"),
        (f"u:{PLANTED}/PW", "no port"),
        (f"u:{PLANTED}@h:/x", "no port"),
        (f"u:{PLANTED}@127.0.0.1:port/x", "no port"),
        (f"u:{PLANTED}@127.0.0.1:70000/x", "no port"),
        ("", "sqlite:///path or postgresql"),
    ],
)
def test_a_stores_url_that_cannot_be_used_is_refused_without_its_password(server: str, remedy: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        load_config(environment(Path("/nowhere"), DESTUI_STORE=f"postgresql+psycopg://{server}"))
    told = str(refused.value)
    assert told.startswith("DESTUI_STORE: ") and remedy in told and PLANTED not in told


@pytest.mark.parametrize(
    ("server", "passwords"),
    [
        ("u:p%40/w@127.0.0.1:5432/db", ("p%40/w", "p@/w")),
        ("u:pw@[::1]:5432/db?sslmode=require&application_name=a@b:c", ("pw", "pw")),
        ("u@host/db", ()),
        ("/db?host=/run/postgresql", ()),
        ("host:5432/db", ()),
    ],
)
def test_the_password_of_a_stores_url_is_known_as_written_and_as_sent(server: str, passwords: tuple[str, ...]) -> None:
    config = load_config(environment(Path("/nowhere"), DESTUI_STORE=f"postgresql+psycopg://{server}"))
    assert config.store_passwords == passwords


def test_a_passphrase_may_be_bytes_that_are_no_text() -> None:
    assert len(keys.decode("\udcff" * 24, "DESTUI_KEY")) == 32
