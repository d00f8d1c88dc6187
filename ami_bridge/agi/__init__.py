"""The memo menu on a telephone line: a small FastAGI server, and the driver of `ivr.menus`.

panoramisk's own server is not used: a client that connects and closes would stop the whole event loop.
"""
