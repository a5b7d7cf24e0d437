"""Asking after a document."""

import json

import pytest

from schemas.problem import Rejected
from tests.story.town import Town
from worker.engine.operator import CannotDo
from worker.engine.submit import submit


def sent(town: Town, life: str = "accepted") -> str:
    """A job that was sent once."""
    (job_id,) = town.ask(town.announce(life))
    submit(town.house.parts, job_id)
    return job_id


def test_a_job_is_shown_in_plain_words(town: Town) -> None:
    """State, meaning and next step, in the language asked for."""
    view = town.desk.jobs.look(sent(town), "en")
    assert (view.state, "sf-submit", "200") == ("waiting", view.said and view.said.level, view.said and view.said.code)
    assert "SAT" in view.meaning or "authority" in view.meaning


def test_the_history_tells_every_step_and_every_question(town: Town) -> None:
    """The lines are chained; the exchanges name what is archived."""
    lines, exchanges = town.desk.jobs.history(sent(town))
    assert ["accepted", "claimed", "acknowledged"] == [line.fact for line in lines]
    assert [line.hash for line in lines[:-1]] == [line.previous for line in lines[1:]]
    assert [200] == [exchange.http_status for exchange in exchanges]


def test_jobs_are_found_page_by_page(town: Town) -> None:
    """By state, batch or document, newest first."""
    ids = town.ask(town.announce("accepted", count=3))
    page, after = town.desk.jobs.find("en", limit=2)
    rest, end = town.desk.jobs.find("en", limit=2, after=after)
    assert sorted(ids) == sorted(view.id for view in page + rest)
    assert end is None
    document = page[0].document
    assert [document] == [view.document for view in town.desk.jobs.find("en", document=document.lower())[0]]
    assert [] == town.desk.jobs.find("en", states=["cancelled"])[0]


def test_a_person_steers_a_job(town: Town) -> None:
    """Withdrawn, opened again, and asked to go on, each with a reason in the journal."""
    (job_id,) = town.ask(town.announce("accepted"))
    assert "withdrawn" == town.desk.jobs.withdraw(job_id, why="mistake", actor="operator:ana", lang="en").state
    receipt = town.desk.jobs.again(job_id, why="no mistake", actor="operator:ana")
    assert receipt.created
    assert "queued" == town.desk.jobs.retry(receipt.job_id, why="now", actor="operator:ana", lang="en").state
    lines, _ = town.desk.jobs.history(job_id)
    assert ("operator:ana", "mistake") == (lines[-1].actor, lines[-1].why)
    with pytest.raises(CannotDo, match="cannot-release"):
        town.desk.jobs.release(job_id, actor="operator:ana", lang="en")


def test_a_new_round_is_of_the_same_document(town: Town) -> None:
    """Another document is another request, whatever it is asked with; so is a demand of the issuer's met again."""
    (job_id,) = town.ask(town.announce("accepted"), sat=False)
    town.desk.jobs.withdraw(job_id, why="mistake", actor="operator:ana", lang="en")
    town.add_issuer(options={"require_sat_status": True})
    for changes, slug in (
        ({"uuid": "AAAAAAAA-BBBB-4CCC-8DDD-EEEEEEEEEEEE"}, "document-differs"),
        ({"motive": "03"}, "receiver-and-total-required"),
    ):
        with pytest.raises(Rejected) as refused:
            town.desk.jobs.again(job_id, why="again", actor="operator:ana", changes=changes)
        assert [slug] == [problem.slug for problem in refused.value.problems]


def test_a_new_round_needs_an_issuer(town: Town) -> None:
    """An issuer that is gone cannot ask again."""
    (job_id,) = town.ask(town.announce("accepted"))
    town.desk.jobs.withdraw(job_id, why="mistake", actor="operator:ana", lang="en")
    with town.house.ledger.unit() as unit:
        unit.issuers.drop(town.house.ledger.issuer(town.desk.jobs.look(job_id, "en").issuer).id)
    with pytest.raises(CannotDo, match="issuer-unknown"):
        town.desk.jobs.again(job_id, why="again", actor="operator:ana")


def test_a_stranger_is_told_so(town: Town) -> None:
    """There is no such job."""
    with pytest.raises(CannotDo, match="job-unknown"):
        town.desk.jobs.look("nothing", "en")


def test_proofs_hold_what_was_signed_and_what_was_answered(town: Town) -> None:
    """The very bytes, and the journal; the PAC's password is in none of them."""
    proofs = town.desk.jobs.proofs(sent(town))
    assert b"<Signature" in proofs["signed-request.xml"]
    assert "accepted" == json.loads(proofs["journal.json"])[0]["fact"]
    assert any("received" in name for name in proofs)
    assert not any(town.sandbox.pac_password.encode() in content for content in proofs.values())
