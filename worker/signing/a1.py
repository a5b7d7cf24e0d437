"""The A1 (e-CNPJ or its successor, the electronic seal): certificate and key in one PFX, with which a Brazilian company
signs and shows itself to SEFAZ. Opened once, held in memory only."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_pem_x509_certificates

from schemas.br.cnpj import Cnpj
from schemas.invalid import Invalid
from worker.signing import extensions, names
from worker.signing.faults import CredentialFault
from worker.signing.pfx import open_pfx

_CNPJ = "2.16.76.1.3.3"
"""otherName of the company (DOC-ICP-04). The CPF in 2.16.76.1.3.4 is its representative's, never the owner's."""

_CLIENT = "1.3.6.1.5.5.7.3.2"
_LONGEST_CHAIN = 8


@dataclass(frozen=True, slots=True, eq=False)
class A1:
    """An opened A1 whose key fits its certificate. Made by ``open_a1``.

    ``cer`` is the certificate (DER), ``above`` the authorities between it and the root (DER, its issuer first; empty
    when the PFX has none), ``chain`` all of them for TLS (PEM). ``cnpj`` and ``name`` are the owner's, ``subject`` the
    whole name as OpenSSL writes it, ``serial`` the certificate's number. Both ends of its validity are aware and
    included. It cannot be pickled or copied, and no text of it shows the key.
    """

    cer: bytes = field(repr=False)
    key: RSAPrivateKey = field(repr=False)
    above: tuple[bytes, ...] = field(repr=False)
    chain: bytes = field(repr=False)
    cnpj: Cnpj
    name: str
    subject: str
    issuer_name: str = field(repr=False)
    serial: int
    not_before: datetime
    not_after: datetime

    @property
    def chained(self) -> bool:
        """Whether authorities came with it. SEFAZ must be shown them: alone the certificate is an unknown one."""
        return bool(self.above)

    def check(self, author: str, now: datetime, *, allow_expired: bool = False) -> None:
        """Whether this A1 may sign for the CNPJ ``author`` at ``now`` (aware).

        Raises:
            CredentialFault: ``a1-foreign-base``, ``a1-not-yet-valid``, ``a1-expired``.
        """
        self.check_owner(author)
        if now < self.not_before:
            raise CredentialFault("a1-not-yet-valid", since=self.not_before.isoformat())
        if now > self.not_after and not allow_expired:
            raise CredentialFault("a1-expired", until=self.not_after.isoformat())

    def check_owner(self, author: str) -> None:
        """Whether this A1 and ``author`` are of one company: the first eight characters count (rejection 213).

        Raises:
            CredentialFault: ``a1-foreign-base``.
        """
        if author[:8] != self.cnpj.base:
            raise CredentialFault("a1-foreign-base", belongs_to=str(self.cnpj), wanted=author[:14])

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key stays in the process that opened it")


def open_a1(pfx: bytes, password: str, *, authorities: bytes = b"") -> A1:
    """The A1 in a PFX, with everything checked that needs no clock.

    ``authorities`` (PEM) complete the chain where the PFX lacks them. Costs some 50 ms: open once per process.

    Raises:
        CredentialFault: ``a1-without-cnpj`` (an e-CPF), ``a1-wrong-purpose``, ``authorities-unreadable``, and those of
            ``pfx.open_pfx``.
    """
    certificate, key, others = open_pfx(pfx, password)
    above = _above(certificate, [*others, *_loaded(authorities)])
    try:
        issuer, subject = names.issuer_and_subject(certificate)
        common = names.first(tuple(reversed(subject)), names.COMMON_NAME) or ""
        cnpj = _owner(certificate, common)
        fit = extensions.signs(certificate) and extensions.serves(certificate, _CLIENT)
    except ValueError:
        raise CredentialFault("a1-unreadable") from None
    if not fit:
        raise CredentialFault("a1-wrong-purpose")
    return A1(
        cer=certificate.public_bytes(Encoding.DER),
        key=key,
        above=tuple(each.public_bytes(Encoding.DER) for each in above),
        chain=b"".join(each.public_bytes(Encoding.PEM) for each in (certificate, *above)),
        cnpj=cnpj,
        name=common.rpartition(":")[0] or common,
        subject=names.one_line(subject),
        issuer_name=names.one_line(issuer),
        serial=certificate.serial_number,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )


def _owner(certificate: Certificate, common: str) -> Cnpj:
    """From the alternative name; where there is none, from behind the last colon of the common name."""
    given = extensions.other_names(certificate, _CNPJ)
    try:
        return Cnpj(given[0] if given else common.rpartition(":")[2])
    except Invalid:
        raise CredentialFault("a1-without-cnpj") from None


def _above(leaf: Certificate, others: Iterable[Certificate]) -> list[Certificate]:
    """Issuer after issuer, proven by its signature, up to and without the root, which nobody needs to be shown."""
    found: list[Certificate] = []
    known, below = list(others), leaf
    while len(found) < _LONGEST_CHAIN:
        issuer = next((each for each in known if _issued(below, each)), None)
        if issuer is None or issuer == below or _issued(issuer, issuer):
            break
        found.append(issuer)
        below = issuer
    return found


def _issued(certificate: Certificate, issuer: Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _loaded(authorities: bytes) -> list[Certificate]:
    try:
        return load_pem_x509_certificates(authorities) if authorities.strip() else []
    except ValueError:
        raise CredentialFault("authorities-unreadable") from None
