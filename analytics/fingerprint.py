"""The fingerprint of what the engine computed: 64 bits a tick, chained."""
