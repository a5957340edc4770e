"""The card through a PKCS#11 library: the only package that imports pkcs11.

The library is not safe for threads, and log-in is a state of the process, so one thread owns it
(*Belgian eID card* 13).
"""
