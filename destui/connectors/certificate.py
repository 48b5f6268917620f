"""What a server's certificate says: whom it is for, who signed it, until when it counts."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from destui.connectors.base import Run, StepResult, Warned
from destui.domain.facts import CERTIFICATE_ENDS

if TYPE_CHECKING:
    import ssl

    from cryptography import x509

WARN_BEFORE = 30
"""Days."""
MOST = 200
"""Characters of a certificate's names that are kept."""


def note(run: Run, encrypted: ssl.SSLSocket, *, verified: bool) -> StepResult:
    """Keep what a server's certificate says among the run's facts, and tell how long it counts.

    Returns `TLS 1.3, 83 days left`. A warning when fewer than 30 days are left of one that is `verified`; the end of
    one that nobody verifies hurts nobody.
    """
    version = (encrypted.version() or "TLS").replace("TLSv", "TLS ")
    run.detail["tls"] = version
    certificate = read(encrypted)
    if certificate is None:
        return version
    keep(run, certificate)
    end = certificate.not_valid_after_utc.date()
    days = (end - datetime.now(UTC).date()).days
    if verified and days < WARN_BEFORE:
        soon = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
        return Warned(f"certificate ends {soon}")
    return f"{version}, {days:,} days left" if days > 1 else version


def keep(run: Run, certificate: x509.Certificate) -> None:
    """Keep what it says among the run's facts."""
    run.detail |= {
        "certificate": certificate.subject.rfc4514_string()[:MOST] or ", ".join(names(certificate))[:MOST],
        "issuer": certificate.issuer.rfc4514_string()[:MOST],
        CERTIFICATE_ENDS: f"{certificate.not_valid_after_utc:%Y-%m-%d}",
    }


def read(encrypted: ssl.SSLSocket) -> x509.Certificate | None:
    """The certificate of the other side; None where it cannot be had or read."""
    from cryptography import x509

    with suppress(ValueError):
        return x509.load_der_x509_certificate(encrypted.getpeercert(binary_form=True) or b"")
    return None


def names(certificate: x509.Certificate) -> list[str]:
    """The host names and addresses that a certificate is for."""
    from cryptography import x509

    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return [str(name.value) for name in extension.value]
    except (x509.ExtensionNotFound, ValueError):
        common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return [str(name.value) for name in common]
