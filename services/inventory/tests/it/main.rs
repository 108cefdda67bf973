//! Inventory through its doors, on a real database.
