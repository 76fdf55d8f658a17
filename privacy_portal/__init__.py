"""The frame of the privacy portal and, in its packages, the base layer."""
