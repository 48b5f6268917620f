"""Where things are: paths, environment, the settings file."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from destui.domain.errors import InvalidInput, Problem, StoreUnavailable
from destui.domain.safe import visible

TYPE_CHECKING = False  # `typing` itself would cost its import before the first rows
if TYPE_CHECKING:
    from typing import Any


class Config:
    """What the environment says. Nothing is created by reading it; see `prepare`.

    `data` is the folder of the embedded store and the sealing key, `store_url` an SQLAlchemy URL; `secrets` (`auto`,
    `keyring` or `sealed`) counts when a store is made.
    """

    def __init__(
        self, data: Path, logs: Path, settings_file: Path, store_url: str, secrets: str, environment: Mapping[str, str]
    ) -> None:
        self.data = data
        self.logs = logs
        self.settings_file = settings_file
        self.store_url = store_url
        self.secrets = secrets
        self.environment = environment

    @property
    def store_path(self) -> Path | None:
        """The file of an embedded store; None on PostgreSQL."""
        prefix = "sqlite:///"
        return Path(self.store_url.removeprefix(prefix)) if self.store_url.startswith(prefix) else None

    @property
    def store_passwords(self) -> tuple[str, ...]:
        """The password of the store's URL as it stands there and as it is sent; () where there is none."""
        if self.store_path is not None:
            return ()
        from urllib.parse import unquote

        user, at, _ = self.store_url.partition("://")[2].partition("@")
        password = user.partition(":")[2] if at else ""
        return (password, unquote(password)) if password else ()

    @property
    def key_file(self) -> Path:
        """The sealing key."""
        return self.data / "secret.key"

    @property
    def worker_lock(self) -> Path:
        """The file that the one worker of an embedded store holds locked."""
        path = self.store_path
        return Path(f"{path}.worker") if path else self.data / "worker.lock"

    @property
    def worker_log(self) -> Path:
        """The worker's log."""
        return self.logs / "worker.log"

    @property
    def store_label(self) -> str:
        """What the foot of the menu calls the store."""
        if self.store_path is None:
            return "team store"
        return "demo store" if self.environment.get("DESTUI_DEMO") else "own store"

    @cached_property
    def host(self) -> str:
        """This machine's name."""
        return os.uname().nodename

    @cached_property
    def timezone(self) -> str:
        """The name of this machine's time zone, such as Europe/Berlin; UTC where it has none."""
        from zoneinfo import ZoneInfo

        try:
            link = os.path.realpath("/etc/localtime").partition("/zoneinfo/")[2]
        except OSError:
            link = ""
        for name in (self.environment.get("TZ", "").lstrip(":"), link):
            try:
                return ZoneInfo(name).key
            except (KeyError, ValueError, OSError):
                continue
        return "UTC"

    @cached_property
    def user(self) -> str:
        """The email shown as Connected by."""
        if given := self.environment.get("DESTUI_USER", "").strip():
            return visible(given)
        import subprocess

        try:
            found = subprocess.run(
                ["git", "config", "user.email"], capture_output=True, text=True, timeout=2, check=False
            )
            if email := found.stdout.strip():
                return email
        except (OSError, subprocess.SubprocessError):
            pass
        return f"{self.environment.get('USER') or self.environment.get('LOGNAME') or os.getuid()}@{self.host}"

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        """The settings file, read once. Raises InvalidInput when it is not TOML."""
        try:
            text = self.settings_file.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return {}
        except OSError as error:
            raise self._unreadable(error.strerror or type(error).__name__) from None
        except UnicodeDecodeError:
            raise self._unreadable("it is not UTF-8 text") from None
        import tomllib

        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise self._unreadable(str(error)) from None

    def _unreadable(self, why: str) -> InvalidInput:
        return InvalidInput([Problem(str(self.settings_file), f"The settings file cannot be read: {why}.")])

    def setting(self, name: str) -> Any:
        """A setting of the file, None where it has none that can be used. Raises InvalidInput when it is not TOML."""
        value = self.settings.get(name)
        if name == "keys" and isinstance(value, dict):
            return {key: text for key, text in value.items() if isinstance(text, str)}
        return None if value is None or _setting_problem(name, value) else value

    @cached_property
    def settings_problems(self) -> tuple[str, ...]:
        """A sentence for each thing in the settings file that cannot be used, and is passed over. Whether the actions
        named under `[keys]` exist, the interface knows."""
        try:
            found = self.settings
        except InvalidInput as error:
            return (str(error),)
        problems = (_setting_problem(name, value) for name, value in found.items())
        return tuple(f"{self.settings_file}: {sentence}" for sentence in problems if sentence)

    def prepare(self) -> None:
        """Make the folders, for this user alone."""
        try:
            for folder in (self.data, self.logs):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreUnavailable(
                f"The folder {error.filename} cannot be made: {error.strerror}. Set DESTUI_HOME to a folder of yours."
            ) from None


