"""PROCESS: one PBX's manager interface and journal in, call events on a Redis stream out.

Knows calls, nothing of memos or pages. Listens only: it sends the PBX no action that changes a call.
"""
