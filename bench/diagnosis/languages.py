"""`python -m bench.diagnosis.languages`: what PostgreSQL, MariaDB and the C library say in other languages, as the
diagnosis looks for it, from the translations that they come with (Debian: postgresql-15, libpq5, mariadb-server,
locales).

Writes destui/connectors/postgres_languages.py, mysql_languages.py and system_languages.py.
"""

from __future__ import annotations

import gettext
import os
import re
import subprocess
from pathlib import Path

from destui.connectors.words import Heard

LOCALES = Path("/usr/share/locale")
MARIADB = Path("/usr/share/mysql/errmsg-utf8.txt")
LATIN = ("de", "es", "fr", "it", "sv", "pt_BR", "pl")
OTHERS = ("ja", "ko", "ru", "uk", "zh_CN")
NO_LATIN = ("bgn", "chi", "geo", "greek", "hindi", "jpn", "kor", "rus", "ukr")
"""MariaDB's own names of languages that are not written in Latin letters; of all others those open that get lost."""
CONNECTORS = Path("destui/connectors")

NO_RULE = 'no pg_hba.conf entry for host "%s", user "%s", database "%s", %s'
REJECTS = 'pg_hba.conf rejects connection for host "%s", user "%s", database "%s", %s'
ENCRYPTIONS = ("no encryption", "SSL encryption", "GSS encryption")

SERVER = (
    'password authentication failed for user "%s"', 'role "%s" does not exist', 'role "%s" is not permitted to log in',
    'database "%s" does not exist', 'database "%s" is not currently accepting connections',
    'permission denied for database "%s"', "permission denied for database %s", "permission denied for schema %s",
    "permission denied for table %s", "permission denied for sequence %s", "permission denied for tablespace %s",
    "permission denied for function %s", "permission denied to create database", "permission denied to create role",
    'permission denied to create extension "%s"', 'permission denied to set role "%s"', 'must be member of role "%s"',
    "must be owner of table %s", 'new row violates row-level security policy for table "%s"',
    "sorry, too many clients already", 'too many connections for role "%s"', 'too many connections for database "%s"',
    "remaining connection slots are reserved for non-replication superuser connections",
    "the database system is starting up", "the database system is shutting down",
    "the database system is in recovery mode", "the database system is not yet accepting connections",
    "the database system is not accepting connections", "terminating connection due to administrator command",
    "terminating connection due to idle-session timeout",
    "terminating connection due to idle-in-transaction timeout",
    "terminating connection because of crash of another server process", "canceling statement due to statement timeout",
    "canceling statement due to lock timeout", "canceling statement due to user request",
    'could not obtain lock on relation "%s"', "deadlock detected", "cannot execute %s in a read-only transaction",
    "cannot execute %s during recovery", 'could not extend file "%s": %m', 'schema "%s" does not exist',
    "no schema has been selected to create in", 'relation "%s" does not exist', 'table "%s" does not exist',
    'Peer authentication failed for user "%s"', 'Ident authentication failed for user "%s"',
    'PAM authentication failed for user "%s"', 'LDAP authentication failed for user "%s"',
    'RADIUS authentication failed for user "%s"', 'GSSAPI authentication failed for user "%s"',
    'certificate authentication failed for user "%s"', "connection requires a valid client certificate",
    "empty password returned by client", 'unrecognized configuration parameter "%s"',
    'invalid value for parameter "%s": "%s"', "out of shared memory", "out of memory",
    "temporary file size exceeds temp_file_limit (%dkB)", 'could not access file "%s": %m',
    'extension "%s" is not available', "unsupported frontend protocol %u.%u: server supports %u.0 to %u.%u",
    "invalid page in block %u of relation %s", 'database "%s" is being accessed by other users',
    'duplicate key value violates unique constraint "%s"', 'syntax error at or near "%s"',
    "permission denied for view %s", 'permission denied to set parameter "%s"', "must be owner of schema %s",
    "must be owner of database %s", "must be owner of sequence %s", "must be owner of view %s",
    "must be superuser or have privileges of the pg_read_server_files role to COPY from a file",
    "must be superuser or have privileges of the pg_write_server_files role to COPY to a file",
    'could not open extension control file "%s": %m',
    'type "%s" does not exist', 'column "%s" does not exist', 'column "%s" of relation "%s" does not exist',
    "canceling statement due to conflict with recovery", "terminating connection due to conflict with recovery",
    'prepared statement "%s" does not exist', "no PostgreSQL user name specified in startup packet",
    'relation "%s" already exists', "User does not have CONNECT privilege.",
    "remaining connection slots are reserved for roles with the SUPERUSER attribute",
)  # fmt: skip
"""The server's messages, as its source has them."""

