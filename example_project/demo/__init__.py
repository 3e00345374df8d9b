"""The whole way of a prompt in a minute: evolved, rolled out, kept from harm. Offline.

python -m example_project.demo
"""
