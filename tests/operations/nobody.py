"""A user whom the settings name, and no policy lets do anything."""

NOBODY = {"access_key": "AKIANOBODY0000000000", "secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}
SETTINGS = f"""
[users.nobody]
access_key_id = "{NOBODY["access_key"]}"
secret_access_key = "{NOBODY["secret_key"]}"
"""
