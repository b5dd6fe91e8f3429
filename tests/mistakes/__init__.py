"""What a newcomer gets wrong → the exact lines they see, without a traceback."""
