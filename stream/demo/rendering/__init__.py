"""Renders the sample listings' photos: scenes are data, builders are small functions.

Read in this order: `plan` (the types), `items`, `homes` and the postings (the data), `story`
(the events they make), then `workpiece` and the builders (how a thing is built from parts),
`shell` (the room), `studio` (how a photo is taken) and `darkroom` (how it becomes a seller's JPEG).

Only `blender`, and what imports it, needs Blender's module `bpy`.
"""
