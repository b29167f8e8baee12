"""Kafka: the Faust worker, producers, topics and dead letters."""

from aiokafka.consumer import fetcher

from stream.adapters.kafka.record_batches import RecordBatches

# For every consumer of this process, the one within Faust too. aiokafka has no setting for it, and
# this is the one depth at which bytes are still whole: below it the parser is compiled and final,
# above it they are gone, with all that was fetched before them, and aiokafka asks for them anew.
fetcher.MemoryRecords = RecordBatches
