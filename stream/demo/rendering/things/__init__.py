"""What stands around and what is for sale, part by part: a builder a thing."""
