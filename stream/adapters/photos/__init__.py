"""Photos behind urls: fetched, checked and decoded."""
