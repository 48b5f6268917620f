"""What MySQL, MariaDB, their drivers, proxies and clouds really say, and the causes that fit."""

from __future__ import annotations

import pytest

from destui.connectors.diagnosis import explain_message

REFUSED = "wrong_password unknown_user user_not_allowed_from_host"
DROPPED = "connection_dropped server_unavailable"

MESSAGES = [
    ("(1045, \"Access denied for user 'loader'@'10.0.0.9' (using password: YES)\")", REFUSED),
    ("ERROR 1045 (28000): Access denied for user 'loader'@'10.0.0.9' (using password: YES)", REFUSED),
    ("(1045, \"Benutzer 'loader'@'10.0.0.9' hat keine Zugriffsberechtigung (verwendetes Passwort: Ja)\")", REFUSED),
    (
        "(pymysql.err.OperationalError) (1045, \"Доступ закрыт для пользователя 'l'@'h' (был использован пароль: ДА)\")"
        "\n(Background on this error at: https://sqlalche.me/e/20/e3q8)",
        REFUSED,
    ),
    (
        "Access denied for user 'loader'@'10.0.0.9' (using password: NO)",
        "credentials_missing unknown_user user_not_allowed_from_host",
    ),
    (
        "(1044, \"Access denied for user 'loader'@'%' to database 'sales'\")",
        "no_connect_right database_missing",
    ),
    ("(1049, \"Unknown database 'sales'\")", "database_missing"),
    ("(1046, 'No database selected')", "database_missing"),
    ("(1130, \"Host '10.0.0.9' is not allowed to connect to this MySQL server\")", "user_not_allowed_from_host"),
    ("Host '10.0.0.9' is not allowed to connect to this MariaDB server", "user_not_allowed_from_host"),
    (
        "Host '10.0.0.9' is blocked because of many connection errors; unblock with 'mariadb-admin flush-hosts'",
        "user_not_allowed_from_host",
    ),
    ("(1698, \"Access denied for user 'root'@'localhost'\")", "auth_method_unsupported"),
    ("(2059, \"Authentication plugin 'b'dialog'' not configured\")", "auth_method_unsupported"),
    ("Authentication plugin 'caching_sha2_password' cannot be loaded: no such file", "auth_method_unsupported"),
    (
        "ERROR 1251 (08004): Client does not support authentication protocol requested by server",
        "auth_method_unsupported",
    ),
    (
        "(2061, \"Authentication plugin 'caching_sha2_password' reported error: Authentication requires secure"
        ' connection.")',
        "tls_required",
    ),
    (
        "(3159, 'Connections using insecure transport are prohibited while --require_secure_transport=ON.')",
        "tls_required",
    ),
    ("ERROR 3159 (HY000): This RDS Proxy requires TLS connections.", "tls_required"),
    ("(9002, 'SSL connection is required. Please specify SSL options and retry.')", "tls_required"),
    ("server does not allow insecure connections, client must use SSL/TLS", "tls_required"),
    (
        "(9000, \"Client with IP address '10.0.0.9' is not allowed to connect to this MySQL server.\")",
        "network_policy_blocked",
    ),
    (
        "(1820, 'You must reset your password using ALTER USER statement before executing this statement.')",
        "password_expired",
    ),
    ("(1820, 'You must SET PASSWORD before executing this statement')", "password_expired"),
    ("(1862, 'Your password has expired. To log in you must change it')", "password_expired"),
    ("(3118, \"Access denied for user 'loader'@'10.0.0.9'. Account is locked.\")", "account_locked"),
    ("(4151, 'Access denied, this account is locked')", "account_locked"),
    (
        "(3955, \"Access denied for user 'l'@'h'. Account is blocked for 2 day(s) (2 day(s) remaining) due to 3"
        ' consecutive failed logins.")',
        "account_locked",
    ),
    ("(1410, 'You are not allowed to create a user with GRANT')", "unknown_user"),
    ("(1040, 'Too many connections')", "too_many_connections"),
    ("ERROR 1040 (HY000): Number simultaneous connections exceeded (1000)", "too_many_connections"),
    ("(1203, \"User loader already has more than 'max_user_connections' active connections\")", "too_many_connections"),
    (
        "(1226, \"User 'loader' has exceeded the 'max_user_connections' resource (current value: 5)\")",
        "too_many_connections",
    ),
    ("(1226, \"User 'loader' has exceeded the 'max_queries_per_hour' resource (current value: 5)\")", "quota_exceeded"),
    ("(1053, 'Server shutdown in progress')", "server_unavailable"),
    ("(1047, 'WSREP has not yet prepared node for application use')", "server_unavailable"),
    ("ERROR 9501 (HY000): Timed-out waiting to acquire database connection", "server_unavailable"),
    ("(9001, 'Max connect timeout reached while reaching hostgroup 0 after 10000ms')", "server_unavailable"),
    ("(2013, 'Lost connection to MySQL server during query')", DROPPED),
    (
        "(2013, 'Lost connection to MySQL server during query (timed out)')",
        "timeout_firewall server_unavailable wrong_protocol",
    ),
    ("(2006, \"MySQL server has gone away (BrokenPipeError(32, 'Broken pipe'))\")", DROPPED),
    ("(0, '')", DROPPED),
    ("Packet sequence number wrong - got 45 expected 0", "wrong_protocol"),
    ("index out of range", "auth_method_unsupported user_not_allowed_from_host"),
    ("'NoneType' object has no attribute 'encoding'", "config_invalid"),
    (
        "'cryptography' package is required for sha256_password or caching_sha2_password auth methods",
        "wrong_password driver_missing",
    ),
    ("'pynacl' package is required for ed25519_password auth method", "driver_missing auth_method_unsupported"),
    ("(2003, \"Can't connect to MySQL server on 'db' ([Errno 111] Connection refused)\")", "connection_refused"),
    ("ERROR 2003 (HY000): Can't connect to MySQL server on 'db:3306' (111)", "connection_refused"),
    ("ERROR 2003 (HY000): Can't connect to MySQL server on 'db:3306' (110)", "timeout_firewall"),
    ("ERROR 2003 (HY000): Can't connect to MySQL server on '10.0.0.1' (113)", "network_unreachable timeout_firewall"),
    ("(2003, \"Can't connect to MySQL server on 'db' ([Errno -2] Name or service not known)\")", "host_not_found"),
    ("(2003, \"Can't connect to MySQL server on 'db' (timed out)\")", "timeout_firewall"),
    ("ERROR 2005 (HY000): Unknown MySQL server host 'db' (-2)", "host_not_found"),
    ("ERROR 2005 (HY000): Unknown MySQL server host 'db' (-3)", "dns_unavailable"),
    (
        "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/run/mysqld/mysqld.sock' (2)",
        "connection_refused",
    ),
    (
        "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/run/mysqld/mysqld.sock' (13)",
        "path_not_permitted",
    ),
    ("(1142, \"CREATE command denied to user 'loader'@'10.0.0.9' for table 't'\")", "no_create_right"),
    ("(1142, \"INSERT command denied to user 'loader'@'10.0.0.9' for table 't'\")", "no_write_right"),
    ("(1142, \"SELECT command denied to user 'loader'@'10.0.0.9' for table 't'\")", "no_read_right"),
    ("(1142, \"DROP Befehl nicht erlaubt für Benutzer 'x'@'127.0.0.1' auf Tabelle `d`.`t`\")", "no_write_right"),
    ("(1142, \"La commande 'CREATE' est interdite à l'utilisateur: 'x'@'127.0.0.1'\")", "no_create_right"),
    ("(1227, 'Access denied; you need (at least one of) the SUPER privilege(s) for this operation')", "no_write_right"),
    ("(1146, \"Table 'sales.t' doesn't exist\")", "table_missing"),
    (
        "(1290, 'The MySQL server is running with the --read-only option so it cannot execute this statement')",
        "read_only",
    ),
    (
        "(1290, 'The MySQL server is running with the --super-read-only option so it cannot execute this statement')",
        "read_only",
    ),
    (
        "(1290, 'The MySQL server is running with the --secure-file-priv option so it cannot execute this statement')",
        "config_invalid",
    ),
    ("(1836, 'Running in read-only mode')", "read_only"),
    ("(1792, 'Cannot execute statement in a READ ONLY transaction.')", "read_only"),
    ("(1114, \"The table 't' is full\")", "disk_full"),
    ("(1021, 'Disk full (/tmp/#sql); waiting for someone to free some space... (errno: 28)')", "disk_full"),
    ("Error writing file './sales/t.MYD' (Errcode: 28 \"No space left on device\")", "disk_full"),
    ("(1153, \"Got a packet bigger than 'max_allowed_packet' bytes\")", "quota_exceeded"),
    ("(1205, 'Lock wait timeout exceeded; try restarting transaction')", "locked"),
    ("(1213, 'Deadlock found when trying to get lock; try restarting transaction')", "unknown"),
    ("(3024, 'Query execution was interrupted, maximum statement execution time exceeded')", "query_timeout"),
    ("(1969, 'Query execution was interrupted (max_statement_time exceeded)')", "query_timeout"),
    ("(1115, \"Unknown character set: 'utf8mb5'\")", "config_invalid"),
    ("(1193, \"Unknown system variable 'x'\")", "config_invalid"),
    ("(1194, \"Table 't' is marked as crashed and should be repaired\")", "file_corrupt"),
    (
        "(2026, 'SSL connection error: error:0A000086:SSL routines::certificate verify failed')",
        "tls_untrusted_ca tls_expired",
    ),
    ("(2026, 'SSL connection error: SSL is required, but the server does not support it')", "tls_not_offered"),
    ("No module named 'pymysql'", "driver_missing"),
    ("(1062, \"Duplicate entry '1' for key 'PRIMARY'\")", "unknown"),
    ("(1105, 'Unknown error')", "unknown"),
    ("", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("message", "causes"), MESSAGES)
def test_words_of_mysql(message: str, causes: str) -> None:
    assert explain_message("mysql", message).causes == tuple(causes.split())


@pytest.mark.parametrize(
    ("code", "message", "step", "causes"),
    [
        ("1045", "Accès refusé", None, "wrong_password"),
        ("1045", "Access denied for user 'l'@'h' (using password: NO)", None, "credentials_missing"),
        ("1142", "この操作は許可されていません", "create", "no_create_right"),
        ("1142", "この操作は許可されていません", "write", "no_write_right"),
        ("1142", "この操作は許可されていません", "read back", "no_read_right"),
        ("1290", "ist nicht möglich", None, "read_only"),
        ("1226", "'l' 'max_updates_per_hour'", None, "quota_exceeded"),
        ("1040", "Access denied", None, "too_many_connections"),
    ],
)
def test_the_number_comes_before_words(code: str, message: str, step: str | None, causes: str) -> None:
    assert explain_message("mysql", message, step=step, code=code).causes[0] == causes
