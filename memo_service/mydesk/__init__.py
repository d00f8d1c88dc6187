"""The officer's desk page `/my`: his calls as they ring, talk and are passed on, and what he does."""
