"""The memo menu as an ordinary SIP extension, for a PBX whose dialplan may not be touched. Experimental."""
