"""The page that shows the office's own menus, as they are in force."""
