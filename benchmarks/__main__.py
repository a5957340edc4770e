"""Run all measurements: ``python3 dev.py bench``."""

from __future__ import annotations

from benchmarks import billing, efact, engine, history, invoices, memberdata, session, start

if __name__ == "__main__":
    start.main()
    session.main()
    memberdata.main()
    engine.main()
    history.main()
    efact.main()
    invoices.main()
    billing.main()
