"""The step encrypt: our own handshake, because it tells what drivers hide."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from destui.connectors import certificate
from destui.connectors.base import Fault, Run, StepResult
from destui.connectors.files import to_be_read
from destui.connectors.network import lookup

if TYPE_CHECKING:
    import ssl

# OpenSSL's X509_V_ERR_* numbers that deserve a name of their own; every other one is a chain we do not trust.
_VERIFY_CODES = {9: "tls_not_yet_valid", 10: "tls_expired", 62: "tls_hostname", 64: "tls_hostname"}


@dataclass
class Encryption:
    """How to encrypt, and what the handshake found."""

    mode: str
    host: str
    ca_file: str = ""
    identity: tuple[str, str] | None = None
    """Files of the client's certificate and key."""
    roots: list[str] = field(default_factory=list)
    """The trusted roots, as PEM, with which the server was verified (for a driver that finds none by itself)."""

    def handshake(self, run: Run, dial: Callable[[], socket.socket]) -> StepResult:
        """Encrypt the connection that `dial` gives, which is ready for it, and close it again.

        Returns `TLS 1.3, 83 days left`, or a warning when the certificate ends within 30 days, or is one that nobody
        verifies and counts no more, or not yet. Raises Fault.
        """
        import ssl

        context = self.context()
        try:
            with context.wrap_socket(dial(), server_hostname=self.host) as encrypted:
                self.roots = [ssl.DER_cert_to_PEM_cert(der) for der in context.get_ca_certs(binary_form=True)]
                return certificate.note(run, encrypted)
        except ssl.SSLCertVerificationError as error:
            code = _VERIFY_CODES.get(error.verify_code, "tls_untrusted")
            facts = self._look(run, dial)
            if code == "tls_hostname" and (alias := _alias(facts.get("names", ""), run)):
                code, facts["alias"] = "tls_hostname_alias", alias
            raise Fault(code, f"certificate verify failed: {error.verify_message}", **facts) from error
        except ssl.SSLError as error:
            raise Fault(f"ssl:{error.reason}", str(error)) from error

    def context(self) -> ssl.SSLContext:
        """How the mode verifies, for whoever speaks TLS. Raises Fault where a file cannot be used."""
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = self.mode == "verify-full"
        context.verify_mode = ssl.CERT_NONE if self.mode == "require" else ssl.CERT_REQUIRED
        if context.verify_mode is ssl.CERT_REQUIRED:
            self._trust(context)
        if self.identity:
            self._identify(context, *self.identity)
        return context

    def _identify(self, context: ssl.SSLContext, file: str, key: str) -> None:
        import ssl

        try:
            if b"ENCRYPTED" in Path(key).read_bytes():  # OpenSSL would ask for the passphrase on the terminal
                raise Fault("client_key_locked", "the client key is protected by a passphrase")
            context.load_cert_chain(file, key)
        except ssl.SSLError as error:
            raise Fault("client_key_invalid", f"{file}: {error.reason or error}") from error
        except OSError as error:
            raise Fault("client_cert_missing", f"{file}: {error.strerror or error}") from error

    def _trust(self, context: ssl.SSLContext) -> None:
        if not self.ca_file:
            context.load_default_certs()
            return
        import ssl

        path = Path(self.ca_file)
        try:
            path.read_bytes()  # OpenSSL does not say which of the two it is
            context.load_verify_locations(path)
        except ssl.SSLError as error:
            raise Fault("ca_file_empty", f"{path}: {error.reason or error}") from error
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Fault("ca_file_missing", f"{path}: {error.strerror}") from error
        except PermissionError as error:
            raise Fault("ca_file_closed", f"{path}: {error.strerror}", **to_be_read(path)) from error
        except OSError as error:
            raise Fault("ca_file_unreadable", f"{path}: {error.strerror or error}") from error

    def _look(self, run: Run, dial: Callable[[], socket.socket]) -> dict[str, str]:
        """What the refused certificate says, for the diagnosis; nothing where it cannot be had."""
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        found = None
        with suppress(OSError, Fault), context.wrap_socket(dial(), server_hostname=self.host) as encrypted:
            found = certificate.read(encrypted)
        if found is None:
            return {"names": "another name", "issuer": "it is not known", "starts": "later", "ends": "an earlier day"}
        certificate.keep(run, found)
        return {
            "names": ", ".join(certificate.names(found))[: certificate.MOST] or "another name",
            "issuer": found.issuer.rfc4514_string()[: certificate.MOST],
            "starts": f"on {found.not_valid_before_utc:%Y-%m-%d}",
            "ends": f"{found.not_valid_after_utc:%Y-%m-%d}",
        }


def _alias(names: str, run: Run) -> str:
    """A name of the certificate that leads to the very address that was reached; empty when there is none."""
    for name in names.split(", ")[:5]:
        if re.fullmatch(r"[A-Za-z0-9.:-]+", name):
            try:
                if run.facts.get("address") in lookup(name, 0):
                    return name
            except Fault:
                continue
    return ""


MAYBE = "The URL would also do without encryption. There is no such mode here, so it was set to require."
"""Said of the modes of a URL that encrypt only where that is possible."""
