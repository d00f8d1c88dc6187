"""Calls as people see them: the live board, the call page, lists and the JSON API."""
