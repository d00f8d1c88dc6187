"""What an officer still has to say of a call that is over for him: done, follow up, a memo, a callback."""
