"""The office as data, and the language the processes share.

Pure: no I/O, no clock, no library but pydantic, holidays and phonenumbers. Callers read the files.
"""