EARLY = (
    "password authentication failed", 'role "%s" does not', 'role "%s" is not permitted', 'database "%s" ',
    'permission denied for database "', "sorry, too many", "too many connections", "remaining connection slots",
    "the database system", "Peer ", "Ident ", "PAM ", "LDAP ", "RADIUS ", "GSSAPI ", "certificate authentication",
    "connection requires a valid", "empty password", "User does not have", "no PostgreSQL user", "no pg_hba.conf",
    "pg_hba.conf rejects",
)  # fmt: skip
"""How the messages of SERVER begin that it tells before it has opened the database, whose encoding it knows then."""

CLIENT = (
    "server does not support SSL, but SSL was required", 'could not translate host name "%s" to address: %s',
    "server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n"
    "\tbefore or while processing the request.", "timeout expired", "received invalid response to SSL negotiation: %c",
    "expected authentication request from server, but received %c",
    'root certificate file "%s" does not exist\nEither provide the file or change sslmode to disable server '
    "certificate verification.", 'server certificate for "%s" does not match host name "%s"',
    'certificate present, but not private key file "%s"', "authentication method %u not supported",
    "could not receive data from server: %s", "could not send data to server: %s", "SSL SYSCALL error: EOF detected",
    'definition of service "%s" not found', 'invalid connection option "%s"', 'invalid %s value: "%s"',
    'missing "=" after "%s" in connection info string', "session is read-only",
    "channel binding is required, but server did not offer an authentication method that supports channel binding",
)  # fmt: skip
"""libpq's."""

MYSQL = (
    "ER_DBACCESS_DENIED_ERROR",
    "ER_BAD_DB_ERROR",
    "ER_NO_DB_ERROR",
    "ER_CON_COUNT_ERROR",
    "ER_TOO_MANY_USER_CONNECTIONS",
    "ER_HOST_NOT_PRIVILEGED",
    "ER_HOST_IS_BLOCKED",
    "ER_NO_SUCH_TABLE",
    "ER_BAD_TABLE_ERROR",
    "ER_SPECIFIC_ACCESS_DENIED_ERROR",
    "ER_RECORD_FILE_FULL",
    "ER_DISK_FULL",
    "ER_OPEN_AS_READONLY",
    "ER_LOCK_WAIT_TIMEOUT",
    "ER_LOCK_DEADLOCK",
    "ER_SERVER_SHUTDOWN",
    "ER_NET_PACKET_TOO_LARGE",
    "ER_UNKNOWN_CHARACTER_SET",
    "ER_UNKNOWN_COLLATION",
    "ER_UNKNOWN_SYSTEM_VARIABLE",
    "ER_UNKNOWN_STORAGE_ENGINE",
    "ER_OUT_OF_SORTMEMORY",
    "ER_LOCK_TABLE_FULL",
    "ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION",
    "ER_QUERY_INTERRUPTED",
    "ER_CRASHED_ON_USAGE",
    "ER_NOT_FORM_FILE",
    "ER_FILE_NOT_FOUND",
    "ER_NOT_SUPPORTED_AUTH_MODE",
    "ER_PLUGIN_IS_NOT_LOADED",
    "ER_MUST_CHANGE_PASSWORD",
    "ER_MUST_CHANGE_PASSWORD_LOGIN",
    "ER_BAD_HOST_ERROR",
    "ER_DUP_ENTRY_WITH_KEY_NAME",
    "ER_DB_CREATE_EXISTS",
    "ER_TABLE_EXISTS_ERROR",
)
"""MariaDB's messages, by their names."""

SYSTEM = (
    "Connection refused", "Connection timed out", "No route to host", "Network is unreachable", "Host is down",
    "Connection reset by peer", "Broken pipe", "Permission denied", "Operation not permitted",
    "No such file or directory", "Not a directory", "Is a directory", "Read-only file system",
    "No space left on device", "Disk quota exceeded", "File too large", "Too many open files",
    "Cannot allocate memory", "Input/output error", "Stale file handle", "Transport endpoint is not connected",
    "Device or resource busy", "Directory not empty", "Text file busy", "Too many levels of symbolic links",
    "File name too long", "Cannot assign requested address", "Address family not supported by protocol",
    "Name or service not known", "Temporary failure in name resolution", "No address associated with hostname",
    "Non-recoverable failure in name resolution",
)  # fmt: skip
"""The C library's: strerror's and gai_strerror's."""

