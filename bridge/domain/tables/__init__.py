"""Rules as tables, to be read beside the official texts."""
