"""What the pages speak of, and the wording of every outcome. Pure."""
