"""Stands in for ICP-Brasil: a root, an intermediate authority, and the e-CNPJ, e-CPF and server certificates it issues.

Shape (ICP-Brasil DOC-ICP-04 and certificates in the field, read 2026-11): RSA-2048, sha256WithRSAEncryption; who owns
the certificate stands in otherName entries of subjectAltName, whose values authorities encode in three ways.
"""

import hashlib
import ipaddress
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)

from sandbox import der
from sandbox.certificates import new_key
from sandbox.issuing import CA, NO_CA, Name, certificate, extension, key_usage
from sandbox.legacy_pfx import legacy_pfx

EMITTER = "10142785000190"

San = Literal["octet", "printable", "utf8"]
"""How an otherName's value is encoded; all three are in the field."""

_TAGS: dict[San, int] = {"octet": 0x04, "printable": der.PRINTABLE, "utf8": der.UTF8}
_BEGIN, _END = datetime(2024, 1, 1, tzinfo=UTC), datetime(2045, 1, 1, tzinfo=UTC)
"""Wide, because both the real clock (TLS) and a test's clock (signatures) must lie inside."""

CLIENT, _EMAIL, SERVER = "1.3.6.1.5.5.7.3.2", "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.1"


@dataclass(frozen=True)
class Leaf:
    """An end certificate (DER) with its key, and the authorities above it: intermediate, root (DER)."""

    cer: bytes = field(repr=False)
    key: rsa.RSAPrivateKey = field(repr=False)
    above: tuple[bytes, ...] = field(repr=False)
    password: str = field(repr=False)

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate, read by a library."""
        return x509.load_der_x509_certificate(self.cer)

    @property
    def pem(self) -> bytes:
        """The certificate alone (PEM)."""
        return pem(self.cer)

    @property
    def chain_pem(self) -> bytes:
        """The certificate and the intermediate (PEM): what a peer must be shown."""
        return pem(self.cer, *self.above[:-1])

    @property
    def key_pem(self) -> bytes:
        """The key, unprotected (PEM)."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def pfx(self, password: str | None = None, *, legacy: bool = False, chain: bool = True) -> bytes:
        """The PFX, with the authorities above unless told otherwise; ``legacy`` is RC2-40, triple DES and SHA-1."""
        password = self.password if password is None else password
        above = self.above if chain else ()
        if legacy:
            plain = self.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            return legacy_pfx((self.cer, *above), plain, password)
        others = [x509.load_der_x509_certificate(each) for each in above]
        sealing = BestAvailableEncryption(password.encode())
        return pkcs12.serialize_key_and_certificates(b"a1", self.key, self.certificate, others, sealing)


def pem(*certificates: bytes) -> bytes:
    """Certificates (DER) as PEM, one after the other."""
    return b"".join(x509.load_der_x509_certificate(each).public_bytes(Encoding.PEM) for each in certificates)


