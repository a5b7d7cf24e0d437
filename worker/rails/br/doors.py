"""Doors to SEFAZ: one per credential and way of asking, since the connection itself shows whose it is."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from worker.domain.issuer import Issuer
from worker.domain.outcome import Pause, Said, Scope
from worker.engine.ports import CannotPrepare, Clock, Exchange
from worker.rails.br.answers import Word
from worker.rails.br.endpoints import Endpoints, Sefaz
from worker.rails.br.gateway import Gateway
from worker.rails.br.keyring import Keyring
from worker.rails.br.skew import Skew
from worker.signing.a1 import A1
from worker.soap.channel import Channel, Limits
from worker.soap.faults import Misfit
from worker.soap.identity import Identity, trusting

#: Credentials whose connections are kept open.
_MOST = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What one issuer's calls go through."""

    a1: A1
    gateway: Gateway
    places: Endpoints
    skew: Skew

    def hear(self, word: Word, exchange: Exchange) -> None:
        """Compare clocks with what the authority wrote."""
        if word.at is not None:
            self.skew.note(word.at, exchange.started_at)

    def refuse_while_ahead(self) -> None:
        """Sign nothing that the authority would find dated in its future.

        Raises:
            CannotPrepare: ``clock-ahead``.
        """
        ahead = self.skew.ahead(self.places.sefaz.clock_believed)
        if ahead > self.places.sefaz.clock_ahead:
            pause = Pause(Scope.AUTHORITY, self.places.sefaz.clock_believed)
            raise CannotPrepare("clock-ahead", Said("local", None, f"{ahead.total_seconds():.0f} s"), pause)


class Doors:
    """All doors of a process. Safe for threads; a certificate that was replaced gets a door of its own."""

    def __init__(self, keyring: Keyring, clock: Clock) -> None:
        self._keyring, self._clock = keyring, clock
        self._skew = lru_cache(maxsize=None)(self._new_skew)
        self._gateway = lru_cache(maxsize=_MOST)(self._new_gateway)

    def of(self, issuer: Issuer, places: Endpoints) -> Door:
        """The issuer's.

        Raises:
            CannotPrepare: what ``Keyring.a1`` objects to.
            Misfit: the bundle of trusted certificates can't be read, or the contracts don't fit.
        """
        a1 = self._keyring.a1(issuer, _authorities(places.limits.ca_bundle))
        gateway = self._gateway(a1, places.sefaz, places.limits)
        return Door(a1=a1, gateway=gateway, places=places, skew=self._skew(places.sefaz.event.endpoint))

    def close(self) -> None:
        """Forget every key, and the connections that show it."""
        self._gateway.cache_clear()
        self._keyring.drop()

    def _new_skew(self, _endpoint: str | None) -> Skew:
        return Skew(self._clock.now)

    def _new_gateway(self, a1: A1, sefaz: Sefaz, limits: Limits) -> Gateway:
        try:
            tls = trusting(limits.ca_bundle, Identity(a1.chain, a1.key))
        except OSError as fault:
            raise Misfit(f"ca_bundle: {type(fault).__name__}") from None
        skew = self._skew(sefaz.event.endpoint)

        def told(date: datetime, began: datetime, _ended: datetime) -> None:
            skew.note(date, began)

        return Gateway(sefaz, Channel(self._clock, limits, tls=tls, told=told))


@lru_cache(maxsize=16)
def _authorities(ca_bundle: str | None) -> bytes:
    """Whom we trust may also stand between our certificate and its root, where the PFX leaves them out."""
    try:
        return Path(ca_bundle).read_bytes() if ca_bundle else b""
    except OSError as fault:
        raise Misfit(f"ca_bundle: {type(fault).__name__}") from None
