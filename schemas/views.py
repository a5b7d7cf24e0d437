"""What is shown of jobs, batches and issuers: by ``--json``, the HTTP API and the result sheet. Nothing secret in it.

Texts are in the language asked for; slugs, states and codes are the stable words for programs.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Protocol, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from schemas.br.dce_result import DceResult
from schemas.messages import DEFAULT_LANGUAGE, Message, explain
from schemas.problem import Problem


class SaidLike(Protocol):
    """The authority's words, as the domain has them."""

    @property
    def level(self) -> str: ...
    @property
    def code(self) -> str | None: ...
    @property
    def text(self) -> str: ...


class JobLike(Protocol):
    """What a view needs to know of the domain's job; this package imports nothing of ours."""

    @property
    def id(self) -> str: ...
    @property
    def tenant(self) -> str: ...
    @property
    def rail(self) -> str: ...
    @property
    def environment(self) -> str: ...
    @property
    def issuer(self) -> str: ...
    @property
    def document(self) -> str: ...
    @property
    def round(self) -> int: ...
    @property
    def request(self) -> Mapping[str, Any]: ...
    @property
    def state(self) -> str: ...
    @property
    def accepted_at(self) -> datetime: ...
    @property
    def changed_at(self) -> datetime: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def closes_at(self) -> datetime | None: ...
    @property
    def slug(self) -> str | None: ...
    @property
    def said(self) -> SaidLike | None: ...
    @property
    def grade(self) -> str | None: ...
    @property
    def note(self) -> str | None: ...
    @property
    def refused_by(self) -> str | None: ...
    @property
    def evidence(self) -> tuple[str, ...]: ...


