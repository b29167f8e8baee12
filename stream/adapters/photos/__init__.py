"""Photos: fetching from untrusted urls and decoding untrusted bytes."""
