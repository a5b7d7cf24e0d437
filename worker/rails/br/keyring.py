"""What the Brazilian rail opens: the issuer's A1, which signs its events and shows who it is to SEFAZ."""

import base64
import json
from functools import partial

from worker.domain.issuer import Issuer
from worker.rails import keyring
from worker.signing.a1 import A1, open_a1

#: The purpose under which the vault seals it: ``pfx`` (base64) and ``password``, as JSON.
PURPOSE = "a1"


class Keyring(keyring.Keyring):
    """A1s by issuer."""

    def a1(self, issuer: Issuer, authorities: bytes = b"") -> A1:
        """The issuer's A1, opened; ``authorities`` (PEM) complete its chain where the PFX lacks them.

        Raises:
            CannotPrepare: ``a1-missing``, ``credential-malformed``, or what the vault or ``open_a1`` object to.
        """
        return self.opened((issuer.tenant, PURPOSE, issuer.id), "a1-missing", partial(_a1, authorities))


def _a1(authorities: bytes, secret: bytes) -> A1:
    sealed = json.loads(secret)
    return open_a1(base64.b64decode(sealed["pfx"], validate=True), sealed["password"], authorities=authorities)
