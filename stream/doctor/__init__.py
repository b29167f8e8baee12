"""`twinlist doctor`: looks at every part of a deployment, and writes to none of them."""
