"""Renders the sample listings' photos: scenes are data, builders are small functions.

Read in this order: `plan` (the types), `items`, `places` and `postings` (the data), `labels` (what
is true of them) and `story` (the events they make), then `workpiece`, `builders` and `things` (how
a thing is built from parts), `studio` (how a photo is taken), `sight` (what it shows), `darkroom`
(how it becomes a seller's JPEG) and `production` (all of it in order).

Only `blender`, and what imports it, needs Blender's module `bpy`.
"""
