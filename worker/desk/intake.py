"""Taking requests in: each is checked against its issuer and gets a durable receipt, or the reasons why not."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.problem import Problem, Rejected
from schemas.requests import Cancellation
from schemas.tasks import answer_to, rejection, requested
from schemas.views import ReceiptView
from worker.assembly import House
from worker.domain.issuer import Issuer
from worker.engine.intake import Receipt, Wanted, accept, foresee
from worker.engine.ports import Letterbox

#: An issuer's option that says who confirmed that its requests are legally binding.
CONFIRMED = "production_confirmed"


class IntakeDesk:
    """Where requests are handed in."""

    def __init__(self, house: House) -> None:
        self._house = house

    def accept(self, requests: Sequence[Cancellation], *, actor: str) -> list[ReceiptView | Problem]:
        """A receipt or a problem for each request, in order; all new jobs are committed before this returns.

        Problems: issuer-unknown, production-not-confirmed, what the issuer demands beyond that, and rejections that are
        certain to come. A conflict is a receipt that says what differs.
        """
        issuers: dict[tuple[str, str, str, str], Issuer | None] = {}
        wanted: list[Wanted | Problem] = [self._wanted(request, issuers, actor) for request in requests]
        receipts = iter(accept(self._house.parts, [want for want in wanted if isinstance(want, Wanted)]))
        return [want if isinstance(want, Problem) else _view(want, next(receipts)) for want in wanted]

    def objections(self, requests: Sequence[Cancellation]) -> list[Problem | None]:
        """What ``accept`` would object to in each request, conflicts included, in order, or None. Nothing is taken in.

        What somebody else asks for in the meantime cannot be known here.
        """
        issuers: dict[tuple[str, str, str, str], Issuer | None] = {}
        wanted = [self._wanted(request, issuers, "check") for request in requests]
        with self._house.ledger.unit() as unit:
            there = iter(foresee(unit, [want for want in wanted if isinstance(want, Wanted)]))
        return [want if isinstance(want, Problem) else _objection(next(there)) for want in wanted]

    def take_request(self, given: Mapping[str, Any]) -> None:
        """The public Celery intake. What is wrong is told to the task and queue that the message names, if any."""
        try:
            self._take(requested(given))
        except Rejected as rejected:
            reply = answer_to(given)
            if reply is None:
                raise
            letter = Letterbox(task=reply["task"], queue=reply["queue"], payload=dict(rejection(given, rejected)))
            with self._house.ledger.unit() as unit:
                unit.post(letter)

    def _take(self, request: Cancellation) -> None:
        found = self.accept([request], actor="producer:celery")[0]
        if isinstance(found, Problem):
            raise Rejected([found])

    def _wanted(
        self, request: Cancellation, issuers: dict[tuple[str, str, str, str], Issuer | None], actor: str
    ) -> Wanted | Problem:
        who = (request.tenant, request.rail, request.environment, request.tax_id)
        if who not in issuers:
            with self._house.ledger.reading() as reading:
                issuers[who] = reading.issuers.find(*who) or _relative(
                    request, reading.issuers.of_tenant(request.tenant)
                )
        issuer = issuers[who]
        facts = {"rfc": request.tax_id, "value": request.tax_id}
        if issuer is None:
            return Problem(slug="issuer-unknown", column=request.issuer_field, params=facts)
        if issuer.production and not issuer.options.get(CONFIRMED):
            return Problem(slug="production-not-confirmed", column=request.issuer_field, params=facts)
        problem = request.unmet(issuer.options) or next(iter(request.objections(self._house.clock.now())), None)
        if problem is not None:
            return problem
        return Wanted(
            issuer=issuer,
            document=request.document,
            request=request.content(),
            actor=actor,
            round=request.round,
            reply=request.answer_to(),
        )


def conflict(receipt: Receipt | ReceiptView) -> Problem:
    """A receipt that says no, as a problem (request-conflict): what differs, and from which job."""
    differs = ", ".join(f"{name}: {had} ≠ {wants}" for name, (had, wants) in receipt.differs.items())
    return Problem(slug="request-conflict", params={"differs": differs, "job": receipt.job_id})


def _objection(there: Receipt | None) -> Problem | None:
    return conflict(there) if there is not None and there.conflict else None


def _relative(request: Cancellation, issuers: Iterable[Issuer]) -> Issuer | None:
    """An issuer of the same family, where the rail lets its certificate serve; the head office before branches."""
    return next(
        (
            issuer
            for issuer in sorted(issuers, key=lambda one: one.tax_id)
            if request.family is not None
            and (issuer.rail, issuer.environment) == (request.rail, request.environment)
            and issuer.tax_id.startswith(request.family)
        ),
        None,
    )


def _view(want: Wanted, receipt: Receipt) -> ReceiptView:
    return ReceiptView(
        job_id=receipt.job_id,
        document=want.document,
        state=receipt.state.value,
        created=receipt.created,
        conflict=receipt.conflict,
        differs=receipt.differs,
    )
