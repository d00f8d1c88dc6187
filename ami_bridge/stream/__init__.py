"""Redis: events out, in order, none lost while there is disk. The sole importer of redis here."""
