"""Backfill: the events of the past once more, calmly."""
