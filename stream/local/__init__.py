"""The embedded stack: a broker, Triton and Qdrant as child processes, from pip only."""
