"""``cancela demo``: the whole main job against the sandbox, and whether its word is the truth."""

import contextlib
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from producers.cli import shown, waiting
from producers.cli.demo import plan, show, stage, verdict
from producers.cli.demo.cfdi import MEXICO
from producers.cli.demo.dce import BRAZIL
from producers.cli.demo.report import report
from producers.cli.demo.world import World, two_worlds
from producers.cli.ends import Exit
from producers.cli.sandbox import check_installed
from producers.cli.spoken import spoken
from producers.cli.voice import Voice

if TYPE_CHECKING:
    from schemas.views import BatchView
    from worker.desk import Desk

_LIMIT = 300.0
"""Seconds after which what has not ended counts as wrong; 200 rows take some twenty."""

LOG = "cancela.log"
RESULT = "documentos.result.xlsx"
PROOFS = "proofs"
COUNTRIES = (MEXICO, BRAZIL)


@dataclass(frozen=True, slots=True)
class Story:
    """One run of the demo."""

    voice: Voice
    folder: Path
    rows: list[plan.PlannedRow]


@spoken
def demo(
    voice: Voice,
    rows: Annotated[int, typer.Option(min=plan.least(COUNTRIES), max=20_000, help="Rows of the sheet.")] = 200,
    folder: Annotated[Path, typer.Option("--dir", help="A new folder, or that of an earlier demo.")] = Path("demo"),
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave everything running until Ctrl-C, to look around.")
    ] = False,
) -> None:
    """Cancel a sheet of CFDI and DC-e of all kinds against stand-ins for the authorities, and compare with the truth.

    Needs no network, no account and no settings; those of the caller are left out. Ends with 0 only if every row came
    to the end that was planned, the authorities say the same, and nothing was done twice.
    """
    check_installed()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # ends as by Ctrl-C, with everything that was started
    started = time.monotonic()
    story = Story(voice, stage.clear(folder), plan.rows(rows, COUNTRIES))
    with (
        (story.folder / LOG).open("a", encoding="utf-8") as log,
        two_worlds(story.folder, log, speed=stage.SPEED) as (world, other),
    ):
        stage.settle(story.folder, world, voice.lang)
        equal = _play(story, world, other, log, keep=keep, started=started)
    raise typer.Exit(Exit.DONE if equal else Exit.NOT_CANCELLED)


def _play(story: Story, world: World, other: World, log: Any, *, keep: bool, started: float) -> bool:
    voice, folder = story.voice, story.folder
    voice.say("demo-begins", rows=len(story.rows), folder=folder)
    with contextlib.redirect_stderr(log):  # the log handlers take the stderr that they find
        desk = _desk()
        stage.register(desk, world, other)
        stage.announce(world, story.rows)
        sheet = stage.write_sheet(folder, story.rows)
        with waiting.at_work(desk) as died:
            batch = _submitted(story, desk, sheet)
            with show.live(voice) as tell:
                waiting.follow(lambda: desk.batches.look(batch.id).states, tell, died, limit=_LIMIT)
            equal = _judged(story, desk, world, batch, started)
            if keep:
                _stay(voice, folder, died)
    return equal


def _desk() -> "Desk":
    from producers.cli.counter import counter

    return counter()


def _submitted(story: Story, desk: "Desk", sheet: Path) -> "BatchView":
    """Through the same code as ``batch submit --good-rows-only``."""
    from producers.cli import submission

    options = submission.options_of(desk)
    found = submission.survey(desk, sheet, options)
    return submission.submit(desk, sheet, options, found, actor="operator:demo", tell=lambda _done, _of: None)


def _judged(story: Story, desk: "Desk", world: World, batch: "BatchView", started: float) -> bool:
    """Compare, write what an operator keeps, and tell."""
    from producers.cli.result_sheet import write

    lang = story.voice.lang
    states = {number: outcome.state for number, outcome in desk.batches.outcomes(batch.id, lang)}
    judged = verdict.judge(story.rows, states, world.truth())
    write(desk, batch.id, Path(RESULT), lang=lang, zone=shown.HERE)
    proven = verdict.prove(desk, batch.id, Path(PROOFS), lang)
    places = {"sheet": stage.SHEET, "result": RESULT, "proofs": PROOFS, "log": LOG}
    return report(
        story.voice,
        judged,
        batch=desk.batches.look(batch.id),
        seconds=round(time.monotonic() - started, 1),
        proven=proven,
        places={name: str(story.folder / path) for name, path in places.items()},
    )


def _stay(voice: Voice, folder: Path, died: threading.Event) -> None:
    voice.say("demo-stays", folder=folder)
    with contextlib.suppress(KeyboardInterrupt):
        while not died.wait(0.5):
            pass
