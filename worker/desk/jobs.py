"""Jobs: looked at, with their whole history and evidence; and what a person may do to one."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from schemas.br.failed_call import FailedCallView
from schemas.problem import Problem, Rejected
from schemas.requests import parse
from schemas.views import ExchangeView, JobView, JournalLineView, ReceiptView, SaidView
from worker.assembly import House
from worker.domain.issuer import Issuer
from worker.domain.job import Job
from worker.domain.journal import Line
from worker.domain.states import State
from worker.engine import operator
from worker.engine.inquiry import audit
from worker.ledger.views import Filter, History, Kept, Mark
from worker.rails.br import error_log

#: What the ledger calls a field of a request otherwise.
_FIELDS = {"key": "access_key"}
#: Digest of what was not sent.
_NOTHING = hashlib.sha256(b"").hexdigest()


class JobDesk:
    """Where one asks after a document.

    All methods that name a job raise ``CannotDo`` (``worker.engine.operator``, with a slug) when it cannot be done.
    """

    def __init__(self, house: House) -> None:
        self._house = house

    def look(self, job_id: str, lang: str) -> JobView:
        """A job as it stands."""
        return JobView.of(self._history(job_id).job, lang)

    def history(self, job_id: str) -> tuple[list[JournalLineView], list[ExchangeView]]:
        """Everything that happened to it, and every question that was asked about it."""
        found = self._history(job_id)
        return [_line(line) for line in found.lines], [
            ExchangeView(
                seq=kept.seq,
                kind=kept.kind,
                url=kept.url,
                started_at=kept.started_at,
                ended_at=kept.ended_at,
                http_status=kept.http_status,
                fault=kept.fault,
                sent=kept.sent,
                received=kept.received,
            )
            for kept in found.exchanges
        ]

    def find(
        self,
        lang: str,
        *,
        tenant: str | None = None,
        states: Sequence[str] = (),
        batch: str | None = None,
        document: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> tuple[list[JobView], str | None]:
        """Jobs, newest first, and what to pass as ``after`` for the next page (a job's id)."""
        which = Filter(
            tenant=tenant,
            document="".join(document.split()).upper() if document else None,
            batch=batch,
            states=[State(state) for state in states],
        )
        with self._house.ledger.reading() as reading:
            mark = None if after is None else Mark(reading.job(after).accepted_at, after)
            page = reading.jobs(which, after=mark, limit=limit)
        return [JobView.of(job, lang) for job in page.jobs], page.following.job_id if page.following else None

    def retry(self, job_id: str, *, why: str, actor: str, lang: str) -> JobView:
        """Go on now; see ``worker.engine.operator.retry``."""
        return JobView.of(operator.retry(self._house.parts, job_id, why=why, actor=actor), lang)

    def withdraw(self, job_id: str, *, why: str, actor: str, lang: str) -> JobView:
        """Take back what has not left; see ``worker.engine.operator.withdraw``."""
        return JobView.of(operator.withdraw(self._house.parts, job_id, why=why, actor=actor), lang)

    def release(self, job_id: str, *, actor: str, lang: str) -> JobView:
        """Let a held job go."""
        return JobView.of(operator.release(self._house.parts, job_id, actor=actor), lang)

    def again(self, job_id: str, *, why: str, actor: str, changes: Mapping[str, Any] | None = None) -> ReceiptView:
        """A new round after a refusal, with the issuer as it is now.

        ``changes`` are fields of a request (``schemas.requests``) that are asked for otherwise than the last time; a
        substitute does not outlive the motive that it was given with.

        Raises:
            Rejected: the request would be refused with them; no round was opened.
        """
        job = self._history(job_id).job
        try:
            issuer = self._house.ledger.issuer(job.issuer)
        except KeyError:
            raise operator.CannotDo("issuer-unknown", job_id, job.state) from None
        request = self._changed(job, issuer, changes) if changes else None
        receipt = operator.again(self._house.parts, job_id, issuer, why=why, actor=actor, request=request)
        return ReceiptView(
            job_id=receipt.job_id, document=job.document, state=receipt.state.value, created=receipt.created
        )

    def _changed(self, job: Job, issuer: Issuer, changes: Mapping[str, Any]) -> Mapping[str, Any]:
        kept = {_FIELDS.get(name, name): value for name, value in job.request.items()}
        if "motive" in changes:
            kept.pop("replaced_by", None)
        where = {"rail": job.rail, "tenant": job.tenant, "environment": job.environment}
        request = parse(kept | dict(changes) | where)
        if request.document != job.document:
            raise Rejected([Problem(slug="document-differs", params={"value": request.document, "had": job.document})])
        problem = request.unmet(issuer.options) or next(iter(request.objections(self._house.clock.now())), None)
        if problem is not None:
            raise Rejected([problem])
        return request.content()

    def proofs(self, job_id: str) -> dict[str, bytes]:
        """What proves the ending, by file name: the signed request, the answers, the journal.

        Raises:
            BrokenChain, Untrue: the ledger's word about this job cannot be trusted.
        """
        audit(self._house.parts, job_id)
        found = self._history(job_id)
        with self._house.ledger.reading() as reading:
            files = {
                f"{kept.seq:03}-{kept.kind}-received.xml": kept.received for kept in found.exchanges if _asked(kept)
            }
            files |= {f"{kept.seq:03}-{kept.kind}-sent.xml": kept.sent for kept in found.exchanges if _asked(kept)}
            files |= {f"{kept.seq:03}-{kept.kind}.xml": kept.received for kept in found.exchanges if not _asked(kept)}
            if found.job.request_hash:
                files["signed-request.xml"] = found.job.request_hash
            proofs = {name: reading.archive.load(digest) for name, digest in sorted(files.items()) if digest}
        lines = [_line(line).model_dump(mode="json") for line in found.lines]
        return proofs | {"journal.json": json.dumps(lines, ensure_ascii=False, indent=1).encode()}

    def failed_calls(self, job_id: str) -> list[FailedCallView]:
        """Calls about a DC-e that were no success, in order; of other documents the history tells."""
        found = self._history(job_id)
        if found.job.rail != "br":
            return []
        with self._house.ledger.reading() as reading:
            records = list(error_log.records(found.job, found.lines, found.exchanges, reading.archive.load))
        return [
            FailedCallView(**{name: value for name, value in asdict(record).items() if name != "took"}, seconds=took)
            for record in records
            for took in (record.took.total_seconds(),)
        ]

    def _history(self, job_id: str) -> History:
        try:
            with self._house.ledger.reading() as reading:
                return reading.history(job_id)
        except KeyError:
            raise operator.CannotDo("job-unknown", job_id) from None


def _asked(kept: Kept) -> bool:
    """Whether anything was sent; what came without a question was put together from other messages."""
    return kept.sent != _NOTHING


def _line(line: Line) -> JournalLineView:
    fact = line.decoded()
    said = fact.said
    return JournalLineView(
        seq=line.seq,
        at=fact.at,
        actor=fact.actor,
        fact=line.fact,
        state_from=line.state_from and line.state_from.value,
        state_to=line.state_to.value,
        slug=fact.slug,
        said=SaidView(level=said.level, code=said.code, text=said.text) if said else None,
        why=getattr(fact, "why", None),
        evidence=fact.evidence,
        previous=line.previous,
        hash=line.hash,
    )
