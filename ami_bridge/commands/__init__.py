"""Commands from memo_service to the PBX: read, claimed, carried out at most once, and told what became of."""
