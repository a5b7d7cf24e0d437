"""``python -m producers.cli``: the ``cancela`` command where no script is installed."""

from producers.cli.main import run

if __name__ == "__main__":
    run()
