"""Entry point of the command ``carebridge`` and of ``python -m bridge``."""

from __future__ import annotations

from bridge.cli.app import app


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
