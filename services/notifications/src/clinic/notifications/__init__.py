"""Notifications: client mails and texts, alerts to staff, delivery states."""
