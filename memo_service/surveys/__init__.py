"""The survey after a talk: what citizens said, by department, and whom not to ask again this month.

An opinion is a department's, never a person's: no officer's name is kept with it.
"""
