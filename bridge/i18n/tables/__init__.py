"""Tables of the problem catalogue, to be read beside the official texts."""
