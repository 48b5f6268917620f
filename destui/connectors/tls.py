"""The step encrypt: our own handshake, because it tells what drivers hide, and what its errors mean."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from destui.connectors.base import Entry, Fault, Run, StepResult, Warned
from destui.connectors.network import lookup

if TYPE_CHECKING:
    import ssl

    from cryptography import x509

WARN_BEFORE = timedelta(days=30)
_MOST = 200  # characters of a certificate's names in a sentence

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

        Returns `TLS 1.3`, with a warning when the certificate ends within 30 days. Raises Fault.
        """
        import ssl

        context = self.context()
        try:
            with context.wrap_socket(dial(), server_hostname=self.host) as encrypted:
                version = (encrypted.version() or "TLS").replace("TLSv", "TLS ")
                run.detail["tls"] = version
                self.roots = [ssl.DER_cert_to_PEM_cert(der) for der in context.get_ca_certs(binary_form=True)]
                return _with_end(run, version, (encrypted.getpeercert() or {}).get("notAfter"))
        except ssl.SSLCertVerificationError as error:
            code = _VERIFY_CODES.get(error.verify_code, "tls_untrusted")
            facts = self._look(dial)
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

    def _identify(self, context: ssl.SSLContext, certificate: str, key: str) -> None:
        import ssl

        try:
            if b"ENCRYPTED" in Path(key).read_bytes():  # OpenSSL would ask for the passphrase on the terminal
                raise Fault("client_key_locked", "the client key is protected by a passphrase")
            context.load_cert_chain(certificate, key)
        except ssl.SSLError as error:
            raise Fault("client_key_invalid", f"{certificate}: {error.reason or error}") from error
        except OSError as error:
            raise Fault("client_cert_missing", f"{certificate}: {error.strerror or error}") from error

    def _trust(self, context: ssl.SSLContext) -> None:
        if not self.ca_file:
            context.load_default_certs()
            return
        try:
            context.load_verify_locations(self.ca_file)
        except OSError as error:
            code = "ca_file_missing" if not Path(self.ca_file).is_file() else "ca_file_unreadable"
            raise Fault(code, f"{self.ca_file}: {error.strerror or error}") from error

    def _look(self, dial: Callable[[], socket.socket]) -> dict[str, str]:
        """What the refused certificate says, for the diagnosis; nothing where it cannot be had."""
        import ssl

        from cryptography import x509

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        try:
            with context.wrap_socket(dial()) as encrypted:
                certificate = x509.load_der_x509_certificate(encrypted.getpeercert(binary_form=True) or b"")
            return {
                "names": ", ".join(_names(certificate))[:_MOST] or "another name",
                "issuer": certificate.issuer.rfc4514_string()[:_MOST],
                "starts": f"on {certificate.not_valid_before_utc:%Y-%m-%d}",
                "ends": f"{certificate.not_valid_after_utc:%Y-%m-%d}",
            }
        except (OSError, Fault, ValueError):
            return {"names": "another name", "issuer": "it is not known", "starts": "later", "ends": "an earlier day"}


def _names(certificate: x509.Certificate) -> list[str]:
    """The host names and addresses that a certificate is for."""
    from cryptography import x509

    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return [str(name.value) for name in extension.value]
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return [str(name.value) for name in common]


def _with_end(run: Run, version: str, ends: object) -> StepResult:
    """The step's result with the certificate's end, where the certificate was verified."""
    import ssl

    if not isinstance(ends, str):
        return version
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
    run.detail["certificate ends"] = f"{end:%Y-%m-%d}"
    if end - datetime.now(UTC) > WARN_BEFORE:
        return version
    return Warned(f"{version}, the certificate ends on {end:%Y-%m-%d}")


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

_UNVERIFIED = "until then, this field encrypts without checking the certificate:\ntls=require"

