"""What servers, libraries and clouds really say, and the causes that fit."""

from __future__ import annotations

import pytest

from destui.connectors.diagnosis import explain_message

POSTGRES = [
    ('could not translate host name "db.acme.internal" to address: Name or service not known', "host_not_found"),
    ('could not translate host name "db" to address: nodename nor servname provided, or not known', "host_not_found"),
    ("[Errno -2] Name or service not known", "host_not_found"),
    ('could not translate host name "db" to address: Temporary failure in name resolution', "dns_unavailable"),
    ("[Errno -3] Temporary failure in name resolution", "dns_unavailable"),
    (
        'connection to server at "10.0.0.1", port 5432 failed: Connection refused\n'
        "\tIs the server running on that host and accepting TCP/IP connections?",
        "connection_refused",
    ),
    (
        'connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: No such file or directory\n'
        "\tIs the server running locally and accepting connections on that socket?",
        "connection_refused",
    ),
    ('connection to server on socket "/run/pg/.s.PGSQL.5432" failed: Permission denied', "path_not_permitted"),
    ('connection to server at "10.0.0.1", port 5432 failed: timeout expired', "timeout_firewall"),
    ("connection timeout expired", "timeout_firewall"),
    ('connection to server at "10.0.0.1", port 5432 failed: Connection timed out', "timeout_firewall"),
    ('connection to server at "fd00::1", port 5432 failed: Network is unreachable', "network_unreachable"),
    ('connection to server at "10.0.0.1", port 5432 failed: No route to host', "network_unreachable timeout_firewall"),
    ("server closed the connection unexpectedly", "connection_dropped server_unavailable"),
    ("SSL SYSCALL error: EOF detected", "connection_dropped server_unavailable"),
    ("could not receive data from server: Connection reset by peer", "connection_dropped server_unavailable"),
    ("FATAL:  the database system is starting up", "server_unavailable"),
    ("FATAL:  the database system is shutting down", "server_unavailable"),
    ("FATAL:  terminating connection due to administrator command", "server_unavailable"),
    ("FATAL:  terminating connection due to idle-session timeout", "server_unavailable"),
    ("server does not support SSL, but SSL was required", "tls_not_offered"),
    ('root certificate file "/etc/ca.pem" does not exist', "tls_file_missing"),
    ("SSL error: certificate verify failed", "tls_untrusted_ca tls_expired"),
    ("certificate verify failed: self-signed certificate in certificate chain", "tls_untrusted_ca"),
    ("certificate verify failed: unable to get local issuer certificate", "tls_untrusted_ca"),
    ("certificate verify failed: certificate has expired", "tls_expired"),
    ("certificate verify failed: certificate is not yet valid", "clock_skew"),
    ('server certificate for "db.internal" does not match host name "10.0.0.1"', "tls_hostname_mismatch"),
    ("SSL error: unsupported protocol", "tls_version_mismatch"),
    ("SSL error: tlsv1 alert protocol version", "tls_version_mismatch"),
    ("SSL error: sslv3 alert handshake failure", "tls_version_mismatch"),
    ("SSL error: tlsv13 alert certificate required", "tls_client_cert"),
    ("SSL error: tlsv1 alert unknown ca", "tls_client_cert"),
    ("SSL error: wrong version number", "wrong_protocol"),
    ("received invalid response to SSL negotiation: H", "wrong_protocol"),
    ("expected authentication request from server, but received H", "wrong_protocol"),
    ("FATAL:  connection requires a valid client certificate", "tls_client_cert"),
    ('FATAL:  certificate authentication failed for user "loader"', "tls_client_cert"),
    ('private key file "k.pem" has group or world access', "key_invalid tls_client_cert"),
    (
        'FATAL:  password authentication failed for user "loader"',
        "wrong_password unknown_user password_expired",
    ),
    ("fe_sendauth: no password supplied", "credentials_missing"),
    ("FATAL:  empty password returned by client", "credentials_missing"),
    ('FATAL:  role "loader" is not permitted to log in', "account_locked"),
    ('FATAL:  role "loader" does not exist', "unknown_user"),
    ('FATAL:  Peer authentication failed for user "loader"', "auth_method_unsupported"),
    (
        'FATAL:  PAM authentication failed for user "loader"',
        "wrong_password unknown_user token_expired account_locked",
    ),
    ("authentication method 10 not supported", "auth_method_unsupported version_incompatible"),
    (
        'FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "loader", database "dwh", no encryption',
        "tls_required user_not_allowed_from_host",
    ),
    (
        'FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "loader", database "dwh", SSL off',
        "tls_required user_not_allowed_from_host",
    ),
    (
        'FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "loader", database "dwh", SSL encryption',
        "user_not_allowed_from_host",
    ),
    (
        'FATAL:  no pg_hba.conf entry for host "10.0.0.9", user "loader", database "dwh", SSL on',
        "user_not_allowed_from_host network_policy_blocked",
    ),
    (
        'FATAL:  pg_hba.conf rejects connection for host "10.0.0.9", user "loader", database "dwh", no encryption',
        "user_not_allowed_from_host tls_required",
    ),
    ("FATAL:  SSL connection is required. Please specify SSL options and retry.", "tls_required"),
    ("FATAL:  Tenant or user not found", "account_missing unknown_user"),
    ("FATAL:  sorry, too many clients already", "too_many_connections"),
    (
        "FATAL:  remaining connection slots are reserved for roles with the SUPERUSER attribute",
        "too_many_connections",
    ),
    ('FATAL:  too many connections for role "loader"', "too_many_connections"),
    ('FATAL:  too many connections for database "dwh"', "too_many_connections"),
    ("FATAL:  no more connections allowed (max_client_conn)", "too_many_connections"),
    ('FATAL:  database "dwh" does not exist', "database_missing"),
    ("FATAL:  no such database: dwh", "database_missing"),
    (
        'FATAL:  permission denied for database "dwh"\nDETAIL:  User does not have CONNECT privilege.',
        "no_connect_right",
    ),
    ('FATAL:  database "dwh" is not currently accepting connections', "no_connect_right"),
    ('schema "analytics" does not exist', "schema_missing"),
    ("no schema has been selected to create in", "schema_missing"),
    ('relation "t" does not exist', "table_missing"),
    ("permission denied for schema analytics", "no_create_right"),
    ("permission denied for table t", "no_read_right no_write_right"),
    ("must be owner of table t", "no_write_right"),
    ('new row violates row-level security policy for table "t"', "no_write_right"),
    ('permission denied to set role "owner"', "role_missing"),
    ("cannot execute CREATE TABLE in a read-only transaction", "read_only"),
    ('could not extend file "base/1/2": No space left on device', "disk_full"),
    ("out of shared memory", "quota_exceeded"),
    ("temporary file size exceeds temp_file_limit (1024kB)", "quota_exceeded"),
    ("canceling statement due to lock timeout", "locked"),
    ("deadlock detected", "unknown"),
    ("canceling statement due to statement timeout", "query_timeout"),
    ('invalid sslmode value: "verify_full"', "config_invalid"),
    ('invalid connection option "sslmod"', "config_invalid"),
    ('invalid port number: "99999"', "config_invalid"),
    ("No module named 'psycopg'", "driver_missing"),
    ('extension "postgis" is not available', "driver_missing"),
    ("invalid page in block 3 of relation base/1/2", "file_corrupt"),
    ("FATAL:  Ihr Kater hat den Tisch umgeworfen", "unknown"),
    ('duplicate key value violates unique constraint "t_pkey"', "unknown"),
    ("", "unknown"),
]

