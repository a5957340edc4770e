"""What requests and answers look like; separate from domain values."""