WINDOWS = {
    "Connection refused": (
        "da der zielcomputer die verbindung verweigerte", "l'ordinateur cible l'a expressément refusée",
        "el equipo de destino denegó expresamente", "il computer di destinazione ha rifiutato",
        "конечный компьютер отвергает", "目标计算机积极拒绝", "対象のコンピューターによって拒否",
    ),
    "Connection timed out": (
        "da die gegenstelle nach einer bestimmten zeitspanne nicht", "n'a pas répondu convenablement au-delà",
        "ya que la parte conectada no respondió", "от другого компьютера за требуемое время не получен",
        "连接方在一段时间后没有正确答复", "一定時間を過ぎても正しく応答しなかった",
    ),
    "Connection reset by peer": (
        "vom remotehost geschlossen", "dû être fermée par l'hôte distant", "forzado la interrupción de una conexión",
        "удаленный хост принудительно разорвал", "远程主机强迫关闭了一个现有的连接", "リモート ホストに強制的に切断",
    ),
    "No such host is known": (
        "der angegebene host ist unbekannt", "hôte inconnu", "host desconocido", "этот хост неизвестен",
        "不知道这样的主机", "そのようなホストは不明です",
    ),
    "Access is denied": (
        "zugriff verweigert", "accès refusé", "acceso denegado", "accesso negato", "отказано в доступе", "拒绝访问",
        "アクセスが拒否されました",
    ),
    "being used by another process": (
        "von einem anderen prozess verwendet", "utilisé par un autre processus", "utilizado por otro proceso",
        "другим процессом", "另一个程序正在使用此文件", "別のプロセスが使用中",
    ),
    "No such file or directory": (
        "das system kann den angegebenen pfad nicht finden", "das system kann die angegebene datei nicht finden",
        "le fichier spécifié est introuvable", "le chemin d'accès spécifié est introuvable",
        "el sistema no puede encontrar", "не удается найти указанный", "系统找不到指定的",
        "指定されたファイルが見つかりません",
        "指定されたパスが見つかりません",
    ),
    "No space left on device": (
        "auf dem datenträger ist nicht genügend speicherplatz", "nicht genug speicherplatz auf dem datenträger",
        "espace insuffisant sur le disque",
        "espacio en disco insuficiente", "недостаточно места на диске", "磁盘空间不足",
        "ディスクに十分な空き領域がありません",
    ),
}  # fmt: skip
"""Windows', which come with nothing to read them from."""


_LAST = re.compile(r"%s(?!.*%s)", re.DOTALL)


def catalogs(domain: str) -> dict[str, dict[str, str]]:
    """Translations by language, those that this host has."""
    found = {}
    for language in (*LATIN, *OTHERS):
        path = LOCALES / language / "LC_MESSAGES" / f"{domain}.mo"
        if path.exists():
            with path.open("rb") as file:
                known = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
            found[language] = {k.rstrip("\n"): v.rstrip("\n") for k, v in known.items() if isinstance(k, str)}
    return found


def phrase(text: str, language: str) -> str:
    """A message as one looks for it: its values numbered, and letters that get lost on the way left open."""
    numbers = iter(range(1, 9))
    text = re.sub(r"%(?:(\d)\$)?[-.\d]*(?:`?s[BQT]?|[a-zMT])", lambda m: f"{{{m[1] or next(numbers)}}}", text)
    lower = Heard(re.sub(r":? \{\d\}\s*$", "", text) if text.rstrip().endswith("}") else text).lower
    opened = re.sub(r"[^\x00-\x7f]+", "…", lower)
    if language in LATIN and not (len(lower) < 30 and opened.startswith("…")):
        lower = opened
    lower = re.sub(r"^\{\d\}", "…", lower)
    return re.sub(r"…+", "…", lower).strip()


def lost(text: str) -> str:
    """The same where all letters are lost but those of ASCII: the C library writes others, or a `?` for each."""
    done = subprocess.run(
        ["iconv", "-f", "UTF-8", "-t", "ASCII//TRANSLIT"], input=text.encode(), stdout=subprocess.PIPE, check=True,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
    )  # fmt: skip
    return f"^{phrase(done.stdout.decode('ascii'), '')}$"


