"""Fixtures that start real servers on random loopback ports and end them by their process id.

Debian packages: postgresql, mariadb-server, openssh-server, openssh-client, openssl. What is not installed
skips its tests with the reason.
"""
