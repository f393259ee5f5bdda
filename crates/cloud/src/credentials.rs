//! The real credentials: the provider chain, and roles assumed per agent.
