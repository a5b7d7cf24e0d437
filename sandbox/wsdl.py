"""The service description of the PAC's stand-in, with every name replaceable.

The names of operations, parameters and ports are documented or seen in clients; the namespaces are assumed from the
sister service, so nobody may rely on them.
"""

from dataclasses import dataclass

SUBMIT, STATUS = "enviarSolicitudCancelacionAsincrono", "getStatusCancelacionAsincrona"

# Parameters in order, with their XML Schema type; "properties" is the repeated key-value pair.
PARAMETERS: dict[str, tuple[tuple[str, str], ...]] = {
    SUBMIT: (
        ("usuario", "xs:string"),
        ("password", "xs:string"),
        ("solicitud", "xs:base64Binary"),
        ("emailNotifica", "xs:string"),
        ("properties", "bean:KeyValue"),
    ),
    STATUS: (
        ("usuario", "xs:string"),
        ("password", "xs:string"),
        ("transactionId", "xs:string"),
        ("properties", "bean:KeyValue"),
    ),
}
RETURNS = {SUBMIT: "CancelacionAsincronoResponse", STATUS: "StatusCancelacionResponse"}
_BEANS: dict[str, tuple[tuple[str, str], ...]] = {
    "KeyValue": (("key", "xs:string"), ("value", "xs:string")),
    "CancelacionAsincronoResponse": (("mensaje", "xs:string"), ("status", "xs:int")),
    "StatusCancelacionResponse": (("acuseSat", "xs:base64Binary"), ("mensaje", "xs:string"), ("status", "xs:int")),
}
_WSDL_SOAP = {
    "soap11": "http://schemas.xmlsoap.org/wsdl/soap/",
    "soap12": "http://schemas.xmlsoap.org/wsdl/soap12/",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Naming:
    """What the service is called. ``addresses`` False leaves the addresses in the description empty."""

    namespace: str = "http://cancelacion.ws.cfdi.solucionfactible.com"
    beans: str = "http://cancelacion.ws.cfdi.solucionfactible.com/xsd"
    service: str = "Cancelacion"
    port11: str = "CancelacionHttpsSoap11Endpoint"
    port12: str = "CancelacionHttpsSoap12Endpoint"
    addresses: bool = True

    def path(self, port: str) -> str:
        """Where a port lives on the server."""
        return f"/ws/services/{self.service}.{port}/"


def description(naming: Naming, base: str) -> bytes:
    """The WSDL 1.1 document; ``base`` is the address of the server without a path."""
    parts = [
        f'<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
        f' xmlns:soap11="{_WSDL_SOAP["soap11"]}" xmlns:soap12="{_WSDL_SOAP["soap12"]}" xmlns:tns="{naming.namespace}"'
        f' xmlns:bean="{naming.beans}" targetNamespace="{naming.namespace}"><wsdl:types>',
        _schema(naming.beans, "", "".join(_bean(name, fields) for name, fields in _BEANS.items())),
        _schema(naming.namespace, f'<xs:import namespace="{naming.beans}"/>', "".join(map(_elements, PARAMETERS))),
        "</wsdl:types>",
        *map(_messages, PARAMETERS),
        f'<wsdl:portType name="{naming.service}PortType">{"".join(map(_operation, PARAMETERS))}</wsdl:portType>',
        *(_binding(naming, kind) for kind in _WSDL_SOAP),
        f'<wsdl:service name="{naming.service}">',
        *(_port(naming, kind, base) for kind in _WSDL_SOAP),
        "</wsdl:service></wsdl:definitions>",
    ]
    return "".join(parts).encode()


def _schema(target: str, imports: str, content: str) -> str:
    return f'<xs:schema elementFormDefault="qualified" targetNamespace="{target}">{imports}{content}</xs:schema>'


def _field(name: str, kind: str) -> str:
    many = ' maxOccurs="unbounded"' if kind == "bean:KeyValue" else ""
    nillable = "" if kind == "xs:int" else ' nillable="true"'
    return f'<xs:element minOccurs="0"{many} name="{name}"{nillable} type="{kind}"/>'


def _bean(name: str, fields: tuple[tuple[str, str], ...]) -> str:
    content = "".join(_field(*each) for each in fields)
    return f'<xs:complexType name="{name}"><xs:sequence>{content}</xs:sequence></xs:complexType>'


def _elements(operation: str) -> str:
    asked = "".join(_field(*each) for each in PARAMETERS[operation])
    given = _field("return", f"bean:{RETURNS[operation]}")
    return "".join(
        f'<xs:element name="{name}"><xs:complexType><xs:sequence>{content}</xs:sequence></xs:complexType></xs:element>'
        for name, content in ((operation, asked), (f"{operation}Response", given))
    )


def _messages(operation: str) -> str:
    return "".join(
        f'<wsdl:message name="{operation}{way}"><wsdl:part name="parameters" element="tns:{operation}{suffix}"/>'
        "</wsdl:message>"
        for way, suffix in (("Request", ""), ("Response", "Response"))
    )


def _operation(operation: str) -> str:
    return (
        f'<wsdl:operation name="{operation}"><wsdl:input message="tns:{operation}Request"/>'
        f'<wsdl:output message="tns:{operation}Response"/></wsdl:operation>'
    )


def _binding(naming: Naming, kind: str) -> str:
    body = f'<{kind}:body use="literal"/>'
    operations = "".join(
        f'<wsdl:operation name="{each}"><{kind}:operation soapAction="urn:{each}" style="document"/>'
        f"<wsdl:input>{body}</wsdl:input><wsdl:output>{body}</wsdl:output></wsdl:operation>"
        for each in PARAMETERS
    )
    return (
        f'<wsdl:binding name="{naming.service}{kind}" type="tns:{naming.service}PortType">'
        f'<{kind}:binding transport="http://schemas.xmlsoap.org/soap/http" style="document"/>{operations}'
        "</wsdl:binding>"
    )


def _port(naming: Naming, kind: str, base: str) -> str:
    port = naming.port11 if kind == "soap11" else naming.port12
    address = f"{base}{naming.path(port)}" if naming.addresses else ""
    return (
        f'<wsdl:port name="{port}" binding="tns:{naming.service}{kind}"><{kind}:address location="{address}"/>'
        "</wsdl:port>"
    )
