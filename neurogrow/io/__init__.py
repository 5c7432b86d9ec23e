"""Files that others read and files from others: whole or not at all, and with bounds on what is believed."""
