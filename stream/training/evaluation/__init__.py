"""What `twinlist evaluate` and `calibrate` are made of, a question a module.

What the shipped thresholds let through: `alerts`, `cases` (labelled pairs, angles), `evidence`
(do the named regions show one object?). How good the scores are: `views`, `edits` and `edited`,
`ablation` and `ablate`, `reliability`. How sure the figures are: `intervals`. What to take:
`thresholds`, `selection`. What is written: `summary` and `report`, `tables`, `page` with its
`worst_pairs`.
"""