def apart(found: dict[str, list[str]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The rows, and apart of them those of `?` alone."""
    is_lost = re.compile(r"\^(?!.*[a-z]{3}).*\?").match
    return (
        {message: [o for o in others if not is_lost(o)] for message, others in found.items()},
        {message: lost for message, others in found.items() if (lost := [*filter(is_lost, others)])},
    )


def english(text: str) -> str:
    """The same message as the catalogue knows it."""
    numbers = iter(range(1, 9))
    return re.sub(
        r"%[-.\d]*(?:`?s[BQT]?|[a-zMT])", lambda m: f"{{{next(numbers)}}}", text.partition("\n")[0].replace(": %m", "")
    )


def rows(messages: tuple[str, ...], domain: str) -> dict[str, list[str]]:
    """English → what it is in other languages."""
    known = catalogs(domain)
    found: dict[str, list[str]] = {}
    for message in messages:
        told = [phrase(texts[message], language) for language, texts in known.items() if texts.get(message)]
        if message.startswith(EARLY):
            told += [
                lost(texts[message]) for language, texts in known.items() if language in OTHERS and message in texts
            ]
        found[english(message)] = [*dict.fromkeys(told)]
    return found


def rules() -> dict[str, list[str]]:
    """What pg_hba.conf refuses, for each way of encryption, which is a message of its own."""
    known = catalogs("postgres-15")
    found: dict[str, list[str]] = {}
    for message in (NO_RULE, REJECTS):
        for encryption in ENCRYPTIONS:
            texts = {
                language: _LAST.sub(texts.get(encryption, encryption), texts[message])
                for language, texts in known.items() if message in texts
            }  # fmt: skip
            told = [phrase(text, language) for language, text in texts.items()]
            told += [lost(text) for language, text in texts.items() if language in OTHERS]
            found[english(message.removesuffix("%s") + encryption)] = [*dict.fromkeys(told)]
    return found


def mysql() -> dict[str, list[str]]:
    """English → what it is in other languages, of MariaDB's messages; its commands are told by SQL's own words."""
    texts: dict[str, dict[str, str]] = {}
    name = ""
    for line in MARIADB.read_text(encoding="utf-8").splitlines():
        if line[:1].isalpha():
            name = line.split()[0]
        elif told := re.fullmatch(r'\s+(\S+)\s+"(.*)"\s*', line):
            texts.setdefault(name, {})[told[1]] = told[2]
    denied = texts["ER_ACCESS_DENIED_ERROR"]
    known = {"Access denied for user '{1}'@'{2}' (using password: NO)": {}, english(denied["eng"]): denied}
    for language, text in denied.items():
        no = texts["ER_NO"].get(language, "NO")
        known["Access denied for user '{1}'@'{2}' (using password: NO)"][language] = _LAST.sub(no, text)
    known |= {english(texts[name]["eng"]): texts[name] for name in MYSQL}
    return {
        message: [*dict.fromkeys(
            phrase(text, "" if language in NO_LATIN else LATIN[0]) for language, text in told.items()
            if language != "eng" and text != told["eng"]
        )]
        for message, told in known.items()
    }  # fmt: skip


def write(path: Path, about: str, found: dict[str, list[str]], lost: dict[str, list[str]] | None = None) -> None:
    """The rows as a module."""
    head = f'"""{about}"""\n\n# Made by: python -m bench.diagnosis.languages\n# ruff: noqa: E501\n# fmt: off\n\n'
    text = head + table("PHRASES", found)
    if lost:
        text += (
            table("LOST", lost)
            + '"""The same of which the server has lost all letters: `?` for each. Some stand for several."""\n'
        )
    path.write_text(text, encoding="utf-8")


def table(name: str, found: dict[str, list[str]]) -> str:
    """Rows as Python has them."""
    lines = [f"{name}: dict[str, tuple[str, ...]] = {{"]
    for known, others in found.items():
        lines.append(f"    {known!r}: (")
        for other in others:
            if len(lines[-1]) + len(repr(other)) > 116 or lines[-1].endswith("("):
                lines.append("       ")
            lines[-1] += f" {other!r},"
        lines.append("    ),")
    return "\n".join([*lines, "}", ""])


def main() -> None:
    """Write the modules."""
    write(
        CONNECTORS / "postgres_languages.py",
        "What PostgreSQL's server and library say in other languages, by what it is in English.",
        *apart({**rules(), **rows(SERVER, "postgres-15"), **rows(CLIENT, "libpq5-15")}),
    )
    write(
        CONNECTORS / "mysql_languages.py",
        "What MariaDB and MySQL say in other languages, by what it is in English.",
        mysql(),
    )
    system = rows(SYSTEM, "libc")
    for known, others in WINDOWS.items():
        system[known] = [*system.get(known, []), *(phrase(text, "de" if text.isascii() else "") for text in others)]
    write(
        CONNECTORS / "system_languages.py",
        "What operating systems say in other languages, by what it is in English.",
        system,
    )


if __name__ == "__main__":
    main()
