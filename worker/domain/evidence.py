"""What it takes to call a document cancelled, and how strong the proof is."""

from enum import StrEnum


class Grade(StrEnum):
    """Who confirmed the cancellation. There is no ending in ``cancelled`` without one of these.

    A 200 to a submit, or a 201 in an acuse alone, is a receipt of the request and no evidence at all.
    """

    SAT_STATUS = "sat-status"
    """SAT's public status service says *Cancelado*."""

    AUTHORITY_EVENT = "authority-event"
    """SEFAZ registered the cancellation event and returned its protocol."""

    PAC_STATUS = "pac-status"
    """The PAC says that its process ended well, with an acuse that names this document with 201 or 202.
    SAT was not asked, because receiver and total are not known."""

    NOTICE = "notice"
    """A mail notice whose own DKIM signature covers what it says, while the PAC could not be asked for long."""
