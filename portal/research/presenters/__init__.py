"""Cases as their pages show them: rows of the database in, what the templates take out."""