ENCRYPTION: tuple[Entry, ...] = (
    Entry(
        "TLS-NOT-OFFERED", ("tls_not_offered",),
        "{host} does not offer TLS, and the destination asks for it.",
        "Have the server's administrator turn TLS on; on a network that you trust, edit this field instead:\ntls=off",
        codes=("tls_not_offered",),
        words=r"server does not support ssl|does not support (ssl|secure connection)|ssl (is )?not (supported|enabled)"
        r"|ssl is required, but the server",
        more="With tls=off passwords are still hashed in most set-ups, but all data is readable on the way.",
    ),
    Entry(
        "TLS-UNTRUSTED", ("tls_untrusted_ca",),
        "The certificate of {host} is signed by an authority that this host does not trust: {issuer}.",
        "Ask the server's administrator for the authority's certificate and give its path in the field CA file; "
        + _UNVERIFIED,
        codes=("tls_untrusted",),
        words=r"unable to get (local )?issuer|self[- ]signed certificate|unknown authority|untrusted (root|ca)"
        r"|certificate_unknown_ca|unable to verify the first certificate|certificate is not trusted",
        more="Managed services offer their authority's bundle for download. A certificate that the server made for "
        "itself is its own authority.",
    ),
    Entry(
        "TLS-EXPIRED", ("tls_expired",),
        "The certificate of {host} ended on {ends}.",
        "Have the server's administrator renew the certificate; " + _UNVERIFIED,
        codes=("tls_expired",),
        words=r"certificate (has )?expired|certificate_expired|certificate.*no longer valid",
    ),
    Entry(
        "TLS-NOT-YET", ("clock_skew",),
        "By this host's clock the certificate of {host} begins only {starts}.",
        "Set this host's clock right; when it is right, have the server's administrator renew the certificate.",
        codes=("tls_not_yet_valid",),
        words=r"certificate is not yet valid|clock skew",
    ),
    Entry(
        "TLS-HOSTNAME-ALIAS", ("tls_hostname_mismatch",),
        "The certificate of the server is for {names}, not for {host}.",
        "Edit this field, to a name that the certificate has and that leads to the same server:\nhost={alias}",
        codes=("tls_hostname_alias",),
    ),
    Entry(
        "TLS-HOSTNAME", ("tls_hostname_mismatch",),
        "The certificate of the server is for {names}, not for {host}.",
        "Have the server's administrator issue a certificate for {host}; until then, this field checks the "
        "authority but not the name:\ntls=verify-ca",
        codes=("tls_hostname",),
        words=r"hostname mismatch|ip address mismatch|does not match (host ?name|target host|\w*host)"
        r"|certificate is not valid for '|doesn't match '?(?P<host>[\w.-]+)|hostname .* doesn't match",
    ),
    Entry(
        "TLS-CA-FILE", ("tls_file_missing",),
        "The CA file {ca_file} is not there or cannot be read on the host that checks.",
        "Put the file there, readable for the worker, or correct the field CA file; empty means the system's.",
        codes=("ca_file_missing", "ca_file_unreadable"),
        words=r"root certificate file .* does not exist|could not read root certificate|could not load root certificate"
        r"|cafile|ca[- _](bundle|file).*(not found|no such|missing|invalid)|could not find a suitable tls ca",
    ),
    Entry(
        "TLS-CLIENT-FILE", ("tls_client_cert", "tls_file_missing"),
        "The client certificate {client_cert} is not there or cannot be read on the host that checks.",
        "Put the file there, readable for the worker, or correct the field Client cert.",
        codes=("client_cert_missing",),
        words=r"could not (open|read|load) certificate file|certificate file .* does not exist",
    ),
    Entry(
        "TLS-CLIENT-KEY", ("key_invalid", "tls_client_cert"),
        "The client certificate {client_cert} and its key do not fit together, or one of them is damaged.",
        "Give a PEM certificate in Client cert, and the PEM text of its own key in Client key.",
        codes=("client_key_invalid",),
    ),
    Entry(
        "TLS-KEY-LOCKED", ("key_passphrase",),
        "The client key is protected by a passphrase.",
        "Take the passphrase off a copy of the key (openssl pkey does it), and paste that into Client key.",
        codes=("client_key_locked",),
        words=r"bad decrypt|bad password read|passphrase|pass phrase",
    ),
    Entry(
        "TLS-CLIENT-CERT", ("tls_client_cert",),
        "The server wants a client certificate, and does not accept this one.",
        "Give a certificate that the server's authority has signed for user {user} in Client cert, and its key.",
        codes=("ssl:TLSV13_ALERT_CERTIFICATE_REQUIRED", "ssl:TLSV1_ALERT_UNKNOWN_CA",
               "ssl:SSLV3_ALERT_BAD_CERTIFICATE", "ssl:SSLV3_ALERT_CERTIFICATE_UNKNOWN",
               "ssl:SSLV3_ALERT_CERTIFICATE_EXPIRED", "ssl:SSLV3_ALERT_CERTIFICATE_REVOKED",
               "ssl:TLSV1_ALERT_DECRYPT_ERROR"),
        words=r"alert (certificate required|unknown ca|bad certificate|certificate (unknown|expired|revoked))"
        r"|certificate required|peer did not return a certificate",
    ),
    Entry(
        "TLS-VERSION", ("tls_version_mismatch",),
        "This host and {host} have no TLS version or cipher in common.",
        "Have the server's administrator allow TLS 1.2 or later.",
        codes=("ssl:UNSUPPORTED_PROTOCOL", "ssl:TLSV1_ALERT_PROTOCOL_VERSION", "ssl:NO_SHARED_CIPHER",
               "ssl:SSLV3_ALERT_HANDSHAKE_FAILURE", "ssl:TLSV1_ALERT_INSUFFICIENT_SECURITY", "ssl:DH_KEY_TOO_SMALL",
               "ssl:EE_KEY_TOO_SMALL", "ssl:CA_MD_TOO_WEAK", "ssl:NO_PROTOCOLS_AVAILABLE"),
        words=r"unsupported protocol|alert protocol version|no shared cipher|handshake failure|no protocols available"
        r"|(key|dh key|ca md|ca key) too (small|weak)|no ciphers available|insufficient security|no cipher match",
    ),
    Entry(
        "TLS-NOT-SPOKEN", ("wrong_protocol",),
        "What listens on port {port} of {host} does not speak the expected protocol.",
        "Edit the destination: correct the field Port, or Host.",
        codes=("wrong_protocol", "ssl:WRONG_VERSION_NUMBER", "ssl:UNKNOWN_PROTOCOL", "ssl:HTTP_REQUEST",
               "ssl:PACKET_LENGTH_TOO_LONG", "ssl:RECORD_LAYER_FAILURE"),
        words=r"wrong version number|wrong_version_number|http request|unknown protocol|record layer failure",
    ),
    Entry(
        "TLS-HUNG-UP", ("wrong_protocol", "server_unavailable", "connection_dropped"),
        "What listens on port {port} of {host} hung up when asked for TLS.",
        "Edit the destination: correct the field Port, or Host; or look whether a proxy there has no server behind it.",
        codes=("hung_up",),
    ),
    Entry(
        "TLS-DROPPED", ("connection_dropped", "tls_version_mismatch"),
        "{host} cut the connection during the TLS handshake.",
        "Look in the server's log for the reason; a proxy or firewall on the way may be what cuts it.",
        codes=("ssl:UNEXPECTED_EOF_WHILE_READING", "ECONNRESET"), exceptions=("SSLEOFError", "ConnectionResetError"),
        steps=("encrypt",),
        words=r"eof occurred in violation of protocol|unexpected eof while reading",
    ),
    Entry(
        "TLS-VERIFY", ("tls_untrusted_ca", "tls_expired"),
        "The certificate of {host} is not accepted: its authority is not trusted here, or it has expired.",
        "Give the authority's certificate in the field CA file, or have the certificate renewed.",
        words=r"certificate verify failed|certificate_verify_failed",
    ),
)  # fmt: skip
