"""Use cases: what a nurse wants done, written against ports only."""
