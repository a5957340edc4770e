"""The application bundle of macOS, assembled from a Python runtime, the locked wheels and ours."""
