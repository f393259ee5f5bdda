//! Carrying out a command as an Automation execution.
