"""What the authoriser of DC-e answers, in both families of codes that its clients have met, and how it turns one away.

Numbers of family ``nfe`` were seen live or are documented for DC-e (494, 501, 573, 587); those of ``mdfe`` stand in the
one table that was published for its clients. The words are the sandbox's own.
"""

from dataclasses import dataclass
from typing import Literal, get_args

Family = Literal["nfe", "mdfe"]
FAMILIES: tuple[str, ...] = get_args(Family)


@dataclass(frozen=True, slots=True)
class Reason:
    """One way to be refused: its number in either family, and what is said."""

    nfe: int
    mdfe: int
    words: str

    def code(self, family: Family) -> int:
        """The number in this family."""
        return self.nfe if family == "nfe" else self.mdfe


def _same(code: int, words: str) -> Reason:
    return Reason(code, code, words)


REASONS: dict[str, Reason] = {
    "paused": _same(108, "Serviço paralisado por pouco tempo"),
    "paused-open-end": _same(109, "Serviço paralisado sem previsão de retorno"),
    "wrong-base": _same(213, "A base do CNPJ do autor não é a do certificado"),
    "too-large": _same(214, "Mensagem maior que o limite"),
    "schema": _same(215, "O XML não atende ao schema"),
    "unknown": Reason(494, 217, "A chave de acesso não consta na base"),
    "already-cancelled": _same(218, "A DC-e já está cancelada"),
    "transport": _same(219, "A circulação da DC-e já foi verificada"),
    "window": Reason(501, 220, "O prazo de cancelamento terminou"),
    "protocol": _same(222, "O protocolo de autorização não é o registrado"),
    "check-digit": _same(236, "O dígito verificador da chave de acesso não confere"),
    "header": _same(242, "O cabeçalho SOAP não é deste serviço"),
    "malformed": _same(243, "O XML está mal formado"),
    "environment": _same(252, "O ambiente informado não é o de recebimento"),
    "signature": _same(297, "A assinatura não confere com o conteúdo"),
    "signature-form": _same(298, "A assinatura não está na forma do projeto"),
    "encoding": _same(402, "O conteúdo não está em UTF-8"),
    "prefix": Reason(587, 404, "Só se aceita o namespace padrão da DC-e, sem prefixo"),
    "cancelled-before": _same(420, "Pedido de cancelamento para DC-e cancelada"),
    "event-kind": Reason(491, 629, "O tipo de evento não existe para a DC-e"),
    "event-version": _same(492, "A versão do detalhe do evento não é aceita"),
    "detail-schema": Reason(493, 630, "O detalhe do evento não atende ao schema"),
    "id": Reason(572, 628, "O Id não corresponde ao tipo de evento, à chave e à sequência"),
    "duplicate": Reason(573, 631, "Duplicidade de evento"),
    "author": Reason(574, 632, "O autor do evento não é o emitente da DC-e"),
    "before-issue": Reason(577, 634, "A data do evento é anterior à da emissão"),
    "future": Reason(578, 635, "A data do evento é posterior à do processamento"),
    "before-authorisation": Reason(579, 637, "A data do evento é anterior à da autorização"),
    "edition": Reason(588, 599, "Há caracteres de edição nas pontas da mensagem ou entre as tags"),
    "sequence": Reason(594, 636, "A sequência do evento está acima da permitida"),
    "key-year": Reason(615, 592, "O ano da chave de acesso é inválido"),
    "key-month": Reason(616, 593, "O mês da chave de acesso é inválido"),
    "key-cnpj": Reason(617, 594, "O CNPJ da chave de acesso é inválido"),
    "key-model": Reason(618, 595, "O modelo da chave de acesso não é 99"),
    "key-number": Reason(619, 596, "O número da chave de acesso é zero"),
    "author-cnpj": _same(627, "O CNPJ do autor é inválido"),
    "organ": Reason(657, 677, "O órgão de recepção não é o da UF da chave"),
    "throttled": Reason(656, 678, "Consumo indevido"),
    "transmitter": _same(280, "O certificado do transmissor é inválido"),
    "transmitter-dates": _same(281, "O certificado do transmissor está fora da validade"),
    "transmitter-cnpj": _same(282, "O certificado do transmissor não tem CNPJ"),
    "transmitter-chain": _same(283, "A cadeia do certificado do transmissor não confere"),
    "transmitter-revoked": _same(284, "O certificado do transmissor está revogado"),
    "transmitter-foreign": _same(285, "O certificado do transmissor não é da ICP-Brasil"),
    "signer": _same(290, "O certificado da assinatura é inválido"),
    "signer-dates": _same(291, "O certificado da assinatura está fora da validade"),
    "signer-cnpj": _same(292, "O certificado da assinatura não tem CNPJ"),
    "signer-chain": _same(293, "A cadeia do certificado da assinatura não confere"),
    "signer-revoked": _same(294, "O certificado da assinatura está revogado"),
    "signer-foreign": _same(295, "O certificado da assinatura não é da ICP-Brasil"),
}
_SAID = {
    100: "Uso da DC-e autorizado",
    101: "Cancelamento homologado",
    107: "Serviço em operação",
    135: "Evento registrado e vinculado à DC-e",
    136: "Evento registrado, sem vínculo com a DC-e",
    155: "Cancelamento homologado fora do prazo",
    999: "Erro não catalogado",
}
PASSING = {
    REASONS[name].code(family) for name in ("paused", "paused-open-end", "throttled") for family in get_args(Family)
}
"""Codes after which nothing is decided: the same event may come again."""


class Rejected(Exception):
    """The authoriser refuses for one of ``REASONS``; ``why`` says more than its code does."""

    def __init__(self, reason: str, why: str = "") -> None:
        super().__init__(reason, why)
        self.reason, self.why = reason, why

    def code(self, family: Family) -> int:
        """Its number in this family."""
        return REASONS[self.reason].code(family)

    @property
    def text(self) -> str:
        """What is said, as in ``Rejeição: …``."""
        words = REASONS[self.reason].words
        if self.reason.startswith("paused"):
            return words
        return f"Rejeição: {words}{' ' if self.why.startswith('[') else ': ' if self.why else ''}{self.why}"[:255]


def words(code: int) -> str:
    """The text that goes with a code, also for one that nobody documents."""
    if code in _SAID:
        return _SAID[code]
    found = (reason.words for reason in REASONS.values() if code in (reason.nfe, reason.mdfe))
    return f"Rejeição: {next(found, f'resposta {code}')}"
