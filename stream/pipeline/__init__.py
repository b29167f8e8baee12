"""The way of an event, one verb a file; `process_event` reads like the list of them."""
