"""Where photos are taken: furnished rooms and yards, and what encloses them."""
