"""Every row looked at before anything is asked for."""

import json
from datetime import date
from pathlib import Path

import pytest

from producers.batch import preflight as module
from producers.batch.limits import Limits
from producers.batch.preflight import Options, preflight, survey
from producers.batch.sheet import SheetRefused
from schemas.requests import CfdiCancellation
from tests.producers.batch.books import HEAD, book, csv, folio, row


def told(path: Path, options: Options | None = None) -> list[tuple[int, str | None, str]]:
    """Row, column and slug of everything that is wrong."""
    return [(problem.row or 0, problem.column, problem.slug) for problem in survey(path, options).problems]


@pytest.mark.parametrize("make", [book, csv])
def test_a_good_row_is_a_request(tmp_path: Path, make: object) -> None:
    """The same from a CSV and from a workbook; numbers are those of the file."""
    assert callable(make)
    path = make(tmp_path / "h", [HEAD, row(1), [], row(2)])
    with preflight(path) as looked:
        requests = [(line.number, request) for line, request in looked]
    assert [(2, folio(1)), (4, folio(2))] == [
        (number, request.uuid) for number, request in requests if isinstance(request, CfdiCancellation)
    ]
    assert {"total": "1160.5", "receiver": "XAXX010101000"}.items() <= requests[0][1].content().items()  # type: ignore[union-attr]
    assert (2, 2, 0) == (looked.report.rows, looked.report.good, looked.report.bad)


def test_options_fill_in_what_a_row_does_not_say(tmp_path: Path) -> None:
    """A column with the issuer or the motive is not needed then; a row's own value wins."""
    path = csv(tmp_path / "h.csv", [["uuid", "motivo"], [folio(1), ""], [folio(2), "03"]])
    options = Options(rfc="eku9003173c9", motive="02", environment="production", tenant="norte", retention=True)
    with preflight(path, options) as looked:
        first, second = (request for _, request in looked)
    assert isinstance(first, CfdiCancellation)
    assert ("EKU9003173C9", "02", "production", "norte", True) == (
        first.rfc,
        first.motive,
        first.environment,
        first.tenant,
        first.retention,
    )
    assert isinstance(second, CfdiCancellation)
    assert "03" == second.motive


def test_missing_columns_refuse_the_sheet(tmp_path: Path) -> None:
    """With a hint at the misspelt ones; nothing was looked at."""
    path = csv(tmp_path / "h.csv", [["uuid", "RFC emisorr"], [folio(1), "EKU9003173C9"]])
    with pytest.raises(SheetRefused) as refused:
        preflight(path)
    assert [("column-missing", "RFC emisor"), ("column-missing", "Motivo"), ("column-looks-like", "RFC emisorr")] == [
        (problem.slug, problem.column) for problem in refused.value.problems
    ]


def test_an_issuer_that_demands_sat_needs_receiver_and_total(tmp_path: Path) -> None:
    """In the sheet, and in every row of it."""
    demanding = Options(rfc="EKU9003173C9", motive="02", require_sat_status=True)
    with pytest.raises(SheetRefused) as refused:
        preflight(csv(tmp_path / "a.csv", [["uuid"], [folio(1)]]), demanding)
    assert ["RFC receptor", "Total"] == [problem.column for problem in refused.value.problems]
    path = csv(tmp_path / "b.csv", [["uuid", "receptor", "total"], [folio(1), "XAXX010101000", "1"], [folio(2)]])
    assert [(3, "receptor", "sat-status-required"), (3, "total", "sat-status-required")] == told(path, demanding)


def test_what_excel_did_to_identifiers_is_refused(tmp_path: Path) -> None:
    """Numbers, formulas and errors; a total may be a number."""
    rows = [row(1, motive=2), row(2, rfc="=A1"), row(3, receiver="#N/A"), row(4, total="=1"), row(5)]
    path = book(tmp_path / "h.xlsx", [HEAD, *rows])
    assert [
        (2, "Motivo", "cell-is-number"),
        (3, "RFC emisor", "cell-is-formula"),
        (4, "RFC receptor", "cell-is-error"),
        (5, "Total", "cell-is-formula"),
    ] == told(path)


def test_what_excel_took_for_a_date_is_refused(tmp_path: Path) -> None:
    """In a column that names something, and in one that counts."""
    day = date(2026, 1, 2)
    path = book(tmp_path / "h.xlsx", [HEAD, row(1, motive=day), row(2, total=day), row(3, motive=True)])
    assert [
        (2, "Motivo", "cell-is-date"),
        (3, "Total", "cell-is-date"),
        (4, "Motivo", "cell-is-number"),
    ] == told(path)


def test_the_first_good_row_of_a_document_wins(tmp_path: Path) -> None:
    """The others are told where it is; a bad row does not take a document's place."""
    rows = [row(1, motive="9"), row(1), row(1)]
    path = csv(tmp_path / "h.csv", [HEAD, *rows])
    report = survey(path)
    assert [(2, "motive-unknown"), (4, "row-repeated")] == [(problem.row, problem.slug) for problem in report.problems]
    assert 3 == report.problems[1].params["first"]


