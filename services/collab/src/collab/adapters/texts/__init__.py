"""What happened, said in the languages of the product."""
