"""What an approver sees and does in the browser. Imports the other three."""
