"""The PAC's documented codes at operation level, with words of the sandbox's own, and the way to be turned away."""

REPLIES: dict[int, str] = {
    200: "Solicitud registrada",
    204: "El comprobante no se puede cancelar",
    205: "SAT no conoce el comprobante todavía",
    211: "La cancelación está en proceso",
    213: "El receptor rechazó la cancelación",
    303: "El certificado no pertenece al RFC emisor",
    304: "El certificado está revocado o caduco",
    305: "La fecha de la solicitud está fuera de la vigencia del certificado",
    306: "El certificado no es de sello digital",
    308: "El certificado no fue expedido por el SAT",
    402: "El RFC no está en la lista de contribuyentes obligados",
    500: "[Servidor de pruebas] Ocurrió un error al procesar la solicitud",
    501: "Error interno de comunicación con la base de datos",
    601: "Usuario o contraseña incorrectos",
    602: "La cuenta está bloqueada",
    603: "La contraseña ha caducado",
    604: "Se alcanzó el máximo de intentos de acceso",
    605: "El usuario está inactivo",
    611: "Los parámetros están incompletos o fuera de lugar",
    620: "Permiso denegado",
    621: "Parámetros inválidos",
    623: "El folio no está en el panel de timbrado del usuario",
    631: "El usuario no tiene timbres disponibles",
    632: "Se alcanzó el límite de uso justo",
    633: "La cuenta no corresponde a este ambiente",
    701: "Ya existe una transacción asíncrona para el folio",
    702: "No existe una transacción con ese folio",
    1710: "El certificado no es X.509",
    1713: "La llave pública del certificado no es RSA",
    1801: "La solicitud de cancelación está mal formada",
    1802: "La firma de la solicitud no es válida",
    1803: "El valor no es un UUID",
}


class TurnedAway(Exception):
    """The PAC refuses with a documented code; ``why`` says more than the code does."""

    def __init__(self, code: int, why: str = "") -> None:
        super().__init__(code, why)
        self.code, self.why = code, why

    @property
    def text(self) -> str:
        """What the caller is told."""
        words = reply(self.code)
        return f"{words}: {self.why}" if self.why else words


def reply(code: int) -> str:
    """The text that goes with a code, also for one that nobody documents."""
    return REPLIES.get(code, f"Respuesta {code}")
