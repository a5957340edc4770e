"""The first steps: a window that stays open while the daemon does what it is asked.

It shows what it is told and says what was pressed; it knows no reader, file or service.
"""