class IcpBrasil:
    """One hierarchy with its own keys. ``keys`` makes all of them; ``password`` protects the PFX files."""

    def __init__(
        self,
        *,
        keys: Callable[[], rsa.RSAPrivateKey] = new_key,
        password: str = "Senha de teste 1",  # noqa: S107 - opens keys that were made for a test, nothing else
    ) -> None:
        self._keys, self._password = keys, password
        self._root_key, self._key = keys(), keys()
        root, middle = _authority("AC Raiz Sandbox"), _authority("AC Sandbox RFB")
        self._name = middle
        self.root = self._certify(root, root, self._root_key, self._root_key, _CA_EXTENSIONS)
        self.intermediate = self._certify(middle, root, self._key, self._root_key, _CA_EXTENSIONS)

    @property
    def root_pem(self) -> bytes:
        """What one has to trust (PEM)."""
        return pem(self.root)

    @property
    def bundle_pem(self) -> bytes:
        """Intermediate and root (PEM)."""
        return pem(self.intermediate, self.root)

    def ecnpj(
        self,
        cnpj: str = EMITTER,
        *,
        name: str = "EMPRESA DE TESTE LTDA",
        san: San | None = "octet",
        t61: bool = False,
        mail: str = "teste@example.com",
        purposes: tuple[str, ...] = (CLIENT, _EMAIL),
        validity: tuple[datetime, datetime] = (_BEGIN, _END),
    ) -> Leaf:
        """A company's certificate. ``san`` None leaves the CNPJ to the common name; ``t61`` writes Latin-1 names.

        ``mail`` may have letters that strict parsers refuse there; ``purposes`` (OIDs) are what it may be used for.
        """
        subject = _subject(f"{name}:{cnpj}", "RFB e-CNPJ A1", der.T61 if t61 else der.UTF8)
        tag = _TAGS[san or "octet"]
        owner = (
            _other_name("2.16.76.1.3.4", tag, "01011980" + "12345678909" + "0" * 11 + "0" * 9 + "123456" + "SSPSP "),
            _other_name("2.16.76.1.3.2", tag, "RESPONSAVEL DE TESTE"),
            _other_name("2.16.76.1.3.3", tag, cnpj) if san else b"",
            _other_name("2.16.76.1.3.7", tag, "0" * 12),
            der.tlv(0x81, mail.encode()),
        )
        return self._leaf(subject, owner, purposes, validity)

    def expired(self, cnpj: str = EMITTER) -> Leaf:
        """A company's certificate that ended with 2024."""
        return self.ecnpj(cnpj, validity=(_BEGIN, datetime(2025, 1, 1, tzinfo=UTC)))

    def ecpf(self, cpf: str = "12345678909", *, name: str = "PESSOA DE TESTE") -> Leaf:
        """A person's certificate: no CNPJ anywhere."""
        owner = (_other_name("2.16.76.1.3.1", 0x04, f"01011980{cpf}" + "0" * 11 + "0" * 15 + "SSPSP "),)
        return self._leaf(_subject(f"{name}:{cpf}", "RFB e-CPF A1", der.UTF8), owner, (CLIENT, _EMAIL), (_BEGIN, _END))

    def server(self, host: str = "localhost", address: str = "127.0.0.1") -> Leaf:
        """A certificate for a server on this machine."""
        names = (der.tlv(0x82, host.encode()), der.tlv(0x87, ipaddress.ip_address(address).packed))
        return self._leaf((("2.5.4.3", der.UTF8, host),), names, (SERVER,), (_BEGIN, _END))

    def _leaf(
        self, subject: Name, names: tuple[bytes, ...], purposes: tuple[str, ...], validity: tuple[datetime, datetime]
    ) -> Leaf:
        key = self._keys()
        extensions = (
            NO_CA,
            key_usage(b"\xe0", 5),  # digitalSignature, nonRepudiation, keyEncipherment
            extension("2.5.29.37", der.sequence(*map(der.oid, purposes))),
            extension("2.5.29.17", der.sequence(*names)),
        )
        made = self._certify(subject, self._name, key, self._key, extensions, validity)
        return Leaf(made, key, (self.intermediate, self.root), self._password)

    def _certify(
        self,
        subject: Name,
        issuer: Name,
        key: rsa.RSAPrivateKey,
        signer: rsa.RSAPrivateKey,
        extensions: tuple[bytes, ...],
        validity: tuple[datetime, datetime] = (_BEGIN, _END),
    ) -> bytes:
        own, above = _key_id(key), _key_id(signer)
        marks = (
            extension("2.5.29.14", der.octets(own)),
            extension("2.5.29.35", der.sequence(der.tlv(0x80, above))),
        )
        serial = secrets.randbits(127) | 1
        return certificate(serial, issuer, subject, validity, key.public_key(), (*extensions, *marks), signer)


_CA_EXTENSIONS = (CA, der.sequence(der.oid("2.5.29.15"), der.boolean(True), der.octets(der.bits(b"\x06", 1))))


def _key_id(key: rsa.RSAPrivateKey) -> bytes:
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return hashlib.sha1(public, usedforsecurity=False).digest()


def _other_name(oid: str, tag: int, text: str) -> bytes:
    """An otherName of subjectAltName; its value is whatever ``tag`` says."""
    return der.tlv(0xA0, der.oid(oid), der.explicit(0, der.tlv(tag, text.encode())))


def _authority(name: str) -> Name:
    return (
        ("2.5.4.6", der.PRINTABLE, "BR"),
        ("2.5.4.10", der.UTF8, "ICP-Brasil"),
        ("2.5.4.11", der.UTF8, "Sandbox - sem valor"),
        ("2.5.4.3", der.UTF8, name),
    )


def _subject(common: str, unit: str, tag: int) -> Name:
    return (
        ("2.5.4.6", der.PRINTABLE, "BR"),
        ("2.5.4.10", tag, "ICP-Brasil"),
        ("2.5.4.8", tag, "SP"),
        ("2.5.4.7", tag, "OURINHOS"),
        ("2.5.4.11", tag, "Secretaria da Receita Federal do Brasil - RFB"),
        ("2.5.4.11", tag, unit),
        ("2.5.4.11", tag, "99999999000191"),
        ("2.5.4.11", tag, "videoconferencia"),
        ("2.5.4.3", tag, common),
    )
