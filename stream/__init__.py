"""Twinlist: finds duplicate marketplace listings by their photo sets, while they are posted."""

__version__ = "0.1.0"
