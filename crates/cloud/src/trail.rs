//! CloudTrail's events, to find writes that no change explains.
