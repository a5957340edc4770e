"""XML signatures: canonical form, references, signing in two steps, verification."""