def test_rows_that_contradict_each_other_are_all_refused(tmp_path: Path) -> None:
    """Which motive is meant cannot be guessed: neither row is good, wherever they stand, and both are told."""
    path = csv(tmp_path / "h.csv", [HEAD, row(1), row(2), row(1, motive="03"), row(1)])
    report = survey(path)
    assert (1, 3) == (report.good, report.bad)
    assert [(2, 2, 4), (4, 2, 4), (5, 2, 4)] == [
        (problem.row, problem.params["first"], problem.params["second"])
        for problem in report.problems
        if problem.slug == "row-contradicted"
    ]


def test_a_delimiter_inside_a_text_does_not_shift_columns(tmp_path: Path) -> None:
    """A row with more cells than the header is refused; empty ones at its end are not."""
    rows = [[*row(1), "ACME", " SA"], [*row(2), "", " "]]
    path = csv(tmp_path / "h.csv", [[*HEAD, "Cliente"], *rows])
    assert [(2, None, "row-too-wide")] == told(path)


def test_every_problem_of_a_row_is_told_under_its_own_column_names(tmp_path: Path) -> None:
    """As the sheet's owner wrote them."""
    path = csv(
        tmp_path / "h.csv",
        [["Folio Fiscal", "Emisor", "MOTIVO", "sustituto", "retención"], ["x", "", "01", "y", "quizá"]],
    )
    assert [(2, "retención", "cell-not-a-flag")] == told(path)
    path = csv(tmp_path / "h.csv", [["Folio Fiscal", "Emisor", "MOTIVO", "sustituto"], ["x", "", "01", "y"]])
    assert [
        (2, "Emisor", "cell-empty"),
        (2, "Folio Fiscal", "uuid-malformed"),
        (2, "sustituto", "uuid-malformed"),
    ] == told(path)


def test_a_wrong_option_is_told_in_every_row(tmp_path: Path) -> None:
    """Under its own name, as no column has it."""
    path = csv(tmp_path / "h.csv", [HEAD, row(1)])
    assert [(2, "environment", "field-malformed")] == told(path, Options(environment="live"))


def test_doubtful_rfcs_are_warnings(tmp_path: Path) -> None:
    """A wrong check digit may be a slip of the pen, or a taxpayer's real number."""
    path = csv(tmp_path / "h.csv", [HEAD, row(1, receiver="AAA010101AAA"), row(2, receiver="AAA010101AAA")])
    report = survey(path)
    assert (2, 0, 2) == (report.good, report.bad, report.counts["rfc-check-digit"])
    assert [(2, "RFC receptor"), (3, "RFC receptor")] == [(told.row, told.column) for told in report.warnings]


def test_a_report_keeps_the_first_problems_and_counts_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A million bad rows do not fill the memory."""
    monkeypatch.setattr(module, "KEPT", 3)
    receivers = [f"XA{letter}010101AA1" for letter in "ABCDEFGH"]
    rows = [row(number, motive="9") for number in range(8)] + [
        row(100 + number, receiver=receiver) for number, receiver in enumerate(receivers)
    ]
    report = survey(csv(tmp_path / "h.csv", [HEAD, *rows]))
    assert (3, 8) == (len(report.problems), report.counts["motive-unknown"])
    assert len(report.warnings) <= 3


@pytest.mark.parametrize(
    ("value", "expected"),
    [("sí", True), ("X", True), ("no", False), ("", False), ("1", True), (True, True), (1, True), (0, False)],
)
def test_a_flag_is_what_people_write(tmp_path: Path, value: object, expected: bool) -> None:
    """In words, as a truth, as a number."""
    path = book(tmp_path / "h.xlsx", [[*HEAD, "Retenciones"], [*row(1), value]])
    with preflight(path) as looked:
        ((_, request),) = looked
    assert isinstance(request, CfdiCancellation)
    assert expected is request.retention


def test_a_cell_too_long_is_refused(tmp_path: Path) -> None:
    """No identifier is that long; other columns may be."""
    path = csv(tmp_path / "h.csv", [[*HEAD, "nota"], [*row(1, receiver="X" * 300), "n" * 5000]])
    assert [(2, "RFC receptor", "cell-too-long")] == told(path)


def test_a_file_that_breaks_off_is_found_by_the_survey(tmp_path: Path) -> None:
    """Before a first row of it is accepted."""
    path = csv(tmp_path / "h.csv", [HEAD, row(1), ['"']])
    with pytest.raises(SheetRefused):
        survey(path)
    with pytest.raises(SheetRefused):
        survey(csv(tmp_path / "h.csv", [HEAD, row(1), row(2)]), None, limits=Limits(rows=1))


def test_options_can_be_kept_and_restored() -> None:
    """As plain JSON, beside the file."""
    options = Options(environment="production", rfc="EKU9003173C9", delimiter=";", sheet="Enero")
    assert options == Options(**json.loads(json.dumps(options.payload())))
