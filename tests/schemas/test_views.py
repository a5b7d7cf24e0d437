"""What is shown of a job."""

from dataclasses import replace
from datetime import UTC, datetime

from schemas.problem import Problem
from schemas.views import BatchView, JobView, ProblemView, RowOutcome
from worker.domain.evidence import Grade
from worker.domain.facts import Accepted
from worker.domain.job import accept
from worker.domain.outcome import Refuser, Said
from worker.domain.states import State

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
UUID = "11111111-2222-4333-8444-00000000000A"
JOB = accept(
    Accepted(
        at=NOW,
        actor="cli",
        tenant="default",
        rail="mx",
        environment="test",
        issuer="i-1",
        document=UUID,
        round=1,
        request={"rfc": "EKU9003173C9", "uuid": UUID, "motive": "02"},
    )
)


def test_a_view_is_plain_json() -> None:
    """States and codes are stable words, times carry their zone."""
    shown = JobView.of(JOB, "en").model_dump(mode="json")
    assert ("queued", "2026-11-20T18:00:00Z", None) == (shown["state"], shown["accepted_at"], shown["grade"])
    assert shown["meaning"].startswith("In line to be signed")


def test_a_cancelled_job_says_who_confirmed_it() -> None:
    """Its grade in plain words."""
    job = replace(JOB, state=State.CANCELLED, grade=Grade.PAC_STATUS, evidence=("ab",))
    shown = JobView.of(job, "en")
    assert ("cancelled", "pac-status", "Confirmed by the PAC, SAT not asked.") == (
        shown.state,
        shown.grade,
        shown.grade_text,
    )
    assert shown.meaning == shown.grade_text


def test_what_is_remarkable_about_an_ending_is_told() -> None:
    """That somebody else cancelled the document, for one."""
    job = replace(JOB, state=State.CANCELLED, grade=Grade.AUTHORITY_EVENT, note="cancelled-elsewhere")
    plain, remarkable = JobView.of(replace(job, note=None), "en"), JobView.of(job, "en")
    assert remarkable.meaning.startswith(plain.meaning)
    assert plain.meaning != remarkable.meaning


def test_a_dce_is_told_under_the_names_of_the_common_dll() -> None:
    """Code and text as SEFAZ gave them, protocol and date of the cancellation; of other documents nothing."""
    words = "Evento registrado [nProt:3352600000000042][dhRegEvento:2026-11-21T06:42:11-03:00]"
    job = replace(JOB, rail="br", state=State.CANCELLED, said=Said("sefaz-event", "135", words))
    view = JobView.of(job).dce
    assert view is not None
    assert ("135", words, "3352600000000042", "2026-11-21T06:42:11-03:00") == (
        view.resultado,
        view.msgResultado,
        view.nProtocoloCanc,
        view.dProtocoloCanc,
    )
    assert JobView.of(JOB).dce is None
    parked = JobView.of(replace(job, state=State.PARKED, said=None, slug="a1-unreadable")).dce
    rejected = RowOutcome.of_problems([Problem(slug="justification-short"), Problem(slug="access-key-length")]).dce
    assert ("5408", "6506") == (parked and parked.resultado, rejected and rejected.resultado)


def test_a_parked_job_says_why() -> None:
    """The reason comes before the state."""
    job = replace(JOB, state=State.PARKED, slug="unknown-code", said=Said("sf", "999", "¿?"))
    shown = JobView.of(job, "en")
    assert shown.meaning.startswith("The authority answered with a code")
    assert shown.said is not None
    assert shown.said.short == "sf 999"


def test_a_reason_without_a_text_is_shown_with_the_state_s_advice() -> None:
    """A slug that nobody explained does not hide what to do."""
    shown = JobView.of(replace(JOB, state=State.PARKED, slug="from-outside"), "en")
    assert "from-outside" == shown.meaning
    assert shown.next_step.startswith("Read the reason")


def test_a_row_tells_what_became_of_its_job() -> None:
    """State, time, code, meaning and next step."""
    job = replace(
        JOB, state=State.REFUSED, refused_by=Refuser.AUTHORITY, slug="denied", said=Said("sat-uuid", "203", "")
    )
    outcome = RowOutcome.of_job(job, "es")
    assert ("refused", NOW, "sat-uuid 203") == (outcome.state, outcome.at, outcome.code)
    assert RowOutcome.of_job(replace(job, said=None)).code == "denied"


def test_a_row_tells_why_it_was_not_taken() -> None:
    """All its problems, each once."""
    problems = [Problem(slug="cell-empty", column="RFC"), Problem(slug="cell-empty", column="UUID")]
    outcome = RowOutcome.of_problems(problems, "en")
    assert ("rejected", "cell-empty") == (outcome.state, outcome.code)
    assert outcome.meaning == 'The cell "RFC" is empty. The cell "UUID" is empty.'


def test_a_batch_is_done_when_all_its_jobs_are() -> None:
    """Refused rows made no jobs."""
    batch = BatchView(
        id="b",
        tenant="t",
        name="h.csv",
        sha256="0",
        created_at=NOW,
        rows=3,
        refused_rows=1,
        states={"queued": 2},
        ended=1,
    )
    assert not batch.done
    assert batch.model_copy(update={"ended": 2}).done


def test_a_problem_is_shown_with_its_text() -> None:
    """Slug and place for programs, words for people."""
    shown = ProblemView.of(Problem(slug="cell-empty", column="RFC", row=3), "pt")
    assert ("cell-empty", 3, "A célula «RFC» está vazia.") == (shown.slug, shown.row, shown.what)
