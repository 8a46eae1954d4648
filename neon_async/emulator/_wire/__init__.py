"""Messages, codes and times of v1, as the emulator spells them."""
