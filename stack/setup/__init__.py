"""Makes a bare machine ready: Python libraries, Asterisk and its companions, browser assets.

Owns `.venv/` and `.local/`. Standard library only, since it runs before anything is installed; nothing here
may be imported by office, ami_bridge, ivr or memo_service. `stack.setup.programs.load` is how the rest of
`stack` and `rehearsal` learn where the programs are.
"""
