"""Crash points: the moments of the story at which a process may die, by name.

A test kills its process at each of them in turn, so that "whatever happens, nothing is lost or doubled" is tried and
not only believed. In production nobody watches, and a point costs one look at a variable.
"""

from collections.abc import Callable

#: Where each point stands. Those in ``…ing`` lie inside a transaction, before its commit.
POINTS = {
    "intake.accepting": "the requests are written, not committed; nobody has a receipt",
    "intake.accepted": "the requests are committed; nobody has a receipt",
    "submit.ready": "the job was read and wants to be sent; nothing is prepared",
    "submit.prepared": "the request is signed, in memory only",
    "submit.claiming": "claim and signed bytes are written, not committed",
    "submit.claimed": "claim and signed bytes are committed; nothing has left",
    "submit.answered": "the authority's answer has arrived, nobody has written it down",
    "consult.asking": "about to ask what became of a document",
    "consult.answered": "the authority has told what became of a document, nobody has written it down",
    "settle.settling": "what the answer amounts to is written, not committed",
    "settle.settled": "what the answer amounts to is committed",
    "notice.taking": "a mail is remembered and its job made due, not committed",
    "notice.taken": "a mail and what it does are committed; the mailbox does not know",
    "sweep.leased": "this sweep has become the active one and has done nothing",
    "sweep.tending": "a silent worker's job is made uncertain, or a closed window's is ended; not committed",
    "sweep.tended": "the same, committed",
    "sweep.marked": "jobs are marked as handed over; the broker has none of them",
    "sweep.sent": "the broker has one message more",
    "sweep.told": "another service was told something, and it is not ticked off",
}

_watcher: Callable[[str], None] | None = None


def point(name: str) -> None:
    """The story has come to this point."""
    if _watcher is not None:
        _watcher(name)


def watch(watcher: Callable[[str], None] | None) -> None:
    """From now on ``watcher`` is called at every point of this process; None: nobody is. For tests."""
    global _watcher
    _watcher = watcher
