"""What `twinlist evaluate` and `calibrate` are made of, one question a module.

`alerts`: what the shipped thresholds let through, and for whom. `intervals`: how far chance goes.
`reliability`: whether a probability is a chance. `selection`: which of two models to take.
"""
