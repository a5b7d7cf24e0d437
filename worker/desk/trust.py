"""Whether the ledger's word can be trusted; sealing it, backing it up, and coming back from a backup."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from schemas.problem import Problem
from worker.assembly import House
from worker.desk.health import SILENT, Finding, Grade
from worker.engine.checkpoint import Checkpoint, checkpoint
from worker.engine.recovery import recover
from worker.engine.verification import Untruth, verify
from worker.ledger.backup import back_up
from worker.ledger.books import StoredBooks
from worker.ledger.retention import cutoff, retired

#: So many untruths are told; whoever has more needs no list.
_TOLD = 1000
#: Checkpoints made in one go when a person asks: a million heads.
_BITES = 1000


class RolesRunning(Exception):
    """Workers, sweep or mail listener use this ledger now; nothing was changed. ``value`` names them."""

    slug = "recover-while-running"

    def __init__(self, roles: list[str]) -> None:
        super().__init__(", ".join(roles))
        self.value = ", ".join(roles)


class TrustDesk:
    """Where one asks for proof."""

    def __init__(self, house: House) -> None:
        self._house = house

    def verify(self) -> Iterator[Finding]:
        """What is wrong with journals, rows and checkpoints, as it is found; at the end what was looked at.

        Raises:
            CannotUnseal: the master key is missing; without it no seal can be checked.
        """
        books, keys = StoredBooks(self._house.ledger), self._house.keys
        wrong = 0
        for untruth in islice(verify(books, keys), _TOLD):
            wrong += 1
            yield _finding(untruth)
        last = books.sum().last
        sealed = f"checkpoint {last.number}, {last.jobs} jobs, {last.lines} lines, {last.mac}" if last else "-"
        if not wrong:
            yield Finding(what="journal", grade=Grade.GOOD, detail=sealed)

    def seal(self) -> Mapping[str, Any] | None:
        """Seal what has moved now; the last checkpoint there is, None when there is nothing to seal at all.

        Its ``mac``, written down elsewhere, shows later that no checkpoint was taken away.
        """
        made = checkpoint(self._house.parts, self._house.keys, bites=_BITES)
        if made is None:
            with self._house.ledger.reading() as reading:
                made = reading.checkpoints.last_checkpoint()
        return None if made is None else _told(made)

    def back_up(self, target: Path) -> int:
        """Copy the embedded ledger to a new file; its size in bytes. See ``worker.ledger.backup``."""
        if self._house.settings.ledger_url.startswith("sqlite"):
            self._house.ledger.check()
        return back_up(self._house.settings.ledger_url, target, self._house.clock.now())

    def manifest(self, *, years: int) -> Iterator[dict[str, Any]]:
        """Jobs that ended so many years ago, with the hashes of all their evidence (``worker.ledger.retention``)."""
        before = cutoff(self._house.clock.now(), years)
        for one in retired(self._house.ledger, before):
            yield asdict(one) | {"ended_at": one.ended_at.isoformat()}

    def recover(self, *, actor: str) -> dict[str, int]:
        """After a restore: have everything that is not final asked about; how many jobs went where.

        Raises:
            RolesRunning: stop them first.
        """
        running = self._running(SILENT)
        if running:
            raise RolesRunning(running)
        return {state.value: count for state, count in recover(self._house.parts, actor=actor).items()}

    def _running(self, lately: timedelta) -> list[str]:
        now = self._house.clock.now()
        with self._house.ledger.reading() as reading:
            return [pulse.name for pulse in reading.pulses.pulses() if abs(now - pulse.at) <= lately]


def _finding(untruth: Untruth) -> Finding:
    what = f"job {untruth.job_id}" if untruth.job_id else f"checkpoint {untruth.checkpoint or '-'}"
    params = {"why": untruth.why, "job_id": untruth.job_id, "checkpoint": untruth.checkpoint}
    return Finding(what=what, grade=Grade.BAD, problem=Problem(slug=untruth.slug, params=params), detail=untruth.why)


def _told(made: Checkpoint) -> dict[str, Any]:
    told = {"number": made.number, "at": made.at.isoformat(), "jobs": made.jobs, "lines": made.lines}
    return told | {"key_id": made.key_id, "mac": made.mac}
