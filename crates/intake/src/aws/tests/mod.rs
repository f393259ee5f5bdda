//! Recognition against real requests.

