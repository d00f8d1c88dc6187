"""The Asterisk Manager Interface: what we read and the few things we ask. The sole importer of panoramisk."""
