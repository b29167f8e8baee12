"""The contracts as one AsyncAPI 3 document, generated from the code's types."""
