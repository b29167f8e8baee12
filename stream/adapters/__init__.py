"""The outside world, one folder a technology, each behind a port of `stream.ports`."""
