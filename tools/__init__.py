"""What generates documents. Run by hand; a test fails when what it wrote is stale."""
