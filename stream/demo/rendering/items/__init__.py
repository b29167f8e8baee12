"""What is for sale: physical units, by the names the postings use."""
