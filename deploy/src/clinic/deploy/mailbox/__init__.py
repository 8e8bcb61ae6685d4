"""The development mailbox: catches mail and text messages, shows them on a page and as JSON."""
