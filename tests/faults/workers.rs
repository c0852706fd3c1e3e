//! Jobs of workers.
