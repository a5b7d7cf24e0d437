"""The demo's DC-e: every kind of ending that SEFAZ knows."""

import random
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from producers.cli.demo.plan import REJECTED, Country, Draft, Kind
from schemas.br.check_digit import check_digit

COMPANY = "10142785000190"
BRANCH = "10142785000271"
"""Of the same company: its certificate serves both."""
STRANGER = "11222333000181"
"""Registered nowhere."""

_BRASILIA = timezone(timedelta(hours=-3))
_HOUR = timedelta(hours=1)
_REASONS = ("Cliente desistiu da compra", "Erro no endereço do destinatário", "Mercadoria avariada antes da saída")


def _event(kind: str, *, acts: bool = True, **more: Any) -> tuple[Mapping[str, Any], ...]:
    return ({"operation": "event", "kind": kind, "acts": acts, **more},)


def _long_ago(cells: Draft) -> Draft:
    return cells | {"authorised_at": _ago(30 * _HOUR)}


def _undated(cells: Draft) -> Draft:
    """The sheet does not say when it was authorised, so nobody here knows whether the term is over."""
    return cells | {"authorised_at": None}


def _of_stranger(cells: Draft) -> Draft:
    key = cells["access_key"]
    return cells | {"access_key": _checked(key[:6] + STRANGER + key[20:43])}


def _misread(cells: Draft) -> Draft:
    """One digit of the key is another one."""
    key = cells["access_key"]
    return cells | {"access_key": key[:-1] + str((int(key[-1]) + 1) % 10)}


def _kind(name: str, parts: int, life: str | None = "cancellable", **more: Any) -> Kind:
    return Kind(name=f"dce-{name}", parts=parts, life=life, **more)


KINDS = (
    _kind("accepted", 36),
    _kind("reserved", 4, "registers-but-not-linked"),
    _kind("late", 4, "late-homologated", change=_undated),
    _kind("cancelled-elsewhere", 5, "already-cancelled-by-other"),
    _kind("transport-begun", 6, "transport-begun", ending="refused"),
    _kind("wrong-protocol", 4, "wrong-protocol", ending="refused"),
    _kind("window-closed", 5, "window-closed", ending="refused", change=_undated),
    _kind("window-known", 4, "window-closed", ending="expired", change=_long_ago),
    _kind("lost-after-acting", 7, faults=_event("reset")),
    _kind("lost-before-acting", 5, faults=_event("reset", acts=False)),
    _kind("acted-twice", 4, faults=_event("twice")),
    _kind("server-error", 3, faults=_event("http", code=503)),
    _kind("garbage", 3, faults=_event("garbage")),
    _kind("mixed-up", 2, faults=_event("mixed-up")),
    _kind("bad-digit", 3, None, ending=REJECTED, spoil=_misread),
    _kind("key-as-number", 2, None, ending=REJECTED, spoil=lambda cells: cells | {"access_key": 3.5e43}),
    _kind("issuer-unknown", 2, ending=REJECTED, change=_of_stranger),
)


def _draft(chance: random.Random) -> Draft:
    month = f"{datetime.now(UTC) - timedelta(days=2):%y%m}"
    cnpj, number, code = chance.choice((COMPANY, COMPANY, BRANCH)), chance.randrange(10**9), chance.randrange(10**6)
    users = ({"user_cpf": "12345678909"}, {"user_cnpj": "00000000037940"}, {"user_other": "PASSAPORTE-AB123456"})
    return {
        "access_key": _checked(f"35{month}{cnpj}99000{number or 1:09}130{code:06}"),
        "protocol": f"335260{chance.randrange(10**10):010}",
        "justification": chance.choice(_REASONS),
        "user_cnpj": None,
        "user_cpf": None,
        "user_other": None,
        "authorised_at": _ago(_HOUR),
        **chance.choice(users),
    }


def _facts(cells: Draft, document: str) -> Mapping[str, Any]:
    dated = {"authorised_at": cells["authorised_at"]} if cells["authorised_at"] else {}
    return {"key": document, "protocol": cells["protocol"], **dated}


def _ago(age: timedelta) -> str:
    return (datetime.now(_BRASILIA) - age).isoformat(timespec="seconds")


def _checked(digits: str) -> str:
    return digits + check_digit(digits)


BRAZIL = Country(kinds=KINDS, column="access_key", draft=_draft, facts=_facts)
