"""What the Mexican rail opens: the issuer's CSD, and the login at the PAC."""

import base64
import json
from dataclasses import dataclass, field

from worker.domain.issuer import Issuer
from worker.rails import keyring
from worker.signing.credentials import Csd, open_csd

#: Purposes under which the vault seals what this rail needs.
CSD = "csd"
PAC = "pac"


@dataclass(frozen=True, slots=True)
class Account:
    """A login at the PAC. The password shows nowhere but in the request."""

    user: str
    password: str = field(repr=False)


class Keyring(keyring.Keyring):
    """CSDs by issuer, logins by account."""

    def csd(self, issuer: Issuer) -> Csd:
        """The issuer's CSD, opened.

        Raises:
            CannotPrepare: ``csd-missing``, ``credential-malformed``, or what the vault or ``open_csd`` object to.
        """
        return self.opened((issuer.tenant, CSD, issuer.id), "csd-missing", _csd)

    def account(self, issuer: Issuer) -> Account:
        """The login of the issuer's account at the PAC.

        Raises:
            CannotPrepare: ``pac-credentials-missing``, ``credential-malformed``, or what the vault objects to.
        """
        return self.opened((issuer.tenant, PAC, issuer.account), "pac-credentials-missing", _account)


def _csd(secret: bytes) -> Csd:
    sealed = json.loads(secret)
    cer, key = (base64.b64decode(sealed[name], validate=True) for name in ("cer", "key"))
    return open_csd(cer, key, sealed["password"])


def _account(secret: bytes) -> Account:
    sealed = json.loads(secret)
    user, password = sealed["user"], sealed["password"]
    if not (isinstance(user, str) and isinstance(password, str) and user and password):
        raise ValueError
    return Account(user, password)
