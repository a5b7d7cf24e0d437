"""Credentials, opened once per process: opening a key costs as much as a hundred signatures."""

import binascii
import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar, cast

from worker.engine.ports import CannotPrepare, Clock, Vault
from worker.signing.custody import CannotUnseal
from worker.signing.faults import CredentialFault

T = TypeVar("T")

#: For so long the vault is not asked whether the secret is still the same.
FRESH = timedelta(seconds=2)

_MOST = 1024


@dataclass(frozen=True, slots=True)
class _Opened:
    digest: bytes
    seen_at: datetime
    value: Any = field(repr=False)


class Keyring:
    """Opened credentials by (tenant, purpose, ref). A secret that was replaced is noticed within ``FRESH``."""

    def __init__(self, vault: Vault, clock: Clock) -> None:
        self._vault, self._clock = vault, clock
        self._opened: OrderedDict[tuple[str, str, str], _Opened] = OrderedDict()
        self._lock = Lock()

    def opened(self, key: tuple[str, str, str], missing: str, opening: Callable[[bytes], T]) -> T:
        """The secret under (tenant, purpose, ref), opened by ``opening``; the same object while the secret is the same.

        Raises:
            CannotPrepare: ``missing``, ``credential-malformed``, or what the vault or ``opening`` object to.
        """
        now = self._clock.now()
        known = self._opened.get(key)
        if known is not None and timedelta() <= now - known.seen_at < FRESH:
            return cast(T, known.value)
        with self._lock:
            secret = self._secret(key, missing)
            digest = hashlib.sha256(secret).digest()
            known = self._opened.get(key)
            value = known.value if known is not None and known.digest == digest else _open(opening, secret)
            self._opened[key] = _Opened(digest, now, value)
            self._opened.move_to_end(key)
            while len(self._opened) > _MOST:
                self._opened.popitem(last=False)
            return cast(T, value)

    def drop(self) -> None:
        """Forget everything that was opened."""
        with self._lock:
            self._opened.clear()

    def _secret(self, key: tuple[str, str, str], missing: str) -> bytes:
        try:
            return self._vault.open(*key)
        except KeyError:
            raise CannotPrepare(missing) from None
        except CannotUnseal as fault:
            raise CannotPrepare(fault.slug) from None


def _open(opening: Callable[[bytes], T], secret: bytes) -> T:
    try:
        return opening(secret)
    except CredentialFault as fault:
        raise CannotPrepare(fault.slug) from None
    except (ValueError, TypeError, KeyError, binascii.Error):
        raise CannotPrepare("credential-malformed") from None
