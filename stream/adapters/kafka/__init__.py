"""Kafka: the Faust worker, producers, topics and dead letters."""
