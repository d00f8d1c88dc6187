"""The office as data, and the language the processes share.

Pure: no I/O, no clock, no library but pydantic, holidays and phonenumbers. Two edges: `folder` (reads an
office's files) and `ask` (answers a person at a prompt).
"""
