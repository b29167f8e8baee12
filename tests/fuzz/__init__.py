"""Seeded fuzzing: whatever strangers send ends as a result or as a typed error.

`make fuzz` runs it for as long as is asked for. Each input is a function of the seed and its
number, so that a failure is found again by both.
"""
