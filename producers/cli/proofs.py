"""A job's proofs as files, with a manifest that an auditor can check with ``sha256sum``."""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from producers.cli.ends import Exit, Stopped

if TYPE_CHECKING:
    from schemas.views import JobView
    from worker.desk import Desk

MANIFEST = "manifest.json"


def write_proofs(desk: "Desk", job: "JobView", folder: Path) -> dict[str, Any]:
    """Writes the proofs into ``folder``, which is new or empty; the manifest: the job, and sha256 by file name.

    Raises:
        BrokenChain, Untrue: the ledger's word about this job cannot be trusted; nothing was written.
        Stopped: ``folder-not-empty``, ``folder-unwritable``.
    """
    proofs = desk.jobs.proofs(job.id)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(proofs.items())}
    manifest = {"job": job.model_dump(mode="json"), "files": digests}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise Stopped("folder-not-empty", Exit.WRONG, folder=str(folder))
        for name, content in proofs.items():
            (folder / name).write_bytes(content)
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    except OSError as fault:
        raise Stopped("folder-unwritable", Exit.WRONG, folder=str(folder), why=fault.strerror) from None
    return manifest
