"""How long a paused authority rests: its status service may know (``dhRetorno``), its refusals don't say."""

from dataclasses import replace
from datetime import timedelta

from worker.domain.outcome import NoAnswer, NotTaken, Outcome, Pause, Pending, Said, Scope
from worker.engine.ports import Answer, Exchange
from worker.rails.br import answers, codes
from worker.rails.br.answers import Unfit
from worker.rails.br.doors import Door
from worker.rails.br.gateway import lost
from worker.rails.br.verdict import unfit
from worker.rails.reading import HalfAnswer
from worker.soap.faults import TransportFault

#: However far away its return is said to be, it is tried again this often.
LONGEST = timedelta(hours=1)

#: Seconds that asking for it may take, out of what the call has left.
_SECONDS = 10.0


def how_is_it(door: Door, environment: str, *, seconds: float | None = None) -> tuple[Answer, timedelta | None]:
    """The authority's word about itself, ``Pending`` when it works; and how long it says that it will be away."""
    try:
        reply = door.gateway.status(environment, seconds=seconds)
    except TransportFault as fault:
        return lost(fault), None
    try:
        word, back = answers.health(reply.element)
    except Unfit as fault:
        return Answer(unfit(fault), (reply.exchange,)), None
    door.hear(word, reply.exchange)
    said = Said(codes.STATUS, word.code, word.reason)
    heard = codes.outcome(said)
    away = back - (word.at or reply.exchange.ended_at) if back else None
    return Answer(Pending(said) if isinstance(heard, HalfAnswer) else heard, (reply.exchange,)), away


def rested(door: Door, environment: str, answer: Answer) -> Answer:
    """An answer whose pause is as long as the authority's rest, where it is paused and tells; any other as it is."""
    pause = _pause(answer.outcome)
    left = _left(door, answer.exchanges[0])
    if pause is None or left <= 0:
        return answer
    told, away = how_is_it(door, environment, seconds=left)
    if away is None or away <= pause.length:
        return replace(answer, exchanges=answer.exchanges + told.exchanges)
    longer = Pause(Scope.AUTHORITY, min(away, LONGEST))
    return Answer(_with(answer.outcome, longer), answer.exchanges + told.exchanges)


def _pause(outcome: Outcome) -> Pause | None:
    match outcome:
        case (
            NotTaken(pause=Pause(scope=Scope.AUTHORITY) as pause)
            | NoAnswer(pause=Pause(scope=Scope.AUTHORITY) as pause)
        ):
            return pause
        case _:
            return None


def _with(outcome: Outcome, pause: Pause) -> Outcome:
    match outcome:
        case NotTaken():
            return replace(outcome, pause=pause, after=pause.length)
        case NoAnswer():
            return replace(outcome, pause=pause)
        case _:
            return outcome


def _left(door: Door, exchange: Exchange) -> float:
    """Seconds of the call's deadline that are left for another question."""
    taken = (exchange.ended_at - exchange.started_at).total_seconds()
    return min(_SECONDS, door.places.limits.seconds - taken)
