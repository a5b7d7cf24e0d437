"""Rows of DC-e, alone and among CFDI."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from producers.batch.preflight import Options, preflight, survey
from producers.batch.sheet import SheetRefused
from schemas.requests import Cancellation, CfdiCancellation, DceCancellation
from tests.producers.batch.books import HEAD, book, csv, folio, row
from tests.schemas.br.test_access_key import key

NOW = datetime(2025, 5, 18, 12, tzinfo=UTC)
PROTOCOL = "1351200000000200"
WHY = "Cliente desistiu da compra"
DCE = ("Chave de acesso", "Protocolo", "Justificativa", "CPF do usuário", "Data de autorização")
MIXED = (*HEAD, *DCE)


def dce(number: int, **changes: object) -> list[object]:
    """A good row of ``DCE``."""
    values: dict[str, object] = {
        "key": key(number=f"{number:09}"),
        "protocol": PROTOCOL,
        "justification": WHY,
        "cpf": "12345678909",
        "authorised_at": "2025-05-18T08:00:00-03:00",
    }
    return list((values | changes).values())


def told(path: Path, options: Options | None = None) -> list[tuple[int, str | None, str]]:
    """Row, column and slug of everything that is wrong."""
    return [(each.row or 0, each.column, each.slug) for each in survey(path, options, now=NOW).problems]


def requests(path: Path, options: Options | None = None) -> list[Cancellation]:
    """The requests of a sheet without a bad row."""
    with preflight(path, options, now=NOW) as looked:
        found = [request for _, request in looked]
    assert not looked.report.problems, looked.report.problems
    return [request for request in found if not isinstance(request, list)]


@pytest.mark.parametrize("make", [book, csv])
def test_a_row_with_a_key_is_brazilian(tmp_path: Path, make: object) -> None:
    """From a CSV and from a workbook."""
    assert callable(make)
    (request,) = requests(make(tmp_path / "h", [DCE, dce(1)]))
    assert isinstance(request, DceCancellation)
    assert {
        "key": key(number="000000001"),
        "protocol": PROTOCOL,
        "justification": WHY,
        "author_cnpj": "10142785000190",
        "user_cpf": "12345678909",
        "authorised_at": "2025-05-18T08:00:00-03:00",
    } == request.content()


def test_a_sheet_may_hold_both_countries(tmp_path: Path) -> None:
    """Each row is of the country whose document it names; the other's columns are not looked at."""
    path = csv(tmp_path / "h.csv", [MIXED, [*row(1), "", "x", "y", "", ""], ["", "", "", "", "?", *dce(2)]])
    mexican, brazilian = requests(path)
    assert isinstance(mexican, CfdiCancellation)
    assert isinstance(brazilian, DceCancellation)


def test_a_row_of_two_countries_or_of_none_is_refused(tmp_path: Path) -> None:
    """What is meant cannot be guessed."""
    path = csv(tmp_path / "h.csv", [MIXED, [*row(1), *dce(1)], ["", "EKU9003173C9", "02", "", "", "", "", "", "", ""]])
    assert [(2, "Chave de acesso", "row-of-two-countries"), (3, "UUID", "cell-empty")] == told(path)
    alone = csv(tmp_path / "b.csv", [DCE, dce(1, key="")])
    assert [(2, "Chave de acesso", "cell-empty")] == told(alone)


def test_a_sheet_needs_the_columns_of_its_countries(tmp_path: Path) -> None:
    """One country's sheet needs nothing of the other's, a mixed one needs both's."""
    brazilian, mixed = (csv(tmp_path / f"{len(head)}.csv", [head, ["x"]]) for head in (["chDCe"], ["chDCe", "UUID"]))
    missing = []
    for path in (brazilian, mixed):
        with pytest.raises(SheetRefused) as refused:
            preflight(path)
        missing.append([problem.column for problem in refused.value.problems])
    ours = ["Protocolo", "Justificación"]
    assert [ours, ["RFC emisor", "Motivo", *ours]] == missing


def test_one_justification_may_serve_the_whole_sheet(tmp_path: Path) -> None:
    """As an option; a row's own wins."""
    path = csv(
        tmp_path / "h.csv",
        [
            ["chave", "nProt", "xJust", "CPFEmit"],
            *([key(number=f"{n:09}"), PROTOCOL, why, "12345678909"] for n, why in ((1, ""), (2, WHY))),
        ],
    )
    assert ["Erro de emissão da nota", WHY] == [
        request.content()["justification"]
        for request in requests(path, Options(justification="Erro de emissão da nota"))
    ]


