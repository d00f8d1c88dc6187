"""Virtual citizens and officers: they place real calls and measure the truth without asking the product."""
