"""Who does what here: for citizens at the office door and on the public page (charter V1)."""
