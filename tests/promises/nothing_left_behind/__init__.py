"""No task, socket or slot remains, and nothing foreign is touched."""
