"""The rules, one module an event type: `find(sentence)` yields drafts and leaves notes for what it turned down."""
