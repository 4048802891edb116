"""The paper back-up at the desk: blank sheets to print, and sheets that come back to be typed."""
