"""Menus as pure state machines: facts in, effects out. No I/O, no clock; drivers speak to the line.

`memo` is the machine; `facts` and `effects` are its language. `parts` lists the prompt files it needs and is
for provisioning alone: a driver does not import it.
"""
