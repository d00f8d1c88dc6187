"""Menus as data (decisions/0029): what an office writes in `menus/*.toml`, checked and ready to be walked.

Owns the language of menus, every check of it, and how one is drawn. Pure; `ivr.menus.walk` walks them.
"""

from office.menus.model import Act, Menu, Node, Purpose
from office.menus.read import read_menus

__all__ = ["Act", "Menu", "Node", "Purpose", "read_menus"]
