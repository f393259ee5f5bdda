//! Scenarios.

#[cfg(test)]
mod aws;
#[cfg(test)]
mod aws_cases;
#[cfg(test)]
mod budgets;
#[cfg(test)]
mod bytes;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod coverage;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod dev;
#[cfg(test)]
mod events;
#[cfg(test)]
mod freeze;
#[cfg(test)]
mod fresh;
#[cfg(test)]
mod inventory;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod ordinary;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod outcome;
#[cfg(test)]
mod race;
#[cfg(test)]
mod reconcile;
#[cfg(test)]
mod resolve;
#[cfg(test)]
mod revocation;
#[cfg(test)]
mod script;
#[cfg(test)]
mod ssm;
#[cfg(test)]
mod storage;
#[cfg(test)]
mod tidy;
#[cfg(test)]
mod waiters;
#[cfg(test)]
mod walk;
