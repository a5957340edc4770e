"""CMS messages: signed and enveloped data, strict in writing and tolerant in reading.

Only this package speaks asn1crypto (*Library choices* 3).
"""
