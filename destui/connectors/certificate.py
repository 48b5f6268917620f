"""What a server's certificate says: whom it is for, who signed it, until when it counts."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
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


def note(run: Run, encrypted: ssl.SSLSocket) -> StepResult:
    """Keep what a server's certificate says among the run's facts, and tell how long it counts.

    Returns `TLS 1.3, 83 days left`. A warning when fewer than 30 days are left, or, of one that nobody verifies, when
    it has ended or not begun.
    """
    version = (encrypted.version() or "TLS").replace("TLSv", "TLS ")
    run.detail["tls"] = version
    certificate = read(encrypted)
    if certificate is None:
        return version
    keep(run, certificate)
    now, begin, end = datetime.now(UTC), certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if now >= end:
        return Warned(f"certificate ended {_days(now - end)} ago, on {end:%Y-%m-%d}")
    if now < begin:
        return Warned(f"certificate begins only in {_days(begin - now)}, on {begin:%Y-%m-%d}")
    left = end - now
    return Warned(f"certificate ends in {_days(left)}") if left.days < WARN_BEFORE else f"{version}, {_days(left)} left"


def _days(span: timedelta) -> str:
    """Whole days, or less than one."""
    return f"{span.days:,} day{'' if span.days == 1 else 's'}" if span.days else "less than a day"


def keep(run: Run, certificate: x509.Certificate) -> None:
    """Keep what it says among the run's facts."""
    run.detail |= {
        "certificate": certificate.subject.rfc4514_string()[:MOST] or ", ".join(names(certificate))[:MOST],
        "issuer": certificate.issuer.rfc4514_string()[:MOST],
        CERTIFICATE_ENDS: f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M}",
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
