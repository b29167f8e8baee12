"""Twinlist: finds duplicate marketplace listings by their photo sets, while they are posted."""
