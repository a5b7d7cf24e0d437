"""SAT's four fields are read by a table; what fits no row goes to a person."""

import pytest

from worker.rails.mx.status import View, view

S = "S - Comprobante obtenido satisfactoriamente."


@pytest.mark.parametrize(
    ("code", "estado", "cancelable", "cancelacion", "expected"),
    [
        ("N - 601: La expresión impresa proporcionada no es válida.", "No Encontrado", "", "", View.NOT_FOUND),
        ("N - 602: Comprobante no encontrado.", "No Encontrado", "", "", View.NOT_FOUND),
        ("N 601", "Vigente", "No cancelable", "", View.NOT_FOUND),
        ("n-602", "Cancelado", "", "", View.NOT_FOUND),
        (S, "No Encontrado", "", "", View.NOT_FOUND),
        (S, "Cancelado", "No cancelable", "Plazo vencido", View.CANCELLED),
        (S, "CANCELADO", "", "", View.CANCELLED),
        (S, " Vigente ", "Cancelable con aceptacion", "EN  PROCESO", View.IN_PROCESS),
        (S, "Vigente", "Cancelable con aceptación", "Solicitud rechazada", View.REFUSED),
        (S, "Vigente", "No cancelable", "", View.NOT_CANCELLABLE),
        (S, "Vigente", "Cancelable sin aceptación", "", View.NOT_REQUESTED),
        (S, "Vigente", "Cancelable con aceptación", "Plazo vencido", View.IN_PROCESS),
        (S, "Vigente", "Cancelable quizá", "", View.UNKNOWN),
        (S, "Vigente", "", "Suspendido", View.UNKNOWN),
        (S, "Suspendido", "", "", View.UNKNOWN),
        (S, "", "", "", View.UNKNOWN),
        ("", "Cancelado", "", "", View.UNKNOWN),
        ("X", "Cancelado", "", "", View.UNKNOWN),
    ],
)
def test_each_row_has_its_view(code: str, estado: str, cancelable: str, cancelacion: str, expected: View) -> None:
    """The truth table, with its words in any case, accent and spacing."""
    fields = {"CodigoEstatus": code, "Estado": estado, "EsCancelable": cancelable, "EstatusCancelacion": cancelacion}
    assert view(fields) is expected
