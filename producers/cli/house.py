"""``cancela up``, ``migrate``, ``doctor`` and ``key``: the installation itself."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from producers.cli.counter import counter
from producers.cli.ends import Exit, Stopped, status_of
from producers.cli.spoken import spoken
from producers.cli.voice import Voice

if TYPE_CHECKING:
    from worker.desk.health import Finding

key = typer.Typer(help="The master key that seals credentials.", no_args_is_help=True)


@spoken
def up(voice: Voice) -> None:
    """Run worker, sweep and mail listener in one process, until SIGTERM or Ctrl-C. Logs go to stderr."""
    desk = counter()
    settings = desk.settings
    if not settings.embedded:
        raise Stopped("up-with-broker", Exit.USAGE)
    desk.upkeep.open()
    from worker import embedded

    roles = ["worker", "sweep", *(["mail"] if settings.imap_host else [])]
    mailbox = settings.imap_address or settings.imap_user
    running = {"roles": roles, "ledger": desk.upkeep.place, "mailbox": mailbox if settings.imap_host else None}

    def ready() -> None:
        if voice.json:
            sys.stdout.write(json.dumps(running) + "\n")
            sys.stdout.flush()
        else:
            voice.note(
                "up-running", roles=", ".join(roles), ledger=desk.upkeep.place, mailbox=running["mailbox"] or "-"
            )

    if embedded.main(settings, ready):
        raise Stopped("work-died", Exit.WRONG)


@spoken
def migrate(voice: Voice) -> None:
    """Bring the ledger to this program's revision. Safe for several processes at once."""
    desk = counter()
    desk.upkeep.migrate()
    voice.tell({"ledger": desk.upkeep.place}, [desk.upkeep.place])


@spoken
def doctor(
    voice: Voice,
    online: Annotated[bool, typer.Option("--online", help="Ask the authorities' doors, too.")] = False,
    journal: Annotated[bool, typer.Option("--journal", help="Verify every journal, row and checkpoint.")] = False,
) -> None:
    """Say whether this installation can do its work, and with --journal whether its ledger can be trusted."""
    desk = counter()
    found = list(desk.health.findings(online=online))
    if journal and not any(finding.grade == "bad" for finding in found if finding.what in ("ledger", "master-key")):
        found.extend(desk.trust.verify())
    voice.table(
        [_plain(voice, finding) for finding in found],
        ("what", "grade", "detail"),
        ((finding.what, finding.grade.value, _detail(voice, finding)) for finding in found),
    )
    bad = [finding for finding in found if finding.grade == "bad"]
    if bad:
        statuses = [status_of(finding.problem.slug) if finding.problem else Exit.WRONG for finding in bad]
        raise typer.Exit(Exit.UNTRUE if Exit.UNTRUE in statuses else statuses[0])


@key.command("create")
@spoken
def create(voice: Voice) -> None:
    """Make the master key's file. Keep a copy of it elsewhere: without it no credential opens again."""
    made = counter().upkeep.create_key()
    voice.tell({"key": made}, [made])


@key.command("rotate")
@spoken
def rotate(voice: Voice) -> None:
    """Make a new master key and seal every credential anew under it. The old ones stay in the file.

    Stop the running system first: a process that has read the old file cannot open what is sealed anew, and would park
    its jobs until it is started again.
    """
    made, sealed = counter().upkeep.rotate_key()
    voice.tell({"key": made, "sealed": sealed}, [f"{made}: {sealed}"])


def _plain(voice: Voice, finding: "Finding") -> dict[str, object]:
    problem = None if finding.problem is None else finding.problem.payload(voice.lang)
    return {"what": finding.what, "grade": finding.grade.value, "detail": finding.detail, "problem": problem}


def _detail(voice: Voice, finding: "Finding") -> str:
    if finding.problem is None:
        return finding.detail
    text = finding.problem.text(voice.lang)
    return f"{finding.problem.slug}: {text.what} → {text.next}"
