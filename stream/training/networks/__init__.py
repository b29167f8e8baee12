"""The three models, one a file; `shapes` says what sizes they share, `matching` how sets match."""
