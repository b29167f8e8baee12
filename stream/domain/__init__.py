"""What Twinlist knows: listings, matches, alerts and policy. Pure; no input or output."""