def test_what_a_spreadsheet_did_to_numbers_is_refused(tmp_path: Path) -> None:
    """44 and 16 digits do not fit into its numbers, and a CPF loses its zeros; prose may be long."""
    rows = [
        dce(1, key=float(key(number="000000001"))),
        dce(2, protocol=int(PROTOCOL)),
        dce(3, cpf=12345678909),
        dce(4, justification="ç" * 255),
        dce(5, justification="ç" * 256),
        dce(6, justification="x" * 1001),
        dce(7, authorised_at=45000),
    ]
    assert [
        (2, "Chave de acesso", "cell-is-number"),
        (3, "Protocolo", "cell-is-number"),
        (4, "CPF do usuário", "cell-is-number"),
        (6, "Justificativa", "justification-long"),
        (7, "Justificativa", "cell-too-long"),
        (8, "Data de autorização", "cell-is-number"),
    ] == told(book(tmp_path / "h.xlsx", [DCE, *rows]))


def test_a_spreadsheets_own_dates_and_counts_are_taken(tmp_path: Path) -> None:
    """A date with its time is local in the key's state; a sequence is a small number however it is kept."""
    head = [*DCE, "Sequência"]
    at = datetime(2025, 5, 18, 8, 0, 0)  # noqa: DTZ001 - as a spreadsheet has it
    rows = [[*dce(1, key=key(uf="12", number="000000001"), authorised_at=at), 2], [*dce(2), "3"]]
    first, second = (request.content() for request in requests(book(tmp_path / "h.xlsx", [head, *rows])))
    assert ("2025-05-18T08:00:00-05:00", 2, 3) == (first["authorised_at"], first["sequence"], second["sequence"])
    wrong = [[*dce(1), value] for value in (True, 1.5, "uma", 0)]
    assert ["cell-is-number", "cell-is-number", "sequence-malformed", "sequence-malformed"] == [
        slug for _, _, slug in told(book(tmp_path / "w.xlsx", [head, *wrong]))
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"key": key(number="000000001")[:-1] + "x"}, ("Chave de acesso", "access-key-malformed")),
        ({"key": key()[:-1] + str((int(key()[-1]) + 1) % 10)}, ("Chave de acesso", "access-key-check-digit")),
        ({"key": key(model="55")}, ("Chave de acesso", "access-key-model")),
        ({"protocol": "135"}, ("Protocolo", "protocol-malformed")),
        ({"justification": "curta"}, ("Justificativa", "justification-short")),
        ({"justification": ""}, ("Justificativa", "cell-empty")),
        ({"cpf": "12345678900"}, ("CPF do usuário", "cpf-check-digit")),
        ({"cpf": ""}, ("CNPJ del usuario emisor", "user-missing")),
        ({"authorised_at": "ontem"}, ("Data de autorização", "authorisation-time-malformed")),
    ],
)
def test_what_is_wrong_is_told_under_its_owners_column(
    tmp_path: Path, change: dict[str, object], problem: tuple[str, str]
) -> None:
    """Every local rule, before anything is asked for."""
    assert [(2, *problem)] == told(csv(tmp_path / "h.csv", [DCE, dce(1, **change)]))


def test_a_document_twice_is_told_whatever_its_country(tmp_path: Path) -> None:
    """However its number is printed."""
    printed = " ".join(key(number="000000001")[place : place + 4] for place in range(0, 44, 4))
    path = csv(
        tmp_path / "h.csv", [MIXED, *(["", "", "", "", "", *dce(1, key=k)] for k in (key(number="000000001"), printed))]
    )
    assert [(3, "Chave de acesso", "row-repeated")] == told(path)
    again = csv(
        tmp_path / "b.csv", [MIXED, *([*row(1, uuid=u), "", "", "", "", ""] for u in (folio(1), folio(1).lower()))]
    )
    assert [(3, "UUID", "row-repeated")] == told(again)


def test_what_may_be_rejected_is_a_warning(tmp_path: Path) -> None:
    """The term of 24 hours is over: a state may accept it all the same."""
    report = survey(csv(tmp_path / "h.csv", [DCE, dce(1, authorised_at="2025-05-16T08:00:00")]), now=NOW)
    assert (1, [("window-over", 2, "Data de autorização")]) == (
        report.good,
        [(each.slug, each.row, each.column) for each in report.warnings],
    )
