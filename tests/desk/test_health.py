"""What the doctor finds."""

from datetime import timedelta
from pathlib import Path

from tests.story.town import Town
from worker.assembly import House
from worker.desk import Desk
from worker.desk.health import Finding, Grade
from worker.domain.lane import Hold, Lane
from worker.ledger import tables
from worker.settings import Settings


def found(town: Town) -> dict[str, Finding]:
    """Findings by what was looked at."""
    return {finding.what: finding for finding in town.desk.health.findings()}


def test_a_town_without_roles_is_told_so(town: Town) -> None:
    """Nothing sweeps and nobody works, and that is a warning with a remedy."""
    findings = found(town)
    assert findings["ledger"].grade is Grade.GOOD
    assert findings["master-key"].grade is Grade.GOOD
    for role in ("sweep", "worker"):
        problem = findings[role].problem
        assert problem is not None
        assert (Grade.WARNING, "role-silent") == (findings[role].grade, problem.slug)


def test_roles_that_say_that_they_live_are_good(town: Town) -> None:
    """A sign of life of a moment ago is enough; a mailbox says how it is."""
    for name in ("sweep", "worker", "mail a@b"):
        town.house.beat(name, {})
    town.house.beat("mail c@d", {"slug": "mail-blind"})
    findings = found(town)
    assert [Grade.GOOD, Grade.GOOD, Grade.GOOD, Grade.BAD] == [
        findings[name].grade for name in ("sweep", "worker", "mail a@b", "mail c@d")
    ]


def test_a_lane_that_is_held_is_bad(town: Town) -> None:
    """A stopped account is seen; one on trial is not."""
    now = town.house.clock.now()
    with town.house.ledger.unit() as unit:
        unit.hold(Hold(lane=Lane("mx", "test", "a"), slug="pac-login-refused", since=now))
        unit.hold(Hold(lane=Lane("mx", "test"), slug="paused", since=now, until=now + timedelta(hours=1)))
    held = {what: finding for what, finding in found(town).items() if what.startswith("lane")}
    assert {"lane mx test a", "lane mx test"} == set(held)
    assert {Grade.BAD} == {finding.grade for finding in held.values()}


def test_a_ledger_that_cannot_be_used_is_bad_and_ends_the_visit(tmp_path: Path) -> None:
    """What stands on the ledger is not looked at then."""
    house = House(Settings(home=tmp_path, _env_file=None))
    findings = {finding.what: finding for finding in Desk(house).health.findings()}
    assert {"ledger", "master-key", "broker", "mailbox"} == set(findings)
    assert (Grade.BAD, Grade.BAD) == (findings["ledger"].grade, findings["master-key"].grade)


def test_windows_that_close_are_bad(town: Town) -> None:
    """An open job whose hard window is about to close is somebody's business now."""
    (job_id,) = town.ask(town.announce("accepted"))
    closes = town.house.clock.now() + timedelta(minutes=30)
    assert "windows" not in found(town)
    with town.house.ledger.unit() as unit:
        unit._connection.execute(
            tables.jobs.update().where(tables.jobs.c.id == job_id).values(closes_at=closes, hard_window=True)
        )
    finding = found(town)["windows"]
    assert finding.problem is not None
    assert (Grade.BAD, "windows-closing", 1) == (
        finding.grade,
        finding.problem.slug,
        finding.problem.params["count"],
    )


def test_who_sweeps_is_known(town: Town) -> None:
    """Another process that holds the sweep's lease; asking takes it from nobody."""
    assert not town.desk.health.swept_elsewhere()
    clock = town.house.clock
    with town.house.ledger.unit() as unit:
        assert unit.take_lease("sweep", "elsewhere:1", clock.now(), timedelta(seconds=30))
    assert [True, True] == [town.desk.health.swept_elsewhere() for _ in range(2)]
