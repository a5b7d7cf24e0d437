"""The arrows of the design point where they should."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_import_rules_hold() -> None:
    """import-linter finds no broken contract."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stdout


def test_the_domain_loads_no_library() -> None:
    """Importing the domain and the engine in a fresh interpreter loads the standard library and ourselves only."""
    program = """
import sys
before = set(sys.modules)
import worker.domain.journal, worker.domain.patience, worker.engine.ports
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(new - set(sys.stdlib_module_names) - {"worker"}))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )

    assert done.stdout.split() == []
