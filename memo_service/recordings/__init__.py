"""Recordings: what citizens said into the memo menu, fetched from the PBX, kept encrypted, played back."""
