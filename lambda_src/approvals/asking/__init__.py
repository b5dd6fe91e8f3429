"""Asks people and comes back to them: requests taken in, mails and events, reminders, what is left to do."""