SQLITE = [
    ("unable to open database file", "path_missing path_not_permitted path_wrong_kind"),
    ("database is locked", "locked"),
    ("database table is locked: t", "locked"),
    ("file is not a database", "file_not_a_database"),
    ("file is encrypted or is not a database", "file_not_a_database"),
    ("database disk image is malformed", "file_corrupt"),
    ("malformed database schema (t)", "file_corrupt"),
    ("attempt to write a readonly database", "read_only path_not_permitted"),
    ("database or disk is full", "disk_full"),
    ("disk I/O error", "connection_dropped disk_full"),
    ("no such table: t", "table_missing"),
    ("no such module: fts5", "driver_missing"),
    ("[Errno 2] No such file or directory: '/x/y.db'", "path_missing"),
    ("[Errno 13] Permission denied: '/x/y.db'", "path_not_permitted"),
    ("[Errno 21] Is a directory: '/x'", "path_wrong_kind"),
    ("UNIQUE constraint failed: t.a", "unknown"),
]


@pytest.mark.parametrize(("message", "causes"), POSTGRES)
def test_words_of_postgres(message: str, causes: str) -> None:
    assert explain_message("postgres", message).causes == tuple(causes.split())


@pytest.mark.parametrize(("message", "causes"), SQLITE)
def test_words_of_sqlite(message: str, causes: str) -> None:
    assert explain_message("sqlite", message).causes == tuple(causes.split())


@pytest.mark.parametrize(
    ("code", "message", "step", "causes"),
    [
        ("28P01", "Passwort-Authentifizierung für Benutzer »loader« fehlgeschlagen", None, "wrong_password"),
        ("3D000", "Datenbank »dwh« existiert nicht", None, "database_missing"),
        ("42501", "droit refusé pour le schéma analytics", "create", "no_create_right"),
        ("42501", "droit refusé pour la table t", "write", "no_write_right"),
        ("42501", "droit refusé pour la table t", "read back", "no_read_right"),
        ("42501", "droit refusé pour la base de données dwh", "sign in", "no_connect_right"),
        ("53300", "trop de connexions", None, "too_many_connections"),
        ("57P03", "le système de bases de données se lance", None, "server_unavailable"),
        ("25006", "ne peut pas exécuter", None, "read_only"),
        ("53100", "password authentication failed", None, "disk_full"),
        ("08006", "connexion perdue", None, "connection_dropped"),
    ],
)
def test_structure_comes_before_words(code: str, message: str, step: str | None, causes: str) -> None:
    assert explain_message("postgres", message, step=step, code=code).causes[0] == causes


@pytest.mark.parametrize(
    ("exception", "causes"),
    [("ConnectionRefusedError", "connection_refused"), ("psycopg.errors.ConnectionTimeout", "timeout_firewall")],
)
def test_the_class_of_an_exception_will_do(exception: str, causes: str) -> None:
    assert explain_message("postgres", "", exception=exception).causes == (causes,)
