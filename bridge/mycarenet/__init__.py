"""Messages of the insurers' platform as values, both directions."""
