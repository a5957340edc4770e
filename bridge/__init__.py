"""Carebridge: local companion between a home nurse's software and eHealth and MyCareNet."""

__version__ = "0.1.0"
