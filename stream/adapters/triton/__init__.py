"""The three models on a Triton inference server, over gRPC."""
