"""Our own page: static parts that use the published interface and nothing else (SEC-48)."""
