"""Run all measurements: ``python3 dev.py bench``."""

from __future__ import annotations

from benchmarks import efact, memberdata, session, start

if __name__ == "__main__":
    start.main()
    session.main()
    memberdata.main()
    efact.main()
