"""HTTP edge: guard, problem documents, models and routes."""
