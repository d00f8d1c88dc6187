"""The officer's telephone in the browser: its window, and the handing over of its secret."""
