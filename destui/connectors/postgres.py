"""PostgreSQL: its declaration, its ladder and what its errors mean."""

from __future__ import annotations

from destui.connectors.base import Climb, Connector, Run
from destui.domain.check import DATABASE_STEPS
from destui.domain.errors import NotNow
from destui.domain.fields import TLS_MODES, FieldKind, FieldSpec, TypeSpec

SPEC = TypeSpec(
    id="postgres",
    label="PostgreSQL",
    description="host, database, user, password",
    fields=(
        FieldSpec(
            "host", "Host", FieldKind.HOST, required=True, section="Where", endpoint=True,
            help="a name, an address, or the folder of a Unix socket",
        ),
        FieldSpec("port", "Port", FieldKind.PORT, default=5432, section="Where", endpoint=True),
        FieldSpec("database", "Database", required=True, section="Where"),
        FieldSpec("schema", "Schema", default="public", section="Where"),
        FieldSpec("user", "User", required=True, section="Sign in"),
        FieldSpec("password", "Password", secret=True, section="Sign in"),
        FieldSpec(
            "tls", "TLS", FieldKind.CHOICE, default="verify-full", choices=TLS_MODES,
            section="Encryption", help="verify-full also checks that the certificate is for this host",
        ),
        FieldSpec(
            "ca_file", "CA file", FieldKind.PATH, section="Encryption",
            placeholder="optional, the system's if empty", shown_when=("tls", ("verify-ca", "verify-full")),
        ),
        FieldSpec(
            "client_cert", "Client cert", FieldKind.PATH, section="Encryption",
            placeholder="optional, a PEM file", shown_when=("tls", ("require", "verify-ca", "verify-full")),
        ),
        FieldSpec(
            "client_key", "Client key", secret=True, section="Encryption",
            placeholder="optional, the key's PEM text", shown_when=("tls", ("require", "verify-ca", "verify-full")),
        ),
    ),
    steps=DATABASE_STEPS,
    url_schemes=("postgres", "postgresql"),
    url_options={
        "sslmode": "tls", "sslrootcert": "ca_file", "sslcert": "client_cert", "schema": "schema",
    },
    url_values={"tls": {"disable": "off", "allow": "require", "prefer": "require"}},
    driver="psycopg",
)  # fmt: skip


class _Postgres(Connector):
    spec = SPEC
    catalogue = ()
    unknown_code = "PG-UNKNOWN"

    def climb(self, run: Run) -> Climb:
        raise NotNow(f"Checks of {SPEC.label} come with the next change.")


CONNECTOR = _Postgres()
