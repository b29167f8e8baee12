"""Fits, exports and measures the three models; the only place that imports torch.

`evaluate`, `calibrate` and what they need work on the models as they are served, without torch.
"""
