"""Settings by profile; everything that differs between machines comes from the environment."""
