"""Files of electronic invoicing: what we send to an insurer, and what the insurer answers."""
