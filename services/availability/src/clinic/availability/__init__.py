"""Which times may this client choose: rules, hours, places, and a copy of what is taken."""
