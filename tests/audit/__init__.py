"""What a worker is made of, and what is known against it: `make audit`."""
