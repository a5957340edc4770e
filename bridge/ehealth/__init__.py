"""Messages of the eHealth platform as values: token requests, assertions, addresses."""