THEMES = ("dark", "light", "ansi-dark", "ansi-light")
SETTINGS = ("background_minutes", "bell", "keep_days", "keep_events_days", "keys", "on_change", "theme")
"""What the settings file may hold."""


def _setting_problem(name: str, value: Any) -> str | None:
    """What is wrong with an entry of the settings file, as a sentence; None when nothing is."""
    match name:
        case "theme" if value not in THEMES:
            return f"theme is one of {', '.join(THEMES)}."
        case "background_minutes" if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10_000:
            return "background_minutes is a whole number from 0 (off) to 10000."
        case "keep_days" | "keep_events_days" if (
            isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 36_500
        ):
            return f"{name} is a whole number of days from 1 to 36500."
        case "bell" if not isinstance(value, bool):
            return "bell is true or false."
        case "on_change" if not _is_command(value):
            return 'on_change is a list, a program and its arguments: on_change = ["/path/to/program", "argument"].'
        case "keys" if not isinstance(value, dict):
            return 'keys is a table: a line [keys], then lines such as delete = "ctrl+d".'
        case "keys" if wrong := [key for key, text in value.items() if not isinstance(text, str)]:
            return f'[keys] {", ".join(wrong)}: write keys in quotes, such as delete = "ctrl+d".'
        case _ if name not in SETTINGS:
            return f"there is no setting {visible(name)}. Known: {', '.join(SETTINGS)}."
    return None


def _is_command(value: Any) -> bool:
    is_list = isinstance(value, list) and all(isinstance(word, str) and "\0" not in word for word in value)
    return is_list and bool(value) and bool(value[0].strip())


def load_config(environment: Mapping[str, str] | None = None) -> Config:
    """Read the environment. Raises InvalidInput for a value that cannot be used."""
    env = dict(os.environ if environment is None else environment)
    secrets = env.get("DESTUI_SECRETS", "auto") or "auto"
    if secrets not in ("auto", "keyring", "sealed"):
        raise InvalidInput([Problem("DESTUI_SECRETS", "Set it to auto, keyring or sealed.")])
    home = Path(env.get("HOME") or Path.home())
    if given := env.get("DESTUI_HOME"):
        data = settings = Path(given).expanduser().absolute()
        logs = data / "logs"
    else:
        data = _xdg(env, "XDG_DATA_HOME", home / ".local/share")
        settings = _xdg(env, "XDG_CONFIG_HOME", home / ".config")
        logs = _xdg(env, "XDG_STATE_HOME", home / ".local/state") / "logs"
    url = env.get("DESTUI_STORE") or f"sqlite:///{data / 'destui.db'}"
    if (problem := _url_problem(url)) is not None:
        raise InvalidInput([Problem("DESTUI_STORE", problem)])
    if url.startswith("sqlite:///"):
        url = f"sqlite:///{Path(url.removeprefix('sqlite:///')).expanduser().absolute()}"
    # What a worker is given, which has another working folder.
    if env.get("DESTUI_HOME"):
        env["DESTUI_HOME"] = str(data)
    if env.get("DESTUI_STORE"):
        env["DESTUI_STORE"] = url
    return Config(data, logs, settings / "config.toml", url, secrets, env)


def _url_problem(url: str) -> str | None:
    """What is wrong with a store's URL, without a word of its password."""
    if url.startswith("sqlite:///"):
        return None
    scheme, _, rest = url.partition("://")
    if scheme != "postgresql+psycopg" or not rest:
        return "Give sqlite:///path or postgresql+psycopg://user@host/database."
    server = (rest.partition("@")[2] or rest).partition("?")[0]
    if "@" in server:  # what stands before it would be taken for a part of the host, and shown as one
        return "Write an @ in the user or the password as %40, a / as %2F and a ? as %3F."
    _, colon, port = server.partition("/")[0].rpartition("]")[2].partition(":")
    if colon and not (port.isascii() and port.isdigit() and int(port) < 65536):
        return "What follows the host's colon is no port: give a number up to 65535."
    return None


def _xdg(env: Mapping[str, str], name: str, default: Path) -> Path:
    # The XDG specification has relative paths ignored.
    given = Path(env.get(name, ""))
    return (given if given.is_absolute() else default) / "destui"


NETWORK_FILE_SYSTEMS = frozenset(
    "nfs nfs4 cifs smb3 smbfs fuse.sshfs afs ceph fuse.ceph glusterfs fuse.glusterfs lustre 9p".split()
)


def file_system_of(path: Path, mounts: str | None = None) -> str:
    """The type of the file system that holds `path` (or will); empty where the system does not say."""
    if mounts is None:
        if sys.platform != "linux":
            return ""
        try:
            mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
    target = path.resolve()
    best, kind = -1, ""
    for line in mounts.splitlines():
        _, point, fs, *_ = line.split(" ", 3)
        folder = Path(point.replace("\\040", " "))
        if (target == folder or folder in target.parents) and len(folder.parts) >= best:
            best, kind = len(folder.parts), fs
    return kind
