"""The administrator's first page: what is set up, what is not yet, and how it is done."""
