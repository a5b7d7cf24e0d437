"""What can go wrong between us and an authority's server, told apart by whether the request may have arrived."""

from worker.engine.ports import Exchange


class TransportFault(Exception):
    """Nothing usable came back over the wire.

    ``left`` is False only when it is certain that no byte of the request left the house (name not resolved, nobody
    listening, TLS refused); once the first byte was handed to the socket it is True, whatever happened afterwards.
    ``exchange`` holds what was sent and what came back; neither it nor the message holds a password.
    """

    def __init__(self, slug: str, *, left: bool, exchange: Exchange, detail: str = "") -> None:
        super().__init__(f"{slug}: {detail}" if detail else slug)
        self.slug, self.left, self.exchange, self.detail = slug, left, exchange, detail


class Misfit(Exception):
    """The service can't be spoken to as it is configured: WSDL, service, port, address or operation don't fit.

    Nothing was sent. ``detail`` names what does not fit and holds no value of any parameter.
    """

    slug = "gateway-misconfigured"

    def __init__(self, detail: str) -> None:
        super().__init__(f"{self.slug}: {detail}")
        self.detail = detail
