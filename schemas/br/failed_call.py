"""What is shown of a call to SEFAZ that was no success."""

from pydantic import AwareDatetime, BaseModel, ConfigDict


class FailedCallView(BaseModel):
    """A call about a DC-e that was no success, as users of the common DLL know it from its log.

    When, which service where, environment (1, 2), the certificate's subject, code and text, both messages by their
    digests in the archive (msgDados, msgRetWS); and which job, attempt and document, how many seconds it took.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: AwareDatetime
    service: str
    url: str
    environment: str
    certificate: str
    slug: str | None = None
    code: str | None = None
    text: str = ""
    sent: str
    received: str | None = None
    job_id: str
    attempt: int
    key: str
    seconds: float
    http_status: int | None = None
