"""A company with people, customers and leads to try the suite with."""
