"""Adapters: one module or package per outside library, each mapping its errors to ours."""
