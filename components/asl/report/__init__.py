"""What a rule and a finding are."""
