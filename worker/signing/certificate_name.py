"""The four ways in which users of the common DLL name a certificate, resolved into a PFX and its password.

* ``CN=EMPRESA LTDA:10142785000190, OU=…`` the subject, in either order, ``S`` for ``ST``;
* ``NUMEROSERIE|13DB 9057…`` the serial number in hexadecimal;
* ``ARQUIVO|path|password`` a PFX file;
* ``CERTIFICADO|base64|password`` the PFX itself.

Blanks around the keyword, the path and the base64 do not count, those of a password do; bars inside a password are part
of it. Subject and serial number are looked for in a directory, which stands in for the certificate store of Windows:
each ``name.pfx`` (or ``.p12``) has its password beside it in ``name.password``.
"""

import base64
import binascii
from collections.abc import Callable, Iterator
from pathlib import Path

from worker.signing.a1 import A1, open_a1
from worker.signing.faults import CredentialFault

_SERIAL, _FILE, _INLINE = "NUMEROSERIE", "ARQUIVO", "CERTIFICADO"
_PARTS = {_SERIAL: 2, _FILE: 3, _INLINE: 3}
_LARGEST = 262_144
_MOST_FILES = 1000
_SHORT = {"S": "ST", "E": "EMAILADDRESS", "G": "GN"}
"""What Windows calls otherwise."""


def resolve(text: str, *, store: Path | None = None, password: str = "") -> tuple[bytes, str]:
    """The PFX and its password. ``password`` opens files of the ``store`` that have none beside them.

    Raises:
        CredentialFault: ``certificate-name-missing`` (6504), ``certificate-name-malformed`` (5406),
            ``certificate-name-parts`` (5407), ``certificate-file-unreadable`` and ``certificate-store-missing`` (5403),
            ``certificate-not-found`` (5405). None of them shows a password or a PFX.
    """
    if not text.strip():
        raise CredentialFault("certificate-name-missing")
    if "|" not in text:
        return _searched(store, password, text.strip(), _has_subject(text))
    keyword = text.partition("|")[0].strip().upper()
    if keyword not in _PARTS:
        raise CredentialFault("certificate-name-malformed", kind=keyword[:12])  # it may be the start of a PFX
    parts = text.split("|", 2) if keyword != _SERIAL else text.split("|")
    if len(parts) != _PARTS[keyword]:
        raise CredentialFault("certificate-name-parts", kind=keyword, wanted=str(_PARTS[keyword]))
    named = parts[1].strip()
    if not named:
        raise CredentialFault("certificate-name-malformed", kind=keyword)
    if keyword == _SERIAL:
        return _searched(store, password, named, _has_serial(named))
    return (_read(Path(named)) if keyword == _FILE else _decoded(named)), parts[2]


def _searched(store: Path | None, password: str, wanted: str, fits: Callable[[A1], bool]) -> tuple[bytes, str]:
    """The certificate of the store that fits; of several (renewals) the one that lasts longest."""
    if store is None:
        raise CredentialFault("certificate-store-missing")
    found = [(a1.not_after, pfx, secret) for a1, pfx, secret in _opened(store, password) if fits(a1)]
    if not found:
        raise CredentialFault("certificate-not-found", wanted=_shown(wanted))
    _, pfx, secret = max(found, key=lambda each: each[0])
    return pfx, secret


def _opened(store: Path, password: str) -> Iterator[tuple[A1, bytes, str]]:
    """Every certificate of the store that opens; what does not is somebody else's trouble."""
    try:
        files = sorted(path for path in store.iterdir() if path.suffix.lower() in (".pfx", ".p12"))[:_MOST_FILES]
    except OSError:
        raise CredentialFault("certificate-file-unreadable", file=str(store)) from None
    for file in files:
        beside = file.with_suffix(".password")
        try:
            secret = beside.read_text("utf-8").rstrip("\r\n") if beside.exists() else password
            pfx = _read(file)
            yield open_a1(pfx, secret), pfx, secret
        except (CredentialFault, OSError, ValueError):
            continue


def _has_subject(text: str) -> Callable[[A1], bool]:
    """The same set of attributes, whatever their order and spelling."""
    wanted = _attributes(text)
    if not wanted:
        raise CredentialFault("certificate-name-malformed", kind=_shown(text))
    return lambda a1: _attributes(a1.subject) == wanted


def _has_serial(text: str) -> Callable[[A1], bool]:
    """Hexadecimal; case, colons, blanks and leading zeros do not count."""
    try:
        wanted = int(text.replace(":", "").replace(" ", ""), 16)
    except ValueError:
        raise CredentialFault("certificate-name-malformed", kind=_SERIAL) from None
    return lambda a1: a1.serial == wanted


def _attributes(subject: str) -> frozenset[tuple[str, str]]:
    """Pairs of short name and value. A comma inside a value belongs to it when no attribute follows."""
    pairs: list[tuple[str, str]] = []
    for piece in subject.split(","):
        kind, equals, value = piece.partition("=")
        kind = kind.strip().upper()
        if equals and kind.replace(".", "").isalnum():
            pairs.append((_SHORT.get(kind, kind), " ".join(value.split())))
        elif pairs:
            last, before = pairs[-1]
            pairs[-1] = (last, " ".join(f"{before},{piece}".split()))
    return frozenset((kind, value.strip('"').casefold()) for kind, value in pairs)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(_LARGEST + 1)
    except (OSError, ValueError):
        raise CredentialFault("certificate-file-unreadable", file=_shown(str(file))) from None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise CredentialFault("certificate-name-malformed", kind=_INLINE) from None


def _shown(text: str) -> str:
    return text if len(text) <= 80 else text[:80] + "…"
