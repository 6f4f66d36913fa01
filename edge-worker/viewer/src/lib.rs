//! SQLite store and viewer page.
