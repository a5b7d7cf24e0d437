"""What can be wrong with a credential."""


class CredentialFault(Exception):
    """A certificate, key or password that cannot be used; a person has to mend it.

    ``slug`` is explained in ``schemas/messages``; ``facts`` are public details of the certificate (RFC, dates). Nothing
    of the key or the password ever gets in here.
    """

    def __init__(self, slug: str, **facts: str) -> None:
        details = ", ".join(f"{name}={value}" for name, value in facts.items())
        super().__init__(f"{slug} ({details})" if details else slug)
        self.slug, self.facts = slug, facts
