"""The demo: sample listings played through the whole pipeline, and a report of what came out."""
