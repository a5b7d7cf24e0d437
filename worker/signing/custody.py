"""Sealing: an envelope of AES-256-GCM around every secret.

Each secret has a data key of its own, used once, which is wrapped by a master key. Both layers are bound to the name
of the secret, so that a sealed secret that is moved to another row does not open. A master key is known by an id that
follows from it; several may be at hand, so that an old one can be replaced while what it sealed can still be read.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import secrets
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY = 32
_NONCE = 12
#: Part of what every envelope is bound to; another way of sealing gets another word.
_FORM = "cancela/1"
#: A key file has a key a line. More than this is not a key file.
_FILE_LIMIT = 4096


class CannotUnseal(Exception):
    """A secret can't be sealed or opened. ``slug`` says why; neither text nor cause says anything of key or secret.

    Slugs: ``master-key-missing``, ``master-key-malformed``, ``master-key-permissions``, ``master-key-exists``,
    ``master-key-wrong``, ``secret-tampered``.
    """

    def __init__(self, slug: str, detail: str) -> None:
        super().__init__(detail)
        self.slug = slug


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A sealed secret, safe to store: ``wrapped`` is the data key (nonce first) under master key ``key_id``."""

    key_id: str
    wrapped: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    ciphertext: bytes = field(repr=False)


class MasterKeys:
    """The master keys at hand. The first one seals; all of them open. They show nothing of themselves."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys:
            raise CannotUnseal("master-key-missing", "there is no master key")
        if any(len(key) != _KEY for key in keys):
            raise CannotUnseal("master-key-malformed", f"a master key is {_KEY} bytes in base64")
        self._keys = {_id(key): AESGCM(key) for key in keys}
        self._sealers = {_id(key): hmac.digest(key, b"cancela/checkpoint", "sha256") for key in keys}
        self.current = _id(keys[0])

    def __repr__(self) -> str:
        return f"MasterKeys(current={self.current!r}, old={len(self._keys) - 1})"

    def __reduce__(self) -> NoReturn:
        raise TypeError("master keys stay in the process that read them")

    def mac(self, content: bytes, key_id: str) -> str:
        """HMAC-SHA256 under a key that follows from this master key and does nothing else (``SealingKeys``).

        Raises:
            KeyError: that master key is not at hand.
        """
        return hmac.new(self._sealers[key_id], content, hashlib.sha256).hexdigest()

    def seal(self, secret: bytes, name: tuple[str, ...]) -> Sealed:
        """Seal a secret under the current key, bound to its name."""
        data_key = AESGCM.generate_key(_KEY * 8)
        nonce, wrapping_nonce = os.urandom(_NONCE), os.urandom(_NONCE)
        wrapped = self._keys[self.current].encrypt(wrapping_nonce, data_key, _bound("key", self.current, name))
        return Sealed(
            key_id=self.current,
            wrapped=wrapping_nonce + wrapped,
            nonce=nonce,
            ciphertext=AESGCM(data_key).encrypt(nonce, secret, _bound("secret", self.current, name)),
        )

    def unseal(self, sealed: Sealed, name: tuple[str, ...]) -> bytes:
        """The secret.

        Raises:
            CannotUnseal: ``master-key-wrong`` (sealed under a key that is not at hand), ``secret-tampered`` (changed,
                or sealed under another name).
        """
        key = self._keys.get(sealed.key_id)
        if key is None:
            raise CannotUnseal("master-key-wrong", f"sealed under master key {sealed.key_id}, which is not at hand")
        try:
            wrapping_nonce, wrapped = sealed.wrapped[:_NONCE], sealed.wrapped[_NONCE:]
            data_key = key.decrypt(wrapping_nonce, wrapped, _bound("key", sealed.key_id, name))
            return AESGCM(data_key).decrypt(sealed.nonce, sealed.ciphertext, _bound("secret", sealed.key_id, name))
        except (InvalidTag, ValueError):
            raise CannotUnseal("secret-tampered", "the sealed secret was changed or moved") from None


def from_text(text: str) -> MasterKeys:
    """Keys in base64, separated by spaces, commas or lines; the current one first. As in an environment variable.

    Raises:
        CannotUnseal: ``master-key-missing``, ``master-key-malformed``.
    """
    try:
        keys = [base64.b64decode(word, validate=True) for word in text.replace(",", " ").split()]
    except (binascii.Error, ValueError):
        raise CannotUnseal("master-key-malformed", f"a master key is {_KEY} bytes in base64") from None
    return MasterKeys(keys)


def from_file(path: Path) -> MasterKeys:
    """Keys in a file that only its owner may read (0600 or less).

    Raises:
        CannotUnseal: ``master-key-missing``, ``master-key-permissions``, ``master-key-malformed``.
    """
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())  # of what was opened, not of what the name means a moment later
            if not stat.S_ISREG(status.st_mode) or status.st_mode & 0o077 or status.st_uid not in (0, os.geteuid()):
                raise CannotUnseal("master-key-permissions", f"{path} must be readable by its owner alone (chmod 600)")
            content = file.read(_FILE_LIMIT + 1)
    except OSError as fault:
        raise CannotUnseal("master-key-missing", f"{path}: {fault.strerror}") from None
    if len(content) > _FILE_LIMIT or not content.isascii():
        raise CannotUnseal("master-key-malformed", f"{path} is no key file")
    return from_text(content.decode("ascii"))


def create_file(path: Path) -> MasterKeys:
    """A new key in a new file, on disk when this returns. Never over an existing file.

    Raises:
        CannotUnseal: ``master-key-exists``.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise CannotUnseal("master-key-exists", f"{path} is there already") from None
    _write(descriptor, path, _new_line())
    return from_file(path)


def renew_file(path: Path) -> MasterKeys:
    """A new current key before the old ones, which stay readable. ``Vault.rotate`` then seals everything anew.

    Raises:
        CannotUnseal: as ``from_file``.
    """
    from_file(path)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    _write(descriptor, fresh, _new_line() + path.read_bytes())
    fresh.replace(path)
    _settle(path.parent)
    return from_file(path)


def _new_line() -> bytes:
    return base64.b64encode(secrets.token_bytes(_KEY)) + b"\n"


def _write(descriptor: int, path: Path, content: bytes) -> None:
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    _settle(path.parent)


def _settle(directory: Path) -> None:
    """A new name is on disk only when its directory is."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _id(key: bytes) -> str:
    return hmac.new(key, b"cancela/key-id", hashlib.sha256).hexdigest()[:16]


def _bound(layer: str, key_id: str, name: tuple[str, ...]) -> bytes:
    return json.dumps([_FORM, layer, key_id, *name], separators=(",", ":")).encode()