class _View(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SaidView(_View):
    """The authority's own words; the same code means different things at different levels."""

    level: str
    code: str | None = None
    text: str = ""

    @property
    def short(self) -> str:
        """Level and code, as people quote them."""
        return f"{self.level} {self.code}" if self.code else self.level


class JobView(_View):
    """One document and where its cancellation stands. ``meaning`` and ``next_step`` are for people."""

    id: str
    tenant: str
    rail: str
    environment: str
    issuer: str
    document: str
    round: int
    request: Mapping[str, Any]
    state: str
    state_text: str
    accepted_at: AwareDatetime
    changed_at: AwareDatetime
    due_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    slug: str | None = None
    said: SaidView | None = None
    grade: str | None = Field(None, description="How strong the proof is; only of a cancelled job.")
    grade_text: str | None = None
    refused_by: str | None = None
    note: str | None = None
    evidence: tuple[str, ...] = Field((), description="sha256 of the archived bytes that prove the ending.")
    dce: DceResult | None = Field(None, description="Of a DC-e: what the common DLL calls its results.")
    meaning: str
    next_step: str

    @classmethod
    def of(cls, job: JobLike, lang: str = DEFAULT_LANGUAGE) -> Self:
        """The view of a job."""
        text = _text(job, lang)
        return cls(
            id=job.id,
            tenant=job.tenant,
            rail=job.rail,
            environment=job.environment,
            issuer=job.issuer,
            document=job.document,
            round=job.round,
            request=dict(job.request),
            state=str(job.state),
            state_text=explain(f"state-{job.state}", lang).what,
            accepted_at=job.accepted_at,
            changed_at=job.changed_at,
            due_at=job.due_at,
            closes_at=job.closes_at,
            slug=job.slug,
            said=None if job.said is None else _said(job.said),
            grade=None if job.grade is None else str(job.grade),
            grade_text=None if job.grade is None else explain(f"grade-{job.grade}", lang).what,
            refused_by=None if job.refused_by is None else str(job.refused_by),
            note=job.note,
            evidence=tuple(job.evidence),
            dce=DceResult.of_said(job.said, job.slug) if job.rail == "br" else None,
            meaning=text.what,
            next_step=text.next,
        )


def _said(said: SaidLike) -> SaidView:
    return SaidView(level=said.level, code=said.code, text=said.text)


def _text(job: JobLike, lang: str) -> Message:
    """An ending's grade says most, with what is remarkable about it; then the reason; then the state."""
    if job.grade is not None:
        grade = explain(f"grade-{job.grade}", lang)
        if not job.note:
            return grade
        note = explain(job.note, lang)
        return Message(f"{grade.what} {note.what}", note.next or grade.next)
    state = explain(f"state-{job.state}", lang)
    reason = explain(job.slug, lang, dict(job.request)) if job.slug else state
    return Message(reason.what, reason.next or state.next)


class JournalLineView(_View):
    """One line of a job's history. ``hash`` seals it and, through ``previous``, all lines before it."""

    seq: int
    at: AwareDatetime
    actor: str
    fact: str
    state_from: str | None
    state_to: str
    slug: str | None = None
    text: str | None = None
    said: SaidView | None = None
    why: str | None = None
    evidence: tuple[str, ...] = ()
    previous: str
    hash: str


class ExchangeView(_View):
    """One question to an authority and its answer, by their digests in the archive."""

    seq: int
    kind: str
    url: str
    started_at: AwareDatetime
    ended_at: AwareDatetime
    http_status: int | None = None
    fault: str | None = None
    sent: str
    received: str | None = None


class BatchView(_View):
    """A sheet that was handed in, and how far it is. ``states`` counts its jobs by state."""

    id: str
    tenant: str
    name: str
    sha256: str
    created_at: AwareDatetime
    rows: int
    refused_rows: int = 0
    states: Mapping[str, int] = Field(default_factory=dict)
    ended: int = 0

    @property
    def done(self) -> bool:
        """Whether every job of it has come to its end."""
        return self.ended >= sum(self.states.values())


class IssuerView(_View):
    """Who cancels, without anything secret; ``certificate`` is the number of its CSD, or of its A1 in hexadecimal."""

    id: str
    tenant: str
    rail: str
    environment: str
    tax_id: str
    account: str
    zone: str
    mailbox: str | None = None
    production: bool
    require_sat_status: bool = False
    certificate: str | None = None
    certificate_until: AwareDatetime | None = None


class ProblemView(_View):
    """One thing that is wrong, with its text."""

    slug: str
    row: int | None = None
    column: str | None = None
    params: Mapping[str, Any] = Field(default_factory=dict)
    what: str
    next: str

    @classmethod
    def of(cls, problem: Problem, lang: str = DEFAULT_LANGUAGE) -> Self:
        """The view of a problem."""
        return cls(**problem.payload(lang))


class ReceiptView(_View):
    """What became of one request: a job, new or already there; ``differs`` says how a conflicting one differs."""

    job_id: str
    document: str
    state: str
    created: bool
    conflict: bool = False
    differs: Mapping[str, tuple[Any, Any]] = Field(default_factory=dict)


class RowOutcome(_View):
    """What the result sheet says of one row. ``at`` is shown in the zone of whoever reads it."""

    state: str
    at: AwareDatetime | None = None
    code: str = ""
    meaning: str = ""
    next_step: str = ""
    dce: DceResult | None = None

    @classmethod
    def of_job(cls, job: JobLike, lang: str = DEFAULT_LANGUAGE) -> Self:
        """What became of the row's document."""
        view = JobView.of(job, lang)
        code = view.said.short if view.said else view.slug or ""
        return cls(
            state=view.state,
            at=view.changed_at,
            code=code,
            meaning=view.meaning,
            next_step=view.next_step,
            dce=view.dce,
        )

    @classmethod
    def of_problems(cls, problems: Iterable[Problem], lang: str = DEFAULT_LANGUAGE) -> Self:
        """Why the row was not taken."""
        found = list(problems)
        texts = [problem.text(lang) for problem in found]
        return cls(
            state="rejected",
            code=" ".join(dict.fromkeys(problem.slug for problem in found)),
            meaning=" ".join(dict.fromkeys(text.what for text in texts)),
            next_step=" ".join(dict.fromkeys(text.next for text in texts)),
            dce=DceResult.of_slugs(problem.slug for problem in found),
        )
