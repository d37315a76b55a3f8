//! The store: durable relational data. One SQL text for two engines; queries grouped by subject. Knows no game.
